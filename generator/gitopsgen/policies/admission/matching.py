"""Whether a policy or a binding is about a request.

Source: kubernetes v1.35, staging/src/k8s.io/apiserver/pkg/admission/plugin/policy/matching/matching.go and
pkg/admission/plugin/webhook/predicates.
"""

from collections.abc import Mapping
from typing import Any

from gitopsgen.model.manifest import Body, list_at, map_at, text_at
from gitopsgen.policies.admission.policy import MatchResources, ResourceRule
from gitopsgen.policies.admission.request import AdmissionRequest, Operation
from gitopsgen.policies.admission.resources import EXCLUDED, SERVED_VERSIONS

_ANY = "*"


class CannotTellError(Exception):
    """Whether it matches depends on what only a cluster knows."""


class SelectorError(Exception):
    """A label selector cannot be read: a configuration error."""


def matches(criteria: MatchResources, request: AdmissionRequest) -> bool:
    """Tell whether ``criteria`` match; empty ones match everything.

    Raises:
        CannotTellError: the object's namespace is not known, or the object would be converted first.
        SelectorError: a selector is malformed, and nothing else rules the request out.
    """
    if request.group == "admissionregistration.k8s.io" and request.resource in EXCLUDED:
        return False
    faults: list[Exception] = []
    for selector_matches in (_namespace_matches, _object_matches):
        try:
            if not selector_matches(criteria, request):
                return False
        except (CannotTellError, SelectorError) as fault:
            faults.append(fault)
    if any(_rule_matches(rule, request) for rule in criteria.excluded):
        return False
    if criteria.rules and not any(_rule_matches(rule, request) for rule in criteria.rules):
        if not criteria.exact and any(_matches_converted(rule, request) for rule in criteria.rules):
            raise CannotTellError(f"the policy sees {request.resource} in another version than {request.version}")
        return False
    if faults:
        raise faults[0]
    return True


def selector_matches(selector: Mapping[str, Any], labels: Mapping[str, Any]) -> bool:
    """Tell whether a LabelSelector selects ``labels``; an empty one selects everything.

    Raises:
        SelectorError: an operator is unknown, or its values do not fit.
    """
    for key, value in map_at(selector, "matchLabels").items():
        if labels.get(key) != value:
            return False
    return all(_requirement_holds(item, labels) for item in list_at(selector, "matchExpressions"))


def labels_of(body: Body | None) -> Mapping[str, Any]:
    """Return an object's labels."""
    return map_at(body, "metadata", "labels")


def _requirement_holds(item: object, labels: Mapping[str, Any]) -> bool:
    key, operator, values = text_at(item, "key"), text_at(item, "operator"), list_at(item, "values")
    if operator not in ("In", "NotIn", "Exists", "DoesNotExist"):
        raise SelectorError(f"{operator!r} is not a valid label selector operator")
    if bool(values) is not (operator in ("In", "NotIn")):
        raise SelectorError(f"values of the selector's {operator} for {key!r} do not fit")
    match operator:
        case "In":
            return key in labels and labels[key] in values
        case "NotIn":
            return key not in labels or labels[key] not in values
        case "Exists":
            return key in labels
        case _:
            return key not in labels


def _namespace_matches(criteria: MatchResources, request: AdmissionRequest) -> bool:
    selector = criteria.namespace_selector
    if not request.namespace or not selector:
        return True  # what lives in no namespace is never left out by one
    if request.is_namespace and request.operation in (Operation.CREATE, Operation.UPDATE):
        return selector_matches(selector, labels_of(request.object))
    labels = labels_of(request.namespace_object)
    if not request.namespace_known and _asks_for_others(selector, labels):
        raise CannotTellError(f"the labels of namespace {request.namespace!r} are not known here")
    return selector_matches(selector, labels)


def _asks_for_others(selector: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
    asked = {
        *map_at(selector, "matchLabels"),
        *(text_at(item, "key") for item in list_at(selector, "matchExpressions")),
    }
    return not asked <= known.keys()


def _object_matches(criteria: MatchResources, request: AdmissionRequest) -> bool:
    selector = criteria.object_selector
    if not selector:
        return True
    return any(
        selector_matches(selector, labels_of(body)) for body in (request.object, request.old_object) if body is not None
    )


def _rule_matches(rule: ResourceRule, request: AdmissionRequest) -> bool:
    return (
        _includes(rule.versions, request.version)
        and _includes(rule.groups, request.group)
        and _matches_apart_from_version(rule, request)
    )


def _matches_converted(rule: ResourceRule, request: AdmissionRequest) -> bool:
    """Tell whether a rule names another version in which the same resource is served."""
    served = SERVED_VERSIONS.get((request.group, request.resource), ())
    return (
        request.version in served
        and any(version in rule.versions for version in served)
        and _includes(rule.groups, request.group)
        and _matches_apart_from_version(rule, request)
    )


def _matches_apart_from_version(rule: ResourceRule, request: AdmissionRequest) -> bool:
    return (
        _includes(rule.operations, request.operation.value)
        and any(_resource_matches(text, request) for text in rule.resources)
        and _scope_matches(rule.scope, request)
        and (not rule.names or request.name in rule.names)
    )


def _resource_matches(text: str, request: AdmissionRequest) -> bool:
    resource, _, subresource = text.partition("/")
    return resource in (_ANY, request.resource) and subresource in (_ANY, request.subresource)


def _scope_matches(scope: str, request: AdmissionRequest) -> bool:
    in_a_namespace = bool(request.namespace) and not request.is_namespace
    return scope in (_ANY, "Namespaced" if in_a_namespace else "Cluster")


def _includes(texts: tuple[str, ...], wanted: str) -> bool:
    return _ANY in texts or wanted in texts
