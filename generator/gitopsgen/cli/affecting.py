"""``gitopsgen affected``: the releases and rendered files that an edit reaches."""

import json
from pathlib import Path

from gitopsgen.cli.console import note, say
from gitopsgen.cli.exit_status import CLEAN, FAULTS
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.reach.affected import Affected
from gitopsgen.reach.model import Reach
from gitopsgen.reports.affected import affected_data, affected_text


def affected_command(root: Path, targets: tuple[str, ...], since: str, output_format: str) -> int:
    """Print what edits of ``targets`` reach, or the change since a commit.

    Raises:
        GitopsgenError: there is no such file, or no such commit.
    """
    if output_format not in ("text", "json"):
        raise GitopsgenError(f"there is no format `{output_format}`", fix="one of: text, json")
    if bool(targets) == bool(since):
        raise GitopsgenError(
            "there is nothing to follow" if not targets else "files and `--since` exclude each other",
            fix="name files, FILE or FILE:LINE, or a commit: `--since main`",
        )
    affected = Affected(root=root)
    edits = affected.edits(targets)
    reach = affected.since(since) if since else Reach()
    for edit in edits:
        reach |= edit.reach
    if output_format == "json":
        say(json.dumps(affected_data(edits, reach, since), indent=2, ensure_ascii=False))
    else:
        for line in affected_text(edits, reach):
            say(line)
    if affected.faults:
        count = "1 fault" if affected.faults == 1 else f"{affected.faults} faults"
        note(f"{count} in descriptors or policies, and what has one is left out: run `gitopsgen lint`")
        return FAULTS
    return CLEAN
