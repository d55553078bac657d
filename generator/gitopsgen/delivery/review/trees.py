"""Two states of the rendered tree, and the files that differ between them; only what is asked for is read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Protocol

from gitopsgen.git.command import decode, run
from gitopsgen.git.history import blob_id, list_files, read_blobs
from gitopsgen.tree.state import TREE, place_of, tree_files


class Tree(Protocol):
    """One state of the files under ``rendered/``."""

    @property
    def files(self) -> frozenset[str]:
        """The paths of all files, from the repository's root."""

    def read(self, files: Iterable[str]) -> Mapping[str, str]:
        """Return the texts of some of its files."""

    def differing(self, base: "Committed") -> frozenset[str]:
        """Return the files that ``base`` has not, or otherwise, and those that it alone has."""


@dataclass(frozen=True, kw_only=True)
class Committed:
    """The tree of a commit; nothing is checked out."""

    root: Path
    commit: str

    @cached_property
    def blobs(self) -> Mapping[str, str]:
        """The ids of the files."""
        return list_files(self.root, self.commit, TREE)

    @property
    def files(self) -> frozenset[str]:
        """The paths of all files."""
        return frozenset(self.blobs)

    def read(self, files: Iterable[str]) -> Mapping[str, str]:
        """Return the texts of some of its files."""
        wanted = {file: self.blobs[file] for file in files}
        texts = read_blobs(self.root, wanted.values())
        return {file: texts[blob] for file, blob in wanted.items() if blob in texts}

    def differing(self, base: "Committed") -> frozenset[str]:
        """Return the files that the two commits do not have alike."""
        return frozenset(file for file, _ in self.blobs.items() ^ base.blobs.items())


@dataclass(frozen=True, kw_only=True)
class OnDisk:
    """The tree as it lies in the work tree."""

    root: Path

    @cached_property
    def files(self) -> frozenset[str]:
        """The paths of all files."""
        return frozenset(tree_files(self.root))

    def read(self, files: Iterable[str]) -> Mapping[str, str]:
        """Return the texts of some of its files."""
        return {file: decode((self.root / file).read_bytes()).replace("\r\n", "\n") for file in files}

    def differing(self, base: "Committed") -> frozenset[str]:
        """Return the files that git says are not as the commit has them, and those that it does not know."""
        options = ("--name-only", "--no-ext-diff", "--no-renames", "--relative", "-z")
        changed = decode(run(self.root, "diff", *options, base.commit, "--", TREE)).split("\0")
        others = decode(run(self.root, "ls-files", "--others", "-z", "--", TREE)).split("\0")
        return frozenset(name for name in (*changed, *others) if name)


@dataclass(frozen=True, kw_only=True)
class Recalled:
    """The tree as it would be written, of which only ``texts`` are rendered now; of the rest the ids are known.

    ``blobs`` are the ids of all files. What is not in ``texts`` is read from ``base``, or from the work tree.
    """

    root: Path
    base: Committed
    blobs: Mapping[str, str]
    texts: Mapping[str, str] = field(default_factory=dict)

    @property
    def files(self) -> frozenset[str]:
        """The paths of all files."""
        return frozenset(self.blobs)

    def unreadable(self) -> list[str]:
        """Return the files whose text is nowhere: they have to be rendered."""
        elsewhere = [file for file in self.blobs if file not in self.texts and not self._in_base(file)]
        return [file for file in elsewhere if blob_id(self._on_disk(file)) != self.blobs[file]]

    def with_texts(self, texts: Mapping[str, str], without: Iterable[str]) -> "Recalled":
        """Return the tree with what was rendered now in place of all files of the releases ``without``."""
        gone = frozenset(without)
        blobs = {file: blob for file, blob in self.blobs.items() if place_of(file) not in gone}
        fresh = {file: blob_id(text) for file, text in texts.items()}
        return replace(self, blobs={**blobs, **fresh}, texts=texts)

    def read(self, files: Iterable[str]) -> Mapping[str, str]:
        """Return the texts of some of its files."""
        wanted = [file for file in files if file not in self.texts]
        found = {file: self.texts[file] for file in files if file in self.texts}
        found |= self.base.read(file for file in wanted if self._in_base(file))
        return {**found, **{file: self._on_disk(file) for file in wanted if not self._in_base(file)}}

    def differing(self, base: Committed) -> frozenset[str]:
        """Return the files that would not be as the commit has them."""
        return frozenset(file for file, _ in self.blobs.items() ^ base.blobs.items())

    def _in_base(self, file: str) -> bool:
        return self.base.blobs.get(file) == self.blobs[file]

    def _on_disk(self, file: str) -> str:
        try:
            return decode((self.root / file).read_bytes()).replace("\r\n", "\n")
        except OSError:
            return ""
