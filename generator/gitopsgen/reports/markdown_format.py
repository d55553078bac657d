"""Findings for the comment on a pull request: Markdown of bounded length, the worst first, with nothing live in it."""

import re
from collections.abc import Iterator
from itertools import accumulate
from typing import Final

from gitopsgen.model.finding import Severity
from gitopsgen.model.listing import some_of
from gitopsgen.model.report import Report
from gitopsgen.reports import Style
from gitopsgen.reports.frames import frame
from gitopsgen.reports.gathering import NAMED, Gathered, gathered, skipped
from gitopsgen.reports.plain import LIVE, comment_mark, counted, printable, shortened
from gitopsgen.reports.text_format import summary

_MOST: Final = 64_000
"""Of the 65,536 characters that GitHub takes in a comment, what the findings may have."""
_MOST_OTHERS: Final = 20
_LONGEST_BRIEF: Final = 300
_LONGEST: Final = 2000
_WORDS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_CODE: Final = re.compile(r"`([^`]+)`")
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>()|~!$&^=])")


def format_report(report: Report, style: Style) -> str:
    """Return the report in less than 65,000 characters.

    As many findings as fit are told in a line each, the worst first, and from the worst on they also have the line of
    the file and what to type, as long as there is room. The first line is a mark by which a comment is found again.
    """
    head = [comment_mark(style.command, style.folder), f"### gitopsgen {style.command}: {_text(summary(report))}", ""]
    tail = [*_waived(report), *_not_checked(report)]
    findings = gathered(report.worst_first)
    room = _MOST - _size("\n".join((*head, *tail)))
    briefs = [_brief(finding, _LONGEST_BRIEF) for finding in findings]
    fitting = sum(total <= room for total in accumulate(_size(brief) + 1 for brief in briefs))
    room -= sum(_size(brief) + 1 for brief in briefs[:fitting])
    items = briefs[:fitting]
    for index, finding in enumerate(findings[:fitting]):
        whole = "\n".join(_whole(finding, style))
        room -= _size(whole) - _size(items[index])
        if room < 0:
            break
        items[index] = whole
    if left := findings[fitting:]:
        counts = ", ".join(
            counted(n, _WORDS[one])
            for one in Severity
            if (n := sum(len(each.releases) for each in left if each.finding.severity is one))
        )
        items += ["", f"**and {counts} more**: the log of the run lists all"]
    return "\n".join((*head, *items, *tail)) + "\n"


def _brief(alike: Gathered, length: int) -> str:
    finding = alike.finding
    names = [_code(shortened(name, 100)) for name in alike.releases if name]
    releases = f" {some_of(names, NAMED)}" if names else ""
    place = _code(shortened(str(finding.location), 200))
    rule = _code(shortened(finding.policy, 100))
    return f"- **{_WORDS[finding.severity]}** {rule}{releases} {place} — {_text(shortened(finding.message, length))}"


def _whole(alike: Gathered, style: Style) -> Iterator[str]:
    finding = alike.finding
    yield _brief(alike, _LONGEST)
    if shown := frame(finding.location, style.lines):
        lines = (f"{shown.gutter} | {shown.text}", f"{' ' * len(shown.gutter)} | {' ' * shown.indent}^")
        fence = "`" * max(3, _longest_run(shown.text) + 1)
        yield ""
        yield from (f"  {line}".rstrip() for line in (f"{fence}text", *lines, fence))
    if alike.others:
        yield f"\n  also: {_text(shortened(alike.others, _LONGEST))}"
    if finding.fix:
        yield f"\n  fix: {_text(shortened(finding.fix, _LONGEST))}"
    if finding.rendered:
        yield f"\n  rendered: {_code(f'{finding.rendered.file}:{finding.rendered.line}')}"


def _waived(report: Report) -> Iterator[str]:
    if report.waived:
        yield from ("", f"<details><summary>{len(report.waived)} waived</summary>", "")
        for finding in report.waived[:_MOST_OTHERS]:
            waiver = finding.waived_by
            why = (
                f" — {_text(shortened(waiver.reason, 200))} ({_text(waiver.owner[:50])}, until {waiver.expires})"
                if waiver
                else ""
            )
            release = f" {_code(shortened(finding.release, 100))}" if finding.release else ""
            yield f"- {_code(shortened(finding.policy, 100))}{release}{why}"
        yield from _closed(len(report.waived))


def _not_checked(report: Report) -> Iterator[str]:
    if report.not_checked:
        yield from ("", f"<details><summary>{counted(len(report.not_checked), 'object')} not checked</summary>", "")
        told = skipped(report.not_checked)
        for one in told[:_MOST_OTHERS]:
            yield f"- {_code(shortened(one.object, 200))} — {_text(shortened(one.reason, 200))}"
        yield from _closed(len(told))


def _closed(number: int) -> Iterator[str]:
    if number > _MOST_OTHERS:
        yield f"- and {number - _MOST_OTHERS} more"
    yield from ("", "</details>")


def _text(text: str) -> str:
    """Return prose that anybody may have written: what stands in backticks as code, the rest without any effect.

    What GitHub and GitLab make a link of by itself (mentions, references to issues, addresses) becomes code too.
    """
    parts = _CODE.split(printable(text))
    return "".join(_code(part) if index % 2 else _prose(part) for index, part in enumerate(parts))


def _prose(text: str) -> str:
    words = text.split(" ")
    return " ".join(_code(word) if LIVE.search(word) else _SPECIAL.sub(r"\\\1", word) for word in words)


def _code(text: str) -> str:
    shown = printable(text) or " "
    fence = "`" * (_longest_run(shown) + 1)
    padding = " " if shown[:1] == "`" or shown[-1:] == "`" or shown != shown.strip() else ""
    return f"{fence}{padding}{shown}{padding}{fence}"


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)


def _size(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
