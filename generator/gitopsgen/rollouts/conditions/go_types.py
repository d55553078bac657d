"""Types as the controller's expressions have them: Go's.

Source: expr v1.15.5, checker/types.go; v1.17.7, checker/nature.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final


class Kind(Enum):
    """What sort of type it is; a named type has the kind of what it is made of."""

    NIL = auto()
    ANY = auto()
    UNKNOWN = auto()  # of the newer dialect only: no type is known, not even that it may be anything
    BOOL = auto()
    INT = auto()
    INT64 = auto()
    UINT8 = auto()
    FLOAT = auto()
    TEXT = auto()
    LIST = auto()
    ARRAY = auto()
    MAP = auto()
    STRUCT = auto()
    FUNCTION = auto()
    POINTER = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Type:
    """``name`` is Go's (``[]float64``), ``words`` ours for messages.

    ``element`` is that of a list, a map or a pointer. ``known_element`` says more about a list whose Go type holds
    anything. ``is_named`` is true of a type with a name of its own, such as ``time.Duration``.
    """

    kind: Kind
    name: str
    words: str
    element: "Type | None" = None
    key: "Type | None" = None
    known_element: "Type | None" = None
    is_named: bool = False
    fields: "tuple[tuple[str, Type], ...]" = ()
    parameters: "tuple[Type, ...]" = ()
    result: "Type | None" = None


NIL: Final = Type(kind=Kind.NIL, name="nil", words="nothing (nil)")
ANY: Final = Type(kind=Kind.ANY, name="interface {}", words="anything")
UNKNOWN: Final = Type(kind=Kind.UNKNOWN, name="unknown", words="anything")
BOOL: Final = Type(kind=Kind.BOOL, name="bool", words="true or false")
INT: Final = Type(kind=Kind.INT, name="int", words="a whole number")
INT64: Final = Type(kind=Kind.INT64, name="int64", words="a whole number")
UINT8: Final = Type(kind=Kind.UINT8, name="uint8", words="a byte")
FLOAT: Final = Type(kind=Kind.FLOAT, name="float64", words="a number")
TEXT: Final = Type(kind=Kind.TEXT, name="string", words="a text")
FUNCTION: Final = Type(kind=Kind.FUNCTION, name="func", words="a function")
TIME: Final = Type(kind=Kind.STRUCT, name="time.Time", words="a time", is_named=True)
DURATION: Final = Type(kind=Kind.INT64, name="time.Duration", words="a duration", is_named=True)
MONTH: Final = Type(kind=Kind.INT, name="time.Month", words="a month", is_named=True)
WEEKDAY: Final = Type(kind=Kind.INT, name="time.Weekday", words="a weekday", is_named=True)
_ZONE: Final = Type(kind=Kind.STRUCT, name="time.Location", words="a time zone", is_named=True)
TIME_ZONE: Final = Type(kind=Kind.POINTER, name="*time.Location", words="a time zone", element=_ZONE)

_PLURALS: Final = {
    "a whole number": "whole numbers",
    "a number": "numbers",
    "a text": "texts",
    "true or false": "booleans",
    "anything": "anything",
}


def list_of(element: Type) -> Type:
    """Return the type ``[]element``."""
    words = f"a list of {_PLURALS.get(element.words, element.words)}"
    return Type(kind=Kind.LIST, name=f"[]{element.name}", words=words, element=element)


def map_of(key: Type, value: Type, words: str = "an object") -> Type:
    """Return the type ``map[key]value``."""
    return Type(kind=Kind.MAP, name=f"map[{key.name}]{value.name}", words=words, key=key, element=value)


def function(*parameters: Type, result: Type) -> Type:
    """Return the type of a function."""
    name = f"func({', '.join(one.name for one in parameters)}) {result.name}"
    return Type(kind=Kind.FUNCTION, name=name, words="a function", parameters=parameters, result=result)


LIST: Final = list_of(ANY)
NUMBERS: Final = list_of(FLOAT)
INTEGERS: Final = list_of(INT)
TEXTS: Final = list_of(TEXT)
OBJECT: Final = map_of(TEXT, ANY)
ANY_MAP: Final = map_of(ANY, ANY)
PAIR: Final = Type(kind=Kind.ARRAY, name="[2]interface {}", words="a pair", element=ANY)
TEXT_POINTER: Final = Type(kind=Kind.POINTER, name="*string", words="a text", element=TEXT)
_INTEGER_KINDS: Final = frozenset({Kind.INT, Kind.INT64, Kind.UINT8})


def is_any(one: Type) -> bool:
    """Tell whether nothing is known of a type."""
    return one.kind in (Kind.ANY, Kind.UNKNOWN)


def is_integer_kind(one: Type) -> bool:
    """Tell whether a type is made of a whole number, whatever its name."""
    return one.kind in _INTEGER_KINDS


def is_list(one: Type) -> bool:
    """Tell whether a type is a list or an array, itself or behind a pointer."""
    if one.kind is Kind.POINTER and one.element:
        return is_list(one.element)
    return one.kind in (Kind.LIST, Kind.ARRAY)


def element_of(one: Type) -> Type:
    """Return the type of the items of a list or a map."""
    return one.known_element or one.element or UNKNOWN


def dereferenced(one: Type) -> Type:
    """Return what a pointer points to, for texts and numbers; other types as they are."""
    return one.element if one.kind is Kind.POINTER and one.element and one.element.kind is Kind.TEXT else one


def is_assignable(source: Type, target: Type) -> bool:
    """Tell whether Go takes a value of ``source`` where ``target`` is declared; neither of them is nil."""
    return target.kind is Kind.ANY or (source.kind is target.kind and source.name == target.name)
