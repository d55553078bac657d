"""Plans as one page of HTML that needs nothing else: the picture, the totals and every step."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from gitopsgen.rollouts.drawing import HEADINGS, draw_svg, name_of, row_of, totals
from gitopsgen.rollouts.plan import Plan

_STYLE: Final = (
    ":root{color-scheme:light dark}"
    "body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}"
    "figure{margin:1rem 0;overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}"
    "th,td{padding:.25rem .75rem;text-align:left}"
    "tr{border-bottom:1px solid color-mix(in srgb,currentColor 20%,transparent)}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem}dt{opacity:.7}dd{margin:0}"
)


def draw_html(plans: Sequence[Plan]) -> str:
    """Return the page of some plans. All text of the manifests is escaped."""
    title = escape(", ".join(name_of(plan) for plan in plans))
    body = "\n".join(line for plan in plans for line in _section(plan))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}: plan</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _section(plan: Plan) -> Iterator[str]:
    yield f"<section>\n<h1>{escape(name_of(plan))}</h1>"
    yield f"<figure>{draw_svg(plan).strip()}</figure>"
    yield "<dl>"
    for name, text in totals(plan):
        yield f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>"
    yield "</dl>"
    yield "<table>"
    headings = "".join(f'<th scope="col">{escape(heading)}</th>' for heading in HEADINGS)
    yield f"<thead><tr>{headings}</tr></thead>"
    yield "<tbody>"
    for step in plan.steps:
        yield f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row_of(plan, step))}</tr>"
    yield "</tbody>\n</table>\n</section>"
