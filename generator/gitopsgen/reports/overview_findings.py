"""Findings on a page: by rule, the worst first, each with its line, what to type, and why it matters."""

from collections.abc import Iterator

from gitopsgen.model.finding import Finding, Severity
from gitopsgen.model.report import Report
from gitopsgen.reports import Style
from gitopsgen.reports.frames import frame
from gitopsgen.reports.html import listed, shown
from gitopsgen.reports.plain import counted
from gitopsgen.reports.text_format import summary


def findings_parts(report: Report, style: Style) -> Iterator[str]:
    """Yield the findings that count, those that a waiver covers, and what was not checked."""
    yield f"<p>{shown(summary(report))}</p>"
    by_rule: dict[str, list[Finding]] = {}
    for finding in report.worst_first:
        by_rule.setdefault(finding.policy, []).append(finding)
    anchored: set[str] = set()
    for findings in by_rule.values():
        yield _rule(findings, style, anchored)
    if report.waived:
        yield f"<h3>Waived</h3>{listed(map(_waived, report.waived))}"
    if report.not_checked:
        skipped = (f"<code>{shown(one.object)}</code> {shown(one.reason)}" for one in report.not_checked)
        yield f"<h3>Not checked</h3>{listed(skipped)}"


def _rule(findings: list[Finding], style: Style, anchored: set[str]) -> str:
    """Return the findings of one rule; a release is ``anchored`` at the first finding that is about it."""
    rule, worst = findings[0].policy, findings[0].severity
    policy = style.page(rule)
    opened = " open" if worst is Severity.ERROR else ""
    said = f": {shown(policy.summary)}" if policy and policy.summary else ""
    head = (
        f'<summary><span class="level {worst}">{worst}</span><code>{shown(rule)}</code>{said}'
        f' <span class="dim">{counted(len(findings), "finding")}</span></summary>'
    )
    why = f'<p class="dim">{shown(policy.why)}</p>' if policy and policy.why else ""
    items = "".join(_item(finding, style, anchored) for finding in findings)
    return f"<details{opened}>{head}{why}<ul>{items}</ul></details>"


def _item(finding: Finding, style: Style, anchored: set[str]) -> str:
    anchor = ""
    if finding.release and finding.release not in anchored:
        anchored.add(finding.release)
        anchor = f' id="{shown(finding.release)}"'
    release = f"{shown(finding.release)}: " if finding.release else ""
    parts = [f"<code>{shown(finding.location)}</code> {release}{shown(finding.message)}"]
    if line := frame(finding.location, style.lines):
        parts.append(f"<pre>{line.gutter} | {shown(line.text)}\n{' ' * len(line.gutter)} | {' ' * line.indent}^</pre>")
    if finding.fix:
        parts.append(f"<div>fix: {shown(finding.fix)}</div>")
    places = [(related.location, related.message) for related in finding.related]
    if finding.rendered:
        places.append((finding.rendered, "rendered"))
    parts += [f'<div class="dim">{shown(place)} ({shown(what)})</div>' for place, what in places]
    return f"<li{anchor}>{''.join(parts)}</li>"


def _waived(finding: Finding) -> str:
    waiver = finding.waived_by
    said = f"<code>{shown(finding.location)}</code> <code>{shown(finding.policy)}</code> {shown(finding.message)}"
    if waiver is None:
        return said
    until = f"until {waiver.expires}, {waiver.owner}: {waiver.reason} ({waiver.location})"
    return f'{said}<div class="dim">{shown(until)}</div>'
