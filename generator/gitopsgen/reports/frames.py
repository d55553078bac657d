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
    text = "".join(one if one.isprintable() else " " for one in text)
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
