"""What an edit reaches, for people and for machines."""

from collections.abc import Iterator, Sequence
from typing import Any

from gitopsgen.reach.affected import Edit
from gitopsgen.reach.model import Reach


def affected_text(edits: Sequence[Edit], reach: Reach) -> Iterator[str]:
    """Yield the files by release, and what reaches nothing."""
    for edit in edits:
        place = f"{edit.file}:{edit.line}" if edit.line else edit.file
        about = f" ({edit.about})" if edit.about else ""
        if not edit.reach:
            yield f"{place}{about} reaches no rendered file"
        elif edit.line:
            yield f"{place}{about}"
    for one in (*reach.releases, *reach.environments):
        yield one.name
        yield from (f"  {file}" for file in one.files)
    yield f"{_counted(len(reach.releases), 'release')}, {_counted(len(_files(reach)), 'file')}"


def affected_data(edits: Sequence[Edit], reach: Reach, since: str = "") -> dict[str, Any]:
    """Return what is reached as plain data; the schema is ``gitopsgen schema output-affected``."""
    return {
        "schemaVersion": 1,
        **({"since": since} if since else {}),
        "edits": [
            {
                "file": edit.file,
                "line": edit.line or None,
                "kind": edit.kind,
                "about": edit.about,
                "files": _files(edit.reach),
            }
            for edit in edits
        ],
        "releases": [
            {"release": one.name, "environment": one.environment, "app": one.app, "files": list(one.files)}
            for one in reach.releases
        ],
        "environments": [{"environment": one.name, "files": list(one.files)} for one in reach.environments],
        "files": _files(reach),
    }


def _files(reach: Reach) -> list[str]:
    return sorted({file for files in reach.files.values() for file in files})


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
