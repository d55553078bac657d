"""Conditions before the language itself, in both versions that Argo Rollouts embeds."""

import json
import subprocess
from collections import Counter
from typing import Any, Final

from gitopsgen.rollouts.conditions.dialect import Dialect
from gitopsgen.rollouts.conditions.errors import CompileError, EvaluationError, NotJudged
from gitopsgen.rollouts.conditions.go_json import read_json
from gitopsgen.rollouts.conditions.go_types import NUMBERS
from gitopsgen.rollouts.conditions.program import compile_condition
from gitopsgen.rollouts.conditions.values import List, Value, type_of
from tests.real.binaries import binary
from tests.real.expressions import Expressions

_CASES: Final = 2000
_SEED: Final = 15


def value_of(result: dict[str, Any]) -> Value:
    if "Number" in result:
        return float(result["Number"])
    if "Numbers" in result:
        return List(NUMBERS, tuple(map(float, result["Numbers"])))
    return read_json(json.dumps(result["Value"]))


def verdict(expression: str, result: Value, dialect: Dialect) -> str:
    try:
        return str(compile_condition(expression, type_of(result), dialect).holds(result)).lower()
    except CompileError:
        return "error compiling"
    except EvaluationError:
        return "error running"
    except NotJudged:
        return ""


def test_verdicts_are_those_of_the_language_itself() -> None:
    expressions = Expressions(_SEED)
    cases = [expressions.next() for _ in range(_CASES)]
    lines = "\n".join(json.dumps({"Condition": text, **result}) for text, result in cases)
    ran = subprocess.run(
        [binary("gitopsgen-conditions")], input=lines, capture_output=True, text=True, check=True, timeout=120
    )
    counts: Counter[str] = Counter()
    different: list[tuple[str, object, str, str, str]] = []
    for (text, result), line in zip(cases, ran.stdout.splitlines(), strict=True):
        for version, expected in json.loads(line).items():
            found = verdict(text, value_of(result), Dialect(version))
            counts[expected if found else "not judged"] += 1
            if found and found != expected:
                different.append((text, result, version, found, expected))
    assert different == []
    assert min(counts[each] for each in ("true", "false", "error compiling", "error running")) > _CASES // 10
    assert counts["not judged"] < _CASES // 100
