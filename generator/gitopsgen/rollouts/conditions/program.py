"""A condition compiled for a type of result, and run on a result."""

from dataclasses import dataclass
from functools import lru_cache

from gitopsgen.rollouts.conditions.checker import check
from gitopsgen.rollouts.conditions.dialect import Dialect
from gitopsgen.rollouts.conditions.environment import environment, environment_types
from gitopsgen.rollouts.conditions.errors import CompileError, EvaluationError
from gitopsgen.rollouts.conditions.evaluator import evaluate
from gitopsgen.rollouts.conditions.folding import fold
from gitopsgen.rollouts.conditions.go_types import Type
from gitopsgen.rollouts.conditions.parser import parse
from gitopsgen.rollouts.conditions.syntax import Node
from gitopsgen.rollouts.conditions.values import Value, type_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """An expression that compiles."""

    node: Node
    dialect: Dialect

    def value(self, result: Value) -> Value:
        """Return the expression's value on ``result``.

        Raises:
            EvaluationError: It fails on it.
            NotJudged: It cannot be told.
        """
        return evaluate(self.node, environment(result), self.dialect)

    def holds(self, result: Value) -> bool:
        """Tell whether the condition is true of ``result``.

        Raises:
            EvaluationError: It fails on it, or is neither true nor false.
            NotJudged: It cannot be told.
        """
        value = self.value(result)
        if not isinstance(value, bool):
            raise EvaluationError(f"it is {type_of(value).words}, not true or false", self.node.offset)
        return value


@lru_cache(maxsize=2048)
def _parsed(expression: str, dialect: Dialect) -> Node | CompileError:
    try:
        return parse(expression, dialect)
    except CompileError as error:
        return error


@lru_cache(maxsize=4096)
def _compiled(expression: str, result: Type, dialect: Dialect) -> Program | CompileError:
    parsed = _parsed(expression, dialect)
    if isinstance(parsed, CompileError):
        return parsed
    try:
        node = fold(check(parsed, environment_types(result), dialect), dialect)
    except CompileError as error:
        return error
    return Program(node=node, dialect=dialect)


def compile_condition(expression: str, result: Type, dialect: Dialect) -> Program:
    """Return ``expression`` compiled for results of a type.

    Raises:
        CompileError: It does not parse, or its types do not fit.
        NotJudged: It is too long, too deep, or uses what is not modelled.
    """
    compiled = _compiled(expression, result, dialect)
    if isinstance(compiled, CompileError):
        raise compiled
    return compiled
