"""What an operator makes of the types of its operands; nothing, where it does not take them.

Source: expr v1.15.5, checker/checker.go and types.go; v1.17.7, checker/checker.go and nature.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

from gitopsgen.rollouts.conditions.go_types import (
    ANY,
    BOOL,
    DURATION,
    FLOAT,
    INT,
    INTEGERS,
    NIL,
    TEXT,
    TIME,
    UNKNOWN,
    Kind,
    Type,
    dereferenced,
    element_of,
    is_any,
    is_integer_kind,
    is_list,
)

_Is: TypeAlias = Callable[[Type], bool]
_ANYTHING_WITH_NIL: Final = frozenset({Kind.POINTER, Kind.ANY, Kind.FUNCTION, Kind.MAP, Kind.LIST})
_ORDER: Final = ("<", ">", "<=", ">=")
_TEXT_TESTS: Final = ("matches", "contains", "startsWith", "endsWith")


def _is_text(one: Type) -> bool:
    return one.kind is Kind.TEXT


def _is_bool(one: Type) -> bool:
    return one.kind is Kind.BOOL


def _is_time(one: Type) -> bool:
    return one == TIME


def _is_duration(one: Type) -> bool:
    return one == DURATION


class Operators:
    """The rules of one dialect. The older one goes by what a type is made of, the newer one by its name too."""

    def __init__(self, *, newer: bool) -> None:
        self._newer = newer
        self.unknown = UNKNOWN if newer else ANY

    def is_integer(self, one: Type) -> bool:
        """Tell whether a type counts as a whole number."""
        return is_integer_kind(one) and not (self._newer and one.is_named)

    def is_number(self, one: Type) -> bool:
        """Tell whether a type counts as a number."""
        return one.kind is Kind.FLOAT or self.is_integer(one)

    def fits(self, source: Type, target: Type) -> bool:
        """Tell whether a value of one type may be given where another is asked for."""
        if source.kind is Kind.NIL:
            return not self._newer or target.kind in _ANYTHING_WITH_NIL
        if Kind.UNKNOWN in (source.kind, target.kind):
            return False
        return target.kind is Kind.ANY or (source.kind is target.kind and source.name == target.name)

    def item(self, one: Type) -> Type:
        """Return what is known of the items of a list, or the values of a map."""
        return element_of(one) if self._newer else one.element or ANY

    def unary(self, operator: str, operand: Type) -> Type | None:
        """Return the type of ``operator operand``."""
        operand = dereferenced(operand)
        if operator in ("!", "not"):
            return BOOL if _is_bool(operand) or is_any(operand) else None
        if self.is_number(operand):
            return operand
        return self.unknown if is_any(operand) else None

    def binary(self, operator: str, left: Type, right: Type) -> Type | None:
        """Return the type of ``left operator right``."""
        left, right = dereferenced(left), dereferenced(right)
        if operator in ("==", "!="):
            return BOOL if self.comparable(left, right) else None
        if operator in ("or", "||", "and", "&&"):
            return BOOL if (_is_bool(left) and _is_bool(right)) or _maybe(left, right, _is_bool) else None
        if operator in _ORDER:
            return self._order(left, right)
        if operator in _TEXT_TESTS:
            return BOOL if (_is_text(left) and _is_text(right)) or _maybe(left, right, _is_text) else None
        match operator:
            case "..":
                return self._range(left, right)
            case "in":
                return self._in(left, right)
            case "??":
                return self._coalesce(left, right)
            case "%":
                return self._remainder(left, right)
            case "/" | "**" | "^":
                numbers = self.is_number(left) and self.is_number(right)
                return FLOAT if numbers or _maybe(left, right, self.is_number) else None
            case _:
                return self._arithmetic(operator, left, right)

    def comparable(self, left: Type, right: Type) -> bool:
        """Tell whether ``==`` takes the two types."""
        if Kind.NIL in (left.kind, right.kind) or is_any(left) or is_any(right):
            return True
        if self.is_number(left) and self.is_number(right):
            return True
        if not self._newer:
            return left.kind is right.kind
        return (is_list(left) and is_list(right)) or self.fits(left, right)

    def _order(self, left: Type, right: Type) -> Type | None:
        kinds: list[_Is] = [self.is_number, _is_text, _is_time]
        if self._newer:
            kinds.append(_is_duration)
        same = any(one(left) and one(right) for one in kinds)
        return BOOL if same or _maybe(left, right, *kinds) else None

    def _range(self, left: Type, right: Type) -> Type | None:
        if (self.is_integer(left) and self.is_integer(right)) or _maybe(left, right, self.is_integer):
            return (
                Type(kind=Kind.LIST, name="[]interface {}", words=INTEGERS.words, element=ANY, known_element=INT)
                if (self._newer)
                else INTEGERS
            )
        return None

    def _in(self, left: Type, right: Type) -> Type | None:
        if right.kind is Kind.STRUCT and (_is_text(left) or is_any(left)):
            return BOOL
        if right.kind is Kind.MAP:
            return BOOL if is_any(left) or self.fits(left, right.key or ANY) else None
        if is_list(right):
            items = (self.item(right), right.known_element or NIL)
            return BOOL if all(self.comparable(left, one) for one in items) else None
        if is_any(right) or (is_any(left) and _is_text(right)):
            return BOOL
        return None

    def _coalesce(self, left: Type, right: Type) -> Type:
        if left.kind is Kind.NIL:
            return right
        if right.kind is Kind.NIL:
            return left
        return left if self.fits(right, left) else self.unknown

    def _remainder(self, left: Type, right: Type) -> Type | None:
        if self.is_integer(left) and self.is_integer(right):
            return INT if self._newer else self._combined(left, right)
        if _maybe(left, right, self.is_integer):
            return INT if self._newer else ANY
        return None

    def _combined(self, left: Type, right: Type) -> Type:
        if not self._newer and left.kind is right.kind:
            return left
        return FLOAT if Kind.FLOAT in (left.kind, right.kind) else INT

    def _arithmetic(self, operator: str, left: Type, right: Type) -> Type | None:
        if self.is_number(left) and self.is_number(right):
            return self._combined(left, right)
        if operator == "+" and _is_text(left) and _is_text(right):
            return TEXT
        if found := self._time_arithmetic(operator, left, right):
            return found
        kinds: list[_Is] = [self.is_number]
        kinds += [_is_text] if operator == "+" else []
        kinds += [_is_time] if operator in ("+", "-") else []
        kinds += [_is_duration] if operator == "+" or self._newer else []
        return self.unknown if _maybe(left, right, *kinds) else None

    def _time_arithmetic(self, operator: str, left: Type, right: Type) -> Type | None:
        if operator in ("+", "-") and _is_time(left) and _is_duration(right):
            return TIME
        if operator == "+" and _is_duration(left) and _is_time(right):
            return TIME
        if operator == "-" and _is_time(left) and _is_time(right):
            return DURATION
        if not self._newer:
            return None
        if _is_duration(left) and _is_duration(right):
            return DURATION
        if operator == "*" and {_is_duration(left), _is_duration(right)} == {True, False}:
            return DURATION if self.is_number(left) or self.is_number(right) else None
        return None


def _maybe(left: Type, right: Type, *kinds: _Is) -> bool:
    """Tell whether two types may fit at run time, since nothing is known of one of them."""
    if is_any(left) and is_any(right):
        return True
    known = right if is_any(left) else left
    return (is_any(left) or is_any(right)) and any(one(known) for one in kinds)
