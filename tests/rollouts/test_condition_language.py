"""The expression language of conditions: what compiles, what it gives, and where it says what is wrong."""

import math

import pytest

from gitopsgen.rollouts.conditions.dialect import Dialect, dialect_of
from gitopsgen.rollouts.conditions.errors import CompileError, EvaluationError, NotJudged
from gitopsgen.rollouts.conditions.go_json import print_value, read_json
from gitopsgen.rollouts.conditions.go_types import FLOAT, NIL, NUMBERS, OBJECT, Type
from gitopsgen.rollouts.conditions.program import compile_condition
from gitopsgen.rollouts.conditions.values import List, Value, type_of

OLD, NEW = Dialect.ROLLOUTS_1_9, Dialect.ROLLOUTS_1_10
BOTH = (OLD, NEW)
BODY = read_json('{"ok": true, "n": 3, "text": "up", "list": [1, 2, 3], "objs": [{"a": 5}, {"b": 2}], "none": null}')


def vector(*numbers: float) -> List:
    return List(NUMBERS, numbers)


def value_of(expression: str, result: Value, dialect: Dialect) -> str:
    return print_value(compile_condition(expression, type_of(result), dialect).value(result))


@pytest.mark.parametrize("dialect", BOTH)
@pytest.mark.parametrize(
    ("expression", "result", "expected"),
    [
        pytest.param("result[0] >= 0.95", vector(0.99), "true", id="an index and a comparison"),
        pytest.param("result[-1]", vector(1, 2), "2", id="an index from the end"),
        pytest.param("1 + 2 * 3 ** 2 ** 0.5", None, "10.457", id="precedence, and powers from the right"),
        pytest.param("not true or true", None, "true", id="not binds tighter than or"),
        pytest.param("-7 % 3", None, "-1", id="a remainder has the sign of what is divided"),
        pytest.param("7 / 2", None, "3.5", id="division gives a fraction"),
        pytest.param("1 / 0", None, "+Inf", id="division by zero is infinite"),
        pytest.param("9223372036854775807 + 1", None, "-9223372036854775808", id="64 bits wrap around"),
        pytest.param("0x10 + 1_000", None, "1016", id="numbers as written"),
        pytest.param("'a' in ['a', 'b']", None, "true", id="a text in a list"),
        pytest.param("2 not in 3..5", None, "true", id="not in a range"),
        pytest.param("result.text contains 'p' and result.text matches '^u'", BODY, "true", id="texts"),
        pytest.param("result.objs[0]?.b?.c", BODY, "<nil>", id="a chain ends at nil"),
        pytest.param("(result.missing ?? 7) + 1", BODY, "8", id="a value instead of nil"),
        pytest.param("result.ok ? 'yes' : 'no'", BODY, "yes", id="a choice"),
        pytest.param("let x = result[0]; x * x", vector(3), "9", id="a variable"),
        pytest.param("filter(result, # > 1)", vector(1, 2, 3), "[2 3]", id="filter"),
        pytest.param("map(result, # * 2)[1:]", vector(1, 2, 3), "[4 6]", id="map and a slice"),
        pytest.param("reduce(result, #acc + #, 10)", vector(1, 2), "13", id="reduce"),
        pytest.param("any(result.objs, {.a == 5})", BODY, "true", id="a predicate in braces"),
        pytest.param("count(result, # > 1)", vector(1, 2, 3), "2", id="count"),
        pytest.param("result | len()", vector(1, 2), "2", id="a pipe"),
        pytest.param("sum(result) + mean(result) + median(result)", vector(1, 2, 6), "14", id="aggregates"),
        pytest.param("sum(result)", vector(), "0", id="the sum of nothing"),
        pytest.param("default(result, 5)", None, "5", id="default of a nil result"),
        pytest.param("default(1, 5)", vector(2), "[2]", id="default ignores its first argument"),
        pytest.param("asInt('12') + asInt(3.9)", None, "15", id="asInt of a text and of a fraction"),
        pytest.param("isNaN(result[0]) and not isInf(result[0])", vector(math.nan), "true", id="NaN"),
        pytest.param("asInt(result[0])", vector(math.nan), "-9223372036854775808", id="NaN as a whole number"),
        pytest.param("result[5] > 1 or true", vector(), "true", id="a constant side is folded away"),
        pytest.param("string(0.99) + string(1e21)", None, "0.991e+21", id="numbers as text"),
        pytest.param("duration('1h') > duration('59m')", None, "true", id="durations"),
        pytest.param("result[0] >= 0.5 // enough\n/* it is */", vector(1), "true", id="comments"),
        pytest.param("len(filter(result, # > 'x'[0:0] == '')) > 0", vector(1), None, id="nonsense is refused"),
    ],
)
def test_value(expression: str, result: Value, expected: str | None, dialect: Dialect) -> None:
    if expected is None:
        with pytest.raises(CompileError):
            value_of(expression, result, dialect)
    else:
        assert value_of(expression, result, dialect).startswith(expected)


