"""Traced text to traced documents: every key, value, list and map with the traces of its stretch of the text."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from gitopsgen.source.location import Path
from gitopsgen.source.reader import Document
from gitopsgen.templating.spans import Span, Spans
from gitopsgen.templating.traced import (
    UNTRACED,
    Origins,
    Piece,
    Trace,
    TracedList,
    TracedMap,
    TracedText,
    traced,
)


def traced_data(document: Document, text: TracedText) -> Any:  # noqa: ANN401 - what a document holds
    """Return what ``document`` holds, which was read from ``text``, with a trace on everything in it."""
    return _Tracing(document, text).value(document.data, (), UNTRACED)


class _Tracing:
    def __init__(self, document: Document, text: TracedText) -> None:
        self.spans = Spans(document)
        self.pieces = text.pieces
        begin = _beginning(text, document.first)
        self.starts = [start - begin for start, _ in text.pieces]
        self.length = len(text) - begin

    def value(self, data: Any, path: Path, above: Trace) -> Any:  # noqa: ANN401 - what a document holds
        """Return ``data`` traced; ``above`` is what decided and placed the keys that it stands under."""
        mark = self.spans.marks.get(path)
        if mark is None:  # a key that `<<` brings in
            return traced(data, above)
        if mark.alias_of is not None:
            inner = self.value(data, mark.alias_of, UNTRACED)
            return _placed(inner, self._at(mark.start), above)
        start, end = self.spans.value(path)
        if isinstance(data, dict) and data:
            could = self._absent(path, data)
            items = {}
            for key, item in data.items():
                name, handed = self._key(key, (*path, key), above)
                items[name] = self.value(item, (*path, key), handed)
            return TracedMap(items, self._container(start, could, above))
        if isinstance(data, list) and data:
            placers, could = self._between(path, len(data))
            rows = (
                self.value(item, (*path, index), Trace(deciders=above.deciders, placers=above.placers | placers[index]))
                for index, item in enumerate(data)
            )
            return TracedList(rows, self._container(start, could, above))
        if isinstance(data, dict | list):
            return traced(data, self._at(start) | self._over(self.spans.room(path), after=True) | above)
        # In a list, what could stand before a value would be another item.
        is_item = bool(path) and isinstance(path[-1], int)
        trace = self._over((start, end), before=not is_item, after=True) | above
        if isinstance(data, str) and self.spans.text.startswith("|", start):
            return self._literal(data, start, trace, above)
        return traced(data, trace)

    def _literal(self, text: str, start: int, trace: Trace, above: Trace) -> TracedText:
        """Return the text of a literal block, which has ``trace`` as a whole, with a trace on each of its lines.

        What decided about the others has placed a line.
        """
        pieces: list[Piece] = []
        offset = 0
        for line in text.splitlines(keepends=True):
            start = self.spans.text.index("\n", start) + 1
            end = self.spans.text.find("\n", start)
            here = self._over((start, end if end >= 0 else len(self.spans.text)))
            deciders = here.deciders | above.deciders
            pieces.append((offset, replace(here, deciders=deciders, placers=trace.placers | trace.deciders)))
            offset += len(line)
        return TracedText(text, trace, tuple(pieces))

    def _container(self, start: int, could: Origins, above: Trace) -> Trace:
        own = self._at(start) | above
        return Trace(deciders=own.deciders | could, placers=own.placers, places=own.places)

    def _key(self, key: str, path: Path, above: Trace) -> tuple[str, Trace]:
        """Return a key with its trace, and what it hands down to what stands under it."""
        if path not in self.spans.marks:
            return key, above
        trace = self._over(self.spans.key(path))
        handed = Trace(deciders=above.deciders | trace.deciders, placers=above.placers | trace.values | trace.placers)
        return TracedText(key, trace), handed

    def _absent(self, path: Path, keys: Iterable[str]) -> Origins:
        """Return what decided that something does not stand in a map, between the keys that do."""
        start, end = self.spans.room(path)
        inner = [(*path, key) for key in keys if (*path, key) in self.spans.marks]
        edges = [start, *(edge for one in inner for edge in (self.spans.key(one)[0], self.spans.value(one)[1])), end]
        found: Origins = frozenset()
        for first, last in zip(edges[::2], edges[1::2], strict=True):
            for number in range(bisect_left(self.starts, first), bisect_right(self.starts, last)):
                if self._is_empty(number):
                    found |= self.pieces[number][1].deciders
        return found

    def _between(self, path: Path, length: int) -> tuple[list[Origins], Origins]:
        """Return for each item of a list what had a say about how many there are before it, and about how many in all.

        What happens inside of an item has none; what stands, or could stand, between two has.
        """
        start, end = self.spans.room(path)
        first = self._index(start)
        placers: list[Origins] = []
        found: Origins = frozenset()
        for index in range(length):
            inside, after = self.spans.value((*path, index))
            here = self._index(inside)
            found = self._deciders(first, here, found)
            placers.append(found)
            found |= self.pieces[here][1].deciders
            first = max(bisect_left(self.starts, after), here)
        return placers, self._deciders(first, bisect_left(self.starts, end), found)

    def _deciders(self, first: int, last: int, found: Origins) -> Origins:
        for _, trace in self.pieces[first:last]:
            found |= trace.deciders
        return found

    def _index(self, offset: int) -> int:
        """Return the number of the stretch that the character at ``offset`` is in."""
        return max(bisect_right(self.starts, offset) - 1, 0)

    def _at(self, offset: int) -> Trace:
        return self.pieces[self._index(offset)][1]

    def _over(self, span: Span, *, before: bool = False, after: bool = False) -> Trace:
        """Return the traces of all stretches of ``span`` together, and of what could have stood in it.

        ``before`` and ``after`` say whether what could have stood at its edges would have been a part of it.
        """
        start, end = span
        trace = self._at(start)
        index = bisect_left(self.starts, start) if before else self._index(start) + 1
        while index < len(self.starts) and (
            self.starts[index] < end or (after and self.starts[index] == end and self._is_empty(index))
        ):
            trace = trace | self.pieces[index][1]
            index += 1
        return trace

    def _is_empty(self, index: int) -> bool:
        """Tell whether a stretch has no character."""
        return self.starts[index] == (self.starts[index + 1] if index + 1 < len(self.starts) else self.length)


def _beginning(text: str, line: int) -> int:
    """Return where a line of ``text`` begins."""
    begin = 0
    for _ in range(line - 1):
        begin = text.index("\n", begin) + 1
    return begin


def _placed(value: Any, at: Trace, above: Trace) -> Any:  # noqa: ANN401 - what a document holds
    """Return what an alias stands for, with what there is to say of the alias."""
    if isinstance(value, TracedMap):
        return TracedMap({key: _placed(item, at, above) for key, item in value.items()}, value.trace | above)
    if isinstance(value, TracedList):
        return TracedList((_placed(item, at, above) for item in value), value.trace | above)
    extra = Trace(deciders=at.deciders | above.deciders, placers=above.placers, places=at.places)
    return traced(value, value.trace | extra)
