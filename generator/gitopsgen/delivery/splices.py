"""Small changes to the text of a document, as replacements of parts of it: a value, an entry more, an entry less.

Each function yields the ways to write a change, the best first: what a reader makes of them decides which is taken.
"""

import re
from collections.abc import Iterator
from typing import Final, TypeAlias

from gitopsgen.delivery.layout import Layout, column, indented, scalar
from gitopsgen.delivery.nodes import Kind, Node
from gitopsgen.source.emitter import emit
from gitopsgen.source.reader import Yaml

Splice: TypeAlias = tuple[int, int, str]
"""Where a part of the text starts and ends, and what is put in its place."""
Splices: TypeAlias = tuple[Splice, ...]

_TO_COMMA: Final = re.compile(r"(?:\s|#[^\n]*\n)*,")
_PROPERTIES: Final = re.compile(r"[&!]\S*(?:[ \t]+[&!]\S*)*")
_REST_OF_LINE: Final = re.compile(r"[ \t]*,?[ \t]*(?:#[^\n]*)?\r?(?:\n|\Z)")


def applied(text: str, splices: Splices) -> str:
    """Return ``text`` with its parts replaced; those parts do not overlap."""
    for start, end, new in sorted(splices, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def replacement(text: str, node: Node, value: Yaml, layout: Layout, *, inside_flow: bool) -> Iterator[Splices]:
    """Yield the ways to put ``value`` in the place of ``node``; an anchor of the old value stays."""
    if node.empty or node.body == node.end:
        yield from _filled(text, node, value, layout, inside_flow=inside_flow)
        return
    if node.collection and not node.flow:
        yield from _over_lines(text, node, layout.inline(value))
        return
    end = node.end
    if node.style in ("|", ">"):
        end = _last_line_end(text, node)
        if not inside_flow and isinstance(value, str) and "\n" in value:
            columns = column(text, _line_start_of_content(text, node))
            lines = emit({"k": value}).removeprefix("k: ").split("\n")[:-1]
            body = [line[_EMITTED_INDENT:] for line in lines[1:]]
            yield ((node.body, node.end, layout.newline.join([lines[0], *indented(body, columns)])),)
    style = node.style if node.style in ("'", '"') else "plain" if node.kind is Kind.SCALAR else ""
    new = layout.inline(value) if layout.json else scalar(value, style, flow=inside_flow)
    yield ((node.body, end, new),)
    yield ((node.start, end, new),)


_EMITTED_INDENT: Final = 2


def _line_start_of_content(text: str, node: Node) -> int:
    """Return where the first line of a block scalar that is not empty has its first character."""
    line = text.find("\n", node.body, node.end) + 1
    match = re.compile(r"\s*").match(text, line)
    return match.end() if match and line else node.body


def _filled(text: str, node: Node, value: Yaml, layout: Layout, *, inside_flow: bool) -> Iterator[Splices]:
    """Yield the ways to write a value where nothing stands yet."""
    if isinstance(value, dict) and value and not inside_flow:
        lines = layout.entries(value)
        if len(lines) > 1 or not layout.flow:
            at = _line_end(text, node.end)
            columns = _columns_of_parent(text, node) + layout.step
            yield ((at, at, layout.newline + layout.newline.join(indented(lines, columns))),)
    inline = layout.inline(value)
    yield ((node.end, node.end, f" {inline}"),)
    yield ((node.end, node.end, f": {inline}"),)


def _columns_of_parent(text: str, node: Node) -> int:
    line = text.rfind("\n", 0, node.after) + 1
    written = text[line : node.after]
    while (shorter := re.sub(r"^( *)- +(?=\S)", lambda match: " " * len(match.group()), written)) != written:
        written = shorter
    return len(written) - len(written.lstrip(" "))


def insertion(text: str, node: Node, at: int, key: str | None, value: Yaml, layout: Layout) -> Iterator[Splices]:
    """Yield the ways to add an entry to a map, or an item to a list (``key`` is ``None``), before the child ``at``."""
    if node.flow:
        entry = layout.inline(value) if key is None else layout.inline({key: value})[1:-1]
        yield from _into_flow(text, node, at, entry, layout)
        return
    columns = column(text, node.body)
    if key is not None:
        lines = layout.entry(key, value)
    elif isinstance(value, dict | list) and layout.flow:
        lines = [f"- {layout.inline(value)}"]
    else:
        lines = emit([value]).split("\n")[:-1]
    new = layout.newline.join(indented(lines, columns))
    if at > 0:
        previous = node.children[at - 1][1]
        if text[previous.end - 1] == "\n":  # a block scalar that keeps the blank lines after it
            yield ((previous.end, previous.end, new + layout.newline),)
        else:
            end = _line_end(text, previous.end)
            yield ((end, end, layout.newline + new),)
    yield ((node.body, node.body, new.lstrip(" ") + layout.newline + " " * columns),)


def _into_flow(text: str, node: Node, at: int, entry: str, layout: Layout) -> Iterator[Splices]:
    if not node.children:
        yield ((node.body, node.end, f"{node.open}{entry}{node.close}"),)
        return
    if at == 0:
        first = _start(node, 0)
        yield ((first, first, f"{entry}, "),)
        return
    previous = node.children[at - 1][1]
    comma = _TO_COMMA.match(text, previous.end)
    start = _start(node, at - 1)
    if not text[text.rfind("\n", 0, start) + 1 : start].strip() and "\n" in text[node.body : start]:
        new = layout.newline + " " * column(text, start) + entry
        end = _line_end(text, comma.end() if comma else previous.end)
        if comma:
            yield ((end, end, f"{new},"),)
        else:
            yield (previous.end, previous.end, ","), (end, end, new)
    if comma and at == len(node.children):
        yield ((comma.end(), comma.end(), f" {entry},"),)
    yield ((previous.end, previous.end, f", {entry}"),)
    yield ((previous.end, previous.end, f" , {entry}"),)


def removal(text: str, node: Node, at: int) -> Iterator[Splices]:
    """Yield the ways to take the child ``at`` out of a map or list."""
    if len(node.children) == 1:
        yield from _emptied(text, node)
        return
    yield from ((splice,) for splice in _lines_of(text, node, at))
    start, end = _start(node, at), node.children[at][1].end
    if at + 1 < len(node.children):
        following = _start(node, at + 1)
        if "#" in text[_line_end(text, end) : following]:  # comments on lines of their own, about what follows
            yield ((len(text[:start].rstrip(" \t")), _line_end(text, end), ""),)
        yield ((start, following, ""),)
    else:
        previous = node.children[at - 1][1].end
        if "#" in text[previous:start]:  # a comment about what is before it
            comma = _TO_COMMA.match(text, end)
            last = comma.end() if comma else end
            yield ((start, last + len(text[last:]) - len(text[last:].lstrip(" \t")), ""),)
        yield ((previous, end, ""),)


def _lines_of(text: str, node: Node, at: int) -> Iterator[Splice]:
    """Yield the ways to take out the lines of a child, where nothing else stands on them."""
    start, end = _start(node, at), node.children[at][1].end
    line = text.rfind("\n", 0, start) + 1
    rest = _REST_OF_LINE.match(text, end)
    keeps = text[end - 1] == "\n"
    if not text[line:start].strip() and (keeps or rest) and (not node.flow or line > node.body):
        last = rest.end() if rest and not keeps else end
        if last == len(text) and not text.endswith("\n"):
            yield max(line - (2 if text[:line].endswith("\r\n") else 1), 0), last, ""
        yield line, last, ""
        # Blank lines after it would go to a block scalar before it that keeps such lines.
        yield line, last + len(text[last:]) - len(text[last:].lstrip("\r\n")), ""


def _emptied(text: str, node: Node) -> Iterator[Splices]:
    empty = f"{node.open}{node.close}"
    if node.flow:
        yield ((node.body, node.end, empty),)
        return
    if node.after:
        anchor = _PROPERTIES.match(text, node.start, node.body)
        at = anchor.end() if anchor else node.after
        yield from (((at, at, f" {empty}"), splice) for splice in _lines_of(text, node, 0))
    yield from _over_lines(text, node, empty)


def _over_lines(text: str, node: Node, new: str) -> Iterator[Splices]:
    """Yield the ways to put something on one line in the place of a map or list in block style."""
    end = _last_line_end(text, node)
    if node.after:
        yield ((node.after, end, f" {new}"),)
    yield ((node.start, end, new),)


def _last_line_end(text: str, node: Node) -> int:
    """Return where the last line of a node ends that is not blank."""
    return node.start + len(text[node.start : node.end].rstrip())


def _start(node: Node, at: int) -> int:
    """Return where an entry starts, with its key or its dash."""
    key, child = node.children[at]
    if key is not None:
        return key.start
    return child.start if node.flow else child.after - 1


def _line_end(text: str, position: int) -> int:
    """Return where the line ends, before its line break."""
    end = text.find("\n", position)
    end = len(text) if end < 0 else end
    return end - 1 if text[end - 1 : end] == "\r" and end > position else end
