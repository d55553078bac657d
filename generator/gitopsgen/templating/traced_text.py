"""Texts worked on as templates do it, with the traces of each stretch kept on it."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import Any

from gitopsgen.source.location import Location, Path
from gitopsgen.source.reader import read
from gitopsgen.templating.spans import Spans
from gitopsgen.templating.traced import (
    UNTRACED,
    Piece,
    Trace,
    TracedText,
    carried,
    concat,
    decided,
    own,
    untraced,
    whole,
)


def shifted(text: TracedText, result: str) -> TracedText:
    """Return ``result``, which is ``text`` with other margins, with the traces of each stretch where it is now."""
    before, after = text.split("\n"), result.split("\n")
    if len(before) != len(after):
        return TracedText(result, text.trace)
    starts, shifts = [0], [0]
    moved = 0
    for old, new in zip(before, after, strict=True):
        moved += len(new) - len(old)
        shifts.append(moved)
        starts.append(starts[-1] + len(old) + 1)
    pieces = []
    for start, trace in text.pieces:
        line = bisect_left(starts, start + 1) - 1
        pieces.append(
            (start + (shifts[line] if start == starts[line] else shifts[min(line + 1, len(shifts) - 1)]), trace)
        )
    return TracedText(result, text.trace, tuple(pieces))


def trimmed(text: TracedText, result: str) -> TracedText:
    """Return ``result``, which is ``text`` without its margins, with the traces of each stretch.

    Those of the margins stay at its edges: something could be there.
    """
    begin = text.index(result)
    pieces = tuple((min(max(start - begin, 0), len(result)), trace) for start, trace in text.pieces)
    return TracedText(result, text.trace, pieces)


def replaced(text: TracedText, result: str) -> TracedText:
    """Return ``result``, which is ``text`` with other characters, with the traces of each stretch."""
    return TracedText(result, text.trace, text.pieces if len(text) == len(result) else ())


def line_of(text: TracedText, number: int) -> TracedText:
    """Return a line of ``text``, counted from 0, with the trace of the stretch that it is in."""
    lines = str.__str__(text).splitlines(keepends=True)
    begin = sum(map(len, lines[:number]))
    index = bisect_right([start for start, _ in text.pieces], begin) - 1
    return TracedText("".join(lines[number : number + 1]), text.pieces[max(index, 0)][1])


def place_of_line(text: str, number: int) -> Location | None:
    """Return the line of a template that wrote a line of ``text``, counted from 1; ``None`` when it is not known."""
    lines = str.__str__(text).split("\n")
    if not isinstance(text, TracedText) or len(lines) < number:
        return None
    line = lines[number - 1]
    begin = sum(len(one) + 1 for one in lines[: number - 1]) + len(line) - len(line.lstrip())
    index = bisect_right([start for start, _ in text.pieces], begin) - 1
    return next(iter(text.pieces[max(index, 0)][1].places), None)


def joined(parts: Iterable[Any]) -> str:
    """Return what Jinja2's ``~`` gives, with the trace of each part on its stretch."""
    return concat(part if isinstance(part, str) else carried(str(untraced(part)), part) for part in parts)


def joined_list(separator: str, items: Iterable[Any]) -> str:
    """Return a list's items as one text; what decided how many there are has a say in all of it."""
    reasons = own(items).reasons
    parts: list[Any] = [TracedText("", Trace(deciders=reasons))] if reasons else []
    for number, item in enumerate(items):
        if number and separator:
            parts.append(decided(separator, reasons | own(item).deciders))
        parts.append(decided(item, reasons))
    return joined(parts)


def laid_out(text: str, value: Any) -> str:  # noqa: ANN401 - any value
    """Return ``text``, which is how ``value`` is written, with the traces of each part on its stretch.

    Where it does not read as the value in YAML, as JSON does, all of it has the traces of the whole value.
    """
    if not isinstance(value, dict | list | tuple) or not value:
        return TracedText(text, own(value))
    stream = read(text if text.startswith("\n") else f"{text}\n", "")
    if stream.problems or len(stream.documents) != 1 or stream.documents[0].data != _as_read(untraced(value)):
        return TracedText(text, whole(value))
    pieces: list[Piece] = [(0, UNTRACED)]
    for start, end, trace in sorted(_stretches(value, Spans(stream.documents[0]), ()), key=lambda one: one[:2]):
        pieces += [(start, trace), (end, UNTRACED)] if end > start else [(start, trace)]
    return TracedText(text, whole(value), tuple(pieces))


def _as_read(value: Any) -> Any:  # noqa: ANN401 - any value
    """Return a value as YAML has it: with lists for tuples."""
    if isinstance(value, dict):
        return {key: _as_read(item) for key, item in value.items()}
    return [_as_read(item) for item in value] if isinstance(value, list | tuple) else value


def _stretches(value: Any, spans: Spans, path: Path) -> Iterable[tuple[int, int, Trace]]:  # noqa: ANN401 - any value
    if isinstance(value, dict) and value:
        for number, (key, item) in enumerate(value.items()):
            inner = (*path, untraced(key))
            start, end = spans.key(inner)
            if not number:
                yield start, start, Trace(deciders=own(value).deciders)  # also of what is not there
            yield start, end, own(key)
            yield from _stretches(item, spans, inner)
    elif isinstance(value, list | tuple) and value:
        start, _ = spans.value((*path, 0))
        yield start, start, Trace(deciders=own(value).reasons)  # of how many there are
        for index, item in enumerate(value):
            yield from _stretches(item, spans, (*path, index))
    else:
        yield (*spans.value(path), own(value))
