"""Findings for a person at a terminal: place, rule, what is so, the line itself, and what to type."""

from collections.abc import Iterator
from typing import Final

from gitopsgen.model.finding import Finding, Severity
from gitopsgen.model.report import Report
from gitopsgen.reports import Style

_COLOURS: Final = {Severity.ERROR: "31;1", Severity.WARNING: "33;1", Severity.INFO: "36;1"}
_WIDEST: Final = 160


def format_report(report: Report, style: Style) -> str:
    """Return the findings, what was not checked, and a line that sums up; empty when there is nothing to say."""
    lines: list[str] = []
    for finding in report.findings:
        lines.extend(_finding(finding, style))
    skipped = _paint("not checked", "35;1", style)
    lines += [f"{skipped}: {one.object}: {one.reason}" for one in report.not_checked]
    if report.findings or report.waived or report.not_checked:
        lines.append(summary(report))
    return "".join(f"{line}\n" for line in lines)


def summary(report: Report) -> str:
    """Return ``1 error, 2 warnings; 1 waived``."""
    counts = [
        _counted(report.count(severity), severity.value if severity is not Severity.INFO else "note")
        for severity in Severity
        if report.count(severity)
    ]
    parts = [", ".join(counts) or "no findings"]
    if report.waived:
        parts.append(f"{len(report.waived)} waived")
    if report.not_checked:
        parts.append(f"{_counted(len(report.not_checked), 'object')} not checked")
    return "; ".join(parts)


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _finding(finding: Finding, style: Style) -> Iterator[str]:
    place = _paint(str(finding.location), "1", style)
    rule = _paint(f"{finding.severity}[{finding.policy}]", _COLOURS[finding.severity], style)
    release = f"{finding.release}: " if finding.release else ""
    yield f"{place}: {rule} {release}{finding.message}"
    yield from _frame(finding, style)
    if finding.fix:
        yield f"   fix: {finding.fix}"
    for related in finding.related:
        yield f"   see: {related.location} ({related.message})"
    rendered = f"{finding.rendered.file}:{finding.rendered.line}   " if finding.rendered else ""
    yield f"   {rendered}explain: gitopsgen explain {finding.policy}"


def _frame(finding: Finding, style: Style) -> Iterator[str]:
    lines = style.lines(finding.location.file)
    number = finding.location.line
    if not 0 < number <= len(lines):
        return
    written = lines[number - 1]
    column = min(finding.location.column, len(written) + 1)
    if len(written) > _WIDEST:
        start = max(column - _WIDEST // 2, 0)
        written, column = f"…{written[start : start + _WIDEST]}…", column - start + 1
    written = "".join(character if character.isprintable() else " " for character in written)
    gutter = f"{number:>5}"
    yield f"{gutter} | {written}"
    yield f"{' ' * len(gutter)} | {' ' * (column - 1)}{_paint('^', _COLOURS[finding.severity], style)}"


def _paint(text: str, code: str, style: Style) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if style.colour else text
