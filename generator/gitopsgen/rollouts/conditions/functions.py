"""The language's own functions that ask nothing of each item, by name.

Source: expr v1.15.5 and v1.17.7, builtin/builtin.go.
"""

from collections.abc import Callable
from typing import Final

from gitopsgen.rollouts.conditions.budget import Budget
from gitopsgen.rollouts.conditions.errors import NotJudged
from gitopsgen.rollouts.conditions.functions_lists import LIST_FUNCTIONS, NEWER_LIST_FUNCTIONS
from gitopsgen.rollouts.conditions.functions_numbers import NEWER_NUMBER_FUNCTIONS, NUMBER_FUNCTIONS
from gitopsgen.rollouts.conditions.functions_text import (
    NEWER_TEXT_FUNCTIONS,
    TEXT_FUNCTIONS,
    BuiltinFunction,
    text,
)
from gitopsgen.rollouts.conditions.go_json import print_value, read_json, write_json
from gitopsgen.rollouts.conditions.go_types import Kind
from gitopsgen.rollouts.conditions.moments import parse_date, parse_duration
from gitopsgen.rollouts.conditions.operators import OperandError
from gitopsgen.rollouts.conditions.values import Moment, TimeZone, Value, type_of

_KIND_NAMES: Final = {
    Kind.NIL: "nil",
    Kind.BOOL: "bool",
    Kind.INT: "int",
    Kind.INT64: "int",
    Kind.UINT8: "uint",
    Kind.FLOAT: "float",
    Kind.TEXT: "string",
    Kind.LIST: "array",
    Kind.ARRAY: "array",
    Kind.MAP: "map",
    Kind.FUNCTION: "func",
    Kind.STRUCT: "struct",
}
_NOW: Final = Moment(1_767_225_600 * 10**9)
"""What ``now()`` gives: the start of 2026. A condition that goes by the clock is judged at one time."""


def _type(_: Budget, value: Value) -> Value:
    type_ = type_of(value)
    return type_.name if type_.is_named else _KIND_NAMES.get(type_.kind, "unknown")


def _reading(read: Callable[[str], Value]) -> BuiltinFunction:
    def call(_: Budget, value: Value) -> Value:
        try:
            return read(text(value))
        except ValueError as error:
            raise OperandError(str(error)) from None

    return call


def _now(_: Budget, *_zone: Value) -> Value:
    return _NOW


def _date(budget: Budget, *arguments: Value) -> Value:
    if len(arguments) != 1:
        raise NotJudged("a date with a layout or a time zone is not modelled")
    return _reading(parse_date)(budget, *arguments)


_SHARED: Final[dict[str, BuiltinFunction]] = {
    "type": _type,
    "string": lambda _budget, value: print_value(value),
    "toJSON": lambda _budget, value: write_json(value),
    "fromJSON": _reading(read_json),
    "now": _now,
    "duration": _reading(parse_duration),
    "date": _date,
}
FUNCTIONS: Final[dict[str, BuiltinFunction]] = {**_SHARED, **TEXT_FUNCTIONS, **NUMBER_FUNCTIONS, **LIST_FUNCTIONS}
FUNCTIONS_NEWER: Final[dict[str, BuiltinFunction]] = {
    **_SHARED,
    **NEWER_TEXT_FUNCTIONS,
    **NEWER_NUMBER_FUNCTIONS,
    **NEWER_LIST_FUNCTIONS,
    "timezone": lambda _budget, value: TimeZone(text(value)),
}
