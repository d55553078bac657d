"""How one document is written: its line ends, its indentation, and whether its small maps stand on one line."""

import json
from dataclasses import dataclass
from typing import Final

from gitopsgen.delivery.nodes import Kind, Node
from gitopsgen.source.emitter import emit, emit_inline, quote
from gitopsgen.source.reader import Yaml
from gitopsgen.source.scalars import is_plain_safe

_USUAL_STEP: Final = 2
_FLOW_INDICATORS: Final = frozenset("[]{},")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The style that new text follows.

    ``step`` is the indentation of a map in a map. With ``flow``, lists, and maps that hold no other, are written on
    one line. With ``json`` the document is JSON, and stays so.
    """

    newline: str
    step: int
    flow: bool
    json: bool = False

    def inline(self, value: Yaml) -> str:
        """Return ``value`` in flow style on one line."""
        return json.dumps(value, ensure_ascii=False) if self.json else emit_inline(value)

    def entry(self, key: str, value: Yaml) -> list[str]:
        """Return the lines of a map's entry in block style."""
        if isinstance(value, dict) and value and not (self.flow and _is_leaf(value)):
            return [f"{quote(key)}:", *indented(self.entries(value), self.step)]
        if isinstance(value, dict | list) and self.flow:
            return [f"{quote(key)}: {self.inline(value)}"]
        return emit({key: value}).split("\n")[:-1]

    def entries(self, value: dict[str, Yaml]) -> list[str]:
        """Return the lines of a map in block style."""
        return [line for key, item in value.items() for line in self.entry(key, item)]


def layout_of(text: str, root: Node, parent: Node | None = None) -> Layout:
    """Return the layout of a document, as far as it can be seen beside the children of ``parent``."""
    nearby = [child for _, child in parent.children] if parent else []
    styles = [child.flow for child in nearby if _is_small(child)] or [
        node.flow for node in root.walk() if _is_small(node)
    ]
    return Layout(
        newline="\r\n" if 2 * text.count("\r\n") > text.count("\n") else "\n",
        step=_step(text, root),
        flow=bool(styles) and 2 * sum(styles) >= len(styles),
        json=root.flow and all(key.style == '"' for node in root.walk() for key, _ in node.children if key),
    )


def column(text: str, position: int) -> int:
    """Return how many characters stand before ``position`` on its line."""
    return position - (text.rfind("\n", 0, position) + 1)


def indented(lines: list[str], columns: int) -> list[str]:
    """Return ``lines`` further to the right; empty ones stay empty."""
    return [" " * columns + line if line else "" for line in lines]


def scalar(value: Yaml, style: str, *, flow: bool) -> str:
    """Return ``value`` on one line, a string in the quotes of ``style`` where they can hold it."""
    if not isinstance(value, str) or not style:
        return emit_inline(value)
    if style == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    if style == '"':
        text = emit_inline(value)
        return text if text.startswith('"') else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    plain = is_plain_safe(value) and not (flow and _FLOW_INDICATORS & set(value))
    return value if plain else emit_inline(value)


def _is_leaf(value: dict[str, Yaml]) -> bool:
    return not any(isinstance(item, dict) and item for item in value.values())


def _is_small(node: Node) -> bool:
    return node.kind is Kind.MAP and node.leaf and bool(node.children)


def _step(text: str, root: Node) -> int:
    """Return the indentation that most maps in block style have below the map that holds them."""
    steps = [
        column(text, child.body) - column(text, node.body)
        for node in root.walk()
        if node.kind is Kind.MAP and not node.flow
        for _, child in node.children
        if child.kind is Kind.MAP and not child.flow
    ]
    return max(sorted(set(steps)), key=steps.count, default=_USUAL_STEP)
