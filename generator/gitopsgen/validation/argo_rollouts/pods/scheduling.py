"""Where pods may run: node selectors, tolerations, spread, gates."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import map_at, text_at
from gitopsgen.rollouts.steps import parse_integer
from gitopsgen.source.location import Path
from gitopsgen.validation.argo_rollouts.pods.affinity import check_affinity
from gitopsgen.validation.argo_rollouts.pods.labels import check_label, check_label_keys, check_selector
from gitopsgen.validation.argo_rollouts.pods.template import Pod, maps

_EFFECTS: Final = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_UNSATISFIABLE: Final = ("DoNotSchedule", "ScheduleAnyway")
_HONOR: Final = ("Honor", "Ignore")
_SPEC: Final[Path] = ("spec",)


def check_scheduling(pod: Pod) -> Iterator[Fault]:
    """Yield what is wrong with where the pods may run."""
    for key, value in map_at(pod.spec, "nodeSelector").items():
        yield from check_label(pod, str(key), value, (*_SPEC, "nodeSelector", str(key)))
    yield from check_affinity(pod)
    for path, toleration in maps(pod.spec, "tolerations", _SPEC):
        yield from _check_toleration(pod, toleration, path)
    yield from _check_spread(pod)
    gates = list(maps(pod.spec, "schedulingGates", _SPEC))
    yield from pod.unique(((gate.get("name"), (*path, "name")) for path, gate in gates), "scheduling gates called")
    for key, body_key in (("schedulingGates", "name"), ("readinessGates", "conditionType")):
        for path, gate in maps(pod.spec, key, _SPEC):
            yield from check_label(pod, text_at(gate, body_key), "", (*path, body_key))


def _check_toleration(pod: Pod, toleration: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    key, operator, effect = (text_at(toleration, name) for name in ("key", "operator", "effect"))
    yield from pod.one_of(toleration, "operator", ("Exists", "Equal"), path)
    yield from pod.one_of(toleration, "effect", _EFFECTS, path)
    if key:
        value = toleration.get("value") if operator in ("", "Equal") else ""
        yield from check_label(pod, key, value, (*path, "key"))
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
        yield from check_selector(pod, selector, (*path, "labelSelector"))
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
        yield from check_label_keys(pod, spread, "matchLabelKeys", path)