@pytest.mark.parametrize(
    ("expression", "result", "older", "newer"),
    [
        pytest.param("1 < result < 5", 3.0, CompileError, "true", id="chained comparison"),
        pytest.param("max(result)", vector(1, 3), CompileError, "3", id="max of a list"),
        pytest.param("max(result.list)", BODY, "[1 2 3]", "3", id="max of a list of anything"),
        pytest.param("result == []", vector(), "false", "true", id="lists of different types"),
        pytest.param("result == result", vector(math.nan), "true", "false", id="the same list with NaN in it"),
        pytest.param("result?.[0]", vector(7), CompileError, "7", id="an optional index"),
        pytest.param("true;", None, CompileError, "true", id="a semicolon at the end"),
        pytest.param("if result > 1 { true } else { false }", 3.0, CompileError, "true", id="if"),
        pytest.param("`a``b`", None, CompileError, "a`b", id="a raw text"),
        pytest.param("'abc'[1:]", None, CompileError, "bc", id="a slice of a text as written"),
        pytest.param("len('é')", None, "2", "1", id="bytes or characters"),
        pytest.param("bitand(6, 3)", None, CompileError, "2", id="newer builtins"),
        pytest.param("nil contains 'a'", None, CompileError, CompileError, id="nil is no text"),
        pytest.param("result.none contains 'a'", BODY, EvaluationError, "false", id="a nil that is no text"),
        pytest.param("sum(['a'])", None, EvaluationError, EvaluationError, id="a sum of texts"),
        pytest.param("1 + 2 not in [3]", None, "true", "false", id="a `not` that 1.9 loses"),
        pytest.param("duration('1m') > 5", None, EvaluationError, CompileError, id="a duration and a number"),
    ],
)
def test_value_by_dialect(expression: str, result: Value, older: object, newer: object) -> None:
    for dialect, expected in ((OLD, older), (NEW, newer)):
        if isinstance(expected, type):
            with pytest.raises(expected):
                value_of(expression, result, dialect)
        else:
            assert value_of(expression, result, dialect) == expected


