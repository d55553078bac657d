"""The parts of an expression, each with its place; frozen, so that rewriting one makes another.

Source: expr v1.15.5 and v1.17.7, ast/node.go.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from gitopsgen.rollouts.conditions.go_types import Type
from gitopsgen.rollouts.conditions.values import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """``offset`` counts characters; ``type`` is what the checker found, ``None`` where it did not look."""

    offset: int
    type: Type | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Nil(Part):
    """``nil``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Name(Part):
    """A variable, or ``$env`` for all that is given."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Integer(Part):
    """A whole number as written."""

    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Float(Part):
    """A number with a point or an exponent."""

    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Boolean(Part):
    """``true`` or ``false``."""

    value: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(Part):
    """A quoted text, or the name after a point."""

    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant(Part):
    """A value that folding put in place of an expression."""

    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Unary(Part):
    """An operator before its operand."""

    operator: str
    operand: "Node"


@dataclass(frozen=True, slots=True, kw_only=True)
class Binary(Part):
    """An operator between its operands."""

    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain(Part):
    """What ``?.`` leaves as ``nil`` when it finds one."""

    body: "Node"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member(Part):
    """``of.name`` or ``of[index]``; ``called`` where it is a method's name before its arguments."""

    of: "Node"
    key: "Node"
    optional: bool = False
    called: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice(Part):
    """``of[start:end]``; ``None`` for an end that is not written."""

    of: "Node"
    start: "Node | None"
    end: "Node | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Part):
    """A call of what the environment gives, or of a method."""

    callee: "Node"
    arguments: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Builtin(Part):
    """A call of the language's own function.

    ``then`` is what folding applies to each item that a predicate keeps; ``must_find`` makes ``find`` fail, rather than
    give nil, when there is none.
    """

    name: str
    arguments: "tuple[Node, ...]"
    then: "Node | None" = None
    must_find: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicate(Part):
    """What is asked of each item of a list."""

    body: "Node"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer(Part):
    """``#`` for the item of a predicate, ``#index`` or ``#acc`` for what its name says."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Let(Part):
    """``let name = value; body``."""

    name: str
    value: "Node"
    body: "Node"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence(Part):
    """Expressions separated by ``;``, of which the last one counts."""

    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditional(Part):
    """``condition ? yes : no``, or an ``if`` with its ``else``."""

    condition: "Node"
    yes: "Node"
    no: "Node"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOf(Part):
    """A list as written."""

    items: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Part):
    """A key and its value in a map as written."""

    key: "Node"
    value: "Node"


@dataclass(frozen=True, slots=True, kw_only=True)
class MapOf(Part):
    """A map as written."""

    entries: tuple[Entry, ...]


Node: TypeAlias = (
    Nil
    | Name
    | Integer
    | Float
    | Boolean
    | Text
    | Constant
    | Unary
    | Binary
    | Chain
    | Member
    | Slice
    | Call
    | Builtin
    | Predicate
    | Pointer
    | Let
    | Sequence
    | Conditional
    | ListOf
    | Entry
    | MapOf
)

_ONE: Final[dict[type[Part], tuple[str, ...]]] = {
    Unary: ("operand",),
    Binary: ("left", "right"),
    Chain: ("body",),
    Member: ("of", "key"),
    Slice: ("of", "start", "end"),
    Call: ("callee",),
    Predicate: ("body",),
    Let: ("value", "body"),
    Conditional: ("condition", "yes", "no"),
    Entry: ("key", "value"),
}
_MANY: Final[dict[type[Part], str]] = {
    Call: "arguments",
    Builtin: "arguments",
    Sequence: "parts",
    ListOf: "items",
    MapOf: "entries",
}


def children(node: Node) -> Iterator[Node]:
    """Yield the parts right below ``node``, in the order in which they are written."""
    for name in _ONE.get(type(node), ()):
        if (child := getattr(node, name)) is not None:
            yield child
    if many := _MANY.get(type(node)):
        yield from getattr(node, many)


def with_children(node: Node, change: Callable[[Node], Node]) -> Node:
    """Return ``node`` with each part right below it changed; itself when none is."""
    changes: dict[str, object] = {}
    for name in _ONE.get(type(node), ()):
        child = getattr(node, name)
        if child is not None and (changed := change(child)) is not child:
            changes[name] = changed
    if many := _MANY.get(type(node)):
        before = getattr(node, many)
        after = tuple(change(child) for child in before)
        if any(new is not old for new, old in zip(after, before, strict=True)):
            changes[many] = after
    return replace(node, **changes) if changes else node  # type: ignore[arg-type]  # names and values go together


def depth_of(node: Node) -> int:
    """Return how many parts lie one in another."""
    deepest, waiting = 0, [(node, 1)]
    while waiting:
        current, depth = waiting.pop()
        deepest = max(deepest, depth)
        waiting += [(child, depth + 1) for child in children(current)]
    return deepest
