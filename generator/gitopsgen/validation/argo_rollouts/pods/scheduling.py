"""Where pods may run: node selectors, affinity, tolerations, spread."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import list_at, map_at, text_at
from gitopsgen.rollouts.steps import parse_integer
from gitopsgen.source.location import Path
from gitopsgen.validation.argo_rollouts.pods.template import Pod, maps
from gitopsgen.validation.argo_rollouts.selectors import selector_problems
from gitopsgen.validation.names import key_problem

_REQUIRED: Final = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED: Final = "preferredDuringSchedulingIgnoredDuringExecution"
_NODE_OPERATORS: Final = ("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt")
_EFFECTS: Final = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_UNSATISFIABLE: Final = ("DoNotSchedule", "ScheduleAnyway")
_HONOR: Final = ("Honor", "Ignore")
_VALUE: Final = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
_INTEGER: Final = re.compile(r"[+-]?\d{1,19}", re.ASCII)
_LARGEST_WEIGHT: Final = 100
_SPEC: Final[Path] = ("spec",)


def check_scheduling(pod: Pod) -> Iterator[Fault]:
    """Yield what is wrong with where the pods may run."""
    for key, value in map_at(pod.spec, "nodeSelector").items():
        yield from _check_label(pod, str(key), value, (*_SPEC, "nodeSelector", str(key)))
    if isinstance(affinity := pod.spec.get("affinity"), Mapping):
        yield from _check_node_affinity(pod, affinity)
        for kind in ("podAffinity", "podAntiAffinity"):
            yield from _check_pod_affinity(pod, affinity, kind)
    for path, toleration in maps(pod.spec, "tolerations", _SPEC):
        yield from _check_toleration(pod, toleration, path)
    yield from _check_spread(pod)
    gates = list(maps(pod.spec, "schedulingGates", _SPEC))
    yield from pod.unique(((gate.get("name"), (*path, "name")) for path, gate in gates), "scheduling gates called")
    for key, body_key in (("schedulingGates", "name"), ("readinessGates", "conditionType")):
        for path, gate in maps(pod.spec, key, _SPEC):
            yield from _check_label(pod, text_at(gate, body_key), "", (*path, body_key))


def _check_label(pod: Pod, key: str, value: object, path: Path) -> Iterator[Fault]:
    if problem := key_problem(key):
        yield pod.fault("pod-name-invalid", path, f"`{key[:80]}` {problem}")
    elif isinstance(value, str) and not _VALUE.fullmatch(value):
        yield pod.fault("pod-name-invalid", path, f"`{value[:80]}` is no value of a label")


def _check_node_affinity(pod: Pod, affinity: Mapping[str, Any]) -> Iterator[Fault]:
    path: Path = (*_SPEC, "affinity", "nodeAffinity")
    node = map_at(affinity, "nodeAffinity")
    if isinstance(required := node.get(_REQUIRED), Mapping):
        at: Path = (*path, _REQUIRED)
        if not list_at(required, "nodeSelectorTerms"):
            yield from pod.needs({"nodeSelectorTerms": None}, "nodeSelectorTerms", at)
        for inner, term in maps(required, "nodeSelectorTerms", at):
            yield from _check_node_term(pod, term, inner)
    for inner, preference in maps(node, _PREFERRED, path):
        yield from pod.within({"weight": preference.get("weight", 0)}, "weight", 1, _LARGEST_WEIGHT, inner)
        yield from _check_node_term(pod, map_at(preference, "preference"), (*inner, "preference"))


def _check_node_term(pod: Pod, term: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    for key in ("matchExpressions", "matchFields"):
        for at, entry in maps(term, key, path):
            operator, values = text_at(entry, "operator"), list_at(entry, "values")
            yield from pod.one_of(entry, "operator", _NODE_OPERATORS, at, required=True)
            if key == "matchExpressions":
                yield from _check_label(pod, text_at(entry, "key"), "", (*at, "key"))
            problem = ""
            if operator in ("In", "NotIn") and not values:
                problem = "needs values"
            elif operator in ("Exists", "DoesNotExist") and values:
                problem = "takes no values"
            elif operator in ("Gt", "Lt") and (len(values) != 1 or not _INTEGER.fullmatch(str(values[0]))):
                problem = "needs one number, in quotes"
            if problem:
                yield pod.fault("pod-selector-invalid", (*at, "values"), f"the operator {operator} {problem}")


def _check_pod_affinity(pod: Pod, affinity: Mapping[str, Any], kind: str) -> Iterator[Fault]:
    path: Path = (*_SPEC, "affinity", kind)
    body = map_at(affinity, kind)
    for at, term in maps(body, _REQUIRED, path):
        yield from _check_pod_term(pod, term, at)
    for at, preference in maps(body, _PREFERRED, path):
        yield from pod.within({"weight": preference.get("weight", 0)}, "weight", 1, _LARGEST_WEIGHT, at)
        yield from _check_pod_term(pod, map_at(preference, "podAffinityTerm"), (*at, "podAffinityTerm"))


def _check_pod_term(pod: Pod, term: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    yield from pod.needs(term, "topologyKey", path)
    if key := text_at(term, "topologyKey"):
        yield from _check_label(pod, key, "", (*path, "topologyKey"))
    for name in ("labelSelector", "namespaceSelector"):
        yield from _check_selector(pod, map_at(term, name), (*path, name))


def _check_selector(pod: Pod, selector: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    for inner, problem in selector_problems(selector):
        yield pod.fault("pod-selector-invalid", (*path, *inner), problem)


def _check_toleration(pod: Pod, toleration: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    key, operator, effect = (text_at(toleration, name) for name in ("key", "operator", "effect"))
    yield from pod.one_of(toleration, "operator", ("Exists", "Equal"), path)
    yield from pod.one_of(toleration, "effect", _EFFECTS, path)
    if key:
        value = toleration.get("value") if operator in ("", "Equal") else ""
        yield from _check_label(pod, key, value, (*path, "key"))
    elif operator != "Exists":
        yield pod.fault(
            "pod-selector-invalid",
            (*path, "operator"),
            "a toleration of every taint has no key, and the operator Exists",
            "write `operator: Exists`, or a `key`",
        )
    if operator == "Exists" and toleration.get("value"):
        yield pod.fault(
            "pod-selector-invalid", (*path, "value"), "the operator Exists takes no value", "delete `value`"
        )
    if toleration.get("tolerationSeconds") is not None and effect != "NoExecute":
        yield pod.fault(
            "pod-settings-exclude",
            (*path, "tolerationSeconds"),
            "only a taint with the effect NoExecute is tolerated for a time",
            "write `effect: NoExecute`, or delete it",
        )


def _check_spread(pod: Pod) -> Iterator[Fault]:
    seen: set[tuple[str, str]] = set()
    for path, spread in maps(pod.spec, "topologySpreadConstraints", _SPEC):
        yield from pod.within({"maxSkew": spread.get("maxSkew", 0)}, "maxSkew", 1, None, path)
        yield from pod.needs(spread, "topologyKey", path)
        yield from pod.one_of(spread, "whenUnsatisfiable", _UNSATISFIABLE, path, required=True)
        yield from pod.within(spread, "minDomains", 1, None, path)
        for key in ("nodeAffinityPolicy", "nodeTaintsPolicy"):
            yield from pod.one_of(spread, key, _HONOR, path)
        selector = map_at(spread, "labelSelector")
        yield from _check_selector(pod, selector, (*path, "labelSelector"))
        pair = (text_at(spread, "topologyKey"), text_at(spread, "whenUnsatisfiable"))
        if pair in seen:
            yield pod.fault(
                "pod-name-twice", (*path, "topologyKey"), f"pods are spread twice over {pair[0]}", "delete one of them"
            )
        seen.add(pair)
        if parse_integer(spread.get("minDomains")) and pair[1] == "ScheduleAnyway":
            yield pod.fault(
                "pod-settings-exclude",
                (*path, "minDomains"),
                "minDomains counts with `whenUnsatisfiable: DoNotSchedule` alone",
                "delete it",
            )
        yield from _check_match_keys(pod, spread, selector, path)


def _check_match_keys(pod: Pod, spread: Mapping[str, Any], selector: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    keys = list_at(spread, "matchLabelKeys")
    if keys and spread.get("labelSelector") is None:
        yield pod.fault(
            "pod-value-missing",
            (*path, "labelSelector"),
            "matchLabelKeys need a labelSelector",
            "write `labelSelector`",
        )
    asked = {str(key) for key in map_at(selector, "matchLabels")}
    asked |= {text_at(entry, "key") for entry in list_at(selector, "matchExpressions")}
    for index, key in enumerate(keys):
        if key in asked:
            yield pod.fault(
                "pod-settings-exclude",
                (*path, "matchLabelKeys", index),
                f"the labelSelector asks for `{key}` already",
                "delete one of them",
            )
