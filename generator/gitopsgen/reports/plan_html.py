"""Plans as a page: for each the picture, the totals and every step."""

from collections.abc import Iterator, Sequence

from gitopsgen.reports.html import page, shown, table
from gitopsgen.rollouts.drawing import HEADINGS, draw_svg, name_of, row_of, totals
from gitopsgen.rollouts.plan import Plan


def plan_html(plans: Sequence[Plan]) -> str:
    """Return the page of some plans."""
    title = ", ".join(name_of(plan) for plan in plans)
    return page(f"{title}: plan", (line for plan in plans for line in _section(plan)))


def plan_parts(plan: Plan) -> Iterator[str]:
    """Yield what a plan is shown by: the picture, the totals and every step."""
    yield f'<figure class="wide">{draw_svg(plan).strip()}</figure>'
    yield f"<dl>{''.join(f'<dt>{shown(name)}</dt><dd>{shown(text)}</dd>' for name, text in totals(plan))}</dl>"
    yield table(map(shown, HEADINGS), (map(shown, row_of(plan, step)) for step in plan.steps))


def _section(plan: Plan) -> Iterator[str]:
    yield f"<section>\n<h1>{shown(name_of(plan))}</h1>"
    yield from plan_parts(plan)
    yield "</section>"
