"""What the operators do with values.

Source: expr v1.15.5 and v1.17.7, vm/runtime. Go's numbers of different types compare and add up, and nothing else does.
"""

from collections.abc import Callable
from operator import add, ge, gt, le, lt, mul, sub
from typing import Any, Final

from gitopsgen.rollouts.conditions.errors import NotJudged
from gitopsgen.rollouts.conditions.go_types import ANY, Kind
from gitopsgen.rollouts.conditions.moments import difference
from gitopsgen.rollouts.conditions.numbers import divided, power, remainder, truncated
from gitopsgen.rollouts.conditions.values import (
    NIL_LIST,
    Byte,
    Function,
    Int64,
    List,
    Map,
    Moment,
    Span,
    Struct,
    Value,
    is_nil,
    is_number,
    type_of,
    wrapped,
)

_LONGEST_TEXT: Final = 10**7
_ORDERS: Final[dict[str, Callable[[Any, Any], bool]]] = {"<": lt, ">": gt, "<=": le, ">=": ge}


class OperandError(Exception):
    """An operator or a function does not take these values."""


def to_integer(value: Value) -> int:
    """Return a number as the whole number that an index is.

    Raises:
        OperandError: It is no number.
    """
    if isinstance(value, float):
        return truncated(value)
    if is_number(value):
        return int(value)
    raise OperandError(f"a number is needed, not {type_of(value).words}")


def to_float(value: Value) -> float:
    """Return a number as a fraction.

    Raises:
        OperandError: It is no number.
    """
    if not is_number(value):
        raise OperandError(f"a number is needed, not {type_of(value).words}")
    return float(value)


def equal(left: Value, right: Value, *, newer: bool) -> bool:
    """Tell whether ``left == right``."""
    if is_number(left) and is_number(right):
        return _as_go(left, right) == _as_go(right, left)
    if is_nil(left) and is_nil(right):
        return True
    match left, right:
        case Moment() | Span(), _:
            return left == right
        case List(), List() if newer and _compares_items(left, right):
            return len(left.items) == len(right.items) and all(
                equal(one, other, newer=True) for one, other in zip(left.items, right.items, strict=True)
            )
        case _:
            return _deep_equal(left, right)


def _as_go(one: Value, other: Value) -> Value:
    """Return a number as Go compares it with another: as a fraction when one of them is."""
    return float(one) if isinstance(other, float) and isinstance(one, int) else one


def _compares_items(left: List, right: List) -> bool:
    holds = [value.type.element for value in (left, right)]
    plain = all(one is not None and one.kind in _PLAIN and not one.is_named for one in holds)
    return plain and (ANY in holds or holds[0] == holds[1])


_PLAIN: Final = frozenset({Kind.ANY, Kind.TEXT, Kind.INT, Kind.INT64, Kind.UINT8, Kind.FLOAT})


def _deep_equal(left: Value, right: Value) -> bool:
    """Tell whether Go's ``reflect.DeepEqual`` holds: types alike too, and whatever is the same object."""
    if type_of(left).name != type_of(right).name:
        return False
    match left, right:
        case List(), List():
            return left is right or (
                len(left.items) == len(right.items)
                and NIL_LIST not in (left, right)
                and all(map(_deep_equal, left.items, right.items))
            )
        case Map(), Map():
            return left is right or (
                left.items.keys() == right.items.keys()
                and all(_deep_equal(value, right.items[key][1]) for key, (_, value) in left.items.items())
            )
        case Struct(), Struct():
            return all(_deep_equal(value, right.fields[name]) for name, value in left.fields.items())
        case Function(), _:
            return False
        case _:
            return left == right


def ordered(operator: str, left: Value, right: Value) -> bool:
    """Tell whether ``left`` comes before ``right``, or as ``operator`` says.

    Raises:
        OperandError: They have no order.
    """
    compare = _ORDERS[operator]
    if is_number(left) and is_number(right):
        return compare(_as_go(left, right), _as_go(right, left))
    match left, right:
        case str(), str():
            return compare(left, right)
        case Moment(nanoseconds=one), Moment(nanoseconds=other):
            return compare(one, other)
        case Span(nanoseconds=one), Span(nanoseconds=other):
            return compare(one, other)
    raise _no_operands(operator, left, right)


def _no_operands(operator: str, left: Value, right: Value) -> OperandError:
    return OperandError(f"`{operator}` does not go between {type_of(left).words} and {type_of(right).words}")


def computed(operator: str, left: Value, right: Value) -> Value:
    """Return ``left operator right`` of an arithmetic operator.

    Raises:
        OperandError: It does not take them.
        NotJudged: A text grows beyond what is modelled.
    """
    if operator in ("**", "^"):
        return power(to_float(left), to_float(right))
    if is_number(left) and is_number(right):
        return _computed_numbers(operator, left, right)
    match operator:
        case "+":
            return _joined(left, right)
        case "-":
            return _subtracted(left, right)
        case "*":
            return _scaled(left, right)
    raise _no_operands(operator, left, right)


def _computed_numbers(operator: str, left: float, right: float) -> Value:
    if operator == "/":
        return divided(left, right)
    if operator == "%":
        if not (isinstance(left, int) and isinstance(right, int)):
            raise _no_operands(operator, left, right)
        if right == 0:
            raise OperandError("it divides a whole number by zero")
        return wrapped(remainder(left, right))
    compute = {"+": add, "-": sub, "*": mul}[operator]
    if isinstance(left, int) and isinstance(right, int):
        return wrapped(compute(int(left), int(right)))
    return float(compute(float(left), float(right)))


def _joined(left: Value, right: Value) -> Value:
    match left, right:
        case str(), str():
            if len(left) + len(right) > _LONGEST_TEXT:
                raise NotJudged("it builds a text that is too long to be judged")
            return left + right
        case (Moment() as moment, Span() as span) | (Span() as span, Moment() as moment):
            return Moment(moment.nanoseconds + span.nanoseconds)
        case Span(), Span():
            return Span(wrapped(left.nanoseconds + right.nanoseconds))
    raise _no_operands("+", left, right)


def _subtracted(left: Value, right: Value) -> Value:
    match left, right:
        case Moment(), Moment():
            return difference(left, right)
        case Moment(), Span():
            return Moment(left.nanoseconds - right.nanoseconds)
        case Span(), Span():
            return Span(wrapped(left.nanoseconds - right.nanoseconds))
    raise _no_operands("-", left, right)


def _scaled(left: Value, right: Value) -> Value:
    match left, right:
        case (Span() as span, (int() | float()) as factor) | ((int() | float()) as factor, Span() as span) if is_number(
            factor
        ):
            if isinstance(factor, float):
                return span.nanoseconds * factor
            return Span(wrapped(span.nanoseconds * factor))
        case Span(), Span():
            return Span(wrapped(left.nanoseconds * right.nanoseconds))
    raise _no_operands("*", left, right)


def negated(value: Value) -> Value:
    """Return ``-value``.

    Raises:
        OperandError: It is no number.
    """
    if isinstance(value, float):
        return -value
    if isinstance(value, Byte):
        return Byte(-value % 256)
    if is_number(value):
        return type(value)(wrapped(-to_integer(value)))
    raise OperandError(f"`-` does not take {type_of(value).words}")


def as_64_bits(number: int) -> Int64:
    """Return a whole number as the controller's ``asInt`` gives it."""
    return Int64(wrapped(number))
