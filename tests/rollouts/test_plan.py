"""The plan of a Rollout: totals, waits, verdicts, and the forms it takes."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitopsgen.model.manifest import Body
from gitopsgen.model.versions import Versions
from gitopsgen.rollouts.plan import Plan, plan_rollout

ROUTED = {"trafficRouting": {"nginx": {"stableIngress": "i"}}}
ANALYSIS = {"analysis": {"templates": [{"templateName": "check"}]}}


def canary(*steps: object, replicas: object = 10, **fields: object) -> dict[str, Any]:
    return {
        "metadata": {"namespace": "shop", "name": "checkout"},
        "spec": {"replicas": replicas, "strategy": {"canary": {"steps": list(steps), **fields}}},
    }


def blue_green(**fields: object) -> dict[str, Any]:
    return {"spec": {"replicas": 3, "strategy": {"blueGreen": {"activeService": "active", **fields}}}}


def check(**metric: object) -> Body:
    return {"spec": {"metrics": [{"name": "m", **metric}]}}


def plan_with(body: Body, template: Body) -> Plan:
    return plan_rollout(body, templates=lambda name, cluster: template if (name, cluster) == ("check", False) else None)


def test_the_form_for_machines() -> None:
    body = canary({"setWeight": 25}, {"pause": {}}, {"pause": {"duration": "2m"}}, replicas=4, **ROUTED)
    assert plan_rollout(body).as_json() == {
        "schemaVersion": 1,
        "object": {"kind": "Rollout", "namespace": "shop", "name": "checkout"},
        "strategy": "canary",
        "replicas": 4,
        "router": "nginx",
        "steps": [
            {
                "index": 0,
                "step": {"setWeight": 25},
                "weight": 25,
                "canaryPods": 1,
                "stablePods": 4,
                "waits": "none",
                "minSeconds": 0,
                "maxSeconds": 0,
                "analysis": [],
                "headerRoutes": [],
                "mirrorRoutes": [],
                "onAbort": {"weight": 0, "canaryPods": 0, "stablePods": 4},
            },
            {
                "index": 1,
                "step": {"pause": {}},
                "weight": 25,
                "canaryPods": 1,
                "stablePods": 4,
                "waits": "gate",
                "minSeconds": 0,
                "maxSeconds": None,
                "analysis": [],
                "headerRoutes": [],
                "mirrorRoutes": [],
                "onAbort": {"weight": 0, "canaryPods": 0, "stablePods": 4},
            },
            {
                "index": 2,
                "step": {"pause": {"duration": "2m"}},
                "weight": 25,
                "canaryPods": 1,
                "stablePods": 4,
                "waits": "hold",
                "minSeconds": 120,
                "maxSeconds": 120,
                "analysis": [],
                "headerRoutes": [],
                "mirrorRoutes": [],
                "onAbort": {"weight": 0, "canaryPods": 0, "stablePods": 4},
            },
            {
                "index": 3,
                "step": None,
                "weight": 0,
                "canaryPods": 0,
                "stablePods": 4,
                "waits": "none",
                "minSeconds": 0,
                "maxSeconds": 0,
                "analysis": [],
                "headerRoutes": [],
                "mirrorRoutes": [],
                "onAbort": {"weight": 0, "canaryPods": 0, "stablePods": 4},
            },
        ],
        "totals": {
            "gates": 1,
            "holds": 1,
            "ungatedWeight": 25,
            "largestJump": 75,
            "minSeconds": 120,
            "secondsWithoutPeople": 0,
            "firstVerdictSeconds": None,
            "exposureBeforeVerdict": 3000,
            "detectionSeconds": {},
        },
    }


@pytest.mark.parametrize(
    ("body", "ungated"),
    [
        pytest.param(canary({"setWeight": 5}, {"pause": {}}, {"setWeight": 50}), 5, id="up to the gate"),
        pytest.param(canary({"setWeight": 5}, {"setWeight": 50}, {"pause": {}}), 50, id="the largest before the gate"),
        pytest.param(canary({"setWeight": 50}, {"setWeight": 5}, {"pause": {}}), 50, id="even if it falls again"),
        pytest.param(canary({"pause": {}}, {"setWeight": 50}), 0, id="a gate before any weight"),
        pytest.param(canary({"setWeight": 5}, {"pause": {"duration": "1h"}}), 100, id="a hold is no gate"),
        pytest.param(canary({"setWeight": 5}, {"pause": {"duration": "1d"}}), 100, id="a broken duration is no gate"),
        pytest.param(canary({"setWeight": 5}, {"pause": None}), 100, id="a null pause is no gate"),
        pytest.param(canary({"setWeight": 5}, {"pause": {"duration": 0}}), 100, id="a pause of 0 is no gate"),
        pytest.param(canary({"setWeight": 5}, ANALYSIS), 100, id="an analysis is no gate"),
        pytest.param(canary(), 100, id="no steps"),
        pytest.param({"spec": {"strategy": {"canary": {}}}}, 100, id="a rolling update"),
        pytest.param({"spec": {"strategy": {"canary": {"steps": {"pause": {}}}}}}, 100, id="steps that are no list"),
        pytest.param({}, 100, id="nothing"),
        pytest.param(canary({"setWeight": "60"}, {"pause": {}}), 60, id="a quoted weight counts"),
        pytest.param(
            canary({"setWeight": 15}, {"pause": {}}, trafficRouting={"nginx": {}, "maxTrafficWeight": 1000}),
            2,
            id="in percent of maxTrafficWeight, rounded up",
        ),
        pytest.param(
            canary({"setCanaryScale": {"replicas": 0}}, {"setWeight": 50}, {"pause": {}}, **ROUTED),
            0,
            id="no traffic without a pod",
        ),
        pytest.param(
            canary(
                {"setWeight": 5},
                {
                    "experiment": {
                        "templates": [{"specRef": "stable", "weight": 30}, {"specRef": "canary", "weight": 30}]
                    }
                },
                {"pause": {}},
                **ROUTED,
            ),
            35,
            id="with what an experiment gets",
        ),
        pytest.param(blue_green(), 100, id="blue-green by itself"),
        pytest.param(blue_green(autoPromotionSeconds=600), 100, id="blue-green after a time"),
        pytest.param(blue_green(autoPromotionEnabled=False), 0, id="blue-green by hand"),
        pytest.param(blue_green(autoPromotionEnabled="false"), 100, id="a quoted false is not false"),
    ],
)
def test_ungated_weight(body: Body, ungated: int) -> None:
    assert plan_rollout(body).ungated_weight == ungated


@pytest.mark.parametrize(
    ("body", "totals"),
    [
        pytest.param(
            canary(
                {"setWeight": 10},
                {"pause": {"duration": 60}},
                {"setWeight": 40},
                {"pause": {}},
                {"pause": {"duration": 30}},
            ),
            {
                "gates": 1,
                "holds": 2,
                "largest_jump": 60,
                "min_seconds": 90,
                "seconds_without_people": 60,
                "hold_seconds": 90,
            },
            id="canary",
        ),
        pytest.param(
            canary({"setWeight": 90}),
            {"gates": 0, "holds": 0, "largest_jump": 90, "min_seconds": 0, "seconds_without_people": 0},
            id="the first step is a jump too",
        ),
        pytest.param(
            blue_green(autoPromotionSeconds=30),
            {"gates": 0, "holds": 1, "largest_jump": 100, "min_seconds": 30, "seconds_without_people": 30},
            id="blue-green",
        ),
    ],
)
def test_totals(body: Body, totals: dict[str, int]) -> None:
    plan = plan_rollout(body)
    assert {name: getattr(plan, name) for name in totals} == totals


@pytest.mark.parametrize(
    ("template", "seconds"),
    [
        pytest.param(check(), (0, 0, 0), id="one measurement"),
        pytest.param(check(initialDelay="30s"), (30, 30, 30), id="after a delay"),
        pytest.param(check(interval="1m", count=5), (240, 240, 0), id="the first failure ends it"),
        pytest.param(check(interval="1m", count=5, failureLimit=2), (240, 240, 120), id="the third failure ends it"),
        pytest.param(check(interval="1m", count=5, failureLimit=-1), (240, 240, 240), id="failures do not count"),
        pytest.param(check(interval="1m", count="5"), (240, 240, 0), id="a quoted count"),
        pytest.param(check(interval="1m", count=5, consecutiveSuccessLimit=2), (60, 240, 0), id="two successes do"),
        pytest.param(check(interval="1m"), (0, None, 0), id="without a count it goes on"),
        pytest.param(check(provider={"job": {}}), (0, None, 0), id="a Job takes its time"),
        pytest.param(
            {
                "spec": {
                    "args": [{"name": "n", "value": "3"}],
                    "metrics": [{"interval": "{{args.i}}", "count": "{{ args.n }}"}],
                }
            },
            (20, 20, 0),
            id="arguments of the template and of the step",
        ),
        pytest.param({"spec": {"templates": [{"templateName": "check"}]}}, (0, None, 0), id="it names itself"),
        pytest.param({"spec": {"templates": [{"templateName": "other"}]}}, (0, None, 0), id="it names an unknown one"),
        pytest.param({"spec": None}, (0, None, 0), id="an empty template"),
    ],
)
def test_an_analysis_is_timed(template: Body, seconds: tuple[int, int | None, int]) -> None:
    given = {**ANALYSIS["analysis"], "args": [{"name": "i", "value": "10s"}]}
    plan = plan_with(canary({"setWeight": 10}, {"analysis": given}), template)
    step = plan.steps[1]
    assert (step.min_seconds, step.max_seconds, plan.first_verdict_seconds) == seconds


@pytest.mark.parametrize(
    ("body", "verdict", "exposure"),
    [
        pytest.param(
            canary({"setWeight": 10}, {"pause": {"duration": 60}}, {"setWeight": 50}, ANALYSIS),
            60 + 120,
            10 * 60 + 50 * 120,
            id="in its step",
        ),
        pytest.param(
            canary(
                {"setWeight": 10},
                {"pause": {"duration": 60}},
                {"setWeight": 50},
                {"pause": {"duration": 600}},
                **ANALYSIS,
            ),
            120,
            10 * 60 + 50 * 60,
            id="in the background",
        ),
        pytest.param(
            canary({"setWeight": 10}, {"pause": {"duration": 60}}, **ANALYSIS),
            None,
            10 * 60,
            id="in the background, promoted before it speaks",
        ),
        pytest.param(
            canary({"setWeight": 10}, {"pause": {}}, **ANALYSIS),
            120,
            0,
            id="in the background, while a person is awaited",
        ),
        pytest.param(
            canary({"setWeight": 10}, {"pause": {}}, analysis={**ANALYSIS["analysis"], "startingStep": 2}),
            None,
            0,
            id="in the background, from a step that does not come",
        ),
        pytest.param(blue_green(prePromotionAnalysis=ANALYSIS["analysis"]), 120, 0, id="before the switch"),
        pytest.param(blue_green(postPromotionAnalysis=ANALYSIS["analysis"]), 120, 100 * 120, id="after the switch"),
    ],
)
def test_the_first_verdict(body: Body, verdict: int | None, exposure: int) -> None:
    plan = plan_with(body, check(interval="1m", count=6, failureLimit=2))
    assert (plan.first_verdict_seconds, plan.exposure_before_verdict) == (verdict, exposure)


def test_experiments_wait_for_their_duration_or_their_analyses() -> None:
    judged = {"name": "n", "templateName": "check", "requiredForCompletion": True}
    plan = plan_with(
        canary(
            {"experiment": {"duration": "5m"}},
            {"experiment": {"analyses": [judged]}},
            {"experiment": {"duration": "5m", "analyses": [judged]}},
            {"experiment": {}},
        ),
        check(interval="1m", count=2),
    )
    assert [(step.waits, step.min_seconds, step.max_seconds, step.analysis) for step in plan.moves] == [
        ("experiment", 300, 300, ()),
        ("experiment", 60, 60, ("check",)),
        ("experiment", 60, 300, ("check",)),
        ("experiment", 0, None, ()),
    ]


def test_routes_last_until_they_are_removed() -> None:
    match = [{"headerName": "x", "headerValue": {"exact": "y"}}]
    plan = plan_rollout(
        canary(
            {"setHeaderRoute": {"name": "h", "match": match}},
            {"setMirrorRoute": {"name": "m", "match": [{}]}},
            {"setHeaderRoute": {"name": "h"}},
        )
    )
    assert [(step.header_routes, step.mirror_routes) for step in plan.steps] == [
        (("h",), ()),
        (("h",), ("m",)),
        ((), ("m",)),
        ((), ()),
    ]


def test_what_a_policy_sees() -> None:
    plan = plan_rollout(canary({"setWeight": 5}, {"pause": {}}, ANALYSIS, **ANALYSIS))
    data = plan.as_policy_data()
    assert data == json.loads(json.dumps(data))
    assert {
        name: data[name] for name in ("ungatedWeight", "gates", "firstWeight", "lastWeight", "analyses", "valid")
    } == {
        "ungatedWeight": 5,
        "gates": 1,
        "firstWeight": 5,
        "lastWeight": 5,
        "analyses": ["check"],
        "valid": True,
    }
    assert data["steps"][1]["waits"] == "gate"


def test_an_autoscaler_sizes_the_plan() -> None:
    plan = plan_rollout(canary({"setWeight": 50}, replicas=None), replicas=8)
    assert (plan.replicas, plan.steps[0].canary_pods) == (8, 4)


@pytest.mark.parametrize(
    ("version", "pods", "left"),
    [
        pytest.param("1.9", (6, 6), (50, 6, 6), id="1.9 exceeds the replicas, and keeps traffic on what was aborted"),
        pytest.param("1.10", (3, 3), (0, 0, 3), id="later ones do not"),
    ],
)
def test_the_version_of_the_controller(version: str, pods: tuple[int, int], left: tuple[int, int, int]) -> None:
    fields = {"minPodsPerReplicaSet": 6, "dynamicStableScale": True, "abortScaleDownDelaySeconds": 30, **ROUTED}
    body = canary({"setWeight": 50}, {"setWeight": 60}, replicas=3, **fields)
    step = plan_rollout(body, versions=Versions(argo_rollouts=version)).steps[0]
    assert (step.canary_pods, step.stable_pods) == pods
    assert step.on_abort == left


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        pytest.param({"spec": {"strategy": {}}}, "exactly one of canary and blueGreen is needed", id="no strategy"),
        pytest.param(
            {"spec": {"strategy": {"canary": {}, "blueGreen": {}}}},
            "exactly one of canary and blueGreen is needed",
            id="both",
        ),
        pytest.param(canary(replicas="many"), "replicas is no count of pods", id="replicas"),
    ],
)
def test_faults_of_the_strategy(body: Body, fault: str) -> None:
    plan = plan_rollout(body)
    assert plan.faults == (fault,)
    assert not plan.as_policy_data()["valid"]


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
garbage = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
counts = st.integers(-3, 300) | garbage
analyses = st.fixed_dictionaries({"templates": st.just([{"templateName": "check"}]) | garbage}) | garbage
step_parts = {
    "setWeight": counts,
    "pause": st.just({}) | st.fixed_dictionaries({"duration": counts | st.sampled_from(["10s", "1d", "5"])}) | garbage,
    "setCanaryScale": st.fixed_dictionaries(
        {}, optional={"replicas": counts, "weight": counts, "matchTrafficWeight": garbage}
    )
    | garbage,
    "analysis": analyses,
    "experiment": st.fixed_dictionaries({}, optional={"duration": garbage, "analyses": garbage}) | garbage,
    "setHeaderRoute": garbage,
    "setMirrorRoute": garbage,
    "plugin": garbage,
}
step_lists = st.lists(st.fixed_dictionaries({}, optional=step_parts) | garbage, max_size=8) | garbage
canaries: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"steps": step_lists},
    optional={
        "trafficRouting": st.just({"nginx": {}}) | st.fixed_dictionaries({"maxTrafficWeight": counts}) | garbage,
        "maxSurge": counts,
        "dynamicStableScale": st.booleans() | garbage,
        "minPodsPerReplicaSet": counts,
        "abortScaleDownDelaySeconds": counts,
        "analysis": analyses,
    },
)
blue_greens = st.fixed_dictionaries(
    {},
    optional={
        "autoPromotionEnabled": st.booleans() | garbage,
        "autoPromotionSeconds": counts,
        "previewReplicaCount": counts,
        "abortScaleDownDelaySeconds": counts,
        "prePromotionAnalysis": analyses,
        "postPromotionAnalysis": analyses,
    },
)
strategies = st.fixed_dictionaries({}, optional={"canary": canaries | garbage, "blueGreen": blue_greens | garbage})
manifests = st.fixed_dictionaries(
    {},
    optional={
        "metadata": garbage,
        "spec": st.fixed_dictionaries({}, optional={"replicas": counts, "strategy": strategies}),
    },
)
templates = garbage | st.fixed_dictionaries(
    {
        "spec": st.fixed_dictionaries(
            {
                "metrics": st.lists(
                    st.dictionaries(
                        st.sampled_from(
                            ["interval", "initialDelay", "count", "failureLimit", "consecutiveSuccessLimit"]
                        ),
                        counts | st.sampled_from(["10s", "5m", "{{args.x}}"]),
                    ),
                    max_size=3,
                )
            }
        )
    }
)


@given(body=manifests, template=templates)
def test_any_manifest_has_a_plan(body: dict[str, Any], template: Any) -> None:  # noqa: ANN401 - anything at all
    plan = plan_rollout(body, templates=lambda *_: template)
    assert 0 <= plan.ungated_weight <= 100
    assert 0 <= plan.largest_jump <= 100
    assert plan.seconds_without_people <= plan.min_seconds
    assert plan.steps[-1].body is None
    assert len(plan.as_policy_data()["steps"]) == len(plan.moves)
    clock = 0
    for step in plan.steps:
        assert step.start_seconds == clock
        assert 0 <= step.weight <= plan.max_weight
        assert step.canary_pods >= 0
        assert step.stable_pods >= 0
        assert step.max_seconds is None or step.min_seconds <= step.max_seconds
        clock += step.min_seconds


@given(
    weights=st.lists(st.integers(0, 100), max_size=10),
    replicas=st.integers(0, 200),
    routed=st.booleans(),
    dynamic=st.booleans(),
)
def test_weights_are_as_stepped_and_pods_within_bounds(
    *, weights: list[int], replicas: int, routed: bool, dynamic: bool
) -> None:
    fields: dict[str, Any] = {**ROUTED, "dynamicStableScale": dynamic} if routed else {}
    plan = plan_rollout(canary(*({"setWeight": weight} for weight in weights), replicas=replicas, **fields))
    for weight, step in zip(weights, plan.moves, strict=True):
        assert step.weight == (weight if replicas or not routed else 0)
        assert step.canary_pods <= replicas
        assert step.stable_pods <= replicas
        most = 2 * replicas if routed and not dynamic else replicas + 1
        assert replicas <= step.canary_pods + step.stable_pods <= most
        if routed and weight and replicas:
            assert step.canary_pods > 0


def test_each_metric_has_its_fastest_detection() -> None:
    quick = {"name": "errors", "interval": "30s", "count": 4, "failureLimit": 1, "provider": {"web": {}}}
    slow = {"name": "latency", "initialDelay": "2m", "interval": "1m", "count": 3, "provider": {"web": {}}}
    never = {"name": "watched", "count": 1, "provider": {"web": {}}}
    template = {"spec": {"metrics": [quick, slow, never], "dryRun": [{"metricName": "watched"}]}}
    steps = [
        {"setWeight": 10},
        {"pause": {"duration": "1m"}},
        {"analysis": {"templates": [{"templateName": "t"}]}},
    ]
    body = {"spec": {"replicas": 4, "strategy": {"canary": {"steps": steps}}}}
    plan = plan_rollout(body, templates=lambda *_: template)
    assert plan.detections == (("errors", 90), ("latency", 180))
    assert plan.first_verdict_seconds == 90
    assert plan.as_json()["totals"]["detectionSeconds"] == {"errors": 90, "latency": 180}


def test_the_background_detects_only_until_it_is_stopped() -> None:
    late = {"name": "late", "interval": "10m", "count": 9, "failureLimit": 3, "provider": {"web": {}}}
    soon = {"name": "soon", "interval": "10s", "failureLimit": 0, "provider": {"web": {}}}
    template = {"spec": {"metrics": [late, soon]}}
    canary = {
        "analysis": {"templates": [{"templateName": "t"}]},
        "steps": [{"setWeight": 10}, {"pause": {"duration": "5m"}}],
    }
    body = {"spec": {"replicas": 4, "strategy": {"canary": canary}}}
    assert plan_rollout(body, templates=lambda *_: template).detections == (("soon", 0),)
    canary["steps"] = [{"setWeight": 10}, {"pause": {}}]
    assert plan_rollout(body, templates=lambda *_: template).detections == (("soon", 0), ("late", 1800))
