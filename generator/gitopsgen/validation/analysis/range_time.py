"""The ends of a query's time range: expressions that give a time.

Source: argo-rollouts v1.9.2, utils/evaluate/evaluate.go, EvalTime.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from gitopsgen.rollouts.conditions.checker import check, type_in
from gitopsgen.rollouts.conditions.dialect import Dialect
from gitopsgen.rollouts.conditions.environment import environment
from gitopsgen.rollouts.conditions.errors import ConditionError, NotJudged
from gitopsgen.rollouts.conditions.evaluator import evaluate
from gitopsgen.rollouts.conditions.go_types import TIME, is_any
from gitopsgen.rollouts.conditions.parser import parse
from gitopsgen.rollouts.conditions.values import Value, type_of

_NAMES: Final[Mapping[str, Value]] = {name: environment(None)[name] for name in ("isNaN", "isInf")}


@lru_cache(maxsize=512)
def time_fault(text: str) -> str:
    """Return why the expression ``text`` gives no time in any version of the controller; empty when it does in one."""
    if not text.strip():
        return "is missing"
    reasons = [_fault(text, dialect) for dialect in Dialect]
    return "" if "" in reasons else reasons[0]


def _fault(text: str, dialect: Dialect) -> str:
    types = {name: type_of(value) for name, value in _NAMES.items()}
    try:
        node = check(parse(text, dialect), types, dialect)
        found = type_in(node)
        if found != TIME and not is_any(found):
            return f"is {found.words}, which is no time"
        evaluate(node, _NAMES, dialect)
    except NotJudged:
        return ""
    except ConditionError as error:
        return f"cannot be read: {error.message}"
    return ""
