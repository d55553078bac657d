"""From a Rollout to its plan: weights, pods, waits and verdicts of each step."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache, partial
from itertools import accumulate
from typing import Any, Final, NamedTuple, TypeAlias, assert_never

from gitopsgen.model.manifest import Body, map_at
from gitopsgen.model.versions import Versions
from gitopsgen.rollouts.planned import Plan, PlanKind, PlannedStep, Waits
from gitopsgen.rollouts.settled import Settled, settle_abort, settle_promoted, settle_step
from gitopsgen.rollouts.steps import Analysis, Route, Step
from gitopsgen.rollouts.strategy import BlueGreen, Canary, RolloutSpec, parse_rollout
from gitopsgen.rollouts.verdicts import AT_ONCE, NEVER, RunBounds, TemplateLookup, bound_analysis, bound_experiment

__all__ = ["Plan", "PlannedStep", "TemplateLookup", "plan_rollout"]


_MOST_ROUTES: Final = 100
"""Routes at a step that are named; more is no Rollout but an attempt to fill the memory."""


_Run: TypeAlias = tuple[int, RunBounds]
"""When an analysis or an experiment begins, and its bounds from there."""


class _Wait(NamedTuple):
    """What a step waits for, how long, and the templates that judge it."""

    waits: Waits
    bounds: RunBounds
    analysis: tuple[str, ...] = ()


def plan_rollout(
    body: Body,
    *,
    templates: TemplateLookup | None = None,
    replicas: int | None = None,
    versions: Versions | None = None,
) -> Plan:
    """Return what the Rollout ``body`` will do at an update, whatever shape it has.

    ``templates`` gives the AnalysisTemplates by which analyses are timed; without it they may take any time.
    ``replicas`` stands in for the Rollout's own, for one that an autoscaler sizes. ``versions`` say which controller
    runs it, the default ones when left out.
    """
    spec = parse_rollout(body, replicas=replicas, versions=versions)
    match spec.strategy:
        case Canary() as canary:
            return _plan_canary(spec, canary, templates)
        case BlueGreen() as blue_green:
            return _plan_blue_green(spec, blue_green, templates)
        case _:
            assert_never(spec.strategy)


def _plan_canary(spec: RolloutSpec, canary: Canary, templates: TemplateLookup | None) -> Plan:
    judged = cache(partial(bound_analysis, lookup=templates))  # most canaries ask the same at each weight
    waits = [_wait_at(step, templates, judged) for step in canary.steps]
    starts = _starts(waits)
    planned: list[PlannedStep] = []
    headers: set[str] = set()
    mirrors: set[str] = set()
    for index, (step, wait) in enumerate(zip(canary.steps, waits, strict=True)):
        for route, active in ((step.header_route, headers), (step.mirror_route, mirrors)):
            if route is not None:
                _manage(active, route)
        settled = settle_step(canary, index, spec.replicas)
        planned.append(
            PlannedStep(
                index=index,
                body=map_at(step.body),
                kind=step.kind,
                weight=settled.weight,
                canary_pods=settled.canary_pods,
                stable_pods=settled.stable_pods,
                on_abort=settle_abort(canary, spec.replicas, settled).after,
                waits=wait.waits,
                start_seconds=starts[index],
                min_seconds=wait.bounds.min_seconds,
                max_seconds=wait.bounds.max_seconds,
                analysis=wait.analysis,
                set_weight=canary.in_force[index].weight,
                experiment_weight=_experiment_weight(canary, step),
                scaled_by=canary.in_force[index].scaled_by,
                header_routes=tuple(sorted(headers)),
                mirror_routes=tuple(sorted(mirrors)),
                faults=step.faults,
            )
        )
    planned.append(_promoted(len(planned), starts[-1], settle_promoted(canary, spec.replicas)))
    runs = [*_runs(waits, starts), *_background_run(canary, waits, starts, templates)]
    return Plan(
        namespace=spec.namespace,
        name=spec.name,
        strategy="canary",
        replicas=spec.replicas,
        router=canary.router,
        max_weight=canary.max_weight,
        steps=tuple(planned),
        background=canary.background.names if canary.background is not None else (),
        starting_step=canary.starting_step,
        first_verdict_seconds=_first_verdict(runs),
        detections=_detections(runs),
        faults=spec.faults,
    )


def _plan_blue_green(spec: RolloutSpec, blue_green: BlueGreen, templates: TemplateLookup | None) -> Plan:
    replicas = spec.replicas
    preview = replicas if blue_green.preview_replicas is None else blue_green.preview_replicas
    phases = _phases(blue_green, preview, templates)
    waits = [wait for _, _, wait in phases]
    starts = _starts(waits)
    planned: list[PlannedStep] = []
    for index, (kind, body, wait) in enumerate(phases):
        active = kind == "postPromotionAnalysis"
        pods = replicas if active else preview
        planned.append(
            PlannedStep(
                index=index,
                body=body,
                kind=kind,
                weight=100 if active else 0,
                canary_pods=pods,
                stable_pods=replicas,
                on_abort=Settled(0, 0 if blue_green.abort_delay_seconds else pods, replicas),
                waits=wait.waits,
                start_seconds=starts[index],
                min_seconds=wait.bounds.min_seconds,
                max_seconds=wait.bounds.max_seconds,
                analysis=wait.analysis,
            )
        )
    planned.append(_promoted(len(planned), starts[-1], Settled(0, 0, replicas)))
    return Plan(
        namespace=spec.namespace,
        name=spec.name,
        strategy="blueGreen",
        replicas=replicas,
        router=None,
        max_weight=100,
        steps=tuple(planned),
        first_verdict_seconds=_first_verdict(_runs(waits, starts)),
        detections=_detections(_runs(waits, starts)),
        faults=spec.faults,
    )


def _phases(
    blue_green: BlueGreen, preview: int, templates: TemplateLookup | None
) -> list[tuple[PlanKind, dict[str, Any], _Wait]]:
    """Return what a blue-green update goes through, each as a step of the same form as a canary's."""
    phases: list[tuple[PlanKind, dict[str, Any], _Wait]] = [
        ("preview", {"preview": {"replicas": preview}}, _Wait("none", AT_ONCE))
    ]
    if blue_green.pre_promotion is not None:
        phases.append(_judged("prePromotionAnalysis", blue_green.pre_promotion, templates))
    if not blue_green.auto_promotion:
        phases.append(("pause", {"pause": {}}, _Wait("gate", NEVER)))
    elif seconds := blue_green.auto_promotion_seconds:
        phases.append(("pause", {"pause": {"duration": seconds}}, _Wait("hold", _exactly(seconds))))
    if blue_green.post_promotion is not None:
        phases.append(_judged("postPromotionAnalysis", blue_green.post_promotion, templates))
    return phases


