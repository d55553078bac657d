"""The versions of a release over time, for people and for machines."""

from datetime import UTC
from typing import Any, Final

from gitopsgen.delivery.history import VersionChange, VersionHistory
from gitopsgen.delivery.version import ImageVersion

_BOLD, _DIM, _YELLOW = "1", "2", "33"
_SHORT_ID: Final = 10


def history_text(history: VersionHistory, *, colour: bool) -> str:
    """Return a line for each change, the newest first, and one that sums up."""

    def paint(text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if colour and text.strip() else text

    rows = [(f"{_time(one)}", str(one.version or "-"), _what(one), one.commit.author) for one in history.changes]
    version_width, what_width, author_width = (
        max((len(row[column]) for row in rows), default=0) for column in (1, 2, 3)
    )
    lines = [paint(history.release, _BOLD)]
    for (time, version, what, author), one in zip(rows, history.changes, strict=True):
        kind = paint(f"{what:<{what_width}}", _YELLOW)
        commit = paint(one.commit.id[:_SHORT_ID], _DIM)
        line = f"  {time}  {version:<{version_width}}  {kind}  {author:<{author_width}}  {commit}  {one.commit.subject}"
        lines.append(line.rstrip())
    lines.append(_summary(history))
    return "".join(f"{line}\n" for line in lines)


def _time(change: VersionChange) -> str:
    return change.commit.date.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def _what(change: VersionChange) -> str:
    if change.version is None:
        return "removed"
    return "rollback" if change.rollback else ""


def _summary(history: VersionHistory) -> str:
    versions = len({one.version for one in history.changes if one.version is not None})
    rollbacks = sum(one.rollback for one in history.changes)
    counts = [f"{versions} version{'s' * (versions != 1)}", f"{rollbacks} rollback{'s' * (rollbacks != 1)}"]
    end = "" if history.complete else "; the clone is shallow, and what was before is not known"
    return f"{', '.join(counts if rollbacks else counts[:1])}; times are UTC{end}"


def history_data(history: VersionHistory) -> dict[str, Any]:
    """Return the history as plain data; the schema is ``gitopsgen schema output-history``."""
    return {
        "schemaVersion": 1,
        "release": history.release,
        "complete": history.complete,
        "changes": [
            {
                "version": version_data(one.version),
                "rollback": one.rollback,
                "commit": one.commit.id,
                "author": one.commit.author,
                "email": one.commit.email,
                "date": one.commit.date.isoformat(),
                "subject": one.commit.subject,
            }
            for one in history.changes
        ],
    }


def version_data(version: ImageVersion | None) -> dict[str, str] | None:
    """Return a version as plain data, ``None`` where there is none."""
    return None if version is None else {"tag": version.tag, "digest": version.digest}
