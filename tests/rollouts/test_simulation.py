"""A Rollout under the hands of people: what each command leaves behind."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitopsgen.rollouts.simulation import simulate
from gitopsgen.rollouts.simulation_state import Verdict

GATED = [{"setWeight": 20}, {"pause": {}}, {"setWeight": 60}, {"pause": {}}]
ENDS: dict[str, Verdict] = {"bad": "Failed", "unsure": "Inconclusive"}
COMMANDS = [
    *("update", "update2", "rollback", "promote", "promote-full", "abort", "retry"),
    *("pause", "resume", "scale:0", "scale:3", "wait:20", "auto", "await:Healthy"),
]
ROUTED = {"canaryService": "c", "stableService": "s", "trafficRouting": {"nginx": {"stableIngress": "i"}}}


def canary(**fields: object) -> dict[str, Any]:
    return {"spec": {"replicas": 5, "strategy": {"canary": {"steps": GATED, **fields}}}}


def blue_green(**fields: object) -> dict[str, Any]:
    return {"spec": {"replicas": 3, "strategy": {"blueGreen": {"activeService": "a", **fields}}}}


@pytest.mark.parametrize(
    ("body", "script", "state"),
    [
        pytest.param(canary(), "update", ("step", 1, None, 1, 4), id="an update stops at the first gate"),
        pytest.param(canary(), "update promote", ("step", 3, None, 3, 2), id="a promotion goes on to the next"),
        pytest.param(canary(), "update promote-full", ("healthy", 4, None, 0, 5), id="a full promotion skips the rest"),
        pytest.param(canary(), "update abort", ("aborted", 0, None, 0, 5), id="an abort goes back"),
        pytest.param(canary(), "update abort promote", ("aborted", 0, None, 0, 5), id="no promotion of an aborted one"),
        pytest.param(canary(), "update abort retry", ("step", 1, None, 1, 4), id="a retry starts over"),
        pytest.param(canary(), "update pause scale:10", ("step", 1, None, 1, 4), id="a paused one is not scaled"),
        pytest.param(canary(), "update pause scale:10 resume", ("step", 1, None, 2, 8), id="a resumed one is"),
        pytest.param(canary(), 'steps:[{"pause":{}}] update', ("step", 0, None, 0, 5), id="steps change"),
        pytest.param(
            canary(**ROUTED), "update abort wait:31", ("aborted", 0, 0, 0, 5), id="the canary goes after 30 seconds"
        ),
        pytest.param(
            canary(**ROUTED, abortScaleDownDelaySeconds=15, dynamicStableScale=True),
            "update promote abort wait:3600",
            ("aborted", 0, 20, 3, 4),
            id="a dynamic one with a delay keeps traffic for ever",
        ),
        pytest.param(
            canary(steps=[{"setWeight": 20}, {"pause": {"duration": "1h"}}]),
            "update wait:3500",
            ("step", 1, None, 1, 4),
            id="a hold lasts",
        ),
        pytest.param(
            canary(steps=[{"setWeight": 20}, {"pause": {"duration": "1h"}}]),
            "update await:Healthy",
            ("healthy", 2, None, 0, 5),
            id="and ends",
        ),
        pytest.param(
            canary(analysis={"templates": [{"templateName": "bad"}], "startingStep": 2}),
            "update promote",
            ("aborted", 0, None, 0, 5),
            id="a failing background analysis aborts from its step on",
        ),
        pytest.param(
            canary(steps=[{"setWeight": 20}, {"analysis": {"templates": [{"templateName": "unsure"}]}}]),
            "update promote",
            ("healthy", 2, None, 0, 5),
            id="a promotion past an inconclusive analysis",
        ),
        pytest.param(
            canary(steps=[{"setWeight": 20}, {"experiment": {"templates": []}}, {"plugin": {"name": "p"}}]),
            "update",
            ("held", 1, None, 1, 4),
            id="an experiment without an end",
        ),
        pytest.param(blue_green(), "update", ("healthy", None, None, 0, 3), id="blue-green switches by itself"),
        pytest.param(
            blue_green(autoPromotionEnabled=False), "update wait:9999", ("step", None, None, 3, 3), id="or waits"
        ),
        pytest.param(
            blue_green(autoPromotionSeconds=30), "update wait:29", ("step", None, None, 3, 3), id="or waits a while"
        ),
        pytest.param(
            blue_green(autoPromotionSeconds=30), "update wait:30", ("healthy", None, None, 0, 3), id="and goes on"
        ),
        pytest.param(
            blue_green(autoPromotionSeconds=30),
            "update wait:20 promote wait:20",
            ("step", None, None, 3, 3),
            id="a promotion only starts the time anew",
        ),
        pytest.param(
            blue_green(prePromotionAnalysis={"templates": [{"templateName": "bad"}]}),
            "update wait:30",
            ("aborted", None, None, 0, 3),
            id="a failing analysis before the switch",
        ),
        pytest.param(
            blue_green(postPromotionAnalysis={"templates": []}),
            "update",
            ("held", None, None, 3, 3),
            id="an analysis without templates holds it up",
        ),
    ],
)
def test_a_script_ends_in(body: dict[str, Any], script: str, state: tuple[object, ...]) -> None:
    *_, last = simulate(body, script.split(), verdicts=ENDS)
    assert (last.at, last.index, last.weight, last.canary_pods, last.stable_pods) == state


def test_auto_ends_although_a_promotion_changes_nothing() -> None:
    states = list(simulate(blue_green(autoPromotionSeconds=30), ["update", "auto"]))
    assert states[-1].at == "step"


@given(
    steps=st.lists(st.sampled_from([*GATED, {"setCanaryScale": {"replicas": 2}}, {"analysis": {}}, {}]), max_size=6),
    fields=st.fixed_dictionaries(
        {},
        optional={
            "trafficRouting": st.just({"nginx": {}}),
            "dynamicStableScale": st.booleans(),
            "abortScaleDownDelaySeconds": st.integers(0, 20),
            "minPodsPerReplicaSet": st.integers(0, 8),
        },
    ),
    script=st.lists(st.sampled_from(COMMANDS), max_size=12),
)
def test_any_script_runs(steps: list[object], fields: dict[str, Any], script: list[str]) -> None:
    for state in simulate(canary(steps=steps, **fields), script):
        assert state.canary_pods >= 0
        assert state.stable_pods >= 0
        assert state.old_pods >= 0
        assert state.weight is None or 0 <= state.weight <= 100
        assert not state.weight or state.canary_pods


@given(script=st.lists(st.sampled_from(COMMANDS), max_size=12), preview=st.integers(0, 6), auto=st.booleans())
def test_any_script_runs_for_blue_green(*, script: list[str], preview: int, auto: bool) -> None:
    body = blue_green(previewReplicaCount=preview, autoPromotionEnabled=auto)
    for state in simulate(body, script):
        assert state.weight is None
        assert min(state.canary_pods, state.stable_pods, state.old_pods) >= 0


def test_an_unknown_command_is_refused() -> None:
    with pytest.raises(ValueError, match="no such command: dance"):
        list(simulate(canary(), ["dance"]))
