"""What the API server refuses of admission policies and bindings themselves, before any request.

Source: kubernetes v1.35, pkg/apis/admissionregistration/validation/validation.go.
"""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from gitopsgen.model.manifest import Body, dig, list_at, map_at, text_at
from gitopsgen.policies.admission.policy import IDENTIFIER, is_binding, is_policy
from gitopsgen.source.location import Path

Malformation: TypeAlias = tuple[Path, str, str]
"""Where, what is so, and what to type."""

_MAX_CONDITIONS = 64
_REASONS = ("Unauthorized", "Forbidden", "Invalid", "RequestEntityTooLarge")
_ACTIONS = ("Deny", "Warn", "Audit")
_OPERATIONS = ("*", "CREATE", "UPDATE", "DELETE", "CONNECT")


def malformations(body: Body) -> Iterator[Malformation]:
    """Yield what is refused of a policy or a binding; nothing for any other object."""
    if is_policy(body):
        yield from _policy_malformations(body)
    elif is_binding(body):
        yield from _binding_malformations(body)


def _policy_malformations(body: Body) -> Iterator[Malformation]:
    if not list_at(body, "spec", "validations") and not list_at(body, "spec", "auditAnnotations"):
        yield ("spec", "validations"), "the policy has neither validations nor auditAnnotations", "add a validation"
    if not list_at(body, "spec", "matchConstraints", "resourceRules"):
        yield (
            ("spec", "matchConstraints", "resourceRules"),
            "the policy says of no resource that it is about it",
            "list apiGroups, apiVersions, operations and resources",
        )
    failure_policy = dig(body, "spec", "failurePolicy")
    if failure_policy not in (None, "Fail", "Ignore"):
        yield ("spec", "failurePolicy"), f"failurePolicy {failure_policy!r} does not exist", "use Fail or Ignore"
    kind = dig(body, "spec", "paramKind")
    if kind is not None and not (text_at(kind, "apiVersion") and text_at(kind, "kind")):
        yield ("spec", "paramKind"), "paramKind needs apiVersion and kind", "name both"
    yield from _rule_malformations(body, ("spec", "matchConstraints"))
    yield from _named_malformations(body, "matchConditions", "name", "expression")
    yield from _named_malformations(body, "variables", "name", "expression")
    yield from _named_malformations(body, "auditAnnotations", "key", "valueExpression")
    if len(list_at(body, "spec", "matchConditions")) > _MAX_CONDITIONS:
        yield ("spec", "matchConditions"), f"more than {_MAX_CONDITIONS} match conditions", "join some with &&"
    for index, validation in enumerate(list_at(body, "spec", "validations")):
        path: Path = ("spec", "validations", index)
        if not text_at(validation, "expression").strip():
            yield (*path, "expression"), "the validation has no expression", "add one that gives true or false"
        if "\n" in text_at(validation, "message").strip():
            yield (*path, "message"), "the message has more than one line", "write it in one line"
        reason = dig(validation, "reason")
        if reason is not None and reason not in _REASONS:
            yield (*path, "reason"), f"reason {reason!r} does not exist", f"use one of {', '.join(_REASONS)}"


def _binding_malformations(body: Body) -> Iterator[Malformation]:
    if not text_at(body, "spec", "policyName"):
        yield ("spec", "policyName"), "the binding names no policy", "name one"
    actions = list_at(body, "spec", "validationActions")
    if not actions:
        yield ("spec", "validationActions"), "the binding has no validationActions", "add Deny, Warn or Audit"
    for index, action in enumerate(actions):
        if action not in _ACTIONS:
            yield ("spec", "validationActions", index), f"action {action!r} does not exist", "use Deny, Warn or Audit"
    if "Deny" in actions and "Warn" in actions:
        yield ("spec", "validationActions"), "Deny and Warn exclude each other", "keep one of them"
    yield from _rule_malformations(body, ("spec", "matchResources"))
    reference = dig(body, "spec", "paramRef")
    if reference is None:
        return
    named, selected = bool(text_at(reference, "name")), isinstance(dig(reference, "selector"), Mapping)
    if named and selected:
        yield ("spec", "paramRef"), "paramRef has both name and selector", "keep one of them"
    if not named and not selected:
        yield ("spec", "paramRef"), "paramRef has neither name nor selector", "add one of them"
    missing = dig(reference, "parameterNotFoundAction")
    if missing not in ("Allow", "Deny"):
        said = "is missing" if missing is None else f"{missing!r} does not exist"
        yield ("spec", "paramRef", "parameterNotFoundAction"), f"parameterNotFoundAction {said}", "use Allow or Deny"


def _rule_malformations(body: Body, at: Path) -> Iterator[Malformation]:
    for field in ("resourceRules", "excludeResourceRules"):
        for index, rule in enumerate(list_at(map_at(body, *at), field)):
            path = (*at, field, index)
            for part in ("apiGroups", "apiVersions", "operations", "resources"):
                if not list_at(rule, part):
                    yield (*path, part), f"the rule has no {part}", "list them, or '*' for all"
            for position, operation in enumerate(list_at(rule, "operations")):
                if operation not in _OPERATIONS:
                    fix = "use CREATE, UPDATE, DELETE or CONNECT"
                    yield (*path, "operations", position), f"operation {operation!r} does not exist", fix
            scope = dig(rule, "scope")
            if scope not in (None, "*", "Cluster", "Namespaced"):
                yield (*path, "scope"), f"scope {scope!r} does not exist", "use Cluster, Namespaced or '*'"


def _named_malformations(body: Body, field: str, name: str, expression: str) -> Iterator[Malformation]:
    seen: set[str] = set()
    for index, item in enumerate(list_at(body, "spec", field)):
        path: Path = ("spec", field, index)
        found = text_at(item, name)
        if not found:
            yield (*path, name), f"{field}[{index}] has no {name}", "give it one"
        elif field == "variables" and not IDENTIFIER.fullmatch(found):
            yield (*path, name), f"{found!r} is no identifier", "use letters, digits and _"
        elif found in seen:
            yield (*path, name), f"{name} {found!r} comes twice in {field}", "rename one of them"
        seen.add(found)
        if not text_at(item, expression).strip():
            yield (*path, expression), f"{field}[{index}] has no {expression}", "add one"
