"""A clean run remembered: when nothing that it read or wrote has changed since, the next one says the same at once.

What is compared are the size and the times of every file: descriptors, templates, policies, this package, the
branches, and the whole rendered tree. The memory lies in the user's cache folder, never in the repository, and may be
deleted at any time.
"""

import hashlib
import marshal
import os
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import astuple
from pathlib import Path
from typing import Any, Final, TypeAlias

from gitopsgen import __version__
from gitopsgen.cli.options import RenderOptions

_Seen: TypeAlias = tuple[str, int, int, int]
"""Name, size, and times of change of a file."""
_PACKAGE: Final = Path(__file__).resolve().parent.parent
_TREE: Final = "tree"
_OF_GIT: Final = "git:"
_SETTLED: Final = 0.02
"""Seconds after which a file that is written again shows another time, on every file system in use."""


def replay(options: RenderOptions) -> int | None:
    """Say what the last clean run with these options said; ``None`` when something has changed since."""
    try:
        memory = marshal.loads(_file(options).read_bytes())  # noqa: S302 - written below, in the user's own folder
        said, seen = memory["said"], memory["seen"]
    except (OSError, ValueError, EOFError, TypeError, KeyError):
        return None
    if seen != _seen(options.root):
        return None
    sys.stdout.write(said["stdout"])
    sys.stderr.write(said["stderr"])
    return 0


def remember(options: RenderOptions, stdout: str, stderr: str, *, pure: bool) -> None:
    """Remember what a clean run said; a memory that cannot be kept is none.

    ``pure`` tells that there is nothing in the tree but what was rendered.
    """
    time.sleep(_SETTLED)
    seen = _seen(options.root)
    _write(_file(options), {"said": {"stdout": stdout, "stderr": stderr}, "seen": seen})
    if pure and not options.environments and not options.apps:
        keep(options.root, _TREE, _makes_tree(options.root, seen))


def tree_is_current(root: Path) -> bool:
    """Tell whether ``rendered/`` is known to be what the descriptors render to; nothing is rendered to find out."""
    seen = recall(root, _TREE)
    return seen is not None and bool(seen == _makes_tree(root, _seen(root)))


def keep(root: Path, name: str, memory: Any) -> None:  # noqa: ANN401 - whatever marshal writes
    """Keep something about the repository ``root``; what cannot be kept is not."""
    _write(_kept_file(root, name), memory)


def recall(root: Path, name: str) -> Any:  # noqa: ANN401 - whatever was kept
    """Return what was kept under ``name`` about the repository; ``None`` when nothing was, or by another version."""
    try:
        return marshal.loads(_kept_file(root, name).read_bytes())  # noqa: S302 - written above, in the user's own folder
    except (OSError, ValueError, EOFError, TypeError):
        return None


def tool_seen(root: Path) -> list[_Seen]:
    """Return name, size and times of what makes releases of descriptors: this package, and the templates."""
    folders = (root / "templates", root / "charts", _PACKAGE.parent.parent / "templates", _PACKAGE)
    return [entry for folder in folders for entry in _files(str(folder))]


def _makes_tree(root: Path, seen: list[_Seen]) -> list[_Seen]:
    """Return the files that a run reads or writes without those that are not rendered from: policies and branches."""
    aside = (_OF_GIT, str(root / "policies"))
    return [entry for entry in seen if not entry[0].startswith(aside)]


def _write(file: Path, memory: Any) -> None:  # noqa: ANN401 - as above
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        temporary = file.with_suffix(f".{os.getpid()}")
        temporary.write_bytes(marshal.dumps(memory))
        temporary.replace(file)


def _file(options: RenderOptions) -> Path:
    said = (__version__, sys.version, time.strftime("%Y-%m-%d", time.gmtime()), os.environ.get("PATH"))
    return _cached(repr((options.root.resolve(), astuple(options), said, sys.stderr.isatty())))


def _kept_file(root: Path, name: str) -> Path:
    return _cached(repr((root.resolve(), str(root), name, __version__, sys.version)))


def _cached(key: str) -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gitopsgen"
    return cache / hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _seen(root: Path) -> list[_Seen]:
    """Return name, size and times of every file that a run reads or writes."""
    folders = [root / name for name in ("environments", "templates", "policies", "schemas", "charts", "rendered")]
    builtin = [_PACKAGE.parent.parent / name for name in ("templates", "policies")]
    seen = [entry for folder in (*folders, *builtin, _PACKAGE) for entry in _files(str(folder))]
    return seen + [(f"{_OF_GIT}{name}", size, written, changed) for name, size, written, changed in _branches(root)]


def _branches(root: Path) -> Iterator[_Seen]:
    """Yield the files that say where the branches are: a change is compared with what it left the main branch at.

    Git's folder may be that of a repository around this one; a linked work tree has one with little in it.
    """
    top = root.resolve()
    own = next((mark for folder in (top, *top.parents) if (mark := folder / ".git").exists()), None)
    if own is None:
        return
    with suppress(OSError, ValueError):
        if own.is_file():
            own = own.parent / own.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
        common = own
        if (own / "commondir").is_file():
            common = own / (own / "commondir").read_text(encoding="utf-8").strip()
        for file in (own / "HEAD", common / "packed-refs", common / "shallow"):
            if file.is_file():
                yield _entry(str(file), file.stat())
        yield from _files(str(common / "refs"))


def _files(folder: str) -> Iterator[_Seen]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            if entry.name != "__pycache__":
                yield from _files(entry.path)
        else:
            yield _entry(entry.path, entry.stat(follow_symlinks=False))


def _entry(name: str, status: os.stat_result) -> _Seen:
    return name, status.st_size, status.st_mtime_ns, status.st_ctime_ns
