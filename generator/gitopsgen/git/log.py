"""The commits that changed some files, in one reading of the history."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from gitopsgen.git.command import GitFailed, ask, decode, run
from gitopsgen.model.errors import GitopsgenError

_FIELDS: Final = ("%H", "%aN", "%aE", "%cI", "%s", "%(trailers:only,unfold)")
_READABLE: Final = ("-c", "i18n.logOutputEncoding=UTF-8", "-c", "log.showSignature=false")


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One commit of a branch; ``date`` is when it came to be there, and ``trailers`` are key and value, in order."""

    id: str
    author: str
    email: str
    date: datetime
    subject: str
    trailers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """What a commit did to one file: ``blob`` is the id of its new text, ``None`` where it was removed."""

    commit: Commit
    file: str
    blob: str | None


def file_changes(root: Path, files: Iterable[str], revision: str = "HEAD") -> list[FileChange]:
    """Return every change of ``files`` (paths from the folder ``root``) up to ``revision``, the newest first.

    Only first parents are followed: what a branch brought counts at its merge, when it came to where it is read.

    Raises:
        GitopsgenError: this is no repository, or there is no such revision.
    """
    wanted = sorted(files)
    if not wanted:
        return []
    prefix = (ask(root, "rev-parse", "--show-prefix") or "").strip()
    try:
        output = run(
            root,
            *("--literal-pathspecs", "-c", "core.quotePath=false", *_READABLE),
            *("log", "--first-parent", "-m", "--raw", "--no-abbrev", "--no-renames", "--no-color"),
            f"--format=%x00{'%x00'.join(_FIELDS)}%x00",
            *("--end-of-options", revision, "--", *wanted),
        )
    except GitFailed as error:
        raise _no_history(root, error) from error
    parts = decode(output).split("\0")[1:]
    width = len(_FIELDS) + 1
    changes: list[FileChange] = []
    for start in range(0, len(parts), width):
        *fields, raw = parts[start : start + width]
        commit = _commit(fields)
        for line in raw.splitlines():
            details, tab, path = line.partition("\t")
            if tab and details.startswith(":"):
                blob = details.split(" ")[3]
                present = blob.strip("0") != ""
                changes.append(
                    FileChange(commit=commit, file=path.removeprefix(prefix), blob=blob if present else None)
                )
    return changes


def _no_history(root: Path, error: GitFailed) -> GitopsgenError:
    if ask(root, "rev-parse", "--git-dir") is None:
        return GitopsgenError(
            f"there is no history: {root.resolve()} is in no git repository", fix="run this in a clone"
        )
    if ask(root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}") is None:
        return GitopsgenError("there is no history: nothing is committed yet", fix="commit what there is")
    return error


def last_commit(root: Path) -> Commit | None:
    """Return the commit that is checked out; ``None`` before the first one, outside of a repository, or without git."""
    told = ask(root, *_READABLE, "log", "-1", "--no-color", f"--format={'%x00'.join(_FIELDS)}")
    return _commit(told.split("\0")) if told else None


def is_shallow(root: Path) -> bool:
    """Tell whether the clone was made without its whole history."""
    return (ask(root, "rev-parse", "--is-shallow-repository") or "").strip() == "true"


def _commit(fields: list[str]) -> Commit:
    identity, author, email, date, subject, trailers = fields
    return Commit(
        id=identity,
        author=author,
        email=email,
        date=datetime.fromisoformat(date),
        subject=subject,
        trailers=tuple(_trailers(trailers)),
    )


def _trailers(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        key, colon, value = line.partition(":")
        if colon:
            yield key.strip(), value.strip()
