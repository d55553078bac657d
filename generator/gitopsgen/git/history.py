"""Files as they were committed at a revision."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gitopsgen.git.command import ask, decode, run
from gitopsgen.git.log import is_shallow

_MAIN: Final = ("origin/HEAD", "origin/main", "origin/master", "main", "master")


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A commit, and the ids of the files below a folder at it, by their path from the repository's root."""

    commit: str
    blobs: Mapping[str, str]


def base_revision(root: Path, folder: str) -> Revision | None:
    """Return the commit that a change is compared with: where it left the main branch, or else the last one.

    ``None`` outside of a repository, before the first commit, or without git.
    """
    commit = base_commit(root)
    return Revision(commit=commit, blobs=list_files(root, commit, folder)) if commit else None


def base_commit(root: Path) -> str | None:
    """Return the id of that commit alone."""
    head = ask(root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    return None if head is None else (_left_main(root) or head.strip())


def lacks_base(root: Path) -> bool:
    """Tell whether the clone is shallow, and ends before the commit at which this branch left the main branch."""
    return is_shallow(root) and _left_main(root) is None


def _left_main(root: Path) -> str | None:
    found = (ask(root, "merge-base", "HEAD", branch) for branch in _MAIN)
    return next((commit.strip() for commit in found if commit is not None), None)


def list_files(root: Path, commit: str, folder: str) -> dict[str, str]:
    """Return the ids of the files below ``folder`` at a commit, by their path; folder and paths are from ``root``."""
    prefix = (ask(root, "rev-parse", "--show-prefix") or "").strip()
    listed = ask(root, "ls-tree", "-r", "-z", "--full-tree", commit, "--", f"{prefix}{folder}")
    blobs: dict[str, str] = {}
    for entry in (listed or "").split("\0"):
        details, tab, path = entry.partition("\t")
        if tab and details.split(" ")[1] == "blob":
            blobs[path.removeprefix(prefix)] = details.split(" ")[2]
    return blobs


def blob_id(text: str) -> str:
    """Return the id that git gives to a file with this text, in a repository that hashes with SHA-1 as most do."""
    content = text.encode("utf-8", "surrogateescape")
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def read_blobs(root: Path, blobs: Iterable[str]) -> dict[str, str]:
    """Return the texts of files by their ids."""
    wanted = list(dict.fromkeys(blobs))
    if not wanted:
        return {}
    output = run(root, "cat-file", "--batch", stdin="\n".join(wanted).encode() + b"\n")
    texts: dict[str, str] = {}
    position = 0
    while position < len(output):
        end = output.index(b"\n", position)
        identity, kind, *size = output[position:end].decode().split(" ")
        position = end + 1
        if kind == "blob" and size:
            length = int(size[0])
            texts[identity] = decode(output[position : position + length])
            position += length + 1
    return texts
