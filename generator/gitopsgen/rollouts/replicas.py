"""Replica arithmetic: how many canary and stable pods a weight comes to.

Source: argo-rollouts v1.9.2, utils/replicaset/canary.go.
"""

import re
from typing import Final, NamedTuple

_PERCENT: Final = re.compile(r"[+-]?\d{1,9}\Z", re.ASCII)


class Pods(NamedTuple):
    """Pods of the new and of the stable ReplicaSet."""

    canary: int
    stable: int


def percent_or_count(value: object, replicas: int) -> int:
    """Return the pods that an integer-or-percentage such as ``maxSurge`` comes to, rounded up.

    A string is a percentage, with or without the sign; one that is no number counts for nothing.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return max(value, 0)
    if isinstance(value, str) and _PERCENT.match(text := value.removesuffix("%")):
        return max(ceil_share(replicas, int(text), 100), 0)
    return 0


def ceil_share(replicas: int, weight: int, max_weight: int) -> int:
    """Return ``replicas * weight / max_weight``, rounded up."""
    return -(-replicas * weight // max_weight)


def split_pods(replicas: int, weight: int, surge: int, max_weight: int = 100) -> Pods:
    """Return the pods that stand for ``weight`` when nothing but their number divides the traffic.

    The closest of rounding up and down is taken, and of one pod more where surge allows it; a side that has a weight
    keeps a pod. With a surge of 0 a few weights leave the canary none: an upstream defect, kept here.
    """
    if replicas == 0:
        return Pods(0, 0)
    empty_side_allowed = weight in (0, max_weight) or (replicas == 1 and surge == 0)
    product = replicas * weight
    up, down = -(-product // max_weight), product // max_weight
    candidates = []
    if empty_side_allowed or up != replicas:
        candidates.append((up, replicas))
    if (empty_side_allowed or down != 0) and 2 * (product % max_weight) != max_weight:
        candidates.append((down, replicas))
    if surge > 0:
        candidates.append((up, replicas + 1))
        if (empty_side_allowed or down != 0) and 2 * ((product + weight) % max_weight) != max_weight:
            candidates.append((down, replicas + 1))
    if not candidates:
        return Pods(0, replicas)
    canary, total = min(candidates, key=lambda one: abs(one[0] * max_weight / one[1] - weight))
    return Pods(canary, total - canary)
