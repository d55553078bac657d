"""What a delivery changes, for people and for machines: descriptors, rendered files, and the rollout that follows."""

import difflib
from collections.abc import Iterable, Iterator
from typing import Any, Final

from gitopsgen.delivery.committing import Committed
from gitopsgen.delivery.proposal import Proposal
from gitopsgen.reports.json_format import report_data
from gitopsgen.rollouts.plan import Plan

_MOST_LINES: Final = 150
_DIGEST: Final = "# digest: "
_COLOURS: Final = {"+": "32", "-": "31", "@": "36"}


def proposal_text(proposal: Proposal, *, colour: bool) -> str:
    """Return the changes as a diff, those of rendered files without context; empty when there are none."""
    lines = [line for file in proposal.texts for line in _diff(proposal, file, context=3)]
    files = (*proposal.tree.write, *proposal.tree.remove)
    rendered = [line for file in files for line in _diff(proposal, file, context=0)]
    lines += rendered[:_MOST_LINES]
    if len(rendered) > _MOST_LINES:
        lines.append(f"and {len(rendered) - _MOST_LINES} more lines of {len(files)} rendered files")
    return "".join(f"{_painted(line) if colour else line}\n" for line in lines)


def proposal_data(
    proposal: Proposal | None, release: str, plans: Iterable[Plan], committed: Committed | None, *, written: bool
) -> dict[str, Any]:
    """Return a delivery as plain data; without a proposal there was nothing to do."""
    return {
        "schemaVersion": 1,
        "release": release,
        "affected": list(proposal.affected) if proposal else [],
        "descriptors": _files(proposal, proposal.texts) if proposal else [],
        "rendered": _files(proposal, (*proposal.tree.write, *proposal.tree.remove)) if proposal else [],
        "report": report_data(proposal.report) if proposal else None,
        "plans": [plan.as_json() for plan in plans],
        "written": written,
        "commit": committed.commit if committed else None,
        "tag": committed.tag or None if committed else None,
        "pushedTo": committed.pushed_to or None if committed else None,
    }


def _files(proposal: Proposal, files: Iterable[str]) -> list[dict[str, str]]:
    return [{"file": file, "diff": "\n".join(_diff(proposal, file, context=3))} for file in files]


def _diff(proposal: Proposal, file: str, *, context: int) -> Iterator[str]:
    """Yield a unified diff of a file, without its digest: that changes with every byte."""
    before = proposal.before.get(file, "")
    after = proposal.texts.get(file, proposal.tree.write.get(file, ""))
    old, new = ([line for line in text.splitlines() if not line.startswith(_DIGEST)] for text in (before, after))
    yield from difflib.unified_diff(
        old,
        new,
        f"a/{file}" if before else "/dev/null",
        f"b/{file}" if after else "/dev/null",
        n=context,
        lineterm="",
    )


def _painted(line: str) -> str:
    code = "1" if line.startswith(("+++", "---")) else _COLOURS.get(line[:1], "")
    return f"\x1b[{code}m{line}\x1b[0m" if code else line
