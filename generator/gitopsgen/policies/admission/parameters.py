"""Which parameter objects a binding evaluates its policy with.

Source: kubernetes v1.35, staging/src/k8s.io/apiserver/pkg/admission/plugin/policy/generic/policy_dispatcher.go.
"""

from collections.abc import Iterable

from gitopsgen.model.manifest import Body, dig, text_at
from gitopsgen.policies.admission.matching import SelectorError, labels_of, selector_matches
from gitopsgen.policies.admission.policy import AdmissionPolicy, ParamRef
from gitopsgen.policies.admission.resources import is_namespaced

NOT_FOUND = "no params found for policy binding with `Deny` parameterNotFoundAction"


class ConfigurationError(Exception):
    """The binding cannot be used as it is; ``failurePolicy`` says what follows."""


def collect_params(
    policy: AdmissionPolicy, reference: ParamRef | None, request_namespace: str, objects: Iterable[Body]
) -> tuple[Body | None, ...]:
    """Return the objects to evaluate the policy with, one after another; ``(None,)`` when it takes none.

    ``request_namespace`` is empty for a cluster-scoped object. ``objects`` are all that may be parameters, and the
    CustomResourceDefinitions that say whether those live in namespaces.

    Raises:
        ConfigurationError: the reference cannot be followed, or nothing was found and that denies.
    """
    if policy.param_kind is None or reference is None:
        return (None,)
    api_version, kind = policy.param_kind
    known = list(objects)
    candidates = [body for body in known if (text_at(body, "apiVersion"), text_at(body, "kind")) == (api_version, kind)]
    namespaced = _is_namespaced_kind(api_version, kind, reference, candidates, known)
    if namespaced:
        namespace = reference.namespace or request_namespace
        if not namespace:
            raise ConfigurationError(
                "cannot use namespaced paramRef in policy binding that matches cluster-scoped resources"
            )
        candidates = [body for body in candidates if (text_at(body, "metadata", "namespace") or "default") == namespace]
    elif reference.namespace:
        raise ConfigurationError("paramRef.namespace must not be provided for a cluster-scoped `paramKind`")
    found = _selected(reference, candidates)
    if not found and reference.denies_when_missing:
        raise ConfigurationError(NOT_FOUND)
    return found


def _selected(reference: ParamRef, candidates: list[Body]) -> tuple[Body, ...]:
    if reference.name and reference.selector is not None:
        raise ConfigurationError("paramRef.name and paramRef.selector are mutually exclusive")
    if reference.name:
        return tuple(body for body in candidates if text_at(body, "metadata", "name") == reference.name)[:1]
    if reference.selector is None:
        raise ConfigurationError("one of name or selector must be provided")
    selector = reference.selector
    try:
        return tuple(body for body in candidates if selector_matches(selector, labels_of(body)))
    except SelectorError as fault:
        raise ConfigurationError(str(fault)) from None


def _is_namespaced_kind(
    api_version: str, kind: str, reference: ParamRef, candidates: list[Body], known: list[Body]
) -> bool:
    """Tell whether parameters live in namespaces: their definition says so, else how they are written does."""
    group, slash, _ = api_version.rpartition("/")
    for body in known:
        if (
            text_at(body, "kind") == "CustomResourceDefinition"
            and dig(body, "spec", "names", "kind") == kind
            and dig(body, "spec", "group") == group
        ):
            return text_at(body, "spec", "scope") == "Namespaced"
    if slash and "." in group and not group.endswith(".k8s.io"):
        written = [text_at(body, "metadata", "namespace") for body in candidates]
        return bool(reference.namespace) or any(written)
    return is_namespaced(group, kind, "")
