"""A repository on one page: what runs where, what is wrong with it, what a change does, and every rollout drawn."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from gitopsgen import __version__
from gitopsgen.delivery.review.model import Level, Review
from gitopsgen.delivery.status import Status
from gitopsgen.git.log import Commit
from gitopsgen.model.finding import Severity
from gitopsgen.model.report import Report
from gitopsgen.reports import Style
from gitopsgen.reports.html import page, shown
from gitopsgen.reports.overview_findings import findings_parts
from gitopsgen.reports.overview_matrix import matrix_parts
from gitopsgen.reports.overview_rollouts import rollouts_parts, shapes_of
from gitopsgen.reports.plain import counted
from gitopsgen.reports.review_html import review_parts
from gitopsgen.reports.review_text import summary as review_summary
from gitopsgen.reports.text_format import summary as findings_summary
from gitopsgen.rollouts.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What is known of a repository at the time ``now``.

    ``commit`` is the one that is checked out, ``None`` without any, and ``uncommitted`` counts the files that differ
    from it. ``plans`` are those of each release's Rollouts. ``review`` is ``None`` where there is nothing to compare
    with, and ``uncompared`` says why.
    """

    name: str
    now: datetime
    commit: Commit | None
    uncommitted: int
    status: Status
    report: Report
    plans: Mapping[str, tuple[Plan, ...]]
    review: Review | None
    uncompared: str = ""


def overview_html(overview: Overview, style: Style) -> str:
    """Return the page; ``style`` gives the lines of files, and the pages of rules."""
    return page(f"{overview.name}: report", _parts(overview, style))


def _parts(overview: Overview, style: Style) -> Iterator[str]:
    shapes = shapes_of(overview.status, overview.plans)
    yield f"<header><h1>{shown(overview.name)}</h1>"
    yield f'<p class="dim">{_origin(overview)}</p></header>'
    yield _tiles(overview)
    yield '<section id="findings"><h2>Findings</h2>'
    yield from findings_parts(overview.report, style)
    yield '</section>\n<section id="changes"><h2>Changes</h2>'
    yield f"<p>{shown(review_summary(overview.review) if overview.review else overview.uncompared)}</p>"
    if overview.review:
        yield from review_parts(overview.review)
    yield '</section>\n<section id="versions"><h2>Versions</h2>'
    yield from matrix_parts(overview.status, overview.report, shapes, overview.now)
    yield '</section>\n<section id="rollouts"><h2>Rollouts</h2>'
    yield from rollouts_parts(shapes)
    yield "</section>"


def _origin(overview: Overview) -> str:
    """Return of which commit the page is, when it was made, and by what."""
    made = f"{overview.now:%Y-%m-%d %H:%M} UTC, gitopsgen {__version__}"
    commit = overview.commit
    if commit is None:
        return shown(f"in no commit; {made}")
    also = f", with {counted(overview.uncommitted, 'file')} not committed" if overview.uncommitted else ""
    said = f"{commit.subject} ({commit.author}, {commit.date:%Y-%m-%d}){also}; {made}"
    return f"<code>{commit.id[:10]}</code> {shown(said)}"


def _tiles(overview: Overview) -> str:
    """Return what is to be known first, each with a way to where it is told."""
    status, report, review = overview.status, overview.report, overview.review
    waiting = sum(one.awaiting is not None for one in status.releases.values())
    worst = next((severity for severity in Severity if report.count(severity)), None)
    changed = sum("/" in one.release for one in review.releases) if review else 0
    high = review is not None and review.reaches(Level.HIGH)
    awaits = f"{waiting or 'nothing'} {'await' if waiting > 1 else 'awaits'} promotion"
    tree, current = ("is out of date", "error") if status.drifted else ("is current", "good")
    if not status.compared:
        tree, current = "is not compared", ""
    tiles = [
        ("findings", worst.value if worst else "good", findings_summary(report)),
        ("changes", "high" if high else "", f"{counted(changed, 'release')} changed" if review else "not compared"),
        ("versions", "", counted(len(status.releases), "release")),
        ("versions", "low" if waiting else "", awaits),
        ("versions", current, f"the tree {tree}"),
    ]
    return f'<ul class="tiles">{"".join(_tile(*tile) for tile in tiles)}</ul>'


def _tile(section: str, css: str, text: str) -> str:
    return f'<li class="{css}"><a href="#{section}">{shown(text)}</a></li>'
