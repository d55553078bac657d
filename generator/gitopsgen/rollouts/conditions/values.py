"""What an expression computes with: Python's own values where they behave as Go's, and a few types where not.

``None`` is nil. Texts are ``str``, with surrogate escapes for bytes that are no UTF-8, which cutting a text can make.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, TypeGuard

from gitopsgen.rollouts.conditions.go_types import (
    BOOL,
    DURATION,
    FLOAT,
    INT,
    INT64,
    LIST,
    NIL,
    TEXT,
    TIME,
    TIME_ZONE,
    UINT8,
    Kind,
    Type,
)

_BITS: Final = 64


class Int64(int):
    """A whole number that Go counts as another type than ``int``."""

    __slots__ = ()


class Byte(int):
    """One byte of a text."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, eq=False)
class List:
    """A list; ``type`` says what Go would let it hold."""

    type: Type
    items: "Sequence[Value]"


@dataclass(frozen=True, slots=True, eq=False)
class Map:
    """A map; keys of several types are told apart by ``key_of``."""

    type: Type
    items: "Mapping[object, tuple[Value, Value]]"


@dataclass(frozen=True, slots=True, eq=False)
class Struct:
    """An object with fixed fields."""

    type: Type
    fields: "Mapping[str, Value]"


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """What can be called: a function of the controller, or a method of a value."""

    type: Type
    call: "Callable[..., Value]"


@dataclass(frozen=True, slots=True)
class Moment:
    """A time, in nanoseconds since 1970 in UTC."""

    nanoseconds: int


@dataclass(frozen=True, slots=True)
class Span:
    """A duration."""

    nanoseconds: int


@dataclass(frozen=True, slots=True)
class NamedNumber:
    """A whole number with a type name of its own, as a month has."""

    type: Type
    value: int


@dataclass(frozen=True, slots=True)
class TimeZone:
    """A time zone by its name."""

    name: str


Value: TypeAlias = (
    bool | int | float | str | List | Map | Struct | Function | Moment | Span | NamedNumber | TimeZone | None
)

_TYPES: Final[dict[type, Type]] = {
    type(None): NIL,
    bool: BOOL,
    int: INT,
    Int64: INT64,
    Byte: UINT8,
    float: FLOAT,
    str: TEXT,
    Moment: TIME,
    Span: DURATION,
    TimeZone: TIME_ZONE,
}


NIL_LIST: Final = List(LIST, ())
"""Go's list that was never made: empty, and equal to nil."""


def is_nil(value: Value) -> bool:
    """Tell whether ``value`` is nil, or a list that was never made."""
    return value is None or value is NIL_LIST


def type_of(value: Value) -> Type:
    """Return the type that Go gives a value."""
    found = _TYPES.get(type(value))
    return found or value.type  # type: ignore[union-attr]  # all others say theirs


def is_number(value: Value) -> TypeGuard[int | float]:
    """Tell whether Go's operators take a value as a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def wrapped(number: int) -> int:
    """Return a whole number as 64 bits hold it."""
    return (number + (1 << (_BITS - 1))) % (1 << _BITS) - (1 << (_BITS - 1))


def key_of(value: Value) -> object | None:
    """Return what tells a map's keys apart, ``None`` for what can be no key; NaN is equal to no other key."""
    match value:
        case List() | Map() | Function():
            return None
        case float() if value != value:  # noqa: PLR0124 - the test for NaN
            return object()
        case _:
            return (type_of(value).name, value)


def object_map(type_: Type, entries: "Mapping[str, Value]") -> Map:
    """Return a map with texts as keys."""
    return Map(type_, {(TEXT.name, key): (key, value) for key, value in entries.items()})


def get_entry(mapping: Map, key: Value) -> "tuple[Value, Value] | None":
    """Return the key and the value of an entry; ``None`` when there is none.

    Raises:
        TypeError: Go's map cannot have such a key.
    """
    wanted = mapping.type.key
    if wanted is None or wanted.kind is Kind.ANY:
        found = key_of(key)
        if found is None:
            message = f"{type_of(key).words} can be no key"
            raise TypeError(message)
        return mapping.items.get(found)
    if key is None:  # Go looks up the empty value of the key's type
        key = "" if wanted.kind is Kind.TEXT else 0
    if type_of(key).name != wanted.name:
        message = f"the keys are {wanted.words} each, not {type_of(key).words}"
        raise TypeError(message)
    return mapping.items.get((wanted.name, key))
