"""Rules of conditions: what is said, how bad it is, and that what is decided is left alone."""

from typing import Any

import pytest

from gitopsgen.model.manifest import Manifest, ManifestSet
from gitopsgen.model.versions import Versions
from gitopsgen.policies.catalogue import structural_pages
from gitopsgen.validation.analysis import check_analysis
from gitopsgen.validation.analysis.promql import Query, read_query

PAGES = structural_pages("argo-rollouts")
PROMETHEUS = {"prometheus": {"address": "http://p:9090", "query": "errors"}}
DATADOG = {"datadog": {"apiVersion": "v2", "interval": "5m", "query": "avg:errors{*}"}}
WEB = {"web": {"url": "https://a.example", "jsonPath": "{$.data}"}}


def told(
    provider: dict[str, Any],
    success: str = "",
    failure: str = "",
    args: tuple[dict[str, str], ...] = (),
    version: str = "1.9",
) -> list[tuple[str, str, str, str]]:
    """Return severity, rule, field and message of each fault of a metric's conditions."""
    metric = {"name": "m", "provider": provider}
    metric |= {key: text for key, text in (("successCondition", success), ("failureCondition", failure)) if text}
    body = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AnalysisTemplate",
        "metadata": {"name": "t"},
        "spec": {"args": list(args), "metrics": [metric]},
    }
    manifests = ManifestSet((Manifest(body=body, file="t.yaml", document=0),))
    return [
        (
            str(fault.severity or PAGES[fault.rule].severity_in("")),
            fault.rule.removeprefix("argo-rollouts/condition-"),
            ".".join(map(str, fault.path[-1:])),
            fault.message,
        )
        for fault in check_analysis(manifests, Versions(argo_rollouts=version))
        if fault.rule.startswith("argo-rollouts/condition-")
    ]


@pytest.mark.parametrize(
    ("provider", "success", "failure", "expected"),
    [
        pytest.param(
            PROMETHEUS,
            "len(result) > 0 AND result[0] > 1",
            "",
            [("error", "does-not-compile", "successCondition", "column 17: `AND` does not fit here; write `and`")],
            id="an operator that is none",
        ),
        pytest.param(
            PROMETHEUS,
            "len(result) > 0 &&\n  result[0] => 1",
            "",
            [("error", "does-not-compile", "successCondition", "line 2, column 13: `=` does not fit here; write `>=`")],
            id="on the second line",
        ),
        pytest.param(
            PROMETHEUS,
            "result >= 0.95",
            "",
            [
                (
                    "error",
                    "type-mismatch",
                    "successCondition",
                    "column 8: `>=` does not go between a list of numbers and a number (the result is a list of numbers)",
                )
            ],
            id="a vector",
        ),
        pytest.param(
            PROMETHEUS,
            "",
            "max(result) > 5",
            [
                (
                    "error",
                    "type-mismatch",
                    "failureCondition",
                    (
                        "column 1: `max` does not take a list of numbers; Argo Rollouts 1.10 takes it "
                        "(the result is a list of numbers)"
                    ),
                )
            ],
            id="what a later version takes",
        ),
        pytest.param(
            PROMETHEUS,
            "result[0] >= 0.95",
            "",
            [
                (
                    "warning",
                    "errs-on-empty",
                    "successCondition",
                    (
                        "when the query finds no series, the condition cannot be evaluated "
                        "(there is no item 0: the list has none)"
                    ),
                )
            ],
            id="an empty vector",
        ),
        pytest.param(
            DATADOG,
            "result < 5",
            "",
            [
                (
                    "warning",
                    "errs-on-empty",
                    "successCondition",
                    (
                        "when the query finds no series, the condition cannot be evaluated "
                        "(`<` does not go between nothing (nil) and a whole number)"
                    ),
                )
            ],
            id="no series",
        ),
        pytest.param(
            PROMETHEUS,
            "",
            "any(result, # > 5)",
            [
                (
                    "warning",
                    "passes-on-nothing",
                    "failureCondition",
                    "when the query finds no series, the measurement is a success, and nobody has said so",
                )
            ],
            id="a predicate of nothing",
        ),
        pytest.param(
            PROMETHEUS,
            "len(result) > 0 && !(result[0] > 5)",
            "len(result) > 0 && result[0] > 5",
            [
                (
                    "warning",
                    "passes-on-nothing",
                    "successCondition",
                    "when the value is NaN, the measurement is a success, and nobody has said so",
                )
            ],
            id="NaN with both conditions",
        ),
        pytest.param(
            WEB,
            "result != 'failed'",
            "",
            [
                (
                    "warning",
                    "passes-on-nothing",
                    "successCondition",
                    "when the answer has null there, the measurement is a success, and nobody has said so",
                )
            ],
            id="null",
        ),
        pytest.param(
            PROMETHEUS,
            "len(result) > 0 && result[0] >= 0",
            "",
            [("warning", "never-fails", "successCondition", "every result that is not negative is a success")],
            id="always",
        ),
        pytest.param(
            PROMETHEUS,
            "",
            "",
            [("warning", "never-fails", "successCondition", "without a condition every result is a success")],
            id="no condition",
        ),
        pytest.param(
            PROMETHEUS,
            "len(result) > 0 && result[0] > 5 && result[0] < 3",
            "",
            [("warning", "never-passes", "successCondition", "no result is a success")],
            id="never",
        ),
        pytest.param(
            DATADOG, "false", "", [("error", "never-passes", "successCondition", "no result is a success")], id="false"
        ),
        pytest.param(
            PROMETHEUS,
            "result == [] || result[0] < 1",
            "",
            [
                (
                    "warning",
                    "errs-on-empty",
                    "successCondition",
                    (
                        "when the query finds no series, the condition cannot be evaluated "
                        "(there is no item 0: the list has none)"
                    ),
                ),
                (
                    "warning",
                    "differs-by-version",
                    "successCondition",
                    "Argo Rollouts 1.10 makes something else of it: without data it is Successful instead of Error",
                ),
            ],
            id="lists that are equal from 1.10 on",
        ),
        pytest.param({"web": {"url": "https://a.example"}}, "", "", [], id="the status is a condition"),
        pytest.param({"job": {"spec": {}}}, "result > 1", "", [], id="a job's are looked at elsewhere"),
        pytest.param({"plugin": {"a/b": {}}}, "result.x > 1", "", [], id="a plugin may give anything"),
        pytest.param(DATADOG, "default(result, 0) < 5", "", [], id="a default is a decision"),
        pytest.param(PROMETHEUS, "len(result) == 0 || result[0] < 5", "", [], id="so is a length"),
        pytest.param(WEB, "'ready' in result", "", [], id="an entry that may not be there"),
        pytest.param(WEB, "result matches '^v[0-9]+$'", "", [], id="a pattern is not tried"),
        pytest.param(
            {"prometheus": {"address": "http://p:9090", "query": "sum(errors) or vector(0)"}},
            "result[0] < 5",
            "",
            [],
            id="a query that always gives something",
        ),
        pytest.param(
            {"prometheus": {"address": "http://p:9090", "query": "scalar(errors)"}}, "result < 5", "", [], id="a scalar"
        ),
        pytest.param(
            {"prometheus": {"address": "http://p:9090", "query": "scalar(errors)", "rangeQuery": {"step": "1m"}}},
            "len(result) > 0 && result[0] < 5",
            "",
            [],
            id="a scalar over a range is a list",
        ),
    ],
)
def test_conditions(
    provider: dict[str, Any], success: str, failure: str, expected: list[tuple[str, str, str, str]]
) -> None:
    assert told(provider, success, failure) == expected


