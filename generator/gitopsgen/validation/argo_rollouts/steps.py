"""The steps of a canary: one type each, weights in range, pauses that end.

Source: argo-rollouts v1.9.2, pkg/apis/rollouts/validation/validation.go, ValidateRolloutStrategyCanary.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import dig, map_at
from gitopsgen.rollouts.durations import parse_pause_seconds
from gitopsgen.rollouts.steps import KINDS, parse_integer
from gitopsgen.source.location import Path
from gitopsgen.validation.argo_rollouts.experiments import check_experiment
from gitopsgen.validation.argo_rollouts.rollout import STEPS, Rollout
from gitopsgen.validation.argo_rollouts.routes import check_header_route, check_mirror_route

_COUNTED: Final = ("setWeight", "pause", "experiment", "analysis")


def check_steps(rollout: Rollout) -> Iterator[Fault]:
    """Yield what is wrong with each step by itself."""
    for index, step in rollout.steps:
        path: Path = (*STEPS, index)
        given = [kind for kind in KINDS if step.get(kind) is not None]
        yield from _check_type(rollout, path, given)
        yield from _check_weight(rollout, step, path)
        yield from _check_pause(rollout, step, path)
        yield from _check_scale(rollout, step, path)
        yield from check_header_route(rollout, step, path)
        yield from check_mirror_route(rollout, step, path)
        yield from check_experiment(rollout, index, step, path)


def _check_type(rollout: Rollout, path: Path, given: Sequence[str]) -> Iterator[Fault]:
    counted = [kind for kind in _COUNTED if kind in given]
    if not given:
        yield rollout.fault(
            "step-without-type", path, "the step does nothing that is known", f"write one of {', '.join(KINDS)}"
        )
    elif len(counted) > 1:
        yield rollout.fault(
            "step-with-two-types",
            (*path, counted[1]),
            f"one step has {' and '.join(counted)}",
            f"write `{counted[1]}` as a step of its own",
        )
    elif len(given) > 1:
        yield rollout.fault(
            "step-types-combined",
            (*path, next(kind for kind in given if kind != given[0])),
            f"the step has {' and '.join(given)}: it ends when {given[0]} has, whatever becomes of the rest",
            "write a step for each",
        )


def _check_weight(rollout: Rollout, step: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    weight = parse_integer(step.get("setWeight"))
    if weight is not None and not 0 <= weight <= rollout.max_weight:
        yield rollout.fault(
            "weight-out-of-range",
            (*path, "setWeight"),
            f"the weight {weight} is not between 0 and {rollout.max_weight}",
            f"write a weight of 0 to {rollout.max_weight}",
        )


def _check_pause(rollout: Rollout, step: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    duration = dig(step, "pause", "duration")
    if not isinstance(duration, str | int) or isinstance(duration, bool):
        return
    seconds = parse_pause_seconds(duration)
    if seconds is None:
        yield rollout.fault(
            "pause-duration-invalid",
            (*path, "pause", "duration"),
            f"`{duration}` is no duration",
            "write whole seconds, or hours, minutes and seconds like 1h30m; there are no days",
        )
    elif seconds == 0 and isinstance(duration, str) and any(digit in duration for digit in "123456789"):
        yield rollout.fault(
            "pause-rounded-to-zero",
            (*path, "pause", "duration"),
            f"parts of a second are dropped: `{duration}` does not wait at all",
            "write whole seconds",
        )


def _check_scale(rollout: Rollout, step: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    if step.get("setCanaryScale") is None:
        return
    path = (*path, "setCanaryScale")
    if rollout.routing is None:
        yield rollout.fault(
            "scale-without-traffic-routing",
            path,
            "without a router the pods are the weight, and cannot be set apart from it",
            "write `setWeight` instead, or `trafficRouting`",
        )
    scale = map_at(step, "setCanaryScale")
    given = [key for key in ("replicas", "weight", "matchTrafficWeight") if scale.get(key) not in (None, False)]
    if len(given) != 1:
        yield rollout.fault(
            "scale-without-size" if not given else "scale-with-two-sizes",
            path,
            f"the canary gets {' and '.join(given)}, and only one of them counts" if given else "no size is set",
            "write one of `replicas`, `weight`, `matchTrafficWeight: true`",
        )
    for key in ("replicas", "weight"):
        number = parse_integer(scale.get(key))
        largest = rollout.max_weight if key == "weight" else None
        if number is not None and (number < 0 or (largest is not None and number > largest)):
            yield rollout.fault(
                "scale-out-of-range",
                (*path, key),
                f"the canary is scaled to a {key} of {number}",
                f"write 0 to {largest}" if largest is not None else "write 0 or more",
            )
