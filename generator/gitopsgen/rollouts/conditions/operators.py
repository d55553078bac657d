"""What the operators do with values.

Source: expr v1.15.5 and v1.17.7, vm/runtime. Go's numbers of different types compare and add up, and nothing else does.
"""

import math
from collections.abc import Callable
from operator import add, ge, gt, le, lt, mul, sub
from typing import Any, Final

from gitopsgen.rollouts.conditions.errors import NotJudged
from gitopsgen.rollouts.conditions.go_types import ANY, LIST, Kind
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
    get_entry,
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


def contained(needle: Value, collection: Value, *, newer: bool) -> bool:
    """Tell whether ``needle in collection``.

    Raises:
        OperandError: Nothing is in such a value, or no such key in this map.
    """
    match collection:
        case None:
            return False
        case List(items=range() as numbers) if is_number(needle):
            number = to_float(needle)
            return math.isfinite(number) and number.is_integer() and int(number) in numbers
        case List(items=items):
            return any(equal(item, needle, newer=newer) for item in items)
        case Map():
            try:
                return get_entry(collection, needle) is not None
            except TypeError as error:
                raise OperandError(str(error)) from None
        case Struct(fields=fields) if isinstance(needle, str):
            return needle in fields
        case _:
            raise OperandError(f"nothing is in {type_of(collection).words}")


def fetched(of: Value, key: Value, *, methods: Callable[[Value, str], Value | None]) -> Value:
    """Return ``of[key]`` or ``of.key``.

    Raises:
        OperandError: There is none.
    """
    if isinstance(key, str) and (method := methods(of, key)) is not None:
        return method
    match of:
        case List(items=items):
            index = to_integer(key)
            index += len(items) if index < 0 else 0
            if not 0 <= index < len(items):
                raise OperandError(f"there is no item {index}: the list has {len(items) or 'none'}")
            return items[index]
        case str():
            encoded = of.encode(errors="surrogateescape")
            index = to_integer(key)
            index += len(encoded) if index < 0 else 0
            if not 0 <= index < len(encoded):
                raise OperandError("the text is shorter")
            return Byte(encoded[index])
        case Map():
            try:
                entry = get_entry(of, key)
            except TypeError as error:
                raise OperandError(str(error)) from None
            if entry:
                return entry[1]
            return NIL_LIST if of.type.element == LIST else None
        case Struct(fields=fields) if isinstance(key, str) and key in fields:
            return fields[key]
        case _:
            wanted = f"`{key}`" if isinstance(key, str) else "item"
            raise OperandError(f"{type_of(of).words} has no {wanted}")


def sliced(of: Value, start: Value, end: Value) -> Value:
    """Return ``of[start:end]``, cut to what there is.

    Raises:
        OperandError: It cannot be sliced.
    """
    match of:
        case List(type=type_, items=items):
            first, last = _bounds(start, end, len(items))
            return List(type_, items[first:last])
        case str():
            encoded = of.encode(errors="surrogateescape")
            first, last = _bounds(start, end, len(encoded))
            return encoded[first:last].decode(errors="surrogateescape")
        case _:
            raise OperandError(f"{type_of(of).words} takes no `[…:…]`")


def _bounds(start: Value, end: Value, length: int) -> tuple[int, int]:
    first, last = to_integer(start), to_integer(end)
    first = max(0, first + length if first < 0 else first)
    last = min(length, max(0, last + length if last < 0 else last))
    return min(first, last), last


def length_of(value: Value, *, characters: bool = False) -> int:
    """Return how many items, entries or bytes there are; of a text the ``characters`` where so asked.

    Raises:
        OperandError: It has no length.
    """
    match value:
        case List(items=items) | Map(items=items):
            return len(items)
        case str():
            return len(value) if characters else len(value.encode(errors="surrogateescape"))
        case _:
            raise OperandError(f"{type_of(value).words} has no length")


def as_64_bits(number: int) -> Int64:
    """Return a whole number as the controller's ``asInt`` gives it."""
    return Int64(wrapped(number))
