"""Which parameter objects a binding evaluates its policy with.

Source: kubernetes v1.35, staging/src/k8s.io/apiserver/pkg/admission/plugin/policy/generic/policy_dispatcher.go.
"""

from collections import defaultdict
from collections.abc import Iterable

from gitopsgen.model.manifest import Body, text_at
from gitopsgen.policies.admission.matching import SelectorError, labels_of, selector_matches
from gitopsgen.policies.admission.policy import AdmissionPolicy, ParamRef
from gitopsgen.policies.admission.resources import is_namespaced

NOT_FOUND = "no params found for policy binding with `Deny` parameterNotFoundAction"


class ConfigurationError(Exception):
    """The binding cannot be used as it is; ``failurePolicy`` says what follows."""


class Parameters:
    """All objects that may be parameters, by API version and kind, and which custom kinds live in namespaces."""

    def __init__(self, objects: Iterable[Body]) -> None:
        self._objects: defaultdict[tuple[str, str], list[Body]] = defaultdict(list)
        self._namespaced: dict[tuple[str, str], bool] = {}
        for body in objects:
            kind = text_at(body, "kind")
            self._objects[text_at(body, "apiVersion"), kind].append(body)
            if kind == "CustomResourceDefinition":
                defined = text_at(body, "spec", "group"), text_at(body, "spec", "names", "kind")
                self._namespaced[defined] = text_at(body, "spec", "scope") == "Namespaced"

    def collect(
        self, policy: AdmissionPolicy, reference: ParamRef | None, request_namespace: str
    ) -> tuple[Body | None, ...]:
        """Return the objects to evaluate the policy with, one after another; ``(None,)`` when it takes none.

        ``request_namespace`` is empty for a cluster-scoped object.

        Raises:
            ConfigurationError: the reference cannot be followed, or nothing was found and that denies.
        """
        if policy.param_kind is None or reference is None:
            return (None,)
        candidates = self._objects.get(policy.param_kind, [])
        if self._is_namespaced_kind(*policy.param_kind, reference):
            namespace = reference.namespace or request_namespace
            if not namespace:
                raise ConfigurationError(
                    "cannot use namespaced paramRef in policy binding that matches cluster-scoped resources"
                )
            candidates = [body for body in candidates if _namespace_of(body) == namespace]
        elif reference.namespace:
            raise ConfigurationError("paramRef.namespace must not be provided for a cluster-scoped `paramKind`")
        found = _selected(reference, candidates)
        if not found and reference.denies_when_missing:
            raise ConfigurationError(NOT_FOUND)
        return found

    def _is_namespaced_kind(self, api_version: str, kind: str, reference: ParamRef) -> bool:
        """Tell whether parameters live in namespaces: their definition says so, else how they are written does."""
        group, slash, _ = api_version.rpartition("/")
        defined = self._namespaced.get((group, kind))
        if defined is not None:
            return defined
        if slash and "." in group and not group.endswith(".k8s.io"):
            written = (text_at(body, "metadata", "namespace") for body in self._objects.get((api_version, kind), []))
            return bool(reference.namespace) or any(written)
        return is_namespaced(group, kind, "")


def _namespace_of(body: Body) -> str:
    return text_at(body, "metadata", "namespace") or "default"


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
