"""Phases of measurements: what each provider's answer makes of the conditions."""

import json
from pathlib import Path
from typing import Any

import pytest

from gitopsgen.rollouts.conditions.dialect import Dialect
from gitopsgen.rollouts.conditions.measure import measure
from gitopsgen.rollouts.conditions.phases import Conditions, Phase

DATA = Path(__file__).parents[2].parent / "shared" / "conformance" / "rollouts-conditions" / "cases.jsonl"
OLD, NEW = Dialect.ROLLOUTS_1_9, Dialect.ROLLOUTS_1_10
VECTOR = '{"status": "success", "data": {"resultType": "vector", "result": [%s]}}'
SAMPLE = '{"metric": {}, "value": [1, "%s"]}'


def vector(*samples: str) -> str:
    return VECTOR % ", ".join(SAMPLE % sample for sample in samples)


def phase_of(provider: str, body: str, success: str = "", failure: str = "", **answer: Any) -> Phase:  # noqa: ANN401 - options of the answer
    conditions = Conditions(success=success, failure=failure)
    return measure(provider, body, conditions, OLD, **answer).phase


@pytest.mark.parametrize(
    ("success", "failure", "phase"),
    [
        pytest.param("", "", Phase.SUCCESSFUL, id="no condition"),
        pytest.param("result[0] > 1", "", Phase.SUCCESSFUL, id="success holds"),
        pytest.param("result[0] > 3", "", Phase.FAILED, id="success alone does not hold"),
        pytest.param("", "result[0] > 1", Phase.FAILED, id="failure holds"),
        pytest.param("", "result[0] > 3", Phase.SUCCESSFUL, id="failure alone does not hold"),
        pytest.param("result[0] > 1", "result[0] > 1.5", Phase.FAILED, id="failure before success"),
        pytest.param("result[0] > 3", "result[0] > 4", Phase.INCONCLUSIVE, id="neither"),
        pytest.param("result[0] > 1", "result[1] > 1", Phase.ERROR, id="an error, whatever the other says"),
        pytest.param(" ", "", Phase.ERROR, id="a blank is a condition"),
    ],
)
def test_two_conditions(success: str, failure: str, phase: Phase) -> None:
    assert phase_of("prometheus", vector("2"), success, failure) is phase


@pytest.mark.parametrize(
    ("provider", "body", "success", "answer", "phase"),
    [
        pytest.param("prometheus", vector(), "len(result) == 0", {}, Phase.SUCCESSFUL, id="an empty vector"),
        pytest.param("prometheus", vector("NaN"), "isNaN(result[0])", {}, Phase.SUCCESSFUL, id="NaN"),
        pytest.param("prometheus", vector("-Inf"), "result[0] < 0", {}, Phase.SUCCESSFUL, id="infinite"),
        pytest.param("prometheus", vector("up"), "true", {}, Phase.ERROR, id="a sample that is no number"),
        pytest.param("prometheus", '{"status": "error", "error": "no"}', "true", {}, Phase.ERROR, id="refused"),
        pytest.param("prometheus", "<html>", "true", {}, Phase.ERROR, id="a body that is no JSON"),
        pytest.param(
            "prometheus",
            '{"status": "success", "data": {"resultType": "matrix", "result": [{"values": [[1, "1"], [2, "2"]]}]}}',
            "sum(result) == 3",
            {},
            Phase.SUCCESSFUL,
            id="a range",
        ),
        pytest.param(
            "prometheus",
            '{"status": "success", "data": {"resultType": "scalar", "result": [1, "3"]}}',
            "result == 3",
            {},
            Phase.SUCCESSFUL,
            id="a scalar",
        ),
        pytest.param("web", "up", "false", {}, Phase.SUCCESSFUL, id="no JSON passes"),
        pytest.param("web", "1e999", "false", {}, Phase.SUCCESSFUL, id="a number too large for JSON passes"),
        pytest.param("web", '{"a": NaN}', "false", {}, Phase.SUCCESSFUL, id="NaN is no JSON"),
        pytest.param("web", "null", "", {}, Phase.CONTROLLER_CRASH, id="a null body ends the controller"),
        pytest.param("web", "null", "", {"json_path": "{$[0]}"}, Phase.CONTROLLER_CRASH, id="so does its item"),
        pytest.param("web", "null", "", {"json_path": "{.a}"}, Phase.ERROR, id="a field of it is not found"),
        pytest.param("web", '{"a": null}', "result == nil", {"json_path": "{.a}"}, Phase.SUCCESSFUL, id="null inside"),
        pytest.param("web", '{"a": 1}', "true", {"status": 404}, Phase.ERROR, id="a status of failure"),
        pytest.param("web", '{"a": 1}', "result == '$.a'", {"json_path": "$.a"}, Phase.SUCCESSFUL, id="no braces"),
        pytest.param("web", '{"a": 1}', "true", {"json_path": "{.a"}, Phase.ERROR, id="a path that does not parse"),
        pytest.param("web", '{"a": []}', "true", {"json_path": "{.a[*]}"}, Phase.ERROR, id="a path that finds nothing"),
        pytest.param("datadog", '{"series": []}', "result == nil", {}, Phase.SUCCESSFUL, id="no series"),
        pytest.param("datadog", '{"series": [{"pointlist": [[1, 2]]}]}', "result == 2", {}, Phase.SUCCESSFUL),
        pytest.param(
            "datadog",
            '{"data": {"attributes": {"columns": [{"values": [0.5]}]}}}',
            "result == 0.5",
            {"api_version": "v2"},
            Phase.SUCCESSFUL,
            id="version 2",
        ),
        pytest.param(
            "datadog", '{"data": {}}', "result == nil", {"api_version": "v2"}, Phase.SUCCESSFUL, id="no value"
        ),
        pytest.param("datadog", "{}", "true", {"status": 202}, Phase.ERROR, id="another status"),
        pytest.param("graphite", '[{"datapoints": [[1, 1], [null, 2]]}]', "result == result", {}, Phase.SUCCESSFUL),
        pytest.param("graphite", '[{"datapoints": [[null, 2]]}]', "len(result) == 0", {}, Phase.SUCCESSFUL, id="nulls"),
        pytest.param("graphite", "[]", "true", {}, Phase.ERROR, id="no target"),
    ],
)
def test_answer(provider: str, body: str, success: str, answer: dict[str, Any], phase: Phase) -> None:
    assert phase_of(provider, body, success, **answer) is phase


@pytest.mark.skipif(not DATA.is_file(), reason="the conformance data is not here")
def test_phases_of_the_real_controller() -> None:
    different: list[str] = []
    for line in DATA.read_text("utf-8").splitlines():
        case = json.loads(line)
        conditions = Conditions(success=case["successCondition"], failure=case["failureCondition"])
        path, status = case.get("jsonPath") or "", case.get("httpStatus") or 200
        for dialect, key in ((OLD, "phase"), (NEW, "phase_v1_10")):
            got = measure(case["provider"], case["response"], conditions, dialect, json_path=path, status=status)
            if got.phase != case[key]:
                different.append(f"{case['id']} on {dialect.value}: {got.phase} instead of {case[key]}")
    assert not different
