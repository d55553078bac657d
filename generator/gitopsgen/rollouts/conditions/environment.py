"""What the controller gives an expression: the result, and functions of its own.

Source: argo-rollouts v1.9.2 and v1.10.0, utils/evaluate/evaluate.go.
"""

import math
from collections.abc import Mapping
from typing import Final

from gitopsgen.rollouts.conditions.go_types import ANY, BOOL, FLOAT, INT64, Type, function
from gitopsgen.rollouts.conditions.numbers import read_float, read_integer, truncated
from gitopsgen.rollouts.conditions.operators import OperandError, as_64_bits, to_float
from gitopsgen.rollouts.conditions.values import Function, Value, is_number, type_of

_AS_INT: Final = function(ANY, result=INT64)
_AS_FLOAT: Final = function(ANY, result=FLOAT)
_FLOAT_TEST: Final = function(FLOAT, result=BOOL)
_IS_NIL: Final = function(ANY, result=BOOL)
_DEFAULT: Final = function(ANY, ANY, result=ANY)


def _as_int(value: Value) -> Value:
    if isinstance(value, float):
        return as_64_bits(truncated(value))
    if isinstance(value, str):
        try:
            return as_64_bits(read_integer(value))
        except ValueError as error:
            raise OperandError(str(error)) from None
    if is_number(value):
        return as_64_bits(int(value))
    raise OperandError(f"`asInt` takes a number or a text, not {type_of(value).words}")


def _as_float(value: Value) -> Value:
    if isinstance(value, str):
        try:
            return read_float(value)
        except ValueError as error:
            raise OperandError(str(error)) from None
    if is_number(value):
        return to_float(value)
    raise OperandError(f"`asFloat` takes a number or a text, not {type_of(value).words}")


def environment(result: Value) -> Mapping[str, Value]:
    """Return all that has a name in a condition on ``result``.

    ``isNil`` and ``default`` look at the result itself, whatever they are given.
    """
    return {
        "result": result,
        "asInt": Function(_AS_INT, _as_int),
        "asFloat": Function(_AS_FLOAT, _as_float),
        "isNaN": Function(_FLOAT_TEST, math.isnan),
        "isInf": Function(_FLOAT_TEST, math.isinf),
        "isNil": Function(_IS_NIL, lambda _: result is None),
        "default": Function(_DEFAULT, lambda _, otherwise: otherwise if result is None else result),
    }


def environment_types(result: Type) -> Mapping[str, Type]:
    """Return the types of what ``environment`` gives."""
    return {name: type_of(value) for name, value in environment(None).items()} | {"result": result}
