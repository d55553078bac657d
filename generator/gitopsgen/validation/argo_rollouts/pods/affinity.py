"""Affinity of pods to nodes and to other pods."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import list_at, map_at, text_at
from gitopsgen.source.location import Path
from gitopsgen.validation.argo_rollouts.pods.labels import check_label, check_label_keys, check_selector
from gitopsgen.validation.argo_rollouts.pods.template import LABEL, Pod, maps

_REQUIRED: Final = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED: Final = "preferredDuringSchedulingIgnoredDuringExecution"
_OPERATORS: Final = ("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt")
_NODE_FIELD: Final = "metadata.name"
_LARGEST_WEIGHT: Final = 100
_PATH: Final[Path] = ("spec", "affinity")


def check_affinity(pod: Pod) -> Iterator[Fault]:
    """Yield what is wrong with ``affinity``."""
    affinity = map_at(pod.spec, "affinity")
    if not affinity:
        return
    yield from _check_nodes(pod, map_at(affinity, "nodeAffinity"), (*_PATH, "nodeAffinity"))
    for kind in ("podAffinity", "podAntiAffinity"):
        body, path = map_at(affinity, kind), (*_PATH, kind)
        for at, term in maps(body, _REQUIRED, path):
            yield from _check_pods(pod, term, at)
        for at, preference in maps(body, _PREFERRED, path):
            yield from pod.within({"weight": preference.get("weight", 0)}, "weight", 1, _LARGEST_WEIGHT, at)
            yield from _check_pods(pod, map_at(preference, "podAffinityTerm"), (*at, "podAffinityTerm"))


def _check_nodes(pod: Pod, body: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    if isinstance(required := body.get(_REQUIRED), Mapping):
        at: Path = (*path, _REQUIRED)
        if not list_at(required, "nodeSelectorTerms"):
            yield from pod.needs({}, "nodeSelectorTerms", at)
        for inner, term in maps(required, "nodeSelectorTerms", at):
            yield from _check_node_term(pod, term, inner, required=True)
    for inner, preference in maps(body, _PREFERRED, path):
        yield from pod.within({"weight": preference.get("weight", 0)}, "weight", 1, _LARGEST_WEIGHT, inner)
        term = map_at(preference, "preference")
        yield from _check_node_term(pod, term, (*inner, "preference"), required=False)


def _check_node_term(pod: Pod, term: Mapping[str, Any], path: Path, *, required: bool) -> Iterator[Fault]:
    for at, entry in maps(term, "matchExpressions", path):
        operator, values = text_at(entry, "operator"), list_at(entry, "values")
        yield from pod.one_of(entry, "operator", _OPERATORS, at, required=True)
        yield from check_label(pod, text_at(entry, "key"), "", (*at, "key"))
        problem = ""
        if operator in ("In", "NotIn") and not values:
            problem = "needs values"
        elif operator in ("Exists", "DoesNotExist") and values:
            problem = "takes no values"
        elif operator in ("Gt", "Lt") and len(values) != 1:
            problem = "needs one value"
        if problem:
            yield pod.fault("pod-selector-invalid", (*at, "values"), f"the operator {operator} {problem}")
        for index, value in enumerate(values if required else ()):
            yield from check_label(pod, "value", value, (*at, "values", index))
    for at, entry in maps(term, "matchFields", path):
        if text_at(entry, "key") != _NODE_FIELD or len(list_at(entry, "values")) != 1:
            yield pod.fault(
                "pod-selector-invalid", at, f"nodes are matched by {_NODE_FIELD} alone, and by one value", ""
            )
        yield from pod.one_of(entry, "operator", ("In", "NotIn"), at, required=True)


def _check_pods(pod: Pod, term: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    yield from pod.needs(term, "topologyKey", path)
    if key := text_at(term, "topologyKey"):
        yield from check_label(pod, key, "", (*path, "topologyKey"))
    for name in ("labelSelector", "namespaceSelector"):
        yield from check_selector(pod, map_at(term, name), (*path, name))
    for name in ("matchLabelKeys", "mismatchLabelKeys"):
        yield from check_label_keys(pod, term, name, path)
    for index, namespace in enumerate(list_at(term, "namespaces")):
        if isinstance(namespace, str) and not LABEL.fullmatch(namespace):
            yield pod.fault(
                "pod-name-invalid",
                (*path, "namespaces", index),
                f"`{namespace[:80]}` is no namespace",
                "write lower-case letters, digits and dashes, at most 63",
            )
