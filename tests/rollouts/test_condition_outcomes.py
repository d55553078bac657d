"""What conditions make of what a provider may give: usual results, none at all, NaN and nil."""

import pytest

from gitopsgen.rollouts.conditions.dialect import Dialect
from gitopsgen.rollouts.conditions.outcomes import outcomes
from gitopsgen.rollouts.conditions.phases import Conditions, Phase
from gitopsgen.rollouts.conditions.shapes import PROVIDERS, SCALAR, Results

S, F, I, E = Phase.SUCCESSFUL, Phase.FAILED, Phase.INCONCLUSIVE, Phase.ERROR  # noqa: E741 - a row of the table is short
OLD, NEW = Dialect.ROLLOUTS_1_9, Dialect.ROLLOUTS_1_10


@pytest.mark.parametrize(
    ("provider", "success", "failure", "usual", "empty", "nan", "nil"),
    [
        pytest.param("prometheus", "result[0] >= 0.95", "", {S, F}, E, F, None, id="an index"),
        pytest.param("prometheus", "len(result) > 0 && result[0] >= 0.95", "", {S, F}, F, F, None, id="a guard"),
        pytest.param("prometheus", "", "len(result) > 0 && result[0] > 1", {S, F}, S, S, None, id="failure alone"),
        pytest.param("prometheus", "result[0] < 1", "result[0] > 2", {S, F, I}, E, I, None, id="both"),
        pytest.param("prometheus", "all(result, # < 1)", "", {S, F}, S, F, None, id="all of an empty list"),
        pytest.param("prometheus", "none(result, # > 1)", "", {S, F}, S, S, None, id="none of NaN"),
        pytest.param("prometheus", "sum(result) < 5", "", {S, F}, S, F, None, id="the sum of nothing"),
        pytest.param("prometheus", "len(result) == 3", "", {S, F}, F, F, None, id="a number of series"),
        pytest.param("prometheus", "result[0] < 1 and result[2] > 5", "", {S, F}, E, F, None, id="several series"),
        pytest.param("prometheus", "result[0] >= 0", "", {S}, E, F, None, id="always, but for negative numbers"),
        pytest.param("prometheus", "result[0] > 5 && result[0] < 3", "", {F}, E, F, None, id="never"),
        pytest.param("prometheus", "result[0] in 200..299", "", {S, F}, E, F, None, id="a range"),
        pytest.param("datadog", "result < 0.05", "", {S, F}, None, None, E, id="nil"),
        pytest.param("datadog", "default(result, 0) < 0.05", "", {S, F}, None, None, S, id="nil with a default"),
        pytest.param("newRelic", "result.rate > 1", "", {S, F}, E, None, None, id="a row"),
        pytest.param("newRelic", "result[0].rate > 1", "", {S, F}, E, None, None, id="rows"),
        pytest.param("newRelic", "(result.rate ?? 2) > 1", "", {S, F}, S, None, None, id="a row without the value"),
        pytest.param("cloudWatch", "result[0].Values[0] < 5", "", {S, F}, E, None, None, id="a metric's values"),
        pytest.param("cloudWatch", "len(result[0].Values) >= 5", "", {S, F}, F, None, None, id="how many values"),
        pytest.param("cloudWatch", "result[0].Label == 'm1'", "", {S}, S, None, None, id="a label"),
        pytest.param("graphite", "result[0] < 5", "", {S, F}, E, None, None, id="points"),
        pytest.param("influxdb", "result[0] < 5", "", {S, F}, None, None, None, id="rows of anything"),
        pytest.param("wavefront", "result < 5", "", {S, F}, None, None, None, id="one series"),
        pytest.param("wavefront", "result[1] < 5", "", {S, F}, None, None, None, id="several series of one provider"),
        pytest.param(
            "skywalking", "all(result.a.values, asFloat(.value) > 9)", "", {S, F}, None, None, None, id="deep"
        ),
        pytest.param("web", "result.ok && result.errors < 5", "", {S, F}, None, None, E, id="an object"),
        pytest.param("web", "result == 'up'", "", {S, F}, None, None, F, id="a text"),
        pytest.param("web", "!result", "", {S, F}, None, None, E, id="true or false"),
        pytest.param("web", "any(result.items, .state == 'bad')", "", {S, F}, None, None, E, id="items of an object"),
        pytest.param("web", "'db' in result.up", "", {S}, None, None, E, id="an entry that must be there"),
    ],
)
@pytest.mark.parametrize("dialect", Dialect)
def test_outcomes(
    provider: str,
    success: str,
    failure: str,
    usual: set[Phase],
    empty: Phase | None,
    nan: Phase | None,
    nil: Phase | None,
    dialect: Dialect,
) -> None:
    found = outcomes(Conditions(success=success, failure=failure), PROVIDERS[provider], dialect)
    assert found.problems == ()
    assert (set(found.usual), *(one and one.phase for one in (found.empty, found.nan, found.nil))) == (
        usual,
        empty,
        nan,
        nil,
    )


@pytest.mark.parametrize(
    ("results", "success", "failure", "expected"),
    [
        pytest.param(
            PROVIDERS["prometheus"],
            "result >= 0.95",
            "",
            [("success", False, 7, "`>=` does not go between a list of numbers and a number")],
            id="a vector compared with a number",
        ),
        pytest.param(
            SCALAR, "result[0] > 1", "", [("success", False, 6, "a number takes no `[…]`")], id="an index into a scalar"
        ),
        pytest.param(
            PROVIDERS["web"],
            "result > 1",
            "result[0] < 1",
            [("success", False, 7, "`>` does not go between a list of anything and a whole number")],
            id="two conditions for two shapes",
        ),
        pytest.param(
            PROVIDERS["prometheus"],
            "reslut[0] > 1",
            "result[0] >",
            [
                ("failure", True, 10, "it ends where more must follow"),
                ("success", True, 0, "nothing is called `reslut`; did you mean `result`?"),
            ],
            id="both are wrong",
        ),
        pytest.param(
            PROVIDERS["datadog"],
            "asInt(result)",
            "",
            [("success", False, 0, "it is a whole number, not true or false")],
            id="neither true nor false",
        ),
        pytest.param(
            Results(shapes=()),
            "result.a[0].b > 1 && 'a' > 1",
            "",
            [("success", False, 25, "`>` does not go between a text and a whole number")],
            id="a provider of which nothing is known",
        ),
        pytest.param(Results(shapes=()), "result.a[0].b > 1", "", [], id="and a condition that may go with it"),
    ],
)
def test_problems(results: Results, success: str, failure: str, expected: list[tuple[str, bool, int, str]]) -> None:
    found = outcomes(Conditions(success=success, failure=failure), results, OLD)
    assert [(one.condition, one.is_syntax, one.offset, one.message) for one in found.problems] == expected


@pytest.mark.parametrize(
    ("success", "differs"),
    [
        pytest.param("result[0] >= 0.95", False, id="the same"),
        pytest.param("result == []", True, id="an empty list is equal to another, or not"),
        pytest.param("max(result) < 5", True, id="one of them refuses it"),
        pytest.param("result[0] + 1 not in [3, 4]", True, id="a `not` that one of them loses"),
    ],
)
def test_dialects(success: str, *, differs: bool) -> None:
    old, new = (outcomes(Conditions(success=success), PROVIDERS["prometheus"], dialect) for dialect in (OLD, NEW))
    assert (old.phases != new.phases) is differs
