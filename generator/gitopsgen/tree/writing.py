"""The one way to change ``rendered/``: all new text beside the old first, then one rename a file, then removals."""

import contextlib
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gitopsgen.model.errors import GitopsgenError
from gitopsgen.tree.state import TEMPORARY, TREE, FileState, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a run does to the tree: files to write with their text, and files to remove."""

    write: dict[str, str]
    remove: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.write or self.remove)


def changes(states: Iterable[FileState], *, force: bool = False) -> Changes:
    """Return what makes the tree what it should be; edited files only with ``force``, foreign ones never."""
    write: dict[str, str] = {}
    remove: list[str] = []
    for state in states:
        match state.state:
            case State.MISSING | State.STALE:
                write[state.file] = state.expected or ""
            case State.EDITED if force:
                write[state.file] = state.expected or ""
            case State.ORPHAN if force or not state.edited:
                remove.append(state.file)
            case _:
                pass
    return Changes(write=write, remove=tuple(remove))


def write(root: Path, planned: Changes) -> None:
    """Carry out ``planned``. Every file is whole at any moment: the old text, or the new.

    Raises:
        GitopsgenError: something cannot be written; before the first rename, nothing has changed then.
    """
    staged: list[tuple[Path, Path]] = []
    created: list[Path] = []
    try:
        for file, text in planned.write.items():
            path = root / file
            created.extend(_make_folder(root, path.parent))
            staged.append((_stage(path, text), path))
    except OSError as error:
        for temporary, _ in staged:
            temporary.unlink(missing_ok=True)
        for folder in reversed(created):
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise GitopsgenError(
            f"nothing was written: {error.filename or TREE}: {error.strerror}", fix="make room, or make it writable"
        ) from error
    try:
        for temporary, path in staged:
            temporary.replace(path)
        for file in planned.remove:
            (root / file).unlink(missing_ok=True)
            _remove_empty(root, (root / file).parent)
    except OSError as error:
        for temporary, _ in staged:
            temporary.unlink(missing_ok=True)
        raise GitopsgenError(
            f"the tree was only written in part: {error.filename}: {error.strerror}", fix="run `gitopsgen render` again"
        ) from error


def clean(root: Path) -> None:
    """Remove what an interrupted run left beside the files of the tree."""
    top = root / TREE
    if top.is_dir() and not top.is_symlink():
        for path in top.rglob(f"{TEMPORARY}*"):
            with contextlib.suppress(OSError):
                path.unlink()


def _stage(path: Path, text: str) -> Path:
    handle, name = tempfile.mkstemp(prefix=TEMPORARY, dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("utf-8", "surrogateescape"))
        temporary.chmod(0o644)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _make_folder(root: Path, folder: Path) -> list[Path]:
    """Make ``folder`` and those above it, and return what is new; a link on the way is refused."""
    missing: list[Path] = []
    current = folder
    while current != root:
        if current.is_symlink():
            raise OSError(0, "this is a link, and the tree is only written inside the repository", str(current))
        if not current.exists():
            missing.append(current)
        current = current.parent
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
    return list(reversed(missing))


def _remove_empty(root: Path, folder: Path) -> None:
    while folder != root / TREE and folder != root:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent
