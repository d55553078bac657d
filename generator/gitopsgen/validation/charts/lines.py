"""The line of a chart's file that a drawn part stands on, as near as its keys tell."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gitopsgen.source.location import Location
from gitopsgen.source.location import Path as KeyPath

_HELPERS: Final = "*.tpl"


def line_of(place: Path, source: str, path: KeyPath, root: Path) -> Location:
    """Return where ``path`` of a document is written, in the template ``source`` or in a helper beside it.

    ``place`` is the chart, ``source`` is as helm says it: ``NAME/templates/rollout.yaml``. Of an archive, and of what
    no key is found for, it is the first line of the file.
    """
    if not place.is_dir():
        return Location(_shown(place, root), 1, 1)
    template = place / source.partition("/")[2]
    names = [part for part in path if isinstance(part, str)]
    found = Location(_shown(template, root), 1, 1)
    for file in (template, *_helpers(template)):
        place_in, depth = _deepest(_lines(file), names)
        if depth == len(names):
            return Location(_shown(file, root), *place_in)
        if file == template and depth:
            found = Location(_shown(file, root), *place_in)
    return found


def _deepest(lines: list[str], names: list[str]) -> tuple[tuple[int, int], int]:
    """Return line and column of the last of ``names`` that is found below those before it, and how many are found.

    A helper begins anywhere in the path, so names before the first one that is found are passed over.
    """
    number, depth, place = 0, 0, (1, 1)
    for index, name in enumerate(names, 1):
        key = re.compile(rf"^\s*(?:- )*(['\"]?){re.escape(name)}\1:")
        for later in range(number, len(lines)):
            if key.match(lines[later]):
                number, depth = later + 1, index
                place = (number, len(lines[later]) - len(lines[later].lstrip()) + 1)
                break
    return place, depth


def _helpers(template: Path) -> Iterator[Path]:
    yield from sorted(template.parent.glob(_HELPERS))


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []


def _shown(file: Path, root: Path) -> str:
    return file.relative_to(root).as_posix() if file.is_relative_to(root) else str(file)
