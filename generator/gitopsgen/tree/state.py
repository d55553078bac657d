"""What the rendered tree holds against what it should hold, file by file."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from gitopsgen.model.errors import GitopsgenError
from gitopsgen.tree.header import Ownership, ownership

TREE: Final = "rendered"
TEMPORARY: Final = ".gitopsgen-"


class State(StrEnum):
    """What a file under ``rendered/`` is."""

    CURRENT = "current"
    STALE = "stale"
    EDITED = "edited"
    MISSING = "missing"
    ORPHAN = "orphan"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileState:
    """One file: ``file`` relative to the repository, what is on disk and what should be; ``None`` where nothing is.

    ``edited`` tells of an orphan that somebody changed; ``text`` is only kept where it differs from ``expected``.
    """

    file: str
    state: State
    text: str | None = None
    expected: str | None = None
    edited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which part of the tree a run answers for.

    ``environments`` of ``None`` is all of it, with those that are no longer described. ``apps`` narrows an Environment
    to some Apps; folders of Apps that are in no Environment any more belong to every scope (``known`` holds the rest).
    """

    environments: frozenset[str] | None = None
    apps: frozenset[str] | None = None
    known: frozenset[str] = frozenset()

    def holds(self, file: str) -> bool:
        """Tell whether ``file`` is in this scope."""
        parts = file.split("/")
        if len(parts) < 3 or parts[0] != TREE:  # noqa: PLR2004 - rendered/ENV/…
            return self.environments is None and self.apps is None
        if self.environments is not None and parts[1] not in self.environments:
            return False
        if self.apps is None:
            return True
        app = parts[2]
        if app == "argocd":
            app = parts[-1].removesuffix(".yaml") if "apps" in parts[3:-1] else ""
        return app in self.apps or bool(app and app not in self.known)


def place_of(file: str) -> str:
    """Return ``env/app`` for a file of a release's, ``env`` for any other file below ``rendered/env/``."""
    _, environment, *rest = file.split("/")
    match rest:
        case ["argocd", "apps", name]:
            return f"{environment}/{name.removesuffix('.yaml')}"
        case [app, _, *_] if app != "argocd":
            return f"{environment}/{app}"
        case _:
            return environment


def compare(root: Path, expected: Mapping[str, str], scope: Scope) -> list[FileState]:
    """Return the state of every file of ``scope``, in order; ``expected`` is the whole text of each by its path.

    Raises:
        GitopsgenError: the tree cannot be read, or leads out of the repository.
    """
    states: list[FileState] = []
    on_disk = set(_files(root, scope))
    for file in sorted(on_disk | set(expected)):
        wanted = expected.get(file)
        if file not in on_disk:
            states.append(FileState(file=file, state=State.MISSING, expected=wanted))
            continue
        text = _read(root / file)
        states.append(_state(file, text, wanted))
    return states


def _state(file: str, text: str, wanted: str | None) -> FileState:
    if text == wanted:
        return FileState(file=file, state=State.CURRENT)
    match ownership(text):
        case Ownership.FOREIGN:
            return FileState(file=file, state=State.FOREIGN, text=text, expected=wanted)
        case owner if wanted is None:
            edited = owner is Ownership.EDITED
            return FileState(file=file, state=State.ORPHAN, text=text, edited=edited)
        case Ownership.EDITED:
            return FileState(file=file, state=State.EDITED, text=text, expected=wanted)
        case _:
            return FileState(file=file, state=State.STALE, text=text, expected=wanted)


def _files(root: Path, scope: Scope) -> Iterator[str]:
    for file in tree_files(root, scope.environments):
        if scope.holds(file):
            yield file


def tree_files(root: Path, environments: Iterable[str] | None = None) -> Iterator[str]:
    """Yield the files under ``rendered/`` (of some environments), without what an interrupted run left behind.

    Raises:
        GitopsgenError: a folder cannot be read, or is a link to somewhere else.
    """
    top = root / TREE
    starts = [top] if environments is None else [top / name for name in sorted(environments)]
    if top.is_symlink():
        raise GitopsgenError(f"{TREE} is a link: the tree is only written inside the repository", fix=f"rm {TREE}")
    for start in starts:
        yield from _walk(root, start)


def _walk(root: Path, folder: Path) -> Iterator[str]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    except OSError as error:
        raise GitopsgenError(f"{folder} cannot be read: {error.strerror}") from error
    for entry in entries:
        path = Path(entry.path)
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(root, path)
        elif not entry.name.startswith(TEMPORARY):
            yield path.relative_to(root).as_posix()


def _read(path: Path) -> str:
    """Return the text of a file of the tree; a checkout with CRLF reads as it was written, a link as foreign."""
    if path.is_symlink():
        return ""
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape").replace("\r\n", "\n")
    except OSError as error:
        raise GitopsgenError(f"{path} cannot be read: {error.strerror}") from error
