"""``gitopsgen lint``: what would be rendered, or files of any origin; nothing is written but reports."""

import sys
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

from gitopsgen.cli.checks import load_checker, severity_named
from gitopsgen.cli.console import note, progress, say
from gitopsgen.cli.exit_status import CLEAN, FAULTS
from gitopsgen.cli.options import LintOptions
from gitopsgen.cli.outputs import Printer, pages
from gitopsgen.foreign import load_manifests
from gitopsgen.library import Library
from gitopsgen.model.report import Report
from gitopsgen.pipeline import Selection, check, render
from gitopsgen.reports import Format


def lint_command(options: LintOptions) -> int:
    """Check what is asked for, print the findings, and return the exit status."""
    level = severity_named(options.fail_on)
    report = _checked(options)
    if options.since:
        from gitopsgen.cli.since import narrow  # noqa: PLC0415 - only when asked for

        report = narrow(report, options.root, options.since, options.paths, lambda *then: _then(options, *then))
    report = _narrowed(report, options)
    if options.write_baseline:
        _write_baseline(options.write_baseline, report)
    if options.baseline:
        report = _without_known(options.baseline, report)
    page = pages(Library(root=options.root, more_policies=options.policies))
    printer = Printer(root=options.root, outputs=options.outputs, command="lint", page=page, failing=level)
    if not printer.emit(report) and options.outputs.standard is Format.TEXT:
        say("no findings")
    return FAULTS if report.fails(level) else CLEAN


def _checked(options: LintOptions) -> Report:
    library = Library(root=options.root, more_policies=options.policies)
    checker = load_checker(library, options.schema_engine, options.policy_set, jobs=options.jobs)
    if options.paths:
        foreign = load_manifests(options.root, options.paths, sys.stdin.read, options.jobs)
        return checker.check_foreign(foreign, options.kubernetes_version)
    selection = Selection(environments=options.environments, apps=options.apps)
    with progress() as show:
        rendered = render(options.root, library, selection, show, options.jobs)
        return check(rendered, checker, show)


def _then(options: LintOptions, root: Path, paths: tuple[str, ...]) -> Report:
    """Return the report on the files as they were, which lie in the folder ``root``."""
    return _checked(replace(options, root=root, paths=paths))


def _narrowed(report: Report, options: LintOptions) -> Report:
    """Return the report of the selected rules; faults of text and descriptors cannot be ignored."""

    def wanted(rule: str) -> bool:
        if rule.startswith(("yaml/", "descriptor/")):
            return True
        selected = not options.select or any(fnmatchcase(rule, pattern) for pattern in options.select)
        return selected and not any(fnmatchcase(rule, pattern) for pattern in options.ignore)

    return Report(
        findings=tuple(finding for finding in report.findings if wanted(finding.policy)),
        waived=report.waived,
        not_checked=report.not_checked,
    )


def _write_baseline(file: Path, report: Report) -> None:
    from gitopsgen.policies.baseline import write_baseline  # noqa: PLC0415 - only when asked for

    write_baseline(file, report.findings)
    note(f"{len(report.findings)} findings are now known: {file}")


def _without_known(file: Path, report: Report) -> Report:
    from gitopsgen.policies.baseline import read_baseline  # noqa: PLC0415 - only when asked for

    known = read_baseline(file)
    new = tuple(finding for finding in report.findings if finding.fingerprint not in known)
    return Report(findings=new, waived=report.waived, not_checked=report.not_checked)
