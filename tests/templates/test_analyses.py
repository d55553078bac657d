"""The analyses: what they ask, of whose pods, what they make of the answer and of none."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import promql_parser
import pytest

from gitopsgen.model.manifest import ManifestSet
from gitopsgen.model.versions import Versions
from gitopsgen.validation.analysis import check_analysis
from tests.templates.rendering import WEB, Spec, one, rendered, resolved

LIMITED: Spec = {"resources": {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"memory": "2Gi"}}}
ON_PROMETHEUS = ("success-rate", "error-rate", "latency-p99", "saturation")


def template_of(
    analysis: str, folder: Path, parameters: Spec | None = None, *, background: bool = False, **app: object
) -> Mapping[str, Any]:
    """Return the spec of the AnalysisTemplate of ``analysis``, used in a step or in the background."""
    resources = resources_with(analysis, folder, parameters, background=background, **app)
    found: Mapping[str, Any] = one(resources, "AnalysisTemplate")["spec"]
    return found


def resources_with(
    analysis: str, folder: Path, parameters: Spec | None = None, *, background: bool = False, **app: object
) -> ManifestSet:
    """Return what an App with ``analysis`` in a step or in the background renders to."""
    use = {"analysis": [analysis]} if background else {}
    steps = [{"setWeight": 20}, {"pause": "manual"} if background else {"analysis": [analysis]}]
    spec = {
        **WEB,
        "analysis": {analysis: parameters or {}},
        "rollout": {"canary": {"trafficRouting": "nginx", "steps": steps, **use}},
        **app,
    }
    return rendered(resolved(folder, spec, {}))


@pytest.mark.parametrize(
    ("analysis", "parameters", "app", "success", "failure"),
    [
        pytest.param("success-rate", {}, {}, ">= 0.99", "< 0.99", id="success-rate by default"),
        pytest.param("success-rate", {"min": 0.9}, {}, ">= 0.9", "< 0.9", id="success-rate as a fraction"),
        pytest.param("success-rate", {"min": 99.9}, {}, ">= 0.999", "< 0.999", id="success-rate in percent"),
        pytest.param(
            "success-rate", {}, {"slo": {"availability": 99.5}}, ">= 0.995", "< 0.995", id="success-rate by objective"
        ),
        pytest.param(
            "error-rate", {}, {"slo": {"availability": 99.9}}, "<= 0.001", "> 0.001", id="error-rate by objective"
        ),
        pytest.param("error-rate", {"max": 0.05}, {}, "<= 0.05", "> 0.05", id="error-rate as given"),
        pytest.param("latency-p99", {"max": "250ms"}, {}, "<= 0.25", "> 0.25", id="latency is in seconds"),
        pytest.param(
            "latency-p99",
            {"quantile": 0.95},
            {"slo": {"latency": {"p95": "1s", "p99": "2s"}}},
            "<= 1",
            "> 1",
            id="latency by the objective of its quantile",
        ),
        pytest.param("saturation", {}, LIMITED, "<= 0.9", "> 0.9", id="saturation"),
    ],
)
def test_thresholds(
    analysis: str, parameters: Spec, app: dict[str, Any], success: str, failure: str, tmp_path: Path
) -> None:
    (metric,) = template_of(analysis, tmp_path, parameters, **app)["metrics"]
    assert metric["successCondition"] == f"len(result) > 0 && result[0] {success}"
    assert metric["failureCondition"] == f"len(result) > 0 && result[0] {failure}"


@pytest.mark.parametrize(
    ("outcome", "conditions"),
    [
        pytest.param("inconclusive", {"successCondition", "failureCondition"}, id="neither holds"),
        pytest.param("fail", {"successCondition"}, id="what is no success is a failure"),
        pytest.param("pass", {"failureCondition"}, id="what is no failure is a success"),
    ],
)
@pytest.mark.parametrize("analysis", ON_PROMETHEUS)
def test_no_data_has_the_outcome_that_is_asked_for(
    analysis: str, outcome: str, conditions: set[str], tmp_path: Path
) -> None:
    (metric,) = template_of(analysis, tmp_path, {"noData": outcome})["metrics"]
    assert {"successCondition", "failureCondition"} & set(metric) == conditions


@pytest.mark.parametrize("background", [False, True], ids=["step", "background"])
@pytest.mark.parametrize("outcome", ["inconclusive", "fail", "pass", None])
@pytest.mark.parametrize("analysis", [*ON_PROMETHEUS, "smoke-test", "load-test"])
def test_the_rules_of_analyses_say_nothing(
    analysis: str, outcome: str | None, tmp_path: Path, *, background: bool
) -> None:
    parameters = {"noData": outcome} if outcome and analysis in ON_PROMETHEUS else {}
    resources = resources_with(analysis, tmp_path, parameters, background=background)
    assert [fault.message for fault in check_analysis(resources, Versions())] == []


@pytest.mark.parametrize("analysis", ON_PROMETHEUS)
def test_queries_read_the_canary_alone(analysis: str, tmp_path: Path) -> None:
    template = template_of(analysis, tmp_path, LIMITED.get(analysis))
    assert template["args"] == [{"name": "canary-hash"}]
    for metric in template["metrics"]:
        query = metric["provider"]["prometheus"]["query"]
        promql_parser.parse(query.replace("{{args.canary-hash}}", "6d4b9c"))
        selectors = re.findall(r"\w\{((?:[^{}]|\{\{[^}]*\}\})*)\}(?!\})", query)
        assert selectors
        assert all('namespace="shop"' in one and "{{args.canary-hash}}" in one for one in selectors)


@pytest.mark.parametrize("analysis", [*ON_PROMETHEUS, "smoke-test", "load-test"])
def test_a_step_ends_and_the_background_does_not(analysis: str, tmp_path: Path) -> None:
    (tmp_path / "step").mkdir()
    (tmp_path / "background").mkdir()
    (step,) = template_of(analysis, tmp_path / "step")["metrics"]
    (background,) = template_of(analysis, tmp_path / "background", background=True)["metrics"]
    assert "count" in step or "interval" not in step
    assert "interval" in background
    assert "count" not in background


@pytest.mark.parametrize(
    ("resources", "metrics"),
    [
        pytest.param(LIMITED["resources"], {"memory": "limits"}, id="what has a limit"),
        pytest.param(
            {"requests": {"memory": "1Gi"}, "limits": {"cpu": "1", "memory": None}}, {"cpu": "limits"}, id="cpu"
        ),
        pytest.param({"limits": {"memory": None}}, {"memory": "requests"}, id="no limit at all"),
    ],
)
def test_saturation_is_measured_against_limits(resources: Spec, metrics: Spec, tmp_path: Path) -> None:
    found = template_of("saturation", tmp_path, resources=resources)["metrics"]
    assert {
        metric["name"].removesuffix("-saturation"): re.findall(
            r"kube_pod_container_resource_(\w+)", metric["provider"]["prometheus"]["query"]
        )[0]
        for metric in found
    } == metrics


@pytest.mark.parametrize(
    ("parameters", "health", "url", "condition"),
    [
        pytest.param(
            {"expect": "ok"},
            {"ready": "/ready"},
            "http://{{args.service}}.shop.svc/ready",
            'result == "ok"',
            id="the readiness probe's path",
        ),
        pytest.param(
            {"expect": True, "path": "/api"},
            {"ready": {"path": "/ready", "port": "admin"}},
            "http://{{args.service}}.shop.svc/api",
            "result == true",
            id="a path of its own, on the main port",
        ),
        pytest.param(
            {"expect": ["up", "ok"]},
            {"ready": {"path": "/ready", "port": "admin"}},
            "http://{{args.service}}.shop.svc:9000/ready",
            'result in ["up", "ok"]',
            id="a probe on another port",
        ),
    ],
)
def test_smoke_test(parameters: Spec, health: Spec, url: str, condition: str, tmp_path: Path) -> None:
    template = template_of("smoke-test", tmp_path, parameters, health=health, ports={"http": 8000, "admin": 9000})
    (metric,) = template["metrics"]
    assert metric["provider"]["web"]["url"] == url
    assert metric["provider"]["web"]["jsonPath"] == "{$.status}"
    assert metric["successCondition"] == condition
    assert template["args"] == [{"name": "service", "value": "api-canary"}]


def test_load_test_runs_once_and_hardened(tmp_path: Path) -> None:
    (metric,) = template_of("load-test", tmp_path, {"duration": "90s", "maxLatency": "1s"})["metrics"]
    job = metric["provider"]["job"]["spec"]
    pod = job["template"]["spec"]
    assert (job["backoffLimit"], job["activeDeadlineSeconds"], pod["restartPolicy"]) == (0, 210, "Never")
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["containers"][0]["securityContext"]["readOnlyRootFilesystem"] is True
    environment = {entry["name"]: entry["value"] for entry in pod["containers"][0]["env"]}
    assert environment["K6_DURATION"] == "1m30s"
    assert 'http_req_duration: ["p(99)<=1000"]' in environment["SCRIPT"]
    # Double braces would be an argument of the metric to Argo Rollouts.
    assert "{{" not in environment["SCRIPT"]
    assert job["template"]["metadata"]["labels"]["app.kubernetes.io/name"] != "api"
