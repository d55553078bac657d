"""Anchors and aliases: a change of one use of a value leaves what the other uses say."""

from collections.abc import Iterator

from gitopsgen.delivery.layout import Layout, column, indented
from gitopsgen.delivery.nodes import Kind, Node
from gitopsgen.delivery.splices import Splices
from gitopsgen.source.emitter import emit_inline
from gitopsgen.source.reader import Yaml


def anchored(root: Node, along: list[Node], below: Node | None) -> tuple[Node, Node] | None:
    """Return a node with an anchor that a change touches, and the first alias that stands for it elsewhere.

    ``along`` are the nodes that the change lies in, ``below`` the one that it replaces or removes. ``None`` when
    nothing outside of the change refers to what it touches.
    """
    inner = list(below.walk()) if below else []
    for node in (*along, *inner):
        if node.anchor:
            uses = list(_uses(root, node))
            outside = [use for use in uses if not below or not below.start <= use.start < below.end]
            if outside:
                return node, uses[0]
    return None


def _uses(root: Node, anchor: Node) -> Iterator[Node]:
    """Yield the aliases that stand for ``anchor``: those after it, until another takes its name."""
    for node in sorted(root.walk(), key=lambda node: node.start):
        if node.start <= anchor.start:
            continue
        if node.anchor == anchor.anchor:
            return
        if node.kind is Kind.ALIAS and node.name == anchor.anchor:
            yield node


def moved(
    text: str, root: Node, node: Node, alias: Node, value: Yaml, layout: Layout, *, whole: bool
) -> Iterator[Splices]:
    """Yield the ways to write the anchored value out where its first alias stands, and to take the anchor from it.

    With ``whole`` nothing of it is to stay where it is, and its comments go along.
    """
    mark = f"&{node.anchor}"
    properties = text[node.start : node.body]
    start = node.start + properties.index(mark)
    end = start + len(mark)
    end += len(text[end : node.body]) - len(text[end : node.body].lstrip(" \t"))
    if text[end : end + 1] in "\r\n":
        start -= len(text[:start]) - len(text[:start].rstrip(" \t"))
    without = (start, end, "")
    if not node.collection or (node.flow and "\n" not in text[node.start : node.end]):
        yield without, (alias.start, alias.end, text[node.start : node.end])
    if isinstance(value, dict) and value and not node.flow:
        holder = _key_of(root, alias)
        if holder:
            columns = column(text, holder.start) + layout.step
            if whole:
                yield without, (alias.start, alias.end, layout.newline.join([mark, *_written(text, node, columns)]))
            lines = indented(layout.entries(value), columns)
            yield without, (alias.start, alias.end, layout.newline.join([mark, *lines]))
    yield without, (alias.start, alias.end, f"{mark} {emit_inline(value)}")


def _written(text: str, node: Node, columns: int) -> list[str]:
    """Return the lines of a map in block style as they are written, with their comments, moved to another column."""
    start = text.find("\n", node.start, node.body) + 1 or node.body
    end = text.find("\n", node.end - 1)
    first, *others = text[start : len(text) if end < 0 else end].rstrip().splitlines()
    lines = [first if start < node.body else " " * column(text, start) + first, *others]
    shift = columns - column(text, node.body)
    return [f"{' ' * (len(line) - len(bare) + shift)}{bare}" if (bare := line.lstrip(" ")) else "" for line in lines]


def _key_of(root: Node, alias: Node) -> Node | None:
    """Return the key before an alias, where both stand in a map of block style."""
    for node in root.walk():
        for key, child in node.children:
            if child is alias:
                return None if node.flow else key
    return None


def overridden(alias: Node, changed: dict[str, Yaml]) -> str:
    """Return what stands for an alias with some of its keys changed."""
    inner = ", ".join(emit_inline({key: value})[1:-1] for key, value in changed.items())
    return f"{{<<: *{alias.name}, {inner}}}"