@pytest.mark.parametrize(
    ("success", "args", "rules"),
    [
        pytest.param("result[0] < {{args.most}}", ({"name": "most"},), ["errs-on-empty"], id="not known"),
        pytest.param("result < {{args.most}}", ({"name": "most"},), ["type-mismatch"], id="wrong whatever it is"),
        pytest.param("{{args.most}}", ({"name": "most"},), [], id="all of it"),
        pytest.param("len(result) > 0 && result[0] {{args.most}} 5", ({"name": "most"},), [], id="an operator"),
        pytest.param("len(result) > 0 && result[0] >= {{args.most}}", ({"name": "most"},), [], id="0 is not guessed"),
        pytest.param(
            "len(result) > 0 && result[0] >= {{args.most}}",
            ({"name": "most", "value": "0"},),
            ["never-fails"],
            id="0 is known",
        ),
        pytest.param(
            "len(result) > 0 && result[0] < {{args.most}}",
            ({"name": "most", "value": "5%"},),
            ["does-not-compile"],
            id="a value that does not fit",
        ),
    ],
)
def test_arguments(success: str, args: tuple[dict[str, str], ...], rules: list[str]) -> None:
    assert [rule for _, rule, _, _ in told(PROMETHEUS, success, args=args)] == rules


def test_a_later_version_is_told_quietly_what_an_earlier_one_refuses() -> None:
    success = "len(result) > 0 && 0.5 < result[0] < 2"
    assert told(PROMETHEUS, success, version="1.10") == [
        (
            "info",
            "differs-by-version",
            "successCondition",
            "Argo Rollouts 1.9 refuses it: `<` does not go between true or false and a whole number",
        )
    ]


@pytest.mark.parametrize(
    ("query", "empty"),
    [
        ("errors", True),
        ("sum(errors)", True),
        ("vector(1)", False),
        ("sum(errors) or vector(0)", False),
        ("(sum(a) or vector(0)) / (sum(b) or vector(1))", False),
        ("(sum(a) or vector(0)) > 1", True),
        ("(sum(a) or vector(0)) > bool 1", False),
        ("(sum(a) or vector(0)) and sum(b)", True),
        ("clamp_min(sum(a) or vector(0), 1)", False),
        ("absent(errors)", True),
        ("scalar(errors) * 2", False),
        ("-vector(1)", False),
    ],
)
def test_a_query_may_be_empty(query: str, *, empty: bool) -> None:
    found = read_query(query)
    assert isinstance(found, Query)
    assert found.may_be_empty is empty
