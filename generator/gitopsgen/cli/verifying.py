"""``gitopsgen verify``: the state of every file under ``rendered/``."""

from collections import Counter
from pathlib import Path

from gitopsgen.cli.console import progress, say
from gitopsgen.cli.exit_status import CLEAN, FAULTS
from gitopsgen.cli.options import Outputs
from gitopsgen.cli.outputs import Printer, pages
from gitopsgen.cli.rendering import drift, with_findings
from gitopsgen.library import Library
from gitopsgen.model.report import Report
from gitopsgen.pipeline import Selection, render
from gitopsgen.reports import Format
from gitopsgen.tree.faults import tree_findings
from gitopsgen.tree.state import State, compare


def verify_command(root: Path, selection: Selection, outputs: Outputs) -> int:
    """Print the state of each file; return 1 when one is not current."""
    library = Library(root=root)
    printer = Printer(root=root, outputs=outputs, command="verify", page=pages(library))
    with progress() as show:
        rendered = render(root, library, selection, show)
    faults = with_findings(Report(), list(rendered.findings))
    if faults.blocks:
        printer.emit(faults)
        return FAULTS
    states = compare(root, rendered.texts, rendered.scope)
    drifted = [state for state in states if state.state is not State.CURRENT]
    foreign = tree_findings(states, force=True, allow_empty=True)
    drifts = [drift(state) for state in drifted if state.state is not State.FOREIGN]
    report = with_findings(Report(), [*foreign, *drifts])
    if outputs.standard is not Format.TEXT:
        printer.emit(report)
        return FAULTS if drifted else CLEAN
    printer.write(report)
    for state in drifted:
        say(f"{state.state:<8} {state.file}")
    counts = Counter(state.state for state in states)
    say(", ".join(f"{counts[state]} {state}" for state in State if counts[state]) or "the tree is empty")
    return FAULTS if drifted else CLEAN
