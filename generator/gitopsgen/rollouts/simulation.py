"""A Rollout under the hands of people: what it does when it is updated, promoted, aborted, scaled.

The controller's state machine at the grain of settled states: each command runs until nothing moves any more.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, assert_never

from gitopsgen.model.manifest import Body
from gitopsgen.rollouts.simulation_blue_green import release, settle_blue_green
from gitopsgen.rollouts.simulation_canary import settle_canary
from gitopsgen.rollouts.simulation_state import Phase, ReplicaSet, State, Verdict
from gitopsgen.rollouts.steps import parse_steps
from gitopsgen.rollouts.strategy import BlueGreen, Canary, parse_rollout

_IMAGES: Final = {"update": "1.1", "update2": "1.2", "rollback": "1.0"}
_MOST_PROMOTIONS: Final = 1000  # `auto` ends: a pause that promotion only restarts would not


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """A settled state as one sees it from outside, ``after`` a command.

    ``weight`` is ``None`` without a router, ``index`` without steps, ``set_weight`` when none is in force.
    """

    after: str
    at: Literal["initial", "step", "healthy", "aborted", "held"]
    index: int | None
    set_weight: int | None
    weight: int | None
    canary_pods: int
    stable_pods: int
    old_pods: int
    phase: Phase


def simulate(body: Body, script: Iterable[str], *, verdicts: Mapping[str, Verdict] | None = None) -> Iterator[Observed]:
    """Yield the settled states of a Rollout: the first deployment, then after each command of ``script``.

    Commands are ``update``, ``update2`` and ``rollback`` (three images), ``promote``, ``promote-full``, ``abort``,
    ``retry``, ``pause``, ``resume``, ``scale:N``, ``steps:JSON``, ``wait:SECONDS``, ``await:PHASE``, and ``auto``,
    which promotes until nothing is paused. ``verdicts`` say by template how analyses end.

    Raises:
        ValueError: a command is none of these.
    """
    state = _settle(
        State(
            spec=parse_rollout(body),
            new="1.0",
            stable="1.0",
            replica_sets={"1.0": ReplicaSet(created=0)},
            verdicts=verdicts or {},
        )
    )
    yield replace(_observe(state, "create"), at="initial")
    for word in script:
        if word == "auto":
            for _ in range(_MOST_PROMOTIONS):
                if state.phase != "Paused":
                    break
                state = _settle(_command(state, "promote", ""))
                yield _observe(state, "promote")
            continue
        name, _, value = word.partition(":")
        state = _settle(_command(state, name, value))
        yield _observe(state, "steps" if name == "steps" else word)


def _settle(state: State) -> State:
    match state.spec.strategy:
        case Canary() as canary:
            return settle_canary(state, canary)
        case BlueGreen() as blue_green:
            return settle_blue_green(state, blue_green)
        case _:
            assert_never(state.spec.strategy)


def _command(state: State, name: str, value: str) -> State:
    match name:
        case "promote" | "promote-full" | "abort" | "retry":
            return _operate(state, name)
        case "wait":
            return replace(state, clock=state.clock + int(value))
        case "await":
            return _await(state, value)
        case _:
            return _edit(state, name, value)


def _operate(state: State, name: Literal["promote", "promote-full", "abort", "retry"]) -> State:
    """Return the state after what `kubectl argo rollouts` does to the status."""
    match name:
        case "promote":
            return _promote(state)
        case "promote-full":
            return replace(state, paused=False, full_promotion=state.updating, waiting="")
        case "abort":
            return replace(state, aborted=state.updating, waiting="")
        case "retry":
            return replace(state, aborted=False, waiting="")
        case _:
            assert_never(name)


def _edit(state: State, name: str, value: str) -> State:
    """Return the state after a change of the manifest."""
    match name:
        case "update" | "update2" | "rollback":
            return _update(state, _IMAGES[name])
        case "pause" | "resume":
            return replace(state, paused=name == "pause")
        case "scale":
            return replace(state, spec=replace(state.spec, replicas=int(value)))
        case "steps":
            return _change_steps(state, value)
        case _:
            raise ValueError(f"no such command: {name}")


def _update(state: State, image: str) -> State:
    known = dict(state.replica_sets)
    known.setdefault(image, ReplicaSet(created=len(known)))
    return replace(state, new=image, replica_sets=known, index=0, waiting="", aborted=False, full_promotion=False)


def _promote(state: State) -> State:
    state = replace(state, paused=False)
    if not state.updating or state.aborted:
        return state
    match state.spec.strategy:
        case Canary():
            return replace(state, index=state.index + 1, waiting="")
        case BlueGreen() as blue_green:
            return release(state, blue_green) if state.waiting else state
        case _:
            assert_never(state.spec.strategy)


def _change_steps(state: State, text: str) -> State:
    canary = state.spec.strategy
    if not isinstance(canary, Canary):
        return state
    changed = replace(canary, steps=parse_steps(json.loads(text), canary.max_weight))
    return replace(
        state,
        spec=replace(state.spec, strategy=changed),
        index=0,
        waiting="",
        aborted=False,
        full_promotion=False,
    )


def _await(state: State, phase: str) -> State:
    """Return the state once the phase is reached, or when nothing but a person would bring it nearer."""
    while state.phase != phase and state.waiting == "hold":
        state = _settle(replace(state, clock=state.clock + 1))
    return state


def _observe(state: State, after: str) -> Observed:
    canary = state.spec.strategy if isinstance(state.spec.strategy, Canary) else None
    moving = state.updating and not state.aborted
    return Observed(
        after=after,
        at=_stands_at(state),
        index=state.index if canary is not None and canary.steps else None,
        set_weight=_set_weight(state, canary) if canary is not None and moving else None,
        weight=state.weight if canary is not None and canary.router is not None else None,
        canary_pods=state.canary_pods,
        stable_pods=state.stable_pods,
        old_pods=state.old_pods,
        phase=state.phase,
    )


def _set_weight(state: State, canary: Canary) -> int | None:
    return canary.in_force[min(state.index, len(canary.steps) - 1)].weight if canary.steps else None


def _stands_at(state: State) -> Literal["step", "healthy", "aborted", "held"]:
    match state.phase:
        case "Degraded":
            return "aborted"
        case "Paused":
            return "step"
        case "Healthy":
            return "healthy"
        case "Progressing":
            return "held"
        case _:
            assert_never(state.phase)
