"""Findings for a person at a terminal: place, rule, what is so, the line itself, and what to type."""

from collections.abc import Iterator
from typing import Final

from gitopsgen.model.finding import Severity
from gitopsgen.model.report import Report
from gitopsgen.reports import Style
from gitopsgen.reports.frames import frame
from gitopsgen.reports.gathering import Gathered, gathered, skipped
from gitopsgen.reports.plain import counted, printable

_COLOURS: Final = {Severity.ERROR: "31;1", Severity.WARNING: "33;1", Severity.INFO: "36;1"}


def format_report(report: Report, style: Style) -> str:
    """Return the findings, what was not checked, and a line that sums up; empty when there is nothing to say."""
    lines: list[str] = []
    for one in gathered(report.findings):
        lines.extend(finding_lines(one, style))
    head = _paint("not checked", "35;1", style)
    lines += [f"{head}: {printable(one.object)}: {printable(one.reason)}" for one in skipped(report.not_checked)]
    if report.findings or report.waived or report.not_checked:
        lines.append(summary(report))
    return "".join(f"{line}\n" for line in lines)


def summary(report: Report) -> str:
    """Return ``1 error, 2 warnings; 1 waived``."""
    counts = [
        counted(report.count(severity), severity.value if severity is not Severity.INFO else "note")
        for severity in Severity
        if report.count(severity)
    ]
    parts = [", ".join(counts) or "no findings"]
    if report.waived:
        parts.append(f"{len(report.waived)} waived")
    if report.not_checked:
        parts.append(f"{counted(len(report.not_checked), 'object')} not checked")
    return "; ".join(parts)


def headline(alike: Gathered) -> str:
    """Return the first line of findings: ``FILE:LINE:COLUMN: error[RULE] RELEASE: what is so``."""
    return next(finding_lines(alike, Style()))


def finding_lines(alike: Gathered, style: Style) -> Iterator[str]:
    """Yield the lines of findings: the place and what is so, the line of the file, what to type, other places."""
    finding = alike.finding
    place = _paint(printable(str(finding.location)), "1", style)
    rule = _paint(f"{finding.severity}[{printable(finding.policy)}]", _COLOURS[finding.severity], style)
    yield f"{place}: {rule} {printable(alike.subject + finding.message)}"
    if shown := frame(finding.location, style.lines):
        yield f"{shown.gutter} | {shown.text}"
        yield f"{' ' * len(shown.gutter)} | {' ' * shown.indent}{_paint('^', _COLOURS[finding.severity], style)}"
    if alike.others:
        yield f"   also: {printable(alike.others)}"
    if finding.fix:
        yield f"   fix: {printable(finding.fix)}"
    for related in finding.related:
        yield f"   see: {printable(f'{related.location} ({related.message})')}"
    rendered = f"{printable(finding.rendered.file)}:{finding.rendered.line}   " if finding.rendered else ""
    yield f"   {rendered}explain: gitopsgen explain {printable(finding.policy)}"


def _paint(text: str, code: str, style: Style) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if style.colour else text
