"""A running Rollout at one moment: its ReplicaSets, where it stands and what it waits for."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple, Self, TypeAlias

from gitopsgen.rollouts.strategy import RolloutSpec

Phase: TypeAlias = Literal["Healthy", "Paused", "Degraded", "Progressing"]
Verdict: TypeAlias = Literal["Successful", "Failed", "Error", "Inconclusive", "Running"]
Waiting: TypeAlias = Literal["", "gate", "hold", "inconclusive", "analysis"]
Outcome: TypeAlias = Waiting | Literal["failed"]
"""Why something does not go on, empty when it does; ``failed`` aborts the update."""


class ReplicaSet(NamedTuple):
    """The pods of one image; ``created`` orders them, ``deadline`` is the second at which they are removed."""

    created: int
    pods: int = 0
    deadline: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One moment of a Rollout.

    ``new`` and ``stable`` are images, and keys of ``replica_sets``; equal ones are no update. ``weight`` is what the
    router sends to the new one. ``waiting`` is why it stands still, since ``since``; ``paused`` is ``spec.paused``.
    ``verdicts`` say how the analyses of each template end; one that is not named is successful.
    """

    spec: RolloutSpec
    new: str
    stable: str
    replica_sets: Mapping[str, ReplicaSet]
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    index: int = 0
    clock: int = 0
    weight: int = 0
    aborted: bool = False
    full_promotion: bool = False
    paused: bool = False
    waiting: Waiting = ""
    since: int = 0

    @property
    def updating(self) -> bool:
        """Tell whether the new version is not the stable one yet."""
        return self.new != self.stable

    @property
    def canary_pods(self) -> int:
        """Pods of the new version while it is not the stable one."""
        return self.replica_sets[self.new].pods if self.updating else 0

    @property
    def stable_pods(self) -> int:
        """Pods of the stable version."""
        return self.replica_sets[self.stable].pods

    @property
    def old_pods(self) -> int:
        """Pods of all versions that are neither."""
        return sum(one.pods for image, one in self.replica_sets.items() if image not in (self.new, self.stable))

    @property
    def phase(self) -> Phase:
        """The Rollout's phase, as far as settled states have one."""
        if self.updating and self.aborted:
            return "Degraded"
        if self.paused or self.waiting in ("gate", "hold", "inconclusive"):
            return "Paused"
        return "Progressing" if self.updating else "Healthy"

    @property
    def within_rollback_window(self) -> bool:
        """Tell whether the new version is an older one, with fewer than rollbackWindow versions up to the stable."""
        created, stable = self.replica_sets[self.new].created, self.replica_sets[self.stable].created
        between = sum(created < one.created < stable for one in self.replica_sets.values())
        return created < stable and between < self.spec.rollback_window

    def scaled(self, image: str, pods: int) -> Self:
        """Return the state with ``pods`` of an image."""
        return self._with(image, self.replica_sets[image]._replace(pods=pods))

    def dated(self, image: str, deadline: int | None) -> Self:
        """Return the state with a deadline for the pods of an image."""
        return self._with(image, self.replica_sets[image]._replace(deadline=deadline))

    def _with(self, image: str, replica_set: ReplicaSet) -> Self:
        return replace(self, replica_sets={**self.replica_sets, image: replica_set})

    def judge(self, templates: Collection[str]) -> Outcome:
        """Return what an analysis of these templates does to the update: the worst of them decides.

        One without templates never ends.
        """
        ends = {self.verdicts.get(name, "Successful") for name in templates} or {"Running"}
        if ends & {"Failed", "Error"}:
            return "failed"
        if "Inconclusive" in ends:
            return "inconclusive"
        return "analysis" if "Running" in ends else ""


def retire(state: State, *, resized_to: int | None = None) -> State:
    """Return the state with former versions given a deadline, and removed where it has passed.

    ``resized_to`` is the size that blue-green gives them while they wait; a canary leaves them as they are.
    """
    strategy = state.spec.strategy
    limit = strategy.scale_down_revisions
    former = sorted(
        (image for image, one in state.replica_sets.items() if one.pods and image not in (state.new, state.stable)),
        key=lambda image: -state.replica_sets[image].created,
    )
    for kept, image in enumerate(former):
        deadline = state.replica_sets[image].deadline
        if deadline is None:
            deadline = state.clock + strategy.scale_down_delay_seconds
        if deadline <= state.clock or (limit is not None and kept >= limit):
            state = state.dated(image, None).scaled(image, 0)
        else:
            state = state.dated(image, deadline).scaled(
                image, state.replica_sets[image].pods if resized_to is None else resized_to
            )
    return state


def with_abort_deadline(state: State, delay_seconds: int) -> State:
    """Return an aborted state whose new version goes ``delay_seconds`` from now, unless that is settled already."""
    if state.replica_sets[state.new].deadline is not None:
        return state
    return state.dated(state.new, state.clock + delay_seconds)
