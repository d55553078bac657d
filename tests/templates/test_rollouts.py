"""The profiles: what steps they come to, and what they say of themselves."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from gitopsgen.templating.library import Template
from tests.templates.rendering import LIBRARY, MINIMAL, RENDERER, WEB, Spec, one, rendered, resolved

JUDGED: Spec = {**WEB, "analysis": {"success-rate": {}, "smoke-test": {}, "load-test": {}}}


def strategy_of(app: Spec, folder: Path, profile: str, **parameters: object) -> Mapping[str, Any]:
    release = resolved(folder, {**app, "rollout": {"profile": profile, "with": parameters}}, {})
    strategy: Mapping[str, Any] = one(rendered(release), "Rollout")["spec"]["strategy"]
    return strategy


def in_words(steps: list[Mapping[str, Any]]) -> Iterator[str]:
    """Yield each step in a word: its weight, what judges it, how it waits."""
    for step in steps:
        match step:
            case {"setWeight": weight}:
                yield f"{weight}"
            case {"analysis": {"templates": templates}}:
                yield "+".join(template["templateName"].removeprefix("api-") for template in templates)
            case {"pause": {"duration": duration}}:
                yield f"hold {duration}"
            case {"pause": _}:
                yield "gate"
            case {"experiment": experiment}:
                yield f"experiment {experiment['duration']}"


@pytest.mark.parametrize(
    ("app", "profile", "parameters", "expected"),
    [
        pytest.param(
            JUDGED,
            "canary",
            {"weights": [10, 80], "hold": "90s"},
            "10, hold 1m30s, success-rate+smoke-test, 80, hold 1m30s, success-rate+smoke-test",
            id="canary",
        ),
        pytest.param(
            JUDGED,
            "gated-canary",
            {"weights": [20, 80], "analysis": []},
            "20, gate, 80, gate",
            id="gated-canary, without analysis",
        ),
        pytest.param(
            JUDGED,
            "conservative-canary",
            {"analysis": ["success-rate"]},
            "5, success-rate, gate, 25, hold 10m, success-rate, 50, hold 10m, success-rate, 80, success-rate, gate",
            id="conservative-canary: gates at the first and the last weight",
        ),
        pytest.param(
            JUDGED,
            "conservative-canary",
            {"weights": [5, 25, 50], "gates": [5, 50], "hold": "10m", "analysis": ["success-rate", "latency-p99"]},
            "5, success-rate+latency-p99, gate, 25, hold 10m, success-rate+latency-p99, "
            "50, success-rate+latency-p99, gate",
            id="conservative-canary: gates where they are asked for",
        ),
        pytest.param(
            JUDGED,
            "conservative-canary",
            {"weights": [50], "gates": [], "analysis": []},
            "50, hold 10m",
            id="conservative-canary: no gate",
        ),
        pytest.param(
            WEB,
            "canary",
            {"weights": [50]},
            "50, hold 5m, success-rate",
            id="an App with metrics is judged without asking",
        ),
        pytest.param(MINIMAL, "canary", {"weights": [50]}, "50, hold 5m", id="an App without metrics is not"),
        pytest.param(
            JUDGED,
            "experiment",
            {"weights": [5, 50], "duration": "1h"},
            "5, experiment 1h, gate, 50, hold 5m, success-rate",
            id="experiment",
        ),
    ],
)
def test_steps(app: Spec, profile: str, parameters: Spec, expected: str, tmp_path: Path) -> None:
    strategy = strategy_of(app, tmp_path, profile, **parameters)
    assert ", ".join(in_words(strategy["canary"]["steps"])) == expected


def test_a_conservative_canary_is_watched_the_whole_time(tmp_path: Path) -> None:
    canary = strategy_of(JUDGED, tmp_path, "conservative-canary")["canary"]
    assert canary["analysis"] == {
        "templates": [{"templateName": "api-success-rate-background"}],
        "startingStep": 1,
        "args": [{"name": "canary-hash", "valueFrom": {"podTemplateHashValue": "Latest"}}],
    }


@pytest.mark.parametrize(
    ("app", "profile", "parameters", "service"),
    [
        pytest.param(JUDGED, "canary", {}, "api-canary", id="the canary's own Service"),
        pytest.param(JUDGED, "canary", {"trafficRouting": "none"}, "api", id="there is one Service only"),
        pytest.param(
            JUDGED, "fast-blue-green", {"before": ["smoke-test"]}, "api-preview", id="the preview, before the switch"
        ),
    ],
)
def test_url_analyses_are_told_the_service(
    app: Spec, profile: str, parameters: Spec, service: str, tmp_path: Path
) -> None:
    strategy = strategy_of(app, tmp_path, profile, **parameters)
    uses = [strategy["blueGreen"]["prePromotionAnalysis"]] if "blueGreen" in strategy else []
    uses += [step["analysis"] for step in strategy.get("canary", {}).get("steps", ()) if "analysis" in step]
    given = [argument for use in uses for argument in use["args"] if argument["name"] == "service"]
    assert given == [{"name": "service", "value": service}] * len(uses)


@pytest.mark.parametrize(
    ("profile", "parameters", "expected"),
    [
        pytest.param(
            "fast-blue-green",
            {"scaleDownDelay": "1m"},
            {"autoPromotionEnabled": True, "scaleDownDelaySeconds": 60},
            id="fast",
        ),
        pytest.param(
            "guarded-blue-green",
            {"before": [], "after": [], "previewReplicaCount": 1},
            {
                "autoPromotionEnabled": False,
                "scaleDownDelaySeconds": 300,
                # A retry within a delay goes past the gate.
                "abortScaleDownDelaySeconds": 0,
                "previewReplicaCount": 1,
            },
            id="guarded",
        ),
    ],
)
def test_blue_green(profile: str, parameters: Spec, expected: Spec, tmp_path: Path) -> None:
    services = {"activeService": "api", "previewService": "api-preview"}
    assert strategy_of(WEB, tmp_path, profile, **parameters) == {"blueGreen": {**services, **expected}}


def test_a_guarded_blue_green_is_judged_on_both_sides(tmp_path: Path) -> None:
    blue_green = strategy_of(JUDGED, tmp_path, "guarded-blue-green")["blueGreen"]
    before, after = blue_green["prePromotionAnalysis"], blue_green["postPromotionAnalysis"]
    assert [use["templateName"] for use in before["templates"]] == ["api-smoke-test", "api-load-test"]
    assert [use["templateName"] for use in after["templates"]] == ["api-success-rate"]


def test_rolling_has_no_steps(tmp_path: Path) -> None:
    assert strategy_of(WEB, tmp_path, "rolling") == {"canary": {"maxSurge": "25%", "maxUnavailable": 0}}


PARAMETERISED = [*LIBRARY.in_folder("rollouts"), *LIBRARY.in_folder("analysis")]


@pytest.mark.parametrize("template", [pytest.param(template, id=template.name) for template in PARAMETERISED])
def test_every_head_describes_its_parameters(template: Template) -> None:
    parameters = RENDERER.parameters(template)
    assert parameters.head.summary.endswith(".")
    assert parameters.head.description.endswith(".")
    for name, field in parameters.head.parameters.items():
        assert str(field.get("description", "")).endswith("."), name
    defaults = {
        name: field["default"] for name, field in parameters.head.parameters.items() if field.get("default") is not None
    }
    assert parameters.faults(defaults) == []
