"""The canary strategy outside of its steps and its router: pods, delays, background analysis.

Source: argo-rollouts v1.9.2, pkg/apis/rollouts/validation/validation.go, ValidateRolloutStrategyCanary.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import list_at, text_at
from gitopsgen.rollouts.steps import parse_count, parse_integer
from gitopsgen.validation.argo_rollouts.limits import check_anti_affinity, check_revision_limit
from gitopsgen.validation.argo_rollouts.rollout import BLUE_GREEN, CANARY, STEPS, Rollout

_DEFAULT: Final = "25%"
_PERCENT: Final = re.compile(r"[0-9]+%")
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,19}")
_THRESHOLDS: Final = ("Percent", "Pods")


def check_canary(rollout: Rollout) -> Iterator[Fault]:
    """Yield what is wrong with a canary strategy as a whole."""
    canary = rollout.canary
    if not canary:
        return
    stable, preview = text_at(canary, "stableService"), text_at(canary, "canaryService")
    if stable and stable == preview:
        yield rollout.fault(
            "same-stable-and-canary-service",
            (*CANARY, "canaryService"),
            f"`{stable}` is the stable and the canary Service",
            "name two different Services",
        )
    yield from check_anti_affinity(rollout, canary, CANARY)
    yield from check_revision_limit(rollout, canary, CANARY)
    yield from _check_pods(rollout, canary)
    yield from _check_without_router(rollout, canary)
    yield from _check_background(rollout, canary)


def _check_percentages(rollout: Rollout) -> Iterator[Fault]:
    """Yield numbers in quotes that are percentages, and what is no number at all."""
    for path, key in ((CANARY, "maxSurge"), (CANARY, "maxUnavailable"), (BLUE_GREEN, "maxUnavailable")):
        value = (rollout.canary if path is CANARY else rollout.blue_green or {}).get(key)
        if not isinstance(value, str) or value.endswith("%"):
            continue
        is_number = _NUMBER.fullmatch(value) is not None
        yield rollout.fault(
            "percentage-without-sign",
            (*path, key),
            f"`{value}` in quotes is {value} percent of the pods" if is_number else f"`{value}` counts for 0 pods",
            "write it without quotes, or with `%`" if is_number else f"write a number, or a percentage like {_DEFAULT}",
        )


def _check_pods(rollout: Rollout, canary: Mapping[str, Any]) -> Iterator[Fault]:
    surge, unavailable = canary.get("maxSurge", _DEFAULT), canary.get("maxUnavailable", _DEFAULT)
    if _is_zero(surge) and _is_zero(unavailable):
        yield rollout.fault(
            "no-surge-and-none-unavailable",
            (*CANARY, "maxSurge"),
            "with no pod more and no pod less than replicas, no pod can be replaced",
            "write a `maxSurge` or a `maxUnavailable` above 0",
        )
    yield from _check_percentages(rollout)
    pods = parse_count(canary.get("minPodsPerReplicaSet")) or 0
    if rollout.replicas is not None and pods > rollout.replicas and rollout.routing is not None:
        more = "" if rollout.is_after_1_9 else f": {pods} pods run for good"
        yield rollout.fault(
            "min-pods-above-replicas",
            (*CANARY, "minPodsPerReplicaSet"),
            f"each ReplicaSet has at least {pods} pods, and `replicas` is {rollout.replicas}{more}",
            f"write {rollout.replicas} or less",
        )
    kind = text_at(canary, "replicaProgressThreshold", "type")
    if kind and kind not in _THRESHOLDS:
        yield rollout.fault(
            "unknown-progress-threshold",
            (*CANARY, "replicaProgressThreshold", "type"),
            f"`{kind}` is taken for Pods",
            "write Percent or Pods",
        )


def _is_zero(value: object) -> bool:
    """Tell whether the controller takes a value for 0, as it does what is neither a number nor a percentage."""
    if not isinstance(value, str):
        return parse_integer(value) == 0
    if not (_PERCENT.fullmatch(value) or _NUMBER.fullmatch(value)):
        return True
    return not value.strip("+-0%")


def _check_without_router(rollout: Rollout, canary: Mapping[str, Any]) -> Iterator[Fault]:
    delay = canary.get("scaleDownDelaySeconds") is not None
    dynamic = canary.get("dynamicStableScale") is True
    if rollout.routing is None:
        for key in ("scaleDownDelaySeconds",) * delay + ("dynamicStableScale",) * dynamic:
            yield rollout.fault(
                "setting-without-traffic-routing",
                (*CANARY, key),
                f"`{key}` has no meaning without a router",
                f"delete `{key}`, or write `trafficRouting`",
            )
    if delay and dynamic:
        yield rollout.fault(
            "dynamic-stable-with-delay",
            (*CANARY, "scaleDownDelaySeconds"),
            "a stable side that shrinks with the canary has no pods left to keep",
            "delete `scaleDownDelaySeconds` or `dynamicStableScale`",
        )


def _check_background(rollout: Rollout, canary: Mapping[str, Any]) -> Iterator[Fault]:
    analysis = canary.get("analysis")
    if not isinstance(analysis, Mapping):
        return
    start, steps = parse_count(analysis.get("startingStep")) or 0, len(list_at(canary, "steps"))
    if steps and start >= steps:
        yield rollout.fault(
            "background-analysis-never-starts",
            (*CANARY, "analysis", "startingStep"),
            f"steps are counted from 0, and there are {steps}: step {start} is never reached",
            f"write {steps - 1} or less",
            related=((rollout.manifest, STEPS),),
        )
