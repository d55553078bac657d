"""``gitopsgen status``: which version is where, and what awaits promotion."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from gitopsgen.cli.console import coloured, note, progress, say
from gitopsgen.cli.exit_status import CLEAN, FAULTS
from gitopsgen.cli.memo import tree_is_current
from gitopsgen.delivery.status import read_status
from gitopsgen.descriptors.loading import load_descriptors
from gitopsgen.descriptors.resolving import resolve
from gitopsgen.descriptors.selecting import Selection, require_match
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.finding import Finding, Severity
from gitopsgen.reports.status import status_data, status_markdown, status_text
from gitopsgen.tree.state import FileState


def status_command(root: Path, environments: tuple[str, ...], apps: tuple[str, ...], output_format: str) -> int:
    """Print the matrix of what is selected; return 1 when the tree or the descriptors are at fault.

    Raises:
        GitopsgenError: there is no such format, or the selection matches nothing.
    """
    if output_format not in ("text", "json", "markdown"):
        raise GitopsgenError(f"there is no format `{output_format}`", fix="one of: text, json, markdown")
    selection = Selection(environments=environments, apps=apps)
    descriptors, findings = load_descriptors(root)
    fleet, faults = resolve(descriptors)
    findings += faults
    require_match(selection, fleet, findings)
    states: list[FileState] | None = None if findings else []
    if not findings and not tree_is_current(root):
        states, findings = _states(root, selection)
    status = read_status(root, fleet, selection, states)
    now = datetime.now(UTC)
    match output_format:
        case "json":
            say(json.dumps(status_data(status), indent=2, ensure_ascii=False))
        case "markdown":
            sys.stdout.write(status_markdown(status, now))
        case _:
            sys.stdout.write(status_text(status, now, colour=coloured(sys.stdout)))
    if findings:
        count = "1 fault" if len(findings) == 1 else f"{len(findings)} faults"
        note(f"{count} in what people wrote: drift is not told, and something may be left out; run `gitopsgen lint`")
    return FAULTS if findings or status.drifted else CLEAN


def _states(root: Path, selection: Selection) -> tuple[list[FileState] | None, list[Finding]]:
    """Return the state of each file, by rendering what is selected; or the faults that keep it from being known."""
    from gitopsgen.library import Library  # noqa: PLC0415 - only where it is not known already
    from gitopsgen.pipeline import render  # noqa: PLC0415 - the same
    from gitopsgen.tree.state import compare  # noqa: PLC0415 - the same

    with progress() as show:
        rendered = render(root, Library(root=root), selection, show, jobs=0)
    faults = [finding for finding in rendered.findings if finding.severity is Severity.ERROR]
    return (None if faults else compare(root, rendered.texts, rendered.scope)), faults
