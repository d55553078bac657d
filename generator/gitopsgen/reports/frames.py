"""The line that a finding is about, as a person sees it in an editor: cut to a width, with the place in it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from gitopsgen.reports.plain import cells
from gitopsgen.source.location import Location

_WIDEST: Final = 160
_TOKEN: Final = re.compile(r""""(?:\\.|[^"\\])*"|'(?:''|[^'])*'|[^\s,\[\]{}]+?(?=:(?:\s|$)|[\s,\[\]{}]|$)""")

Lines = Callable[[str], list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One line: its number, what of it is shown, and how many columns lie before the place that is meant."""

    number: int
    text: str
    indent: int

    @property
    def gutter(self) -> str:
        """The number, right-aligned."""
        return f"{self.number:>5}"


def frame(location: Location, lines: Lines) -> Frame | None:
    """Return the line at ``location``; ``None`` when there is no such line to be read.

    What is no visible character, a tab too, is shown as one space, so that the mark stands below its place.
    """
    text = line_at(location, lines)
    if text is None:
        return None
    text = _visible(text)
    before = min(location.column - 1, len(text))
    if len(text) > _WIDEST:
        start = max(before - _WIDEST // 2, 0)
        left, right = "…" if start else "", "…" if start + _WIDEST < len(text) else ""
        text, before = f"{left}{text[start : start + _WIDEST]}{right}", before - start + len(left)
    return Frame(number=location.line, text=text, indent=cells(text[:before]))


def line_at(location: Location, lines: Lines) -> str | None:
    """Return the line at ``location`` as it is written; ``None`` when there is no such line to be read."""
    written = lines(location.file)
    return written[location.line - 1] if 0 < location.line <= len(written) else None


def end_of_token(text: str, column: int) -> int:
    """Return the column after the key or value that starts at ``column`` of a line of YAML; both count from 1."""
    match = _TOKEN.match(text, column - 1)
    return match.end() + 1 if match else column + 1


def utf16_column(text: str, column: int) -> int:
    """Return ``column`` counted in UTF-16 code units instead of characters, as editors and SARIF do."""
    return column + sum(character > "\uffff" for character in text[: column - 1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """Lines of a file around a place: those before it, its own in three parts of which the middle is meant, and after.

    ``first`` is the number of the first line.
    """

    first: int
    before: tuple[str, ...]
    line: tuple[str, str, str]
    after: tuple[str, ...]


def excerpt(location: Location, lines: Lines, around: int = 2) -> Excerpt | None:
    """Return up to ``around`` lines on each side of ``location``; ``None`` when its line cannot be read."""
    text = line_at(location, lines)
    if text is None:
        return None
    written = lines(location.file)
    start = min(location.column - 1, len(text))
    end = min(end_of_token(text, start + 1) - 1, len(text))
    left = max(start - _WIDEST, 0)
    parts = (text[left:start], text[start : min(end, start + _WIDEST)], text[end : end + _WIDEST])
    first = max(location.line - around, 1)
    after = written[location.line : location.line + around]
    if after and location.line + len(after) == len(written) and not after[-1]:
        after = after[:-1]  # what follows the last line break of a file is no line to a reader
    return Excerpt(
        first=first,
        before=tuple(_shown(line) for line in written[first - 1 : location.line - 1]),
        line=(_visible(parts[0]), _visible(parts[1]), _visible(parts[2])),
        after=tuple(_shown(line) for line in after),
    )


def _shown(line: str) -> str:
    return _visible(line if len(line) <= _WIDEST else f"{line[:_WIDEST]}…")


def _visible(text: str) -> str:
    return "".join(one if one.isprintable() else " " for one in text)
