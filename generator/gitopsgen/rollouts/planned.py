"""A plan: what a Rollout will do at an update, step by step, and its totals."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, TypeAlias

from gitopsgen.rollouts.settled import Settled
from gitopsgen.rollouts.steps import StepKind

Waits: TypeAlias = Literal["none", "gate", "hold", "analysis", "experiment"]
PlanKind: TypeAlias = StepKind | Literal["preview", "prePromotionAnalysis", "postPromotionAnalysis", "promoted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStep:
    """One step, settled: what it asked for is done, and the release has not gone on.

    ``body`` is the step as the manifest has it, ``None`` for the state after full promotion; for blue-green it names
    the phase. ``set_weight`` is the setWeight in force, which ``weight`` falls short of while there is no canary pod;
    ``None`` before the first. ``experiment_weight`` goes to the new version besides, while an experiment runs.
    ``scaled_by`` is the step whose setCanaryScale is in force. ``start_seconds`` is when the step begins if each wait
    takes its shortest. ``max_seconds`` is ``None`` where a person ends the wait, or nobody can tell. ``on_abort`` is
    what an abort leaves once abortScaleDownDelaySeconds has passed.
    """

    index: int
    body: Mapping[str, Any] | None
    kind: PlanKind
    weight: int
    canary_pods: int
    stable_pods: int
    on_abort: Settled
    waits: Waits = "none"
    start_seconds: int = 0
    min_seconds: int = 0
    max_seconds: int | None = 0
    analysis: tuple[str, ...] = ()
    set_weight: int | None = None
    experiment_weight: int = 0
    scaled_by: int | None = None
    header_routes: tuple[str, ...] = ()
    mirror_routes: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the step as ``plan --format json`` shows it."""
        return {
            "index": self.index,
            "step": None if self.body is None else dict(self.body),
            "weight": self.weight,
            "canaryPods": self.canary_pods,
            "stablePods": self.stable_pods,
            "waits": self.waits,
            "minSeconds": self.min_seconds,
            "maxSeconds": self.max_seconds,
            "analysis": list(self.analysis),
            "headerRoutes": list(self.header_routes),
            "mirrorRoutes": list(self.mirror_routes),
            "onAbort": _settled_json(self.on_abort),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a Rollout will do at an update; a first deployment skips all of it.

    Weights are of ``max_weight``; what is called a percentage is rounded up to whole ones of it. ``background`` are the
    templates of the analysis that runs from ``starting_step`` on. ``first_verdict_seconds`` is the earliest second at
    which an analysis can end the release or let it pass, ``None`` when none can; ``detections`` are the metrics that
    can end it, each with the earliest second. ``faults`` are of the strategy as a whole: the controller would refuse
    it.
    """

    namespace: str
    name: str
    strategy: Literal["canary", "blueGreen"]
    replicas: int
    router: str | None
    max_weight: int
    steps: tuple[PlannedStep, ...]
    kind: str = "Rollout"
    background: tuple[str, ...] = ()
    starting_step: int = 0
    first_verdict_seconds: int | None = None
    detections: tuple[tuple[str, int], ...] = ()
    faults: tuple[str, ...] = ()

    def percent(self, weight: int) -> int:
        """Return ``weight`` as a percentage of all traffic, rounded up."""
        return -(-weight * 100 // self.max_weight)

    def reach(self, step: PlannedStep) -> int:
        """Return the percentage of traffic that meets the new version at a step, as canary or in an experiment."""
        return min(self.percent(step.weight + step.experiment_weight), 100)

    @property
    def moves(self) -> tuple[PlannedStep, ...]:
        """The steps before full promotion."""
        return self.steps[:-1]

    @property
    def gates(self) -> int:
        """How often a person must promote."""
        return sum(step.waits == "gate" for step in self.steps)

    @property
    def holds(self) -> int:
        """How often it waits for a fixed time."""
        return sum(step.waits == "hold" for step in self.steps)

    @property
    def first_gate(self) -> int | None:
        """The index of the first step that waits for a person."""
        return next((step.index for step in self.steps if step.waits == "gate"), None)

    @property
    def ungated_weight(self) -> int:
        """The largest percentage that the new version gets before the first gate; 100 without one."""
        gate = self.first_gate
        return 100 if gate is None else max(self.reach(step) for step in self.steps[: gate + 1])

    @property
    def weights(self) -> tuple[int, ...]:
        """The percentage at each step, and the 100 of full promotion."""
        return (*(self.percent(step.weight) for step in self.moves), 100)

    @property
    def largest_jump(self) -> int:
        """The largest rise from one step to the next, in percentage points; full promotion is one too."""
        return max(after - before for before, after in pairwise((0, *self.weights)))

    @property
    def min_seconds(self) -> int:
        """How long the release takes when each wait takes its shortest and nobody has to be waited for."""
        return sum(step.min_seconds for step in self.steps)

    @property
    def seconds_without_people(self) -> int:
        """How long the release goes on by itself: up to the first gate, or all of it."""
        return sum(step.min_seconds for step in self.steps[: self.first_gate])

    @property
    def hold_seconds(self) -> int:
        """The sum of all holds."""
        return sum(step.min_seconds for step in self.steps if step.waits == "hold")

    @property
    def exposure_before_verdict(self) -> int:
        """Percentage times seconds that users spend on the new version before an analysis can first speak.

        Without any analysis, all of the exposure before full promotion. Gates count for no time.
        """
        end = self.min_seconds if self.first_verdict_seconds is None else self.first_verdict_seconds
        return sum(
            self.reach(step) * max(min(step.start_seconds + step.min_seconds, end) - step.start_seconds, 0)
            for step in self.moves
        )

    @property
    def analyses(self) -> tuple[str, ...]:
        """The templates that judge the release, each once, those in the background first."""
        return tuple(dict.fromkeys((*self.background, *(name for step in self.steps for name in step.analysis))))

    def as_json(self) -> dict[str, Any]:
        """Return the plan as ``plan --format json`` shows it."""
        return {
            "schemaVersion": 1,
            "object": {"kind": self.kind, "namespace": self.namespace, "name": self.name},
            "strategy": self.strategy,
            "replicas": self.replicas,
            "router": self.router,
            "steps": [step.as_json() for step in self.steps],
            "totals": {
                "gates": self.gates,
                "holds": self.holds,
                "ungatedWeight": self.ungated_weight,
                "largestJump": self.largest_jump,
                "minSeconds": self.min_seconds,
                "secondsWithoutPeople": self.seconds_without_people,
                "firstVerdictSeconds": self.first_verdict_seconds,
                "exposureBeforeVerdict": self.exposure_before_verdict,
                "detectionSeconds": dict(self.detections),
            },
        }

    def as_policy_data(self) -> dict[str, Any]:
        """Return what an expression of a policy sees as ``plan``: plain values, weights as percentages.

        ``firstWeight`` is the first weight above 0, ``lastWeight`` the one that full promotion starts from.
        """
        weights = self.weights
        return {
            "strategy": self.strategy,
            "replicas": self.replicas,
            "router": self.router or "",
            "maxTrafficWeight": self.max_weight,
            "gates": self.gates,
            "holds": self.holds,
            "ungatedWeight": self.ungated_weight,
            "firstWeight": next(weight for weight in weights if weight > 0),
            "lastWeight": weights[-2] if len(weights) > 1 else 0,
            "largestJump": self.largest_jump,
            "minSeconds": self.min_seconds,
            "secondsWithoutPeople": self.seconds_without_people,
            "holdSeconds": self.hold_seconds,
            "hasVerdict": self.first_verdict_seconds is not None,
            "firstVerdictSeconds": self.first_verdict_seconds,
            "exposureBeforeVerdict": self.exposure_before_verdict,
            "detectionSeconds": dict(self.detections),
            "analyses": list(self.analyses),
            "backgroundAnalyses": list(self.background),
            "startingStep": self.starting_step,
            "peakPods": max(step.canary_pods + step.stable_pods for step in self.steps),
            "valid": not self.faults and not any(step.faults for step in self.steps),
            "steps": [self._step_data(step) for step in self.moves],
        }

    def _step_data(self, step: PlannedStep) -> dict[str, Any]:
        total = step.canary_pods + step.stable_pods
        return {
            "index": step.index,
            "kind": step.kind,
            "weight": self.percent(step.weight),
            "setWeight": self.percent(step.set_weight or 0),
            "reach": self.reach(step),
            "canaryPods": step.canary_pods,
            "stablePods": step.stable_pods,
            "podPercent": 100 * step.canary_pods // total if total else 0,
            "waits": step.waits,
            "startSeconds": step.start_seconds,
            "minSeconds": step.min_seconds,
            "maxSeconds": step.max_seconds,
            "analysis": list(step.analysis),
            "headerRoutes": list(step.header_routes),
            "mirrorRoutes": list(step.mirror_routes),
            "onAbort": _settled_json(step.on_abort),
        }


def _settled_json(settled: Settled) -> dict[str, int]:
    return {"weight": settled.weight, "canaryPods": settled.canary_pods, "stablePods": settled.stable_pods}
