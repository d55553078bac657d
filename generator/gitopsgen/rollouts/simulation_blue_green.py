"""How a blue-green update settles: preview, analysis, pause, switch, analysis.

Source: argo-rollouts v1.9.2, rollout/bluegreen.go.
"""

from dataclasses import replace
from typing import Final

from gitopsgen.rollouts.simulation_state import Outcome, State, retire, with_abort_deadline
from gitopsgen.rollouts.steps import Analysis
from gitopsgen.rollouts.strategy import BlueGreen

_RELEASED: Final = -1
"""The second since which a pause has lasted that a person ended."""


def settle_blue_green(state: State, blue_green: BlueGreen) -> State:
    """Return the state in which nothing moves any more."""
    replicas = state.spec.replicas
    state = retire(state.scaled(state.stable, replicas).dated(state.stable, None), resized_to=replicas)
    if not state.updating:
        return replace(state, waiting="", aborted=False, full_promotion=False)
    if state.aborted and not state.full_promotion:
        return _abort(state, blue_green)
    skips = state.full_promotion or state.within_rollback_window or _goes_back_fast(state, blue_green)
    preview = replicas if blue_green.preview_replicas is None else blue_green.preview_replicas
    state = state.dated(state.new, None)
    if not skips:
        state = state.scaled(state.new, preview)
        outcome = _judge(state, blue_green.pre_promotion) or _pauses(state, blue_green)
        if outcome == "failed":
            return _abort(replace(state, aborted=True), blue_green)
        if outcome or state.paused:
            return state if state.waiting else replace(state, waiting=outcome, since=state.clock)
    state = replace(state.scaled(state.new, replicas), waiting="")
    outcome = "" if skips else _judge(state, blue_green.post_promotion)
    if outcome == "failed":
        return _abort(replace(state, aborted=True), blue_green)
    if outcome:
        return replace(state, waiting=outcome)
    return settle_blue_green(replace(state, stable=state.new, aborted=False, full_promotion=False), blue_green)


def release(state: State, blue_green: BlueGreen) -> State:
    """Return the state after ``promote`` at a pause: with autoPromotionSeconds it only starts the time anew."""
    since = state.clock if blue_green.auto_promotion and state.waiting == "hold" else _RELEASED
    return replace(state, since=since)


def _pauses(state: State, blue_green: BlueGreen) -> Outcome:
    if not blue_green.pauses or (state.waiting and state.since == _RELEASED):
        return ""
    if not blue_green.auto_promotion:
        return "gate"
    waited = state.clock - state.since if state.waiting else 0
    return "" if waited >= blue_green.auto_promotion_seconds else "hold"


def _goes_back_fast(state: State, blue_green: BlueGreen) -> bool:
    """Tell whether the new version still waits for its removal, at full size: v1.9.2 then skips the pause.

    So a return to the former version needs no promotion, and neither does a retry soon after an abort.
    """
    one = state.replica_sets[state.new]
    full = state.spec.replicas
    return one.deadline is not None and one.pods == full and blue_green.preview_replicas in (None, full)


def _judge(state: State, analysis: Analysis | None) -> Outcome:
    return "" if analysis is None else state.judge(analysis.names)


def _abort(state: State, blue_green: BlueGreen) -> State:
    state = replace(state, waiting="")
    if not blue_green.abort_delay_seconds:
        return state
    state = with_abort_deadline(state, blue_green.abort_delay_seconds)
    deadline = state.replica_sets[state.new].deadline
    return state.scaled(state.new, 0) if deadline is not None and deadline <= state.clock else state
