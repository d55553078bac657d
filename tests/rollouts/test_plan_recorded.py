"""The plan and the simulation against states recorded from a live controller."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gitopsgen.rollouts.plan import plan_rollout
from gitopsgen.rollouts.simulation import simulate
from gitopsgen.rollouts.simulation_state import Verdict

RECORDED = Path(__file__).parents[3] / "shared" / "conformance" / "rollouts-plan" / "cases.jsonl"
CASES: tuple[dict[str, Any], ...] = (
    tuple(json.loads(line) for line in RECORDED.read_text(encoding="utf-8").splitlines()) if RECORDED.is_file() else ()
)

pytestmark = pytest.mark.skipif(not CASES, reason="the recorded states are not beside the repository")


def cases(*, walks_only: bool = False) -> list[Any]:
    chosen = [case for case in CASES if not walks_only or case["script"] == ["update", "auto"]]
    return [pytest.param(case, id=case["id"]) for case in chosen] or [pytest.param({}, id="none")]


def verdicts(case: Mapping[str, Any]) -> dict[str, Verdict]:
    """Return how the analyses of a case end: a Job that no node can run is the one that fails."""
    templates = (other for other in case["others"] if other["kind"] == "AnalysisTemplate")
    return {
        template["metadata"]["name"]: "Failed" if "nowhere" in json.dumps(template) else "Successful"
        for template in templates
    }


def weight_of(state: Mapping[str, Any]) -> int | None:
    return None if state["weights"] is None else state["weights"]["canary"]


@pytest.mark.parametrize("case", cases())
def test_the_simulation_replays_each_state(case: dict[str, Any]) -> None:
    states = simulate(case["rollout"], case["script"], verdicts=verdicts(case))
    assert [
        (one.after, one.at, one.index, one.set_weight, one.weight, one.canary_pods, one.stable_pods, one.old_pods)
        for one in states
    ] == [
        (
            one["after"],
            one["at"],
            one["currentStepIndex"],
            one["setWeight"],
            weight_of(one),
            one["canaryReplicas"],
            one["stableReplicas"],
            one["oldReplicas"],
        )
        for one in case["observed"]
    ]


@pytest.mark.parametrize("case", cases(walks_only=True))
def test_the_plan_foretells_each_gate(case: dict[str, Any]) -> None:
    plan = plan_rollout(case["rollout"])
    pause = next((step.index for step in plan.moves if step.kind == "pause"), None)
    for state in case["observed"]:
        if state["at"] == "aborted":
            continue
        standing = state["at"] in ("step", "held")
        index = state["currentStepIndex"] if state["currentStepIndex"] is not None else pause
        step = plan.steps[index if standing and index is not None else -1]
        assert (step.canary_pods, step.stable_pods) == (state["canaryReplicas"], state["stableReplicas"])
        if weight_of(state) is not None:
            assert step.weight == weight_of(state)
        if standing and state["phase"] == "Paused":
            assert step.waits == "gate"


@pytest.mark.parametrize("case", cases())
def test_the_plan_foretells_what_an_abort_leaves(case: dict[str, Any]) -> None:
    plan = plan_rollout(case["rollout"])
    for before, after, last in zip(case["observed"], case["observed"][1:], case["observed"][2:], strict=False):
        if after["after"] != "abort" or not last["after"].startswith("wait:") or before["currentStepIndex"] is None:
            continue
        left = plan.steps[before["currentStepIndex"]].on_abort
        assert left == (weight_of(last), last["canaryReplicas"], last["stableReplicas"])
