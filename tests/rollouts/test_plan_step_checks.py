"""What is odd about a plan: each check with the numbers it reports."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gitopsgen.rollouts.plan import Plan, plan_rollout
from gitopsgen.rollouts.step_checks import (
    Remark,
    crowded_pods,
    pods_after_abort,
    scales_left_in_force,
    traffic_after_abort,
    unreachable_weights,
    unwatched_last_jumps,
    waits_at_full_weight,
    waits_before_canary,
    weights_not_rising,
    weights_without_pods,
)

ROUTED: dict[str, Any] = {"trafficRouting": {"nginx": {}}}
GATE: dict[str, Any] = {"pause": {}}


def plan(*steps: object, replicas: int = 10, **fields: object) -> Plan:
    return plan_rollout({"spec": {"replicas": replicas, "strategy": {"canary": {"steps": list(steps), **fields}}}})


@pytest.mark.parametrize(
    ("check", "planned", "remarks"),
    [
        pytest.param(
            weights_without_pods,
            plan({"setWeight": 95}, GATE, {"setWeight": 100}, maxSurge=0),
            [Remark(0, {"weight": 95, "replicas": 10})],
            id="95 % of 10 without surge has no pod",
        ),
        pytest.param(
            weights_without_pods,
            plan({"setWeight": 20}, {"setCanaryScale": {"replicas": 0}}, GATE, **ROUTED),
            [Remark(1, {"weight": 20, "replicas": 10})],
            id="a canary scaled to none",
        ),
        pytest.param(weights_without_pods, plan({"setWeight": 5}, GATE), [], id="5 % of 10 has one"),
        pytest.param(
            waits_before_canary,
            plan(GATE, {"pause": {"duration": 60}}, {"setWeight": 5}, GATE),
            [Remark(0, {"seconds": 0}), Remark(1, {"seconds": 60})],
            id="pauses before the first weight",
        ),
        pytest.param(
            waits_before_canary,
            plan({"setCanaryScale": {"replicas": 1}}, GATE, {"setWeight": 5}, **ROUTED),
            [],
            id="a canary without traffic is something to look at",
        ),
        pytest.param(
            waits_at_full_weight,
            plan({"setWeight": 50}, GATE, {"setWeight": 100}, {"pause": {"duration": 60}}, GATE, **ROUTED),
            [Remark(3, {"seconds": 60}), Remark(4, {"seconds": 0})],
            id="pauses with all of the traffic",
        ),
        pytest.param(
            waits_at_full_weight,
            plan({"setWeight": 100}, GATE, analysis={"templates": [{"templateName": "errors"}]}, **ROUTED),
            [],
            id="an analysis watches all of the traffic",
        ),
        pytest.param(
            unreachable_weights,
            plan({"setWeight": 5}, GATE, {"setWeight": 50}, replicas=2),
            [Remark(0, {"weight": 5, "share": 33, "canaryPods": 1, "stablePods": 2})],
            id="5 % of 2 pods is a third",
        ),
        pytest.param(unreachable_weights, plan({"setWeight": 5}, replicas=2, **ROUTED), [], id="not for a router"),
        pytest.param(
            scales_left_in_force,
            plan({"setCanaryScale": {"replicas": 1}}, GATE, {"setWeight": 80}, GATE, **ROUTED),
            [Remark(0, {"canaryPods": 1, "weight": 80})],
            id="one pod to the end",
        ),
        pytest.param(
            scales_left_in_force,
            plan(
                {"setCanaryScale": {"replicas": 1}},
                {"setCanaryScale": {"matchTrafficWeight": True}},
                {"setWeight": 9},
                **ROUTED,
            ),
            [],
            id="matched again",
        ),
        pytest.param(
            unwatched_last_jumps,
            plan({"setWeight": 20}, GATE),
            [Remark(0, {"weight": 20, "jump": 80})],
            id="from 20 to 100",
        ),
        pytest.param(unwatched_last_jumps, plan({"setWeight": 20}, GATE, {"setWeight": 80}), [], id="from 80 to 100"),
        pytest.param(
            crowded_pods,
            plan({"setCanaryScale": {"replicas": 1}}, {"setWeight": 50}, GATE, **ROUTED),
            [Remark(1, {"weight": 50, "canaryPods": 1, "percentPerPod": 50, "usualPercentPerPod": 10})],
            id="one pod for half of the traffic",
        ),
        pytest.param(crowded_pods, plan({"setWeight": 50}, GATE, **ROUTED), [], id="five pods for half of the traffic"),
        pytest.param(
            weights_not_rising,
            plan({"setWeight": 20}, {"setWeight": 20}, {"setWeight": 10}),
            [Remark(1, {"weight": 20, "before": 20}), Remark(2, {"weight": 10, "before": 20})],
            id="repeated, then falling",
        ),
        pytest.param(
            traffic_after_abort,
            plan(
                {"setWeight": 20}, {"setWeight": 60}, dynamicStableScale=True, abortScaleDownDelaySeconds=15, **ROUTED
            ),
            [Remark(1, {"weight": 20, "canaryPods": 6})],
            id="a dynamic canary with a delay",
        ),
        pytest.param(
            traffic_after_abort,
            plan({"setWeight": 20}, {"setWeight": 60}, dynamicStableScale=True, **ROUTED),
            [],
            id="without",
        ),
        pytest.param(
            pods_after_abort,
            plan({"setCanaryScale": {"replicas": 2}}, {"setWeight": 60}, abortScaleDownDelaySeconds=0, **ROUTED),
            [Remark(0, {"canaryPods": 2}), Remark(1, {"canaryPods": 2})],
            id="pods that nobody removes",
        ),
    ],
)
def test_remarks(check: Callable[[Plan], Iterator[Remark]], planned: Plan, remarks: list[Remark]) -> None:
    assert list(check(planned)) == remarks


@pytest.mark.parametrize(
    "planned", [plan(), plan_rollout({"spec": {"strategy": {"blueGreen": {}}}})], ids=["none", "blue-green"]
)
def test_nothing_is_odd_about_a_plan_without_steps(planned: Plan) -> None:
    checks = (
        weights_without_pods,
        waits_before_canary,
        unreachable_weights,
        scales_left_in_force,
        unwatched_last_jumps,
        crowded_pods,
        weights_not_rising,
        traffic_after_abort,
        pods_after_abort,
    )
    assert [remark for check in checks for remark in check(planned)] == []
