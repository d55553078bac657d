"""The matrix of versions on a page: each cell leads to its rollout and to its findings."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeAlias

from gitopsgen.delivery.status import ReleaseStatus, Status
from gitopsgen.model.finding import Severity
from gitopsgen.model.report import Report
from gitopsgen.reports.html import listed, shown, table
from gitopsgen.reports.overview_rollouts import Shape
from gitopsgen.reports.plain import counted
from gitopsgen.reports.status import marks_of, sections

_MOST_OPEN: Final = 10
_Counts: TypeAlias = Mapping[Severity, int]


def matrix_parts(status: Status, report: Report, shapes: Sequence[Shape], now: datetime) -> Iterator[str]:
    """Yield the matrix, and what is to be done about it."""
    anchors = {release: shape.anchor for shape in shapes for release in shape.releases}
    found: dict[str, Counter[Severity]] = {}
    for finding in report.findings:
        found.setdefault(finding.release, Counter())[finding.severity] += 1
    rows = (
        (
            shown(app),
            *(
                _cell(name, status.releases.get(name), anchors.get(name, ""), found.get(name, {}))
                for name in (f"{environment}/{app}" for environment in status.environments)
            ),
        )
        for app in status.apps
    )
    yield table(("", *map(shown, status.environments)), rows)
    for title, lines in sections(status, now):
        opened = " open" if len(lines) <= _MOST_OPEN else ""
        head = f'<summary>{shown(title.capitalize())} <span class="dim">{len(lines)}</span></summary>'
        yield f"<details{opened}>{head}{listed(map(shown, lines))}</details>"


def _cell(name: str, release: ReleaseStatus | None, anchor: str, found: _Counts) -> str:
    if release is None:
        return '<span class="dim">-</span>'
    version = shown(release.version)
    linked = f'<a href="#{anchor}">{version}</a>' if anchor else version
    marks = "".join(f" {mark}" for mark in marks_of(release))
    counts = [
        f'<a class="{severity}" href="#{shown(name)}">{counted(found[severity], severity.value)}</a>'
        for severity in (Severity.ERROR, Severity.WARNING)
        if found.get(severity)
    ]
    return " ".join((f"{linked}{marks}", *counts))
