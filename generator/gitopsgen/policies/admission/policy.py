"""ValidatingAdmissionPolicy and ValidatingAdmissionPolicyBinding as values, read from manifests of any shape.

Source: kubernetes v1.35, staging/src/k8s.io/api/admissionregistration/v1/types.go.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gitopsgen.model.manifest import Body, dig, list_at, map_at, text_at
from gitopsgen.policies.admission.decision import Action
from gitopsgen.source.location import Path

GROUP = "admissionregistration.k8s.io"
POLICY_KIND = "ValidatingAdmissionPolicy"
BINDING_KIND = "ValidatingAdmissionPolicyBinding"
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
"""What a variable may be called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceRule:
    """Which requests a rule is about; ``*`` stands for all."""

    groups: tuple[str, ...]
    versions: tuple[str, ...]
    operations: tuple[str, ...]
    resources: tuple[str, ...]
    names: tuple[str, ...]
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchResources:
    """What a policy or a binding is about; ``exact`` unless other versions of a resource count too."""

    namespace_selector: Mapping[str, Any]
    object_selector: Mapping[str, Any]
    rules: tuple[ResourceRule, ...]
    excluded: tuple[ResourceRule, ...]
    exact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedExpression:
    """A match condition, a variable or an audit annotation, and where in the policy its expression stands."""

    name: str
    expression: str
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """One rule; ``message_expression`` is empty when there is none."""

    expression: str
    message: str
    message_expression: str
    reason: str
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmissionPolicy:
    """A ValidatingAdmissionPolicy. ``param_kind`` is API version and kind, ``None`` when it takes no parameters."""

    name: str
    ignores_failures: bool
    param_kind: tuple[str, str] | None
    constraints: MatchResources
    conditions: tuple[NamedExpression, ...]
    variables: tuple[NamedExpression, ...]
    validations: tuple[Validation, ...]
    annotations: tuple[NamedExpression, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParamRef:
    """Which parameter objects a binding names; ``selector`` is ``None`` when they are named one by one."""

    name: str
    namespace: str
    selector: Mapping[str, Any] | None
    denies_when_missing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmissionBinding:
    """A ValidatingAdmissionPolicyBinding."""

    name: str
    policy: str
    actions: tuple[Action, ...]
    resources: MatchResources
    param_ref: ParamRef | None


def is_policy(body: Body) -> bool:
    """Tell whether a manifest is a ValidatingAdmissionPolicy."""
    return text_at(body, "kind") == POLICY_KIND and text_at(body, "apiVersion").startswith(f"{GROUP}/")


def is_binding(body: Body) -> bool:
    """Tell whether a manifest is a ValidatingAdmissionPolicyBinding."""
    return text_at(body, "kind") == BINDING_KIND and text_at(body, "apiVersion").startswith(f"{GROUP}/")


def read_policy(body: Body) -> AdmissionPolicy:
    """Return the policy that ``body`` says; what is malformed in it is left out."""
    kind = map_at(body, "spec", "paramKind")
    return AdmissionPolicy(
        name=text_at(body, "metadata", "name"),
        ignores_failures=text_at(body, "spec", "failurePolicy") == "Ignore",
        param_kind=(text_at(kind, "apiVersion"), text_at(kind, "kind")) if kind else None,
        constraints=_match_resources(map_at(body, "spec", "matchConstraints")),
        conditions=_named(body, "matchConditions", "name", "expression"),
        variables=_named(body, "variables", "name", "expression"),
        validations=tuple(
            Validation(
                expression=text_at(item, "expression"),
                message=text_at(item, "message"),
                message_expression=text_at(item, "messageExpression"),
                reason=text_at(item, "reason") or "Invalid",
                path=("spec", "validations", index),
            )
            for index, item in enumerate(list_at(body, "spec", "validations"))
            if text_at(item, "expression")
        ),
        annotations=_named(body, "auditAnnotations", "key", "valueExpression"),
    )


def read_binding(body: Body) -> AdmissionBinding:
    """Return the binding that ``body`` says; what is malformed in it is left out."""
    reference = map_at(body, "spec", "paramRef")
    selector = dig(reference, "selector")
    return AdmissionBinding(
        name=text_at(body, "metadata", "name"),
        policy=text_at(body, "spec", "policyName"),
        actions=tuple(action for action in Action if action in list_at(body, "spec", "validationActions")),
        resources=_match_resources(map_at(body, "spec", "matchResources")),
        param_ref=ParamRef(
            name=text_at(reference, "name"),
            namespace=text_at(reference, "namespace"),
            selector=selector if isinstance(selector, Mapping) else None,
            denies_when_missing=text_at(reference, "parameterNotFoundAction") == "Deny",
        )
        if reference
        else None,
    )


def _named(body: Body, field: str, name: str, expression: str) -> tuple[NamedExpression, ...]:
    return tuple(
        NamedExpression(
            name=text_at(item, name),
            expression=text_at(item, expression),
            path=("spec", field, index, expression),
        )
        for index, item in enumerate(list_at(body, "spec", field))
        if text_at(item, expression)
    )


def _match_resources(body: Mapping[str, Any]) -> MatchResources:
    return MatchResources(
        namespace_selector=map_at(body, "namespaceSelector"),
        object_selector=map_at(body, "objectSelector"),
        rules=tuple(_rule(item) for item in list_at(body, "resourceRules")),
        excluded=tuple(_rule(item) for item in list_at(body, "excludeResourceRules")),
        exact=text_at(body, "matchPolicy") == "Exact",
    )


def _rule(item: object) -> ResourceRule:
    return ResourceRule(
        groups=_texts(item, "apiGroups"),
        versions=_texts(item, "apiVersions"),
        operations=_texts(item, "operations"),
        resources=_texts(item, "resources"),
        names=_texts(item, "resourceNames"),
        scope=text_at(item, "scope") or "*",
    )


def _texts(item: object, field: str) -> tuple[str, ...]:
    return tuple(text for text in list_at(item, field) if isinstance(text, str))
