"""Where weight and pods come to rest: at a step, after full promotion, after an abort.

Source: argo-rollouts v1.9.2, rollout/trafficrouting.go, rollout/replicaset.go and utils/replicaset/canary.go. Every pod
is taken to become ready.
"""

from bisect import bisect_left
from typing import NamedTuple

from gitopsgen.rollouts.replicas import ceil_share, split_pods
from gitopsgen.rollouts.strategy import Canary, surge_pods


class Settled(NamedTuple):
    """A state in which nothing moves.

    ``weight`` is of ``maxTrafficWeight`` and is what the router sends to the new version; without a router it is the
    weight that the pods stand for.
    """

    weight: int
    canary_pods: int
    stable_pods: int


class Aborted(NamedTuple):
    """What an abort leaves ``until`` abortScaleDownDelaySeconds has passed, and ``after`` it."""

    until: Settled
    after: Settled


def settle_step(canary: Canary, index: int, replicas: int) -> Settled:
    """Return the state at a step, once the controller has done what it and the steps before it ask."""
    in_force = canary.in_force[index]
    weight, scale = in_force.weight or 0, in_force.scale
    if not canary.routed:
        return Settled(weight, *split_pods(replicas, weight, surge_pods(canary, replicas), canary.max_weight))
    if scale is not None and scale.replicas is not None:
        sizing_weight, canary_pods = 0, scale.replicas
        if canary.dynamic_stable_scale:
            canary_pods = _at_least(canary, canary_pods, replicas)
    else:
        sizing_weight = weight if scale is None or scale.weight is None else scale.weight
        canary_pods = _pods(canary, sizing_weight, replicas)
    sent = weight if canary_pods else 0
    if not canary.dynamic_stable_scale:
        return Settled(sent, canary_pods, replicas)
    # the stable side shrinks only as far as both the canary's size and the traffic really sent allow
    kept_weight = sizing_weight if canary.router is None else min(sizing_weight, sent)
    return Settled(sent, canary_pods, _pods(canary, canary.max_weight - kept_weight, replicas))


def settle_promoted(canary: Canary, replicas: int) -> Settled:
    """Return the state after full promotion, when the new version is the stable one and there is no canary."""
    return Settled(0, 0, _at_least(canary, replicas, replicas) if canary.routed else replicas)


def settle_abort(canary: Canary, replicas: int, at: Settled) -> Aborted:
    """Return what an abort in the state ``at`` leaves behind, by a person or by an analysis."""
    if not canary.routed:
        back = Settled(0, 0, replicas)
        return Aborted(back, back)
    if not canary.dynamic_stable_scale:
        kept = _kept_on_abort(canary, replicas) if canary.abort_delay_seconds == 0 else at.canary_pods
        return Aborted(Settled(0, kept, replicas), Settled(0, 0 if canary.abort_delay_seconds != 0 else kept, replicas))
    full = _at_least(canary, replicas, replicas)
    if not canary.abort_delay_seconds:
        kept = 0 if canary.abort_delay_seconds is None else _kept_on_abort(canary, replicas)
        back = Settled(0, kept, full)
        return Aborted(back, back)
    if canary.mended:
        return Aborted(Settled(0, at.canary_pods, full), Settled(0, 0, full))
    until = _hold_canary(canary, replicas, at)
    # the delay runs only from when exactly `replicas` stable pods are available: below that, the state is final
    clears = replicas in (at.stable_pods, until.stable_pods)
    return Aborted(until, Settled(0, 0, full) if clears else until)


def _hold_canary(canary: Canary, replicas: int, at: Settled) -> Settled:
    """Return the state of an aborted dynamic canary that keeps its pods for a delay.

    1.9 lowers the weight to the last setWeight in the list that needs fewer pods than the canary keeps, and no further:
    mended after it (argo-rollouts issue 4898).
    """
    needed = max(at.canary_pods, replicas - at.stable_pods)
    lower = bisect_left(
        canary.rising_weights, needed, key=lambda weight: ceil_share(replicas, weight, canary.max_weight)
    )
    weight = min(canary.rising_weights[lower - 1], at.weight) if lower else 0
    return Settled(weight, at.canary_pods, _pods(canary, canary.max_weight - weight, replicas))


def _kept_on_abort(canary: Canary, replicas: int) -> int:
    """Return the canary pods that stay when they are never removed: the step index is 0, the weight is 0."""
    scale = canary.in_force[0].scale if canary.steps else None
    if scale is None:
        return 0
    if scale.replicas is not None:
        return _at_least(canary, scale.replicas, replicas) if canary.dynamic_stable_scale else scale.replicas
    return _pods(canary, scale.weight or 0, replicas)


def _pods(canary: Canary, weight: int, replicas: int) -> int:
    return _at_least(canary, max(ceil_share(replicas, weight, canary.max_weight), 0), replicas)


def _at_least(canary: Canary, pods: int, replicas: int) -> int:
    # 1.9 does not cap minPodsPerReplicaSet at the replicas
    floor = min(canary.min_pods, replicas) if canary.mended else canary.min_pods
    return max(pods, floor) if pods else 0
