"""Checked expressions in the native engine's serialised form, read into a syntax tree and written again.

Source: cel-spec, proto/cel/expr/syntax.proto and checked.proto.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from gitopsgen.policies.cel.syntax import (
    Call,
    Comprehension,
    Constant,
    Entry,
    Identifier,
    ListLiteral,
    MapLiteral,
    Node,
    Select,
)
from gitopsgen.policies.cel.wire import (
    Field,
    as_bytes,
    read_fields,
    read_map,
    signed,
    write_bytes,
    write_number,
    write_text,
)

_PRIMITIVES = ("", "bool", "int", "uint", "double", "string", "bytes")
_WELL_KNOWN = ("", "any", "timestamp", "duration")
_TYPE_URL = "type.googleapis.com/cel.expr.CheckedExpr"


@dataclass(frozen=True)
class Syntax:
    """A checked expression: its tree, the types of its nodes, what its names refer to, where its nodes stand."""

    root: Node
    _other: tuple[Field, ...] = field(repr=False)

    @cached_property
    def types(self) -> Mapping[int, str]:
        """Types by node, as ``list<int>``; a node that is missing has type ``dyn``."""
        return {key: _type(as_bytes(value)) for key, value in self._entries(3)}

    @cached_property
    def references(self) -> Mapping[int, tuple[str, tuple[str, ...]]]:
        """By node, the name that it resolved to and the overloads that may be called."""
        return {key: _reference(as_bytes(value)) for key, value in self._entries(2)}

    @cached_property
    def positions(self) -> Mapping[int, int]:
        """Where nodes stand, in characters from the beginning."""
        source = b"".join(as_bytes(value) for number, value in self._other if number == 5)  # noqa: PLR2004 - source_info
        return {
            key: int(value)
            for key, value in (read_map(as_bytes(entry)) for number, entry in read_fields(source) if number == 4)  # noqa: PLR2004 - positions
        }

    def serialize(self, root: Node) -> bytes:
        """Return the serialised form of this expression with ``root`` for its tree."""
        return write_text(1, _TYPE_URL) + write_bytes(2, self._unchanged + write_bytes(4, _encode(root)))

    @cached_property
    def _unchanged(self) -> bytes:
        return b"".join(write_bytes(number, value) for number, value in self._other if isinstance(value, bytes))

    def _entries(self, number: int) -> Iterator[tuple[int, int | bytes]]:
        return (read_map(as_bytes(value)) for found, value in self._other if found == number)


def parse(serialized: bytes) -> Syntax:
    """Return the tree of an expression that the native engine serialised."""
    checked = next(as_bytes(value) for number, value in read_fields(serialized) if number == 2)  # noqa: PLR2004 - Any.value
    fields = tuple(read_fields(checked))
    root = next(as_bytes(value) for number, value in fields if number == 4)  # noqa: PLR2004 - CheckedExpr.expr
    return Syntax(_decode(root), tuple(item for item in fields if item[0] != 4))  # noqa: PLR2004 - the same


def _decode(data: bytes) -> Node:
    identifier, kind, content = 0, 0, b""
    for number, value in read_fields(data):
        if number == 2:  # noqa: PLR2004 - Expr.id
            identifier = int(value)
        else:
            kind, content = number, as_bytes(value)
    return _READERS[kind](identifier, content)


def _constant(identifier: int, data: bytes) -> Constant:
    value: str | int | None = None
    for number, content in read_fields(data):
        if number == 3:  # noqa: PLR2004 - int64_value
            value = signed(content)
        elif number == 6:  # noqa: PLR2004 - string_value
            value = as_bytes(content).decode()
    return Constant(identifier, data, value)


def _identifier(identifier: int, data: bytes) -> Identifier:
    return Identifier(identifier, _text(dict(read_fields(data)), 1))


def _select(identifier: int, data: bytes) -> Select:
    fields = dict(read_fields(data))
    return Select(identifier, _decode(as_bytes(fields[1])), _text(fields, 2), bool(fields.get(3)))


def _call(identifier: int, data: bytes) -> Call:
    target, function, arguments = None, "", []
    for number, value in read_fields(data):
        content = as_bytes(value)
        if number == 1:
            target = _decode(content)
        elif number == 2:  # noqa: PLR2004 - Call.function
            function = content.decode()
        else:
            arguments.append(_decode(content))
    return Call(identifier, function, tuple(arguments), target)


def _list(identifier: int, data: bytes) -> ListLiteral:
    elements: list[Node] = []
    optional: list[int] = []
    for number, value in read_fields(data):
        if number == 1:
            elements.append(_decode(as_bytes(value)))
        elif isinstance(value, int):
            optional.append(value)
        else:
            optional += value  # packed, and no literal has more than 127 optional elements
    return ListLiteral(identifier, tuple(elements), tuple(optional))


def _map(identifier: int, data: bytes) -> MapLiteral:
    message, entries = "", []
    for number, value in read_fields(data):
        content = as_bytes(value)
        if number == 1:
            message = content.decode()
        else:
            fields = dict(read_fields(content))
            key = _decode(as_bytes(fields[3])) if 3 in fields else _text(fields, 2)  # noqa: PLR2004 - Entry.map_key
            entries.append(Entry(int(fields.get(1, 0)), key, _decode(as_bytes(fields[4])), bool(fields.get(5))))
    return MapLiteral(identifier, message, tuple(entries))


def _comprehension(identifier: int, data: bytes) -> Comprehension:
    fields = dict(read_fields(data))
    nodes = (_decode(as_bytes(fields[number])) for number in (2, 4, 5, 6, 7))
    return Comprehension(identifier, (_text(fields, 1), _text(fields, 8)), _text(fields, 3), *nodes)


_READERS: Mapping[int, Callable[[int, bytes], Node]] = {
    3: _constant,
    4: _identifier,
    5: _select,
    6: _call,
    7: _list,
    8: _map,
    9: _comprehension,
}


def _text(fields: Mapping[int, int | bytes], number: int) -> str:
    return as_bytes(fields.get(number, b"")).decode()


def _encode(node: Node) -> bytes:
    head = write_number(2, node.id)
    match node:
        case Constant():
            return head + write_bytes(3, node.raw)
        case Identifier():
            return head + write_bytes(4, write_text(1, node.name))
        case Select():
            body = write_bytes(1, _encode(node.operand)) + write_text(2, node.name) + write_number(3, node.test)
            return head + write_bytes(5, body)
        case Call():
            target = write_bytes(1, _encode(node.target)) if node.target is not None else b""
            arguments = b"".join(write_bytes(3, _encode(argument)) for argument in node.arguments)
            return head + write_bytes(6, target + write_text(2, node.function) + arguments)
        case ListLiteral():
            elements = b"".join(write_bytes(1, _encode(element)) for element in node.elements)
            optional = write_bytes(2, bytes(node.optional)) if node.optional else b""
            return head + write_bytes(7, elements + optional)
        case MapLiteral():
            entries = b"".join(write_bytes(2, _encode_entry(entry)) for entry in node.entries)
            return head + write_bytes(8, write_text(1, node.message) + entries)
        case Comprehension():
            parts = ((2, node.range), (4, node.initial), (5, node.condition), (6, node.step), (7, node.result))
            body = b"".join(write_bytes(number, _encode(part)) for number, part in parts)
            names = (
                write_text(1, node.variables[0]) + write_text(3, node.accumulator) + write_text(8, node.variables[1])
            )
            return head + write_bytes(9, names + body)


def _encode_entry(entry: Entry) -> bytes:
    key = write_text(2, entry.key) if isinstance(entry.key, str) else write_bytes(3, _encode(entry.key))
    value = write_bytes(4, _encode(entry.value))
    return write_number(1, entry.id) + key + value + write_number(5, entry.optional)


def _reference(data: bytes) -> tuple[str, tuple[str, ...]]:
    name, overloads = "", []
    for number, value in read_fields(data):
        if number == 1:
            name = as_bytes(value).decode()
        elif number == 3:  # noqa: PLR2004 - Reference.overload_id
            overloads.append(as_bytes(value).decode())
    return name, tuple(overloads)


def _type(data: bytes) -> str:
    number, value = next(read_fields(data), (1, b""))
    content = as_bytes(value)
    match number:
        case 2:
            return "null_type"
        case 3:
            return _PRIMITIVES[int(value)]
        case 4:
            return f"wrapper<{_PRIMITIVES[int(value)]}>"
        case 5:
            return _WELL_KNOWN[int(value)]
        case 6:
            return f"list<{_type(_field(content, 1))}>"
        case 7:
            return f"map<{_type(_field(content, 1))}, {_type(_field(content, 2))}>"
        case 9 | 10:
            return content.decode()
        case 11:
            return f"type<{_type(content)}>" if content else "type"
        case 14:
            parameters = ", ".join(_type(as_bytes(item)) for number, item in read_fields(content) if number != 1)
            name = _field(content, 1).decode()
            return f"{name}<{parameters}>" if parameters else name
        case _:
            return "dyn"


def _field(data: bytes, wanted: int) -> bytes:
    return next((as_bytes(value) for number, value in read_fields(data) if number == wanted), b"")