def _judged(
    kind: PlanKind, analysis: Analysis, templates: TemplateLookup | None
) -> tuple[PlanKind, dict[str, Any], _Wait]:
    body: dict[str, Any] = {kind: {"templates": [{"templateName": name} for name in analysis.names]}}
    return kind, body, _Wait("analysis", bound_analysis(analysis, templates), analysis.names)


def _wait_at(step: Step, templates: TemplateLookup | None, judged: Callable[[Analysis], RunBounds]) -> _Wait:
    if step.kind == "pause" and step.pause is not None:
        if step.pause.seconds is None:
            return _Wait("gate", NEVER)
        return _Wait("hold" if step.pause.seconds else "none", _exactly(step.pause.seconds))
    if step.kind == "analysis" and step.analysis is not None:
        return _Wait("analysis", judged(step.analysis), step.analysis.names)
    if step.kind == "experiment" and step.experiment is not None:
        names = tuple(name for analysis in step.experiment.analyses for name in analysis.names)
        return _Wait("experiment", bound_experiment(step.experiment, templates), names)
    # a plugin takes its own time; a step that sets nothing never completes
    return _Wait("none", NEVER if step.kind in ("plugin", "") else AT_ONCE)


def _experiment_weight(canary: Canary, step: Step) -> int:
    return step.experiment.canary_weight if canary.router is not None and step.experiment is not None else 0


def _manage(active: set[str], route: Route) -> None:
    if route.removed:
        active.discard(route.name)
    elif len(active) < _MOST_ROUTES:
        active.add(route.name)


def _exactly(seconds: int) -> RunBounds:
    return RunBounds(min_seconds=seconds, max_seconds=seconds, verdict_seconds=None)


def _starts(waits: Sequence[_Wait]) -> list[int]:
    """Return when each step begins, and when the last one ends, if each wait takes its shortest."""
    return list(accumulate((wait.bounds.min_seconds for wait in waits), initial=0))


def _runs(waits: Sequence[_Wait], starts: Sequence[int]) -> list[_Run]:
    """Return what is waited for, with when it begins."""
    return [(start, wait.bounds) for start, wait in zip(starts, waits, strict=False)]


def _background_run(
    canary: Canary, waits: Sequence[_Wait], starts: Sequence[int], templates: TemplateLookup | None
) -> list[_Run]:
    """Return the background analysis, if it can speak before it is stopped at full promotion."""
    first = canary.starting_step
    if canary.background is None or (waits and first >= len(waits)):
        return []
    start = starts[first if waits else 0]
    bounds = bound_analysis(canary.background, templates)
    if bounds.verdict_seconds is None:
        return []
    left = None if any(wait.bounds.max_seconds is None for wait in waits[first:]) else starts[-1] - start
    if left is None:
        return [(start, bounds)]
    in_time = tuple(one for one in bounds.detections if one[1] <= left)
    return [(start, replace(bounds, detections=in_time))] if bounds.verdict_seconds <= left else []


def _first_verdict(runs: Iterable[_Run]) -> int | None:
    found = ((start, bounds.verdict_seconds) for start, bounds in runs)
    return min((start + verdict for start, verdict in found if verdict is not None), default=None)


def _detections(runs: Iterable[_Run]) -> tuple[tuple[str, int], ...]:
    """Return each metric that can end the release, with the earliest second, the quickest first."""
    earliest: dict[str, int] = {}
    for start, bounds in runs:
        for metric, seconds in bounds.detections:
            earliest[metric] = min(earliest.get(metric, start + seconds), start + seconds)
    return tuple(sorted(earliest.items(), key=lambda one: (one[1], one[0])))


def _promoted(index: int, start: int, settled: Settled) -> PlannedStep:
    return PlannedStep(
        index=index,
        body=None,
        kind="promoted",
        weight=settled.weight,
        canary_pods=settled.canary_pods,
        stable_pods=settled.stable_pods,
        on_abort=settled,
        start_seconds=start,
    )
