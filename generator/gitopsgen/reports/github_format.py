"""Findings as GitHub workflow commands, which its runner turns into annotations of the lines of a pull request.

Source: actions/runner, ``ActionCommand.cs`` for the escapes; actions/toolkit, ``docs/problem-matchers.md`` for how many
annotations a step may have.
"""

from collections.abc import Iterator
from hashlib import sha256
from typing import Final

from gitopsgen.model.finding import Finding, Severity
from gitopsgen.model.report import Report
from gitopsgen.reports import Style
from gitopsgen.reports.frames import end_of_token, line_at
from gitopsgen.reports.gathering import Gathered, gathered, skipped
from gitopsgen.reports.plain import counted, printable, shortened
from gitopsgen.reports.text_format import headline, summary

_COMMANDS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_MOST: Final = 10
"""Annotations of each level that GitHub shows of a step; it drops the others without a word."""
_LONGEST: Final = 4000


def format_report(report: Report, style: Style) -> str:
    """Return a command for each finding, the worst first.

    Where GitHub would show only some of a level, the last command says how many more there are, and they are listed
    in the log as plain text. What was not checked is told in the log.
    """
    lines: list[str] = []
    others: list[str] = []
    for severity, command in _COMMANDS.items():
        findings = gathered(finding for finding in report.worst_first if finding.severity is severity)
        shown = findings if len(findings) <= _MOST else findings[: _MOST - 1]
        lines += [_command(command, one, style) for one in shown]
        if rest := findings[len(shown) :]:
            count = sum(len(one.releases) for one in rest)
            more = f"{counted(count, f'more {command}')}: the log of this step lists all"
            lines.append(f"::{command} title=gitopsgen::{more}")
            for one in rest:
                others += [headline(one), *([f"   also: {printable(one.others)}"] if one.others else [])]
    others += [f"not checked: {printable(one.object)}: {printable(one.reason)}" for one in skipped(report.not_checked)]
    if others:
        lines += [f"::group::{counted(len(others), 'line')} that GitHub has no annotation for", *_inert(others)]
        lines.append("::endgroup::")
    if report.findings or report.waived or report.not_checked:
        lines.append(summary(report))
    return "".join(f"{line}\n" for line in lines)


def _command(command: str, alike: Gathered, style: Style) -> str:
    finding = alike.finding
    properties = ",".join(f"{name}={_property(value)}" for name, value in _properties(finding, style))
    message = printable(f"{alike.subject}{finding.message}")
    if alike.others:
        message += f"\nalso: {printable(alike.others)}"
    if finding.fix:
        message += f"\nfix: {printable(finding.fix)}"
    return f"::{command} {properties}::{_data(shortened(message, _LONGEST))}"


def _properties(finding: Finding, style: Style) -> Iterator[tuple[str, str]]:
    yield "file", printable(style.path(finding.location.file))
    yield "line", str(finding.location.line)
    yield "col", str(finding.location.column)
    if (text := line_at(finding.location, style.lines)) is not None:
        yield "endLine", str(finding.location.line)
        yield "endColumn", str(end_of_token(text, finding.location.column))
    yield "title", printable(finding.policy)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _inert(lines: list[str]) -> Iterator[str]:
    """Yield ``lines`` so that the runner takes none of them for a command, until a word that none of them knows."""
    token = sha256("\n".join(lines).encode()).hexdigest()
    yield f"::stop-commands::{token}"
    yield from lines
    yield f"::{token}::"
