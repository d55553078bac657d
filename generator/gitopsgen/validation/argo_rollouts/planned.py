"""What a Rollout will do, step by step, that it does not look like: read off its plan.

Source: observed on a live argo-rollouts v1.9.2; utils/replicaset/canary.go and rollout/trafficrouting.go.
"""

from collections.abc import Iterator
from typing import Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import dig, map_at
from gitopsgen.rollouts.plan import Plan, plan_rollout
from gitopsgen.rollouts.step_checks import (
    crowded_pods,
    pods_after_abort,
    scales_left_in_force,
    traffic_after_abort,
    unreachable_weights,
    unwatched_last_jumps,
    waits_at_full_weight,
    waits_before_canary,
    weights_not_rising,
    weights_without_pods,
)
from gitopsgen.source.location import Path
from gitopsgen.validation.argo_rollouts.rollout import BLUE_GREEN, CANARY, STEPS, Rollout

_PRODUCTION: Final = "production"
_UNATTENDED: Final = "development"
_OBSERVES: Final = ("pause", "analysis", "experiment", "plugin")


def check_plan(rollout: Rollout) -> Iterator[Fault]:
    """Yield the steps that do otherwise than they look."""
    if rollout.manifest.tier == _UNATTENDED:
        yield from _check_gates(rollout)
    if not rollout.steps:
        return
    replicas = _replicas(rollout)
    plan = plan_rollout(rollout.manifest.body, replicas=replicas, versions=rollout.versions)
    if plan.strategy != "canary" or plan.faults or any(step.faults for step in plan.steps):
        return
    yield from _check_weights(rollout, plan)
    yield from _check_pods(rollout, plan, known=replicas is not None)
    yield from _check_aborts(rollout, plan)


def _check_gates(rollout: Rollout) -> Iterator[Fault]:
    gates: list[Path] = [
        _at(index, "pause")
        for index, step in rollout.steps
        if "pause" in step and dig(step, "pause", "duration") is None
    ]
    if map_at(rollout.blue_green).get("autoPromotionEnabled") is False:
        gates.append((*BLUE_GREEN, "autoPromotionEnabled"))
    for path in gates:
        yield rollout.fault(
            "gate-in-unattended-tier",
            path,
            f"the update waits here until a person promotes it, in a {_UNATTENDED} environment",
            "write a duration, or promote by an analysis",
        )


def _replicas(rollout: Rollout) -> int | None:
    """Return how many pods the release has: what git says, or the least that an autoscaler of the set leaves it."""
    if rollout.replicas is not None:
        return rollout.replicas
    return rollout.lookup.least_replicas.get((rollout.namespace, rollout.name))


def _at(step: int, *inner: str) -> Path:
    return (*STEPS, step, *inner)


def _check_weights(rollout: Rollout, plan: Plan) -> Iterator[Fault]:
    for remark in waits_before_canary(plan):
        kind = plan.steps[remark.step].kind
        yield rollout.fault(
            "wait-before-canary",
            _at(remark.step, kind),
            f"at step {remark.step} no pod of the new version runs yet: there is nothing to look at",
            "set a weight or a scale before it",
        )
    for remark in weights_not_rising(plan):
        weight, before = remark.values["weight"], remark.values["before"]
        yield rollout.fault(
            "weight-not-rising",
            _at(remark.step, "setWeight"),
            f"the weight goes from {before} % to {weight} %",
            f"write a weight above {before}",
        )
    # In production a policy says how much may move at once, and counts the last move too.
    for remark in unwatched_last_jumps(plan) if rollout.manifest.tier != _PRODUCTION else ():
        yield rollout.fault(
            "unwatched-last-jump",
            _at(remark.step, "setWeight"),
            f"after {remark.values['weight']} % the other {remark.values['jump']} % follow at once, and nothing "
            "watches that",
            "add steps with larger weights, each with a pause or an analysis",
        )
    for remark in waits_at_full_weight(plan):
        yield rollout.fault(
            "pause-at-full-weight",
            _at(remark.step, "pause"),
            "all of the traffic is on the new version already, and this holds nothing back",
            "put it before the full weight",
        )
    yield from _check_last_weight(rollout, plan)


