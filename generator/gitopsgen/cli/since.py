"""``--since REF``: of a report only what the change since a commit touches, and what it brought about elsewhere."""

import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from gitopsgen.git.changes import Changes, changes_since, extract, resolve
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.finding import Finding
from gitopsgen.model.report import Report

_READ = ("environments", "templates", "policies", "charts", "schemas")
"""The folders that a check of the descriptors reads."""


def narrow(
    report: Report, root: Path, revision: str, paths: Iterable[str], check: Callable[[Path, tuple[str, ...]], Report]
) -> Report:
    """Return the findings that the change since ``revision`` touches.

    Those are the ones on a line that it added or changed, and those that were not there before it, wherever they are:
    what breaks because something else went is part of the change too. ``check`` checks the files as they were, in
    another folder; ``paths`` are the given manifest files, none for the descriptors.

    Raises:
        GitopsgenError: git knows no such commit, or a path lies outside of the repository.
    """
    commit = resolve(root, revision)
    changes = changes_since(root, commit)
    given = tuple(_within(root, path) for path in paths)
    with TemporaryDirectory(prefix="gitopsgen-") as folder:
        before = Path(folder)
        extract(root, commit, given or _READ, before)
        present = tuple(path for path in given if (before / path).exists())
        old = frozenset(_known(check, before, given, present))
    kept = tuple(one for one in report.findings if _touched(one, changes) or one.fingerprint not in old)
    return replace(report, findings=kept)


def _known(
    check: Callable[[Path, tuple[str, ...]], Report], before: Path, given: tuple[str, ...], present: tuple[str, ...]
) -> Iterable[str]:
    """Return the fingerprints of what was found before; nothing where there was nothing to check yet."""
    if given and not present:
        return ()
    try:
        return [finding.fingerprint for finding in check(before, present).findings]
    except GitopsgenError:
        return ()  # there were no descriptors yet: all is new


def _touched(finding: Finding, changes: Changes) -> bool:
    return changes.touch(finding.location.file, finding.location.line)


def _within(root: Path, path: str) -> str:
    """Return a path as it is from ``root``."""
    if path == "-":
        raise GitopsgenError("`--since` compares files, and `-` is none", fix="name files or folders")
    relative = os.path.relpath((root / path).resolve(), root.resolve())
    if relative.startswith(".."):
        raise GitopsgenError(f"{path} lies outside of {root.resolve()}", fix="say where the repository is, with -C")
    return relative
