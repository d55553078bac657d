"""What keeps a tree from being written: foreign files in the way, hand edits, an Environment that would be emptied."""

import difflib
from collections import defaultdict
from collections.abc import Iterable, Iterator

from gitopsgen.model.finding import Finding, Severity
from gitopsgen.source.location import Location
from gitopsgen.tree.state import FileState, State

_SHOWN_LINES = 12
_DIGEST = "# digest: "
"""How the line of the header begins that says nothing of what was edited."""


def tree_findings(states: Iterable[FileState], *, force: bool, allow_empty: bool) -> list[Finding]:
    """Return the findings on the tree itself; hand edits block unless ``force``."""
    states = list(states)
    findings: list[Finding] = []
    for state in states:
        if state.state is State.FOREIGN:
            findings.append(_foreign(state))
        elif not force and (state.state is State.EDITED or state.edited):
            findings.append(_edited(state))
    if not allow_empty:
        findings.extend(_emptied(states))
    return findings


def _foreign(state: FileState) -> Finding:
    wanted = state.expected is not None
    return Finding(
        policy="tree/foreign-file",
        severity=Severity.ERROR if wanted else Severity.WARNING,
        message="this file is not gitopsgen's, and "
        + ("stands where one is to be written" if wanted else "lies in the rendered tree, which Argo CD watches"),
        location=Location(state.file, 1, 1),
        fix="move it out of rendered/",
    )


def _edited(state: FileState) -> Finding:
    before = (state.expected or "").splitlines()
    after = (state.text or "").splitlines()
    diff = list(difflib.unified_diff(before, after, "rendered", "on disk", n=0, lineterm=""))[2:]
    changed = [line for line in diff if line[:1] in "+-" and not line[1:].startswith(_DIGEST)]
    pairs = enumerate(zip(before, after, strict=False), 1)
    line = next((number for number, (one, two) in pairs if one != two and not two.startswith(_DIGEST)), 1)
    shown = "; ".join(f"`{text[:80]}`" for text in changed[:_SHOWN_LINES])
    more = f"; and {len(changed) - _SHOWN_LINES} more lines" if len(changed) > _SHOWN_LINES else ""
    return Finding(
        policy="tree/edited",
        severity=Severity.ERROR,
        message=f"the file was edited by hand{': ' if shown else ''}{shown}{more}",
        location=Location(state.file, min(line, max(len(after), 1)), 1),
        fix="make the change in the descriptor, or drop it with `gitopsgen render --force`",
    )


def _emptied(states: list[FileState]) -> Iterator[Finding]:
    by_environment: defaultdict[str, list[FileState]] = defaultdict(list)
    for state in states:
        parts = state.file.split("/")
        if state.state is not State.FOREIGN and len(parts) > 2:  # noqa: PLR2004 - rendered/ENV/…
            by_environment[parts[1]].append(state)
    for environment, files in sorted(by_environment.items()):
        if all(state.state is State.ORPHAN for state in files):
            yield Finding(
                policy="tree/would-empty",
                severity=Severity.ERROR,
                message=f"all {len(files)} files of {environment} would be removed",
                location=Location(files[0].file, 1, 1),
                fix="check that its descriptor is still there; if it is meant, add `--allow-empty`",
            )
