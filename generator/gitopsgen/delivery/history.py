"""The versions that a release has had, as git has kept them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from gitopsgen.delivery.version import ImageVersion
from gitopsgen.git.history import read_blobs
from gitopsgen.git.log import Commit, FileChange, file_changes, is_shallow
from gitopsgen.model.manifest import map_at
from gitopsgen.source.reader import read
from gitopsgen.tree.state import TREE

ROLLBACK_TRAILER: Final = "Rolls-Back"
"""Names the releases (``prod/sample-api``) that a commit takes back to an earlier version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionChange:
    """A commit that gave a release another version; ``version`` is ``None`` where it took the release away."""

    commit: Commit
    version: ImageVersion | None
    rollback: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionHistory:
    """The version changes of a release, the newest first; not ``complete`` where the clone ends before they do."""

    release: str
    changes: tuple[VersionChange, ...]
    complete: bool

    @property
    def current(self) -> VersionChange | None:
        """The last change; ``None`` when the release is not there now."""
        return self.changes[0] if self.changes and self.changes[0].version is not None else None

    @property
    def previous(self) -> ImageVersion | None:
        """The version before the current one; ``None`` when there was none."""
        return next((one.version for one in self.changes[1:] if one.version is not None), None)

    @property
    def cut(self) -> bool:
        """Tell whether the clone starts with the current version, so that nobody knows since when it is there."""
        return not self.complete and len(self.changes) == 1

    def since(self, version: ImageVersion) -> datetime | None:
        """Return from when on the release has had ``version``; ``None`` when it does not have it now."""
        current = self.current
        return current.commit.date if current and current.version == version else None


def read_history(root: Path, releases: tuple[str, ...], revision: str = "HEAD") -> dict[str, VersionHistory]:
    """Return the history of each of ``releases`` (``env/app``) up to ``revision``, read off their committed values.

    Raises:
        GitopsgenError: this is no repository, there is no such revision, or git is not installed.
    """
    files = {f"{TREE}/{release}/values.yaml": release for release in releases}
    changes = file_changes(root, files, revision)
    texts = read_blobs(root, (change.blob for change in changes if change.blob))
    complete = not is_shallow(root)
    by_release: dict[str, list[FileChange]] = {release: [] for release in releases}
    for change in changes:
        by_release[files[change.file]].append(change)
    return {
        release: VersionHistory(
            release=release, changes=tuple(_versions(release, found, texts))[::-1], complete=complete
        )
        for release, found in by_release.items()
    }


def _versions(release: str, changes: list[FileChange], texts: dict[str, str]) -> Iterator[VersionChange]:
    """Yield the changes that brought another version, the oldest first."""
    current: ImageVersion | None = None
    seen: set[ImageVersion] = set()
    for change in reversed(changes):
        version = _version(texts.get(change.blob, "")) if change.blob else None
        if change.blob and version is None:
            continue  # a text that is no values says nothing of the version
        if version == current:
            continue
        yield VersionChange(
            commit=change.commit, version=version, rollback=_is_rollback(release, change.commit, version, current, seen)
        )
        current = version
        if version is not None:
            seen.add(version)


def _is_rollback(
    release: str, commit: Commit, version: ImageVersion | None, before: ImageVersion | None, seen: set[ImageVersion]
) -> bool:
    """Tell whether a change went back: its commit says so, or it brought a version again that is not a newer one."""
    if version is None or before is None:
        return False
    if any(key.lower() == ROLLBACK_TRAILER.lower() and release in value.split() for key, value in commit.trailers):
        return True
    return version in seen and before.is_older_than(version) is not True


def _version(text: str) -> ImageVersion | None:
    documents = read(text, "").documents
    image = map_at(documents[0].data, "image") if documents else {}
    return ImageVersion.of(image) if image else None
