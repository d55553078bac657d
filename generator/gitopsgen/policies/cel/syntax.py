"""The syntax tree of an expression.

Source: cel-spec, proto/cel/expr/syntax.proto.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from gitopsgen.policies.cel.wire import write_bytes


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal. ``raw`` is its message; ``value`` the string or integer in it, ``None`` for another type."""

    id: int
    raw: bytes
    value: str | int | None


@dataclass(frozen=True, slots=True)
class Identifier:
    """A name."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Select:
    """``operand.name``; ``test`` when it stands in ``has()``."""

    id: int
    operand: "Node"
    name: str
    test: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A call; operators are functions named like ``_+_``. ``target`` is what a member function is called on."""

    id: int
    function: str
    arguments: "tuple[Node, ...]"
    target: "Node | None" = None


@dataclass(frozen=True, slots=True)
class ListLiteral:
    """``[a, ?b]``; ``optional`` are the indices of elements written with ``?``."""

    id: int
    elements: "tuple[Node, ...]"
    optional: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """``key: value`` of a map literal, or a field of a message; ``key`` is a string for a field."""

    id: int
    key: "Node | str"
    value: "Node"
    optional: bool = False


@dataclass(frozen=True, slots=True)
class MapLiteral:
    """``{a: b, ?c: d}``; ``message`` is empty unless it makes a message."""

    id: int
    message: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Comprehension:
    """What a macro (``all``, ``map`` …) expands to."""

    id: int
    variables: tuple[str, str]
    accumulator: str
    range: "Node"
    initial: "Node"
    condition: "Node"
    step: "Node"
    result: "Node"


Node: TypeAlias = Constant | Identifier | Select | Call | ListLiteral | MapLiteral | Comprehension


def children(node: Node) -> Iterator[Node]:
    """Yield the nodes right below ``node``, in the order of the text."""
    match node:
        case Select():
            yield node.operand
        case Call():
            if node.target is not None:
                yield node.target
            yield from node.arguments
        case ListLiteral():
            yield from node.elements
        case MapLiteral():
            for entry in node.entries:
                if not isinstance(entry.key, str):
                    yield entry.key
                yield entry.value
        case Comprehension():
            yield from (node.range, node.initial, node.condition, node.step, node.result)
        case Constant() | Identifier():
            pass


def walk(node: Node) -> Iterator[Node]:
    """Yield ``node`` and every node below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def with_children(node: Node, new: Iterator[Node]) -> Node:
    """Return ``node`` with the nodes right below it replaced, in the order of :func:`children`."""
    match node:
        case Select():
            return replace(node, operand=next(new))
        case Call():
            target = next(new) if node.target is not None else None
            return replace(node, target=target, arguments=tuple(next(new) for _ in node.arguments))
        case ListLiteral():
            return replace(node, elements=tuple(next(new) for _ in node.elements))
        case MapLiteral():
            entries = [
                replace(entry, key=entry.key if isinstance(entry.key, str) else next(new), value=next(new))
                for entry in node.entries
            ]
            return replace(node, entries=tuple(entries))
        case Comprehension():
            return replace(
                node, range=next(new), initial=next(new), condition=next(new), step=next(new), result=next(new)
            )
        case Constant() | Identifier():
            return node


def null_constant(identifier: int) -> Constant:
    """Return the literal ``null``."""
    return Constant(identifier, b"\x08\x00", None)


def text_constant(identifier: int, text: str) -> Constant:
    """Return a string literal."""
    return Constant(identifier, write_bytes(6, text.encode()), text)
