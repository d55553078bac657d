"""``gitopsgen verify``: the state of every file under ``rendered/``."""

from collections import Counter
from pathlib import Path

from gitopsgen.cli.console import print_report, progress, say
from gitopsgen.cli.main import CLEAN, FAULTS
from gitopsgen.cli.rendering import drift, with_findings
from gitopsgen.library import Library
from gitopsgen.model.report import Report
from gitopsgen.pipeline import Selection, render
from gitopsgen.reports import Format
from gitopsgen.tree.faults import tree_findings
from gitopsgen.tree.state import State, compare


def verify_command(root: Path, environments: tuple[str, ...], apps: tuple[str, ...], output_format: Format) -> int:
    """Print the state of each file; return 1 when one is not current."""
    with progress() as show:
        rendered = render(root, Library(root=root), Selection(environments=environments, apps=apps), show)
    if rendered.findings:
        report = with_findings(Report(), list(rendered.findings))
        if report.blocks:
            print_report(report, output_format, root)
            return FAULTS
    states = compare(root, rendered.texts, rendered.scope)
    drifted = [state for state in states if state.state is not State.CURRENT]
    if output_format is not Format.TEXT:
        foreign = tree_findings(states, force=True, allow_empty=True)
        drifts = [drift(state) for state in drifted if state.state is not State.FOREIGN]
        print_report(with_findings(Report(), [*foreign, *drifts]), output_format, root)
    else:
        for state in drifted:
            say(f"{state.state:<8} {state.file}")
        counts = Counter(state.state for state in states)
        say(", ".join(f"{counts[state]} {state}" for state in State if counts[state]) or "the tree is empty")
    return FAULTS if drifted else CLEAN
