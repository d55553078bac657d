"""Where something stands: a file, a line and a column, and a path inside a document."""

from dataclasses import dataclass
from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]
"""Keys and list indices from the root of a document, ``("spec", "steps", 0)``."""


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file: ``file`` is relative to the repository, with ``/``; ``line`` and ``column`` count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


def format_path(path: Path) -> str:
    """Return ``path`` as people write it, ``spec.steps[0]``; a key with dots or spaces is quoted in brackets."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif part and not set(part) & set('.[]"/ '):
            text += f".{part}" if text else part
        else:
            text += f'["{part}"]'
    return text


def parse_path(text: str) -> Path:
    """Return the path that ``text`` names; the inverse of :func:`format_path`.

    Raises:
        ValueError: a bracket is not closed, or holds neither an index nor a quoted key; or a name is empty.
    """
    parts: list[str | int] = []
    rest = text
    while rest:
        if rest.startswith('["'):
            key, closed, rest = rest[2:].partition('"]')
            parts.append(key)
        elif rest.startswith("["):
            index, closed, rest = rest[1:].partition("]")
            parts.append(int(index))
        else:
            rest = rest.removeprefix(".")
            end = min((position for mark in ".[" if (position := rest.find(mark)) >= 0), default=len(rest))
            parts.append(rest[:end])
            closed, rest = "]", rest[end:]
        if not closed:
            raise ValueError(f"a bracket is not closed in {text!r}")
        if parts[-1] == "":
            raise ValueError(f"a name is empty in {text!r}")
    return tuple(parts)
