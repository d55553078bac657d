"""Expressions against what Kubernetes' own CEL environment says of them; needs the conformance data."""

import json
import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gitopsgen.policies.cel import CelEvaluationError, CelSyntaxError, compile_expression

DATA = Path(__file__).parents[2].parent / "shared" / "conformance" / "cel" / "k8s-expressions-expected.jsonl"

pytestmark = pytest.mark.skipif(not DATA.is_file(), reason="the conformance data is not here")

EXCEPTIONS = {
    '[quantity("9999999999999999999999999999999999999")].all(x, x.add(quantity("1")).compareTo(x.add(quantity("2"))) '
    "== -1)": "upstream, add() changes a large quantity in place, so that both sums are the same object",
    "'%e'.format([1234.5])": "the native engine writes 1.234500e+03 where cel-go raises the digits",
}

AS_WRITTEN = {
    'quantity("12Mi")': "12582912",  # a quantity leaves an expression as a plain number
    "[{'a':2},{'a':1}].sortBy(x, x.a)": "[map[a:1] map[a:2]]",  # Go prints maps in two ways
    "url('https://h/p?q=1&q=2').getQuery()": "map[q:[1 2]]",
}


def go_text(value: object) -> str:
    """Return ``value`` as Go's ``%v`` prints it."""
    match value:
        case None:
            return "<nil>"
        case bool():
            return str(value).lower()
        case bytes():
            return f"[{' '.join(map(str, value))}]"
        case timedelta():
            return f"{value.total_seconds():g}s"
        case datetime():
            return value.isoformat()
        case list():
            return f"[{' '.join(map(go_text, value))}]"
        case dict():
            return f"map[{' '.join(f'{go_text(key)}:{go_text(item)}' for key, item in sorted(value.items()))}]"
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value)


def outcome(expression: str) -> str:
    try:
        return go_text(compile_expression(expression, ()).evaluate({}))
    except CelSyntaxError:
        return "compile error"
    except CelEvaluationError:
        return "evaluation error"


def expected_outcome(case: dict[str, str]) -> str:
    if not case["error"]:
        return AS_WRITTEN.get(case["expr"], case["value"])
    return "compile error" if case["error"].startswith("compile:") else "evaluation error"


def test_outcomes_equal_kubernetes() -> None:
    cases = [json.loads(line) for line in DATA.read_text().splitlines()]
    different = {case["expr"] for case in cases if outcome(case["expr"]) != expected_outcome(case)}
    assert different == set(EXCEPTIONS)


def test_compile_errors_stand_where_kubernetes_sees_them() -> None:
    cases = [json.loads(line) for line in DATA.read_text().splitlines()]
    places = {}
    for case in cases:
        first = re.match(r"compile: ERROR: <input>:(\d+):(\d+)", case["error"] or "")
        if first and "undeclared" not in case["error"]:  # the engines name different parts of a.b.c
            try:
                compile_expression(case["expr"], ())
            except CelSyntaxError as fault:
                places[case["expr"]] = (fault.line, fault.column) == (int(first[1]), int(first[2]))
    assert [expression for expression, same in places.items() if not same] == []
