"""What is odd about a plan, step by step: for the rules that report it.

Nothing here is refused by the controller; it does something else than the manifest looks like.
"""

from collections.abc import Iterator
from typing import NamedTuple

from gitopsgen.rollouts.planned import Plan, PlannedStep


class Remark(NamedTuple):
    """A step, by its index in the manifest, and the numbers that a message about it needs."""

    step: int
    values: dict[str, int]


def weights_without_pods(plan: Plan) -> Iterator[Remark]:
    """Yield where a weight is set but no canary pod runs, so that what follows looks at nothing."""
    bare_before = False
    for step in plan.moves:
        bare = bool(step.set_weight) and step.canary_pods == 0 and plan.replicas > 0
        if bare and not bare_before:
            yield Remark(step.index, {"weight": step.set_weight or 0, "replicas": plan.replicas})
        bare_before = bare


def waits_before_canary(plan: Plan) -> Iterator[Remark]:
    """Yield the pauses and analyses before the first setWeight or setCanaryScale: there is no canary to look at."""
    if plan.strategy != "canary":
        return
    for step in plan.moves:
        if step.set_weight is not None or step.scaled_by is not None:
            return
        if step.waits in ("gate", "hold", "analysis"):
            yield Remark(step.index, {"seconds": step.min_seconds})


def unreachable_weights(plan: Plan, *, tolerance: int = 5) -> Iterator[Remark]:
    """Yield the weights that the pods miss by more than ``tolerance`` percentage points, where no router divides."""
    if plan.strategy != "canary" or plan.router is not None:
        return
    for step in _of_kind(plan, "setWeight"):
        total = step.canary_pods + step.stable_pods
        if not step.canary_pods or not total:
            continue
        weight, share = plan.percent(step.weight), round(100 * step.canary_pods / total)
        if abs(share - weight) > tolerance:
            yield Remark(
                step.index,
                {"weight": weight, "share": share, "canaryPods": step.canary_pods, "stablePods": step.stable_pods},
            )


def scales_left_in_force(plan: Plan) -> Iterator[Remark]:
    """Yield the setCanaryScale that still sizes the canary at the end, although weights were set after it."""
    if not plan.moves or plan.moves[-1].scaled_by is None:
        return
    last = plan.moves[-1]
    at = plan.moves[-1].scaled_by
    if any(step.kind == "setWeight" and step.weight for step in plan.moves[at + 1 :]):
        yield Remark(at, {"canaryPods": last.canary_pods, "weight": plan.percent(last.weight)})


def unwatched_last_jumps(plan: Plan, *, limit: int = 50) -> Iterator[Remark]:
    """Yield the last setWeight when full promotion then adds more than ``limit`` percentage points at once."""
    last = next(reversed(list(_of_kind(plan, "setWeight"))), None)
    if last is not None and 100 - plan.percent(last.set_weight or 0) > limit:
        weight = plan.percent(last.set_weight or 0)
        yield Remark(last.index, {"weight": weight, "jump": 100 - weight})


def waits_at_full_weight(plan: Plan) -> Iterator[Remark]:
    """Yield the gates and holds that begin when all traffic is on the new version, and no analysis watches it."""
    if plan.strategy != "canary" or plan.background:
        return
    for step in plan.moves:
        if step.waits in ("gate", "hold") and plan.percent(step.weight) == 100:  # noqa: PLR2004 - percent
            yield Remark(step.index, {"seconds": step.min_seconds})


def crowded_pods(plan: Plan, *, factor: int = 2) -> Iterator[Remark]:
    """Yield where a canary pod gets more than ``factor`` times the traffic that a pod of the full size gets."""
    if plan.router is None or not plan.replicas:
        return
    for step in plan.moves:
        if step.kind in ("setWeight", "setCanaryScale") and step.canary_pods:
            weight = plan.percent(step.weight)
            if weight * plan.replicas > factor * 100 * step.canary_pods:
                yield Remark(
                    step.index,
                    {
                        "weight": weight,
                        "canaryPods": step.canary_pods,
                        "percentPerPod": weight // step.canary_pods,
                        "usualPercentPerPod": 100 // plan.replicas,
                    },
                )


def weights_not_rising(plan: Plan) -> Iterator[Remark]:
    """Yield each setWeight that is no larger than the one before it."""
    before: int | None = None
    for step in _of_kind(plan, "setWeight"):
        weight = step.set_weight or 0
        if before is not None and weight <= before:
            yield Remark(step.index, {"weight": plan.percent(weight), "before": plan.percent(before)})
        before = weight


def traffic_after_abort(plan: Plan) -> Iterator[Remark]:
    """Yield the steps at which an abort leaves the aborted version with traffic for ever."""
    for step in plan.moves:
        if step.on_abort.weight:
            yield Remark(
                step.index,
                {"weight": plan.percent(step.on_abort.weight), "canaryPods": step.on_abort.canary_pods},
            )


def pods_after_abort(plan: Plan) -> Iterator[Remark]:
    """Yield the steps at which an abort leaves pods of the aborted version, without traffic, for ever."""
    for step in plan.moves:
        if step.on_abort.canary_pods and not step.on_abort.weight:
            yield Remark(step.index, {"canaryPods": step.on_abort.canary_pods})


def _of_kind(plan: Plan, kind: str) -> Iterator[PlannedStep]:
    return (step for step in plan.moves if step.kind == kind)
