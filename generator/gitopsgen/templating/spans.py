"""From where to where each key and each value of a YAML document reaches in its text, as offsets."""

from functools import cached_property

from gitopsgen.source.location import Path
from gitopsgen.source.reader import Document

Span = tuple[int, int]


class Spans:
    """The spans of one document."""

    def __init__(self, document: Document) -> None:
        self.text = document.text
        self.marks = document.marks

    def key(self, path: Path) -> Span:
        """Return the span of the key at ``path``; an empty one for an item of a list."""
        mark = self.marks[path]
        return mark.key_start, mark.key_end

    def value(self, path: Path) -> Span:
        """Return the span of what is written of the value at ``path``, up to its last character."""
        return self.marks[path].start, self._ends[path]

    def room(self, path: Path) -> Span:
        """Return the span that a list or a map could fill: from the end of its key to where the next thing begins."""
        mark = self.marks[path]
        if not path:
            return int(self.text.startswith("---")), mark.end  # what could stand before the dashes is of another
        return mark.key_end if isinstance(path[-1], str) else mark.start, mark.end

    @cached_property
    def _ends(self) -> dict[Path, int]:
        ends: dict[Path, int] = {}
        for path, mark in self.marks.items():
            in_block_style = not mark.is_scalar and self.text[mark.end - 1 : mark.end] not in ("]", "}")
            end = mark.start if in_block_style else mark.end
            for length in range(len(path) + 1):
                ends[path[:length]] = max(ends.get(path[:length], 0), end)
        return ends