def _check_last_weight(rollout: Rollout, plan: Plan) -> Iterator[Fault]:
    weights = [step for step in plan.moves if step.kind == "setWeight"]
    if not weights or plan.background:
        return
    last = weights[-1]
    observed = any(step.kind in _OBSERVES for step in plan.moves[last.index :])
    jumps = any(unwatched_last_jumps(plan))
    if not observed and not jumps and plan.percent(last.set_weight or 0) < 100 and len(weights) > 1:  # noqa: PLR2004 - percent
        yield rollout.fault(
            "last-weight-unobserved",
            _at(last.index, "setWeight"),
            f"nothing waits at {plan.percent(last.set_weight or 0)} %: the step is passed at once",
            "add a pause or an analysis after it",
        )


def _check_pods(rollout: Rollout, plan: Plan, *, known: bool) -> Iterator[Fault]:
    for remark in weights_without_pods(plan) if known else ():
        kind = plan.steps[remark.step].kind
        yield rollout.fault(
            "weight-without-pods",
            _at(remark.step, kind),
            f"of {remark.values['replicas']} pods none is the new version's at a weight of {remark.values['weight']}",
            "raise `replicas`, `maxSurge`, the weight or the scale",
        )
    for remark in unreachable_weights(plan) if known else ():
        values = remark.values
        yield rollout.fault(
            "weight-unreachable",
            _at(remark.step, "setWeight"),
            f"a weight of {values['weight']} % comes to {values['canaryPods']} of "
            f"{values['canaryPods'] + values['stablePods']} pods, which is {values['share']} %",
            "raise `replicas`, or let a router divide the traffic",
        )
    for remark in crowded_pods(plan) if known else ():
        values = remark.values
        yield rollout.fault(
            "crowded-canary",
            _at(remark.step, plan.steps[remark.step].kind),
            f"{values['weight']} % of the traffic meet {values['canaryPods']} pods: {values['percentPerPod']} % each, "
            f"and {values['usualPercentPerPod']} % as usual",
            "scale the canary with its weight: `setCanaryScale: {matchTrafficWeight: true}`",
        )
    for remark in scales_left_in_force(plan):
        yield rollout.fault(
            "scale-left-in-force",
            _at(remark.step, "setCanaryScale"),
            f"the scale is still in force at the end: {remark.values['canaryPods']} pods at a weight of "
            f"{remark.values['weight']} %",
            "add `setCanaryScale: {matchTrafficWeight: true}` before the large weights",
        )
    for step in plan.moves if rollout.canary.get("dynamicStableScale") is True else ():
        if step.kind == "setCanaryScale" and dig(step.body, "setCanaryScale", "replicas") is not None:
            yield rollout.fault(
                "scale-keeps-stable",
                _at(step.index, "setCanaryScale", "replicas"),
                "while a number of pods is set, the stable version keeps all of its own: dynamicStableScale is off",
                "set a `weight`, or `matchTrafficWeight: true`",
            )


def _check_aborts(rollout: Rollout, plan: Plan) -> Iterator[Fault]:
    path: Path = (*CANARY, "abortScaleDownDelaySeconds")
    if stuck := list(traffic_after_abort(plan)):
        first = stuck[0]
        yield rollout.fault(
            "abort-keeps-traffic",
            path,
            f"an abort at step {first.step} leaves {first.values['weight']} % of the traffic on the aborted version, "
            "for good",
            "delete it, or write 0",
            related=((rollout.manifest, _at(first.step)),),
        )
    if kept := list(pods_after_abort(plan)):
        yield rollout.fault(
            "abort-keeps-pods",
            path,
            f"an abort leaves {kept[0].values['canaryPods']} pods of the aborted version, for good, and the canary "
            "Service goes to and fro between both",
            "write a delay above 0, or a setWeight as the first step",
            related=((rollout.manifest, _at(0)),),
        )
