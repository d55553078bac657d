"""Steps as values: one row per shape a manifest may have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitopsgen.rollouts.durations import parse_go_duration, parse_pause_seconds
from gitopsgen.rollouts.steps import (
    Analysis,
    CanaryScale,
    Experiment,
    Pause,
    Route,
    Step,
    parse_steps,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        pytest.param("1h30m", 5400.0, id="units add up"),
        pytest.param("1.5s", 1.5, id="a fraction"),
        pytest.param(".5m", 30.0, id="a fraction without its zero"),
        pytest.param("100ms", 0.1, id="milliseconds"),
        pytest.param("-5s", -5.0, id="a sign"),
        pytest.param("0", 0.0, id="zero needs no unit"),
        pytest.param("30", None, id="a number needs a unit"),
        pytest.param("1d", None, id="there are no days"),
        pytest.param("5 min", None, id="no blanks"),
        pytest.param("", None, id="nothing"),
        pytest.param("-", None, id="a sign alone"),
        pytest.param("9999999999h", None, id="beyond 64 bits of nanoseconds"),
    ],
)
def test_parse_go_duration(text: str, seconds: float | None) -> None:
    assert parse_go_duration(text) == seconds


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        pytest.param(30, 30, id="a number is seconds"),
        pytest.param("30", 30, id="digits are seconds"),
        pytest.param("10m", 600, id="a Go duration"),
        pytest.param("1999ms", 1, id="parts of a second are dropped"),
        pytest.param(-1, None, id="negative"),
        pytest.param("-1", None, id="negative digits"),
        pytest.param("1d", None, id="days"),
        pytest.param(2**31, None, id="beyond 32 bits"),
        pytest.param(True, None, id="a boolean"),
        pytest.param({}, None, id="a mapping"),
    ],
)
def test_parse_pause_seconds(value: object, seconds: int | None) -> None:
    assert parse_pause_seconds(value) == seconds


@pytest.mark.parametrize(
    ("body", "step"),
    [
        pytest.param({"setWeight": 20}, {"kind": "setWeight", "set_weight": 20}, id="weight"),
        pytest.param(
            {"setWeight": "80"},
            {"kind": "setWeight", "set_weight": 80, "faults": ("setWeight is no integer",)},
            id="a quoted weight keeps its number",
        ),
        pytest.param(
            {"setWeight": 120},
            {"kind": "setWeight", "set_weight": 100, "faults": ("setWeight 120 is outside 0 to 100",)},
            id="a weight out of range is cut",
        ),
        pytest.param({"pause": {}}, {"kind": "pause", "pause": Pause()}, id="gate"),
        pytest.param({"pause": {"duration": None}}, {"kind": "pause", "pause": Pause()}, id="a null duration is none"),
        pytest.param({"pause": {"duration": "1h"}}, {"kind": "pause", "pause": Pause(seconds=3600)}, id="hold"),
        pytest.param(
            {"pause": {"duration": "1d"}},
            {"kind": "pause", "pause": Pause(seconds=0), "faults": ("pause.duration is no duration",)},
            id="a duration that does not parse is no gate",
        ),
        pytest.param(
            {"pause": True},
            {"kind": "pause", "pause": Pause(seconds=0), "faults": ("pause is a mapping",)},
            id="a pause that is no mapping is no gate",
        ),
        pytest.param(
            {"setWeight": 10, "pause": {}},
            {"kind": "pause", "set_weight": 10, "pause": Pause()},
            id="of several parts, the pause decides",
        ),
        pytest.param(
            {"setCanaryScale": {"replicas": 3, "weight": 25}},
            {"kind": "setCanaryScale", "scale": CanaryScale(replicas=3, weight=25)},
            id="scale",
        ),
        pytest.param(
            {
                "analysis": {
                    "templates": [{"templateName": "a", "clusterScope": True}],
                    "args": [{"name": "x", "value": "1"}],
                }
            },
            {"kind": "analysis", "analysis": Analysis(templates=(("a", True),), arguments=(("x", "1"),))},
            id="analysis",
        ),
        pytest.param(
            {
                "experiment": {
                    "duration": "5m",
                    "analyses": [{"name": "n", "templateName": "a", "requiredForCompletion": True}],
                }
            },
            {
                "kind": "experiment",
                "experiment": Experiment(
                    seconds=300,
                    analyses=(Analysis(templates=(("a", False),)),),
                    required=(Analysis(templates=(("a", False),)),),
                ),
            },
            id="experiment",
        ),
        pytest.param(
            {"experiment": {"duration": "300"}},
            {
                "kind": "experiment",
                "experiment": Experiment(seconds=None, analyses=(), required=()),
                "faults": ("experiment.duration is no duration",),
            },
            id="an experiment that never ends",
        ),
        pytest.param(
            {"setHeaderRoute": {"name": "h"}},
            {"kind": "setHeaderRoute", "header_route": Route(name="h", removed=True)},
            id="a header route without match is removed",
        ),
        pytest.param(
            {"setMirrorRoute": {"name": "m", "percentage": 30, "match": [{}]}},
            {"kind": "setMirrorRoute", "mirror_route": Route(name="m", percent=30)},
            id="mirror",
        ),
        pytest.param({"plugin": {"name": "p"}}, {"kind": "plugin"}, id="plugin"),
        pytest.param(None, {"faults": ("a step is a mapping",)}, id="null"),
    ],
)
def test_parse_steps(body: object, step: dict[str, object]) -> None:
    assert parse_steps([body], 100) == (Step(body=body, **step),)  # type: ignore[arg-type] # a row names only what is set


@given(st.text(max_size=20))
def test_any_text_is_a_duration_or_is_not(text: str) -> None:
    seconds = parse_pause_seconds(text)
    assert seconds is None or 0 <= seconds < 2**31
