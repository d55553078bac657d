"""A plan drawn: well-formed, escaped, and as wide as asked."""

from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitopsgen.rollouts.drawing import draw_svg, draw_text, format_seconds
from gitopsgen.rollouts.plan import plan_rollout

BODY: dict[str, Any] = {
    "metadata": {"namespace": "sample-app", "name": "sample-api"},
    "spec": {
        "replicas": 6,
        "strategy": {
            "canary": {
                "trafficRouting": {"nginx": {"stableIngress": "i"}},
                "steps": [
                    {"setWeight": 5},
                    {"pause": {}},
                    {"setWeight": 50},
                    {"analysis": {"templates": [{"templateName": "success-rate"}]}},
                    {"pause": {"duration": "10m"}},
                ],
            }
        },
    },
}
SVG = "{http://www.w3.org/2000/svg}"


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(svg).iter(f"{SVG}text")]  # noqa: S314 - our own output


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        pytest.param(0, "0s", id="none"),
        pytest.param(45, "45s", id="seconds"),
        pytest.param(90, "1m30s", id="minutes and seconds"),
        pytest.param(5400, "1h30m", id="hours and minutes"),
        pytest.param(86400, "24h", id="there are no days"),
    ],
)
def test_format_seconds(seconds: int, text: str) -> None:
    assert format_seconds(seconds) == text


def test_text() -> None:
    assert draw_text(plan_rollout(BODY), 78) == (
        "sample-app/sample-api\n"
        "canary, 6 replicas, traffic by nginx\n"
        "\n"
        "#  step          weight  canary  stable  per pod  waits         on abort\n"
        "0  setWeight 5      5 %       1       6    5.0 %                0 %, 0 + 6\n"
        "1  pause            5 %       1       6    5.0 %  gate          0 %, 0 + 6\n"
        "2  setWeight 50    50 %       3       6   16.7 %                0 %, 0 + 6\n"
        "3  analysis        50 %       3       6   16.7 %  success-rate  0 %, 0 + 6\n"
        "4  pause           50 %       3       6   16.7 %  hold 10m      0 %, 0 + 6\n"
        "   promoted       100 %       0       6\n"
        "\n"
        "weight  ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄████████\n"
        "waits           G               A       H\n"
        "\n"
        "waits: 1 gate, 1 hold (10m in all)\n"
        "largest step: 50 points; 5 % of traffic before a person is asked\n"
        "shortest time: 10m; 0s without people, up to the first gate\n"
        "first verdict: after 0s; 0 s of full traffic exposed until then\n"
    )


def test_svg_shows_each_step_and_wait() -> None:
    svg = draw_svg(plan_rollout(BODY))
    shown = texts(svg)
    for text in ("sample-app/sample-api", "setWeight 5", "gate", "success-rate", "hold 10m", "promoted", "3 + 6 pods"):
        assert text in shown
    assert svg.count('<line class="gate"') == 1
    assert svg.count('<rect class="hold"') == 1
    assert svg.count("<circle") == 1


def test_svg_needs_nothing_else() -> None:
    svg = draw_svg(plan_rollout(BODY))
    assert "prefers-color-scheme:dark" in svg
    for word in ("<script", "href", "url(", "@import", "<image", "<foreignObject"):
        assert word not in svg


def test_text_of_the_manifest_is_escaped() -> None:
    hostile = "<script>alert('&')</script>\x00\x1b[31m\n"
    steps = [{"analysis": {"templates": [{"templateName": hostile}]}}]
    body = {"metadata": {"name": hostile}, "spec": {"strategy": {"canary": {"steps": steps}}}}
    svg, text = draw_svg(plan_rollout(body)), draw_text(plan_rollout(body), 200)
    assert "<script" not in svg
    assert any("<script>" in shown for shown in texts(svg))
    assert "\x1b" not in text
    assert "\x00" not in text


@given(
    name=st.text(),
    steps=st.lists(st.sampled_from(BODY["spec"]["strategy"]["canary"]["steps"]), max_size=40),
    width=st.integers(0, 200),
)
def test_any_plan_is_drawn(name: str, steps: list[object], width: int) -> None:
    body = {"metadata": {"name": name}, "spec": {"strategy": {"canary": {"steps": steps}}}}
    plan = plan_rollout(body)
    assert all(len(line) <= max(width, 20) for line in draw_text(plan, width).splitlines())
    assert len(texts(draw_svg(plan))) >= len(plan.steps)
