"""Putting a proposal on disk, and taking all of it back."""

import os
import shutil
import sys
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

if sys.platform != "win32":
    import fcntl

_MARK: Final = b"\xef\xbb\xbf"
_ROOM: Final = "make room, or make it writable"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Snapshot:
    """What some files held, ``None`` where there was no file.

    Each is kept below ``folder`` under its number, too: the file itself, not a copy, so that a full disk does not keep
    it from coming back.
    """

    root: Path
    folder: Path
    contents: Mapping[str, bytes | None]

    @classmethod
    def take(cls, root: Path, folder: Path, files: Iterable[str]) -> "_Snapshot":
        contents = {file: _read(root / file) for file in files}
        for number, (file, content) in enumerate(contents.items()):
            if content is not None:
                try:
                    (folder / str(number)).hardlink_to((root / file).resolve())
                except OSError:  # no such links here, or another disk
                    shutil.copy2(root / file, folder / str(number))
        return cls(root=root, folder=folder, contents=contents)

    def restore(self) -> None:
        """Make the files what they were; those that are so already are not touched.

        Raises:
            GitopsgenError: some cannot be; they are named.
        """
        failed: list[str] = []
        for number, (file, content) in enumerate(self.contents.items()):
            path = self.root / file
            try:
                if content is None:
                    path.unlink(missing_ok=True)
                    _remove_empty(self.root, path.parent)
                elif _read(path) != content:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    self._put_back(self.folder / str(number), path.resolve(), content)
            except OSError as error:
                failed.append(f"{file} ({error.strerror})")
        if failed:
            raise GitopsgenError(
                f"not all could be taken back, these files have the change: {', '.join(failed)}",
                fix=f"{_ROOM}, and `git checkout -- FILE` each that was committed",
            )

    @staticmethod
    def _put_back(kept: Path, path: Path, content: bytes) -> None:
        try:
            kept.replace(path)
        except OSError:
            _replace(path, content)


@contextmanager
def written(root: Path, proposal: Proposal) -> Iterator[None]:
    """Write a proposal; when what is done inside fails, or is interrupted, every file is as it was before.

    Raises:
        GitopsgenError: something cannot be written, or was changed since it was read; nothing has changed then.
    """
    with _alone(root), _folder(root) as folder:
        try:
            clean(root)
            snapshot = _Snapshot.take(root, folder, proposal.files)
        except OSError as error:
            raise _unwritten(error, folder.name) from error
        _require_unchanged(proposal, snapshot)
        try:
            for file, text in proposal.texts.items():
                marked = (snapshot.contents[file] or b"").startswith(_MARK)
                _replace(root / file, (_MARK if marked else b"") + text.encode("utf-8", "surrogateescape"))
            if proposal.tree:
                write(root, proposal.tree)
            yield
        except OSError as error:
            snapshot.restore()
            raise _unwritten(error, str(root)) from error
        except BaseException:
            snapshot.restore()
            raise


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Keep a second delivery out of the repository, until the end of this one, whatever the end."""
    if sys.platform == "win32":
        yield
        return
    handle = os.open(root, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise GitopsgenError(
                "nothing was changed: another delivery is at work in this repository",
                fix="run this again when it has ended",
            ) from error
        yield
    finally:
        os.close(handle)


@contextmanager
def _folder(root: Path) -> Iterator[Path]:
    """Make a folder on the disk of the repository for as long as it is needed; what a killed run left goes."""
    for left in root.glob(f"{TEMPORARY}*/"):
        shutil.rmtree(left, ignore_errors=True)
    try:
        folder = Path(tempfile.mkdtemp(prefix=TEMPORARY, dir=root))
    except OSError as error:
        raise _unwritten(error, str(root)) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unwritten(error: OSError, otherwise: str) -> GitopsgenError:
    return GitopsgenError(f"nothing was changed: {error.filename or otherwise}: {error.strerror}", fix=_ROOM)


def _require_unchanged(proposal: Proposal, snapshot: _Snapshot) -> None:
    """Refuse to overwrite what an editor or another run has written since it was read.

    Raises:
        GitopsgenError: there is such a file.
    """
    for file, content in snapshot.contents.items():
        before = proposal.before.get(file)
        was = None if before is None else before.encode("utf-8", "surrogateescape")
        if _plain(was) != _plain(content):
            raise GitopsgenError(
                f"nothing was changed: {file} was changed while this ran, by an editor or another run",
                fix="run this again",
            )


def _plain(content: bytes | None) -> bytes | None:
    """Return a file without what reading it takes away: its byte order mark, and in the tree carriage returns."""
    return None if content is None else content.removeprefix(_MARK).replace(b"\r\n", b"\n")


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _replace(path: Path, content: bytes) -> None:
    """Give a file new content in one step; its mode stays, and a link goes on to lead to it."""
    target = path.resolve()
    try:
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
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def _remove_empty(root: Path, folder: Path) -> None:
    while folder != root:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent
