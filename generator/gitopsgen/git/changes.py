"""What changed since a commit: the lines of the work tree that are new, and the files as they were."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from gitopsgen.git.command import GitFailed, decode, run
from gitopsgen.git.history import read_blobs
from gitopsgen.model.errors import GitopsgenError

_HUNK: Final = re.compile(r"^@@ -\S+ \+(\d+)(?:,(\d+))? @@")


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """The lines that were added or changed since a commit, by file; of a file that git does not know, all."""

    lines: Mapping[str, tuple[range, ...]]
    untracked: frozenset[str] = field(default_factory=frozenset)

    def touch(self, file: str, line: int) -> bool:
        """Tell whether a line of a file is new."""
        return file in self.untracked or any(line in changed for changed in self.lines.get(file, ()))


def resolve(root: Path, revision: str) -> str:
    """Return the id of the commit that ``revision`` names.

    Raises:
        GitopsgenError: there is no repository, or no such commit.
    """
    try:
        return decode(
            run(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        ).strip()
    except GitFailed as error:
        message = f"git knows no commit `{revision}` in {root}"
        raise GitopsgenError(message, fix="name a branch, a tag or a commit; in CI, fetch it first") from error


def changes_since(root: Path, commit: str) -> Changes:
    """Return what the work tree below ``root`` has that ``commit`` has not; files are relative to ``root``."""
    options = ("--unified=0", "--no-color", "--no-ext-diff", "--no-renames", "--relative", "--src-prefix=a/")
    quiet = ("-c", "core.quotePath=false", "-c", "diff.noprefix=false", "-c", "diff.mnemonicPrefix=false")
    said = decode(run(root, *quiet, "diff", *options, "--dst-prefix=b/", commit, "--", "."))
    lines: dict[str, list[range]] = {}
    current: list[range] = []
    for line in said.splitlines():
        if line.startswith("+++ "):
            current = lines.setdefault(line[4:].rstrip("\t").removeprefix("b/"), [])
        elif hunk := _HUNK.match(line):
            start, count = int(hunk[1]), int(hunk[2] or 1)
            current.append(range(start, start + count))
    others = decode(run(root, "ls-files", "--others", "--exclude-standard", "-z", "--", "."))
    return Changes(
        lines={file: tuple(found) for file, found in lines.items()},
        untracked=frozenset(name for name in others.split("\0") if name),
    )


def changed_files(root: Path, commit: str) -> tuple[str, ...]:
    """Return the files below ``root`` that are not as ``commit`` has them: those that are new or gone among them."""
    options = ("--name-only", "--no-ext-diff", "--no-renames", "--relative", "-z")
    changed = decode(run(root, "diff", *options, commit, "--", ".")).split("\0")
    others = decode(run(root, "ls-files", "--others", "--exclude-standard", "-z", "--", ".")).split("\0")
    return tuple(sorted(name for name in {*changed, *others} if name))


def extract(root: Path, commit: str, paths: Iterable[str], target: Path) -> None:
    """Write the files that ``commit`` has below ``paths`` (relative to ``root``) to the folder ``target``."""
    prefix = decode(run(root, "rev-parse", "--show-prefix")).strip()
    wanted = sorted(f"{prefix}{path}" for path in paths)
    listed = decode(run(root, "--literal-pathspecs", "ls-tree", "-r", "-z", "--full-tree", commit, "--", *wanted))
    blobs: dict[str, str] = {}
    for entry in listed.split("\0"):
        details, tab, path = entry.partition("\t")
        if tab and details.split(" ")[1] == "blob":
            blobs[path.removeprefix(prefix)] = details.split(" ")[2]
    texts = read_blobs(root, blobs.values())
    for path, blob in blobs.items():
        file = target / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(texts[blob], encoding="utf-8", errors="surrogateescape", newline="")
