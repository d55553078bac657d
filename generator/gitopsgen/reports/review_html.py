"""A review as a page, with the old and the new rollout drawn."""

from collections.abc import Iterator

from gitopsgen.delivery.review.model import Group, Level, Line, Review
from gitopsgen.reports.html import listed, page, shown
from gitopsgen.reports.review_text import plan_owner, remarks, summary, title
from gitopsgen.rollouts.drawing import draw_svg


def review_html(review: Review) -> str:
    """Return the page of a review."""
    heading = summary(review)
    return page(heading, (f"<h1>{shown(heading)}</h1>", *review_parts(review)))


def review_parts(review: Review) -> Iterator[str]:
    """Yield what a review is shown by: what could not be compared, and each group, open where it is dangerous."""
    for line in remarks(review):
        yield f"<p>{shown(line)}</p>"
    for group in review.groups:
        yield _group(group, review)


def _group(group: Group, review: Review) -> str:
    opened = " open" if group.level is Level.HIGH else ""
    releases = f'<p class="dim">{shown(", ".join(group.releases))}</p>' if len(group.releases) > 1 else ""
    return (
        f'<details{opened}><summary><span class="level {group.level}">{group.level}</span>{shown(title(group))}: '
        f"{shown(group.lines[0].text)}</summary>{releases}{listed(map(_line, group.lines))}"
        f"{_plans(group, review)}</details>"
    )


def _line(line: Line) -> str:
    policy = f' <code class="dim">{shown(line.policy)}</code>' if line.policy else ""
    detail = "\n".join(map(shown, line.detail.splitlines()))
    detail = f"<pre>{detail}</pre>" if detail else ""
    return f'<span class="level {line.level}">{line.level}</span>{shown(line.text)}{policy}{detail}'


def _plans(group: Group, review: Review) -> str:
    owner = plan_owner(group, review)
    if owner is None or owner.plans is None:
        return ""
    drawn = (
        f'<p class="dim">{word}</p>{draw_svg(plan).strip()}'
        for word, plan in zip(("before", "after"), owner.plans, strict=True)
        if plan
    )
    return f'<div class="wide"><p>The rollout of {shown(owner.release)}</p>{"".join(drawn)}</div>'
