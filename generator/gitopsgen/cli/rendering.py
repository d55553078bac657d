"""``gitopsgen render``: render, check, write, and say what changed."""

from collections.abc import Iterator

from gitopsgen.cli.checks import load_checker
from gitopsgen.cli.console import note, progress, say
from gitopsgen.cli.exit_status import CLEAN, FAULTS
from gitopsgen.cli.kept import keep_units
from gitopsgen.cli.memo import remember
from gitopsgen.cli.options import RenderOptions
from gitopsgen.cli.outputs import Printer
from gitopsgen.library import Library
from gitopsgen.model.finding import Finding, Severity
from gitopsgen.model.report import Report
from gitopsgen.pipeline import Selection, check, render
from gitopsgen.policies.fingerprints import with_fingerprints
from gitopsgen.reports import Format
from gitopsgen.tree.faults import tree_findings
from gitopsgen.tree.state import FileState, State, compare
from gitopsgen.tree.writing import Changes, changes, clean, write


def render_command(options: RenderOptions) -> int:
    """Render what is selected; return the exit status."""
    standard = options.outputs.standard
    selection = Selection(environments=options.environments, apps=options.apps)
    library = Library(root=options.root)
    checker = load_checker(library, options.schema_engine, options.policy_set, jobs=options.jobs)
    printer = Printer(root=options.root, outputs=options.outputs, command="render", page=checker.catalogue.page)
    with progress() as show:
        rendered = render(options.root, library, selection, show, options.jobs)
        report = check(rendered, checker, show)
    if report.blocks:
        printer.emit(report, diagnostics=True)
        note("nothing was written")
        return FAULTS
    states = compare(options.root, rendered.texts, rendered.scope)
    force = options.force or options.check
    report = with_findings(report, tree_findings(states, force=force, allow_empty=options.allow_empty))
    if options.check:
        drifted = [state for state in states if state.state not in (State.CURRENT, State.FOREIGN)]
        report = with_findings(report, [drift(state) for state in drifted])
    said = printer.emit(report, diagnostics=True)
    if report.blocks:
        note("the tree is out of date: run `gitopsgen render`" if options.check else "nothing was written")
        return FAULTS
    planned = Changes(write={}, remove=()) if options.check else changes(states, force=options.force)
    if planned:
        clean(options.root)
        write(options.root, planned)
    total = sum(state.state not in (State.ORPHAN, State.FOREIGN) for state in states)
    unchanged = f"nothing to do: {total} files are up to date"
    if standard in (None, Format.TEXT):
        for line in _told(planned, states, total) if planned else [unchanged]:
            say(line)
    if options.cache:
        keep_units(options.root, rendered.fleet, rendered.texts)
    if options.cache and options.outputs.only_standard and checker.engine.contained:
        text = standard is Format.TEXT
        pure = all(state.state is not State.FOREIGN for state in states)
        remember(options, stdout=f"{unchanged}\n" if text else said, stderr=said if text else "", pure=pure)
    return CLEAN


def _told(planned: Changes, states: list[FileState], total: int) -> Iterator[str]:
    new = {state.file for state in states if state.state is State.MISSING}
    for file in planned.write:
        yield f"{'created' if file in new else 'changed'}  {file}"
    for file in planned.remove:
        yield f"removed  {file}"
    yield f"{len(planned.write) + len(planned.remove)} of {total} files changed"


def with_findings(report: Report, findings: list[Finding]) -> Report:
    """Return ``report`` with more findings, in order."""
    ordered = sorted((*report.findings, *with_fingerprints(findings)), key=lambda finding: finding.order)
    return Report(findings=tuple(ordered), waived=report.waived, not_checked=report.not_checked)


def drift(state: FileState) -> Finding:
    """Return the finding that a file of the tree is not what the descriptors render to."""
    from gitopsgen.source.location import Location  # noqa: PLC0415 - only where there is drift

    words = {
        State.STALE: "the file is not what the descriptors render to now",
        State.EDITED: "the file was edited by hand",
        State.MISSING: "the file is missing",
        State.ORPHAN: "nothing renders this file any more",
    }
    fix = {
        State.EDITED: "change the descriptor instead, and run `gitopsgen render --force`",
    }.get(state.state, "run `gitopsgen render`, and commit what it changes")
    return Finding(
        policy=f"tree/{state.state}",
        severity=Severity.ERROR,
        message=words[state.state],
        location=Location(state.file, 1, 1),
        fix=fix,
    )
