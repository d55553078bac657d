"""Promises about any text as a condition: no crash, places inside it, and the same meaning when written out again."""

import contextlib
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from gitopsgen.rollouts.conditions.dialect import Dialect
from gitopsgen.rollouts.conditions.errors import CompileError, ConditionError, NotJudged
from gitopsgen.rollouts.conditions.go_json import read_json
from gitopsgen.rollouts.conditions.go_types import NUMBERS
from gitopsgen.rollouts.conditions.json_path import JsonPathError, parse_json_path
from gitopsgen.rollouts.conditions.json_path_search import Crash, first_value
from gitopsgen.rollouts.conditions.parser import parse
from gitopsgen.rollouts.conditions.printing import print_expression
from gitopsgen.rollouts.conditions.program import compile_condition
from gitopsgen.rollouts.conditions.syntax import Node, with_children
from gitopsgen.rollouts.conditions.values import List, Value, type_of

BODY = read_json('{"ok": true, "n": 3, "text": "up", "list": [1, 2.5, null], "none": null, "deep": {"a": [{"b": 1}]}}')
RESULTS: list[Value] = [None, 0.5, float("nan"), "up", True, BODY, List(NUMBERS, ()), List(NUMBERS, (0.5, 2.0))]

atoms = st.sampled_from(
    [
        *("result", "result[0]", "result.n", "result?.text", "0.95", "1", "-2", "'up'", "true", "nil", "[1, 2]"),
        *("{a: 1}", "len(result)", "isNaN(0.5)", "default(result, 1)", "first(result)", "max(1, 2)", "asInt('3')"),
    ]
)
binary = st.sampled_from(
    ["+", "-", "*", "/", "%", "**", "==", "!=", "<", ">=", "and", "or", "in", "not in", "??", "..", "contains"]
)


def compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("{} {} {}".format, inner, binary, inner),
        st.builds("({})".format, inner),
        st.builds("not {}".format, inner),
        st.builds("-{}".format, inner),
        st.builds("({} ? {} : {})".format, inner, inner, inner),
        st.builds("{}({}, {{{} != #}})".format, st.sampled_from(["all", "filter", "map", "count"]), inner, inner),
        st.builds("({})[{}]".format, inner, inner),
        st.builds("({})?.a.b".format, inner),
        st.builds("({})[{}:]".format, inner, inner),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds("{{'a b': {}, c: {}}}".format, inner, inner),
        st.builds("let x = {}; x == {}".format, inner, inner),
        st.builds("{} | get({})".format, inner, inner),
    )


expressions = st.recursive(atoms, compound, max_leaves=8)
anything = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="result[]().,'\"0123456789 <>=!&|?:;#{}$andotri\\/*_-`", max_size=60),
    expressions,
)
dialects = st.sampled_from(Dialect)


def without_places(node: Node) -> Node:
    return replace(with_children(node, without_places), offset=0)


@settings(deadline=None)
@given(text=anything, result=st.sampled_from(RESULTS), dialect=dialects)
def test_any_text_is_judged_or_refused_at_a_place_in_it(text: str, result: Value, dialect: Dialect) -> None:
    message, offset = "", 0
    try:
        holds = compile_condition(text, type_of(result), dialect).holds(result)
    except ConditionError as error:
        message, offset = error.message, error.offset
    except NotJudged as error:
        message = str(error)
    else:
        message = str(holds)
    assert message
    assert 0 <= offset <= max(0, len(text) - 1)


@settings(deadline=None)
@given(text=expressions, dialect=dialects)
def test_what_is_written_out_reads_as_the_same(text: str, dialect: Dialect) -> None:
    try:
        node = parse(text, dialect)
    except CompileError:
        return
    assert without_places(parse(print_expression(node), dialect)) == without_places(node)


@settings(deadline=None)
@given(
    path=st.one_of(
        st.text(max_size=30),
        st.lists(
            st.sampled_from(
                ["{", "}", "$", ".n", "..", "[0]", "[*]", ".*", "[?(@.b==1)]", "['a']", "range", "end", " "]
            ),
            max_size=8,
        ).map("".join),
    ),
    data=st.sampled_from(RESULTS),
)
def test_any_json_path_finds_or_does_not(path: str, data: Value) -> None:
    with contextlib.suppress(JsonPathError, Crash, NotJudged):
        first_value(parse_json_path(path), data)
