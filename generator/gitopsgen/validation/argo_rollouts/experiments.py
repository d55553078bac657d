"""Experiments among the steps of a canary.

Source: argo-rollouts v1.9.2, pkg/apis/rollouts/validation/validation.go; experiments/experiment.go.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import list_at, map_at, text_at
from gitopsgen.model.suggest import did_you_mean
from gitopsgen.rollouts.durations import parse_go_duration
from gitopsgen.rollouts.steps import parse_integer
from gitopsgen.source.location import Path
from gitopsgen.validation.argo_rollouts.rollout import ROUTING, Rollout

_ROUTERS: Final = frozenset(("smi", "alb", "istio", "plugins"))
_SIDES: Final = ("canary", "stable")


def check_experiment(rollout: Rollout, index: int, step: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    """Yield what is wrong with an experiment step."""
    experiment = step.get("experiment")
    if not isinstance(experiment, Mapping):
        return
    path = (*path, "experiment")
    yield from _check_templates(rollout, experiment, path)
    yield from _check_total(rollout, index, experiment, path)
    yield from _check_end(rollout, experiment, path)


def _check_templates(rollout: Rollout, experiment: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    names: set[str] = set()
    for at, template in enumerate(list_at(experiment, "templates")):
        here: Path = (*path, "templates", at)
        side, name = text_at(template, "specRef"), text_at(template, "name")
        if side and side not in _SIDES:
            yield rollout.fault(
                "unknown-experiment-side",
                (*here, "specRef"),
                f"`{side}` is neither the canary nor the stable version",
                did_you_mean(side, _SIDES),
            )
        if name and name in names:
            yield rollout.fault(
                "experiment-template-twice", (*here, "name"), f"two templates are called `{name}`", "rename one"
            )
        names.add(name)
        if map_at(template).get("weight") is not None:
            yield from _check_weight(rollout, template["weight"], (*here, "weight"))


def _check_weight(rollout: Rollout, weight: object, path: Path) -> Iterator[Fault]:
    if rollout.routing is None:
        yield rollout.fault(
            "experiment-weight-without-router",
            path,
            "without a router no traffic can be sent to an experiment",
            "delete the weight, or write `trafficRouting`",
        )
    elif not rollout.routers & _ROUTERS:
        has = ", ".join(sorted(rollout.routers)) or "no router"
        yield rollout.fault(
            "experiment-weight-unsupported",
            path,
            f"with {has} no traffic can be sent to an experiment",
            "delete the weight, or use SMI, ALB, Istio or a plugin",
            related=((rollout.manifest, ROUTING),),
        )
    number = parse_integer(weight)
    if number is not None and not 0 <= number <= rollout.max_weight:
        yield rollout.fault(
            "experiment-weight-out-of-range",
            path,
            f"the weight {number} is not between 0 and {rollout.max_weight}",
            f"write a weight of 0 to {rollout.max_weight}",
        )


def _check_total(rollout: Rollout, index: int, experiment: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    weights = [parse_integer(map_at(entry).get("weight")) or 0 for entry in list_at(experiment, "templates")]
    before = [parse_integer(step.get("setWeight")) for at, step in rollout.steps if at <= index]
    set_weight = next((weight for weight in reversed(before) if weight is not None), 0)
    total = sum(weights) + set_weight
    if any(weights) and total > rollout.max_weight and max(weights) <= rollout.max_weight:
        yield rollout.fault(
            "experiment-weights-too-large",
            (*path, "templates"),
            f"the experiment takes {sum(weights)} beside the {set_weight} of the canary: more than "
            f"{rollout.max_weight} in all",
            "write smaller weights",
        )


def _check_end(rollout: Rollout, experiment: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    duration = experiment.get("duration")
    if duration is not None:
        if isinstance(duration, str) and parse_go_duration(duration) is None:
            yield rollout.fault(
                "experiment-duration-invalid",
                (*path, "duration"),
                f"`{duration}` is no duration: the experiment never ends",
                "write hours, minutes and seconds like 1h30m, each with its unit",
            )
        return
    required = any(
        map_at(analysis).get("requiredForCompletion") is True for analysis in list_at(experiment, "analyses")
    )
    if not required:
        yield rollout.fault(
            "experiment-never-ends",
            path,
            "without a duration, and without an analysis that is required for completion, it never ends",
            "write `duration`, or `requiredForCompletion: true` at an analysis",
        )
