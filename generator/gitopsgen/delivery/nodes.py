"""A YAML document as it is written: every node with the exact part of the text that it takes.

ruamel.yaml's round-trip parser gives the places; what the values are is the reader's to say.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, TypeAlias

from gitopsgen.source.location import Path

Event: TypeAlias = Any
"""An event of ruamel.yaml's parser; its classes are not all typed."""

_PROPERTIES: Final = re.compile(r"(?:[&!][^\s,\[\]{}]*(?:\s+|(?=[,\[\]{}])|$))*")
_BETWEEN: Final = re.compile(r"(?:\s|#[^\n]*\n)*")
_COLON: Final = re.compile(_BETWEEN.pattern + ":")
_DASH: Final = re.compile(_BETWEEN.pattern + "-")
_KEEPS: Final = re.compile(r"(?:[&!]\S*\s+)*[|>][0-9]?\+")


class Kind(Enum):
    """What a node is."""

    SCALAR = "scalar"
    MAP = "map"
    LIST = "list"
    ALIAS = "alias"


@dataclass(slots=True, kw_only=True, eq=False)
class Node:
    """One node. Its text is ``[start, end)``, from its anchor or tag on; trailing comments and blank lines are outside.

    ``after`` is where the colon or dash before it ends, 0 for the root; an empty value has ``start == end == after``.
    ``body`` is where the value starts after its anchor and tag. ``style`` is the quote or the block indicator of a
    scalar. ``children`` are the entries of a map, or the items of a list with no key. ``name`` is the text of a
    scalar, or the anchor that an alias stands for.
    """

    kind: Kind
    start: int
    body: int
    end: int
    after: int
    flow: bool = False
    style: str = ""
    anchor: str = ""
    children: list[tuple["Node | None", "Node"]] = field(default_factory=list)
    name: str = ""

    @property
    def empty(self) -> bool:
        """Tell whether nothing is written for the value."""
        return self.kind is Kind.SCALAR and self.start == self.end

    @property
    def collection(self) -> bool:
        """Tell whether this is a map or a list, written out."""
        return self.kind in (Kind.MAP, Kind.LIST)

    @property
    def open(self) -> str:
        """The bracket that opens it in flow style."""
        return "{" if self.kind is Kind.MAP else "["

    @property
    def close(self) -> str:
        """The bracket that closes it in flow style."""
        return "}" if self.kind is Kind.MAP else "]"

    @property
    def leaf(self) -> bool:
        """Tell whether this is a map or list that holds no other."""
        return not any(child.collection for _, child in self.children)

    def child(self, part: str | int) -> "Node | None":
        """Return the value under a key (the last, where it stands twice) or at an index, as far as it is written."""
        if self.kind is Kind.LIST:
            return self.children[part][1] if isinstance(part, int) and 0 <= part < len(self.children) else None
        found = [value for key, value in self.children if key is not None and key.name == part]
        return found[-1] if found else None

    def index(self, part: str | int) -> int:
        """Return which of the children lies under a key or at an index that exists."""
        if isinstance(part, int):
            return part
        return max(index for index, (key, _) in enumerate(self.children) if key is not None and key.name == part)

    def walk(self) -> Iterator["Node"]:
        """Yield this node and all below it, keys left out, in the order of the text."""
        yield self
        for _, child in self.children:
            yield from child.walk()

    def along(self, path: Path) -> list["Node"]:
        """Return the nodes from this one towards ``path``, as far as they are written here."""
        nodes = [self]
        for part in path:
            child = nodes[-1].child(part)
            if child is None:
                break
            nodes.append(child)
        return nodes


def parse(text: str, index: int) -> Node:
    """Return the root of the document ``index`` of ``text``.

    Raises:
        ruamel.yaml.error.YAMLError: this parser does not read the text.
    """
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415 - 24 ms that only an edit pays

    try:
        return _root(text, text, index)
    except YAMLError:
        if "\t" not in text:
            raise
        # Before a comment and at the end of a line this parser takes no tab, which is as wide as a space to it.
        return _root(text, text.replace("\t", " "), index)


def _root(text: str, parsed: str, index: int) -> Node:
    from ruamel.yaml import YAML  # noqa: PLC0415 - the same

    events: Iterator[Event] = iter(YAML().parse(parsed))
    builder = _Builder(text, events)
    seen = -1
    for event in events:
        if type(event).__name__ == "DocumentStartEvent":
            seen += 1
            if seen == index:
                root: Node = builder.node(next(events), 0)
                return root
    raise IndexError(f"there is no document {index}")


class _Builder:
    def __init__(self, text: str, events: Iterator[Event]) -> None:
        self.text = text
        self.events = events

    def node(self, event: Event, after: int) -> Node:
        """Return the node that starts with ``event``; ``after`` is where an empty value would stand."""
        start, end = event.start_mark.index, event.end_mark.index
        anchor: str = getattr(event, "anchor", None) or ""
        match type(event).__name__:
            case "AliasEvent":
                return Node(kind=Kind.ALIAS, start=start, body=start, end=end, after=after, name=anchor)
            case "ScalarEvent":
                return self._scalar(event, start, end, after)
            case name:
                kind = Kind.MAP if name == "MappingStartEvent" else Kind.LIST
                flow = bool(event.flow_style)
                body = end - 1 if flow else start
                if not flow and (anchor or event.tag):
                    body = self._past(_BETWEEN, self._past(_PROPERTIES, start))
                node = Node(kind=kind, start=start, body=body, end=end, after=after, flow=flow, anchor=anchor)
                self._fill(node)
                return node

    def _scalar(self, event: Event, start: int, end: int, after: int) -> Node:
        style: str = event.style or ""
        if start == end:
            start = end = after
        elif style in ("|", ">"):
            written = self.text[start:end]
            end = end if _KEEPS.match(written) else start + len(written.rstrip())
        body = min(self._past(_PROPERTIES, start), end) if event.anchor or event.tag else start
        return Node(
            kind=Kind.SCALAR,
            start=start,
            body=body,
            end=end,
            after=after,
            style=style,
            anchor=event.anchor or "",
            name=event.value,
        )

    def _fill(self, node: Node) -> None:
        after = node.body
        while not type(event := next(self.events)).__name__.endswith("EndEvent"):
            key: Node | None = None
            if node.kind is Kind.MAP:
                key = self.node(event, after)
                after = self._past(_COLON, key.end)
                event = next(self.events)
            elif not node.flow:
                after = self._past(_DASH, after)
            child = self.node(event, after)
            node.children.append((key, child))
            after = child.end
        node.end = event.end_mark.index if node.flow else after

    def _past(self, pattern: re.Pattern[str], position: int) -> int:
        """Return where ``pattern`` ends at ``position``; there, when it does not fit."""
        match = pattern.match(self.text, position)
        return match.end() if match else position