@pytest.mark.parametrize("dialect", BOTH)
@pytest.mark.parametrize(
    ("expression", "type_", "message", "offset"),
    [
        pytest.param("result[0] = 1", NUMBERS, "`=` does not fit here; equal is `==`", 10, id="assignment"),
        pytest.param("result[0] => 1", NUMBERS, "`=` does not fit here; write `>=`", 10, id="reversed"),
        pytest.param("result >= 0.9 AND true", FLOAT, "`AND` does not fit here; write `and`", 14, id="shouted"),
        pytest.param(
            "result >= 95%",
            FLOAT,
            "it ends where more must follow; write a percentage as a fraction, such as 0.95",
            12,
            id="percent",
        ),
        pytest.param("(result > 1", FLOAT, "it ends where more must follow", 10, id="an open parenthesis"),
        pytest.param("'up", FLOAT, "the text is not closed by its quotation mark", 2, id="an open text"),
        pytest.param("results > 1", FLOAT, "nothing is called `results`; did you mean `result`?", 0, id="a typo"),
        pytest.param("isNan(result)", FLOAT, "nothing is called `isNan`; did you mean `isNaN`?", 0, id="a wrong case"),
        pytest.param(
            "result >= 0.95",
            NUMBERS,
            "`>=` does not go between a list of numbers and a number",
            7,
            id="a vector compared with a number",
        ),
        pytest.param("result[0] > 1", FLOAT, "a number takes no `[…]`", 6, id="an index into a number"),
        pytest.param("result.ok", FLOAT, "a number has no `ok`", 7, id="a name in a number"),
        pytest.param("isNaN(result)", NUMBERS, "`isNaN` takes a number, not a list of numbers", 6, id="an argument"),
        pytest.param("result < 1", NIL, "`<` does not go between nothing (nil) and a whole number", 7, id="nil"),
        pytest.param("all(result, # + 1)", NUMBERS, "the predicate of `all` gives a number", 12, id="a predicate"),
        pytest.param("result.text matches '('", OBJECT, None, 20, id="a pattern that is none"),
        pytest.param("5 % 0", FLOAT, "it divides a whole number by zero", 2, id="a remainder by zero"),
    ],
)
def test_compile_error(expression: str, type_: Type, message: str | None, offset: int, dialect: Dialect) -> None:
    with pytest.raises(CompileError) as caught:
        compile_condition(expression, type_, dialect)
    assert caught.value.offset == offset
    assert message is None or caught.value.message == message


@pytest.mark.parametrize("dialect", BOTH)
@pytest.mark.parametrize(
    ("expression", "result", "message"),
    [
        pytest.param("result[0] > 1", vector(), "there is no item 0: the list has none", id="an empty list"),
        pytest.param("result.text > 5", BODY, "`>` does not go between a text and a whole number", id="a text"),
        pytest.param("result.none > 5", BODY, "`>` does not go between nothing (nil) and a whole number", id="nil"),
        pytest.param("result.n", BODY, "it is a number, not true or false", id="neither true nor false"),
        pytest.param("asFloat(result) > 0", vector(1), "`asFloat` takes a number or a text, not a list of numbers"),
        pytest.param("findIndex(result, # > 9) == 0", vector(1), "`==` got nothing (nil) where another type was due"),
        pytest.param("result.text in ['a'] or result.n in ['a']", BODY, "the keys are a text each, not a number"),
        pytest.param("len(map(result, 0..999999)) > 0", vector(1, 2), None, id="more memory than is granted"),
    ],
)
def test_evaluation_error(expression: str, result: Value, message: str | None, dialect: Dialect) -> None:
    program = compile_condition(expression, type_of(result), dialect)
    if message is None and dialect is OLD:
        assert program.holds(result)  # a range as written is made once, and not counted
        return
    with pytest.raises(EvaluationError) as caught:
        program.holds(result)
    assert message is None or caught.value.message == message


@pytest.mark.parametrize(
    "expression",
    [
        pytest.param("(" * 5000 + "1" + ")" * 5000, id="parentheses"),
        pytest.param("[" * 5000, id="brackets that stay open"),
        pytest.param("-" * 5000 + "1", id="signs"),
        pytest.param(" and ".join(["true"] * 3000), id="a long chain"),
        pytest.param("all(1..900000, all(1..900000, # > 0))", id="nested loops"),
        pytest.param("sort(1..900000) == sort(1..900000)", id="a long list"),
        pytest.param("let a = repeat('a', 999999); len(a" + " + a" * 40 + ") > 0", id="a long text"),
        pytest.param("repeat(repeat('a', 999999), 999999) == ''", id="a text of a text"),
        pytest.param("'" + "a" * 30000 + "'", id="a long literal"),
    ],
)
def test_hostile_expression_is_not_judged(expression: str) -> None:
    with pytest.raises(NotJudged):
        compile_condition(expression, NUMBERS, OLD).holds(vector(1))


@pytest.mark.parametrize(
    ("version", "dialect"),
    [("1.8", OLD), ("1.9", OLD), ("v1.9.2", OLD), ("1.10", NEW), ("1.11.0", NEW), ("", OLD)],
)
def test_dialect_of_a_version(version: str, dialect: Dialect) -> None:
    assert dialect_of(version) is dialect
