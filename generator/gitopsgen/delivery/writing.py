"""Putting a proposal on disk, and taking all of it back."""

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gitopsgen.delivery.proposal import Proposal
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.tree.state import TEMPORARY
from gitopsgen.tree.writing import clean, write

_MARK: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Snapshot:
    """What some files held, ``None`` where there was no file."""

    root: Path
    contents: Mapping[str, bytes | None]

    @classmethod
    def take(cls, root: Path, files: Iterable[str]) -> "_Snapshot":
        return cls(root=root, contents={file: _read(root / file) for file in files})

    def restore(self) -> None:
        """Make the files what they were, byte for byte; those that are so already are not touched."""
        for file, content in self.contents.items():
            path = self.root / file
            if content is None:
                path.unlink(missing_ok=True)
                _remove_empty(self.root, path.parent)
            elif _read(path) != content:
                path.parent.mkdir(parents=True, exist_ok=True)
                _replace(path, content)


@contextmanager
def written(root: Path, proposal: Proposal) -> Iterator[None]:
    """Write a proposal; when what is done inside fails, or is interrupted, every file is as it was before.

    Raises:
        GitopsgenError: something cannot be written; nothing has changed then.
    """
    snapshot = _Snapshot.take(root, proposal.files)
    try:
        for file, text in proposal.texts.items():
            marked = (snapshot.contents[file] or b"").startswith(_MARK)
            _replace(root / file, (_MARK if marked else b"") + text.encode("utf-8", "surrogateescape"))
        if proposal.tree:
            clean(root)
            write(root, proposal.tree)
        yield
    except OSError as error:
        snapshot.restore()
        raise GitopsgenError(
            f"nothing was changed: {error.filename}: {error.strerror}", fix="make it writable"
        ) from error
    except BaseException:
        snapshot.restore()
        raise


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _replace(path: Path, content: bytes) -> None:
    """Give a file new content in one step; its mode stays, and a link goes on to lead to it."""
    target = path.resolve()
    handle, name = tempfile.mkstemp(prefix=TEMPORARY, dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        if target.exists():
            shutil.copymode(target, name)
        else:
            Path(name).chmod(0o644)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _remove_empty(root: Path, folder: Path) -> None:
    while folder != root:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent
