"""What is in a value: its items, its entries, a part of it, and how much there is.

Source: expr v1.15.5 and v1.17.7, vm/runtime.
"""

import math
from collections.abc import Callable

from gitopsgen.rollouts.conditions.go_types import LIST
from gitopsgen.rollouts.conditions.operators import OperandError, equal, to_float, to_integer
from gitopsgen.rollouts.conditions.values import (
    NIL_LIST,
    Byte,
    List,
    Map,
    Struct,
    Value,
    get_entry,
    is_number,
    type_of,
)


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
