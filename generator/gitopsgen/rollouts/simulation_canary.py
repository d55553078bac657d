"""How a canary settles: it walks its steps until one waits, is aborted, or is promoted.

Source: argo-rollouts v1.9.2, rollout/canary.go.
"""

from dataclasses import replace
from typing import Final

from gitopsgen.rollouts.settled import Settled, settle_abort, settle_promoted, settle_step
from gitopsgen.rollouts.simulation_state import Outcome, State, retire, with_abort_deadline
from gitopsgen.rollouts.steps import Step
from gitopsgen.rollouts.strategy import DEFAULT_DELAY_SECONDS, Canary

PATIENCE_SECONDS: Final = 25
"""A hold up to this long is waited for; at a longer one the Rollout counts as standing still."""


def settle_canary(state: State, canary: Canary) -> State:
    """Return the state in which nothing moves any more."""
    if not state.updating:
        return _rest(state, canary)
    if state.paused:
        return replace(state, weight=state.weight if state.canary_pods else 0)
    while not (state.aborted or state.full_promotion or state.within_rollback_window):
        if state.index >= len(canary.steps):
            break
        state = _apply(state, canary, settle_step(canary, state.index, state.spec.replicas))
        step = canary.steps[state.index]
        outcome = _waits_for(state, step)
        if outcome == "":
            state = _next_step(state, step)
        elif outcome == "failed" or _background_fails(state, canary):
            state = replace(state, aborted=True)
        else:
            return state if state.waiting else replace(state, waiting=outcome, since=state.clock)
    return _abort(state, canary) if state.aborted and not state.full_promotion else _promote(state, canary)


def _waits_for(state: State, step: Step) -> Outcome:
    """Return why the step does not complete."""
    if step.kind == "pause" and step.pause is not None:
        if step.pause.seconds is None:
            return "gate"
        waited = state.clock - state.since if state.waiting else 0
        return "hold" if step.pause.seconds - waited > PATIENCE_SECONDS else ""
    if step.kind == "analysis" and step.analysis is not None:
        return state.judge(step.analysis.names)
    if step.kind == "experiment" and step.experiment is not None:
        names = [name for analysis in step.experiment.analyses for name in analysis.names]
        ends_by_itself = not names and step.experiment.seconds is not None
        return "" if ends_by_itself else state.judge(names)
    return "analysis" if step.kind in ("plugin", "") else ""


def _next_step(state: State, step: Step) -> State:
    seconds = step.pause.seconds if step.pause is not None else None
    since = state.since if state.waiting else state.clock
    clock = max(state.clock, since + (seconds or 0))
    return replace(state, index=state.index + 1, waiting="", clock=clock)


def _background_fails(state: State, canary: Canary) -> bool:
    if canary.background is None or state.index < canary.starting_step:
        return False
    return state.judge(canary.background.names) == "failed"


def _apply(state: State, canary: Canary, settled: Settled) -> State:
    """Return the state at a step: the new and the stable version sized, what came between them gone."""
    state = replace(state, weight=settled.weight)
    state = state.scaled(state.new, settled.canary_pods).scaled(state.stable, settled.stable_pods)
    state = state.dated(state.new, None).dated(state.stable, None)
    return _drain(state, canary)


def _drain(state: State, canary: Canary) -> State:
    """Return the state without the versions that are neither new nor stable, save those that have a deadline."""
    for image, one in state.replica_sets.items():
        waits_out = canary.routed and not canary.dynamic_stable_scale and one.deadline is not None
        if image not in (state.new, state.stable) and not waits_out:
            state = state.scaled(image, 0)
    return retire(state)


def _abort(state: State, canary: Canary) -> State:
    at = Settled(state.weight, state.canary_pods, state.stable_pods)
    aborted = settle_abort(canary, state.spec.replicas, at)
    settled = aborted.after
    delay = DEFAULT_DELAY_SECONDS if canary.abort_delay_seconds is None else canary.abort_delay_seconds
    delayed = canary.routed and delay > 0 and not (canary.dynamic_stable_scale and canary.abort_delay_seconds is None)
    if delayed:
        if state.spec.replicas in (at.stable_pods, aborted.until.stable_pods):
            state = with_abort_deadline(state, delay)
        deadline = state.replica_sets[state.new].deadline
        passed = deadline is not None and deadline <= state.clock
        settled = Settled(0, 0, settle_promoted(canary, state.spec.replicas).stable_pods) if passed else aborted.until
        if passed and not canary.dynamic_stable_scale:
            settled = aborted.after
    state = replace(state, index=0, waiting="", weight=settled.weight)
    return _drain(state.scaled(state.new, settled.canary_pods).scaled(state.stable, settled.stable_pods), canary)


def _promote(state: State, canary: Canary) -> State:
    if not canary.dynamic_stable_scale:
        state = state.scaled(state.stable, state.spec.replicas)  # kept in full until its delay has passed
    state = state.dated(state.new, None).dated(state.stable, None)
    return _rest(replace(state, stable=state.new, aborted=False, full_promotion=False), canary)


def _rest(state: State, canary: Canary) -> State:
    state = replace(state, index=len(canary.steps), waiting="", weight=0, aborted=False, full_promotion=False)
    if state.paused:
        return state
    state = state.scaled(state.stable, settle_promoted(canary, state.spec.replicas).stable_pods)
    state = state.dated(state.stable, None)
    return retire(state) if canary.routed and not canary.dynamic_stable_scale else _drain(state, canary)
