"""A review as a page that needs nothing else, with the old and the new rollout drawn."""

from html import escape
from typing import Final

from gitopsgen.delivery.review.model import Group, Level, Line, Review
from gitopsgen.reports.review_text import plan_owner, remarks, summary, title
from gitopsgen.rollouts.drawing import draw_svg

_STYLE: Final = """\
:root{color-scheme:light dark;--ink:#1f2328;--dim:#59636e;--line:#d1d9e0;--page:#fff;--high:#cf222e;--medium:#9a6700;
--low:#0969da}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--dim:#9198a1;--line:#3d444d;--page:#0d1117;--high:#f85149;
--medium:#d29922;--low:#4493f8}}
body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:var(--ink);
background:var(--page)}
details{border:1px solid var(--line);border-radius:6px;margin:.5rem 0;padding:.5rem 1rem}
summary{cursor:pointer}.level{font-weight:600;margin-right:.5rem}.high{color:var(--high)}.medium{color:var(--medium)}
.low{color:var(--low)}.dim{color:var(--dim)}pre{overflow-x:auto;border-left:3px solid var(--line);padding-left:1rem}
.plans{overflow-x:auto}li{overflow-wrap:anywhere}"""


def review_html(review: Review) -> str:
    """Return the review as a page of HTML."""
    heading = escape(summary(review))
    told = "".join(f"<p>{escape(line)}</p>" for line in remarks(review))
    groups = "".join(_group(one, review) for one in review.groups)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{heading}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f"<body><h1>{heading}</h1>{told}{groups}</body></html>\n"
    )


def _group(group: Group, review: Review) -> str:
    shown = " open" if group.level is Level.HIGH else ""
    releases = f'<p class="dim">{escape(", ".join(group.releases))}</p>' if len(group.releases) > 1 else ""
    lines = "".join(map(_line, group.lines))
    return (
        f'<details{shown}><summary><span class="level {group.level}">{group.level}</span>{escape(title(group))}: '
        f"{escape(group.lines[0].text)}</summary>{releases}<ul>{lines}</ul>{_plans(group, review)}</details>\n"
    )


def _line(line: Line) -> str:
    policy = f' <code class="dim">{escape(line.policy)}</code>' if line.policy else ""
    detail = f"<pre>{escape(line.detail)}</pre>" if line.detail else ""
    return f'<li><span class="level {line.level}">{line.level}</span>{escape(line.text)}{policy}{detail}</li>'


def _plans(group: Group, review: Review) -> str:
    owner = plan_owner(group, review)
    if owner is None or owner.plans is None:
        return ""
    drawn = (
        f'<p class="dim">{word}</p>{draw_svg(plan)}'
        for word, plan in zip(("before", "after"), owner.plans, strict=True)
        if plan
    )
    return f'<div class="plans"><p>The rollout of {escape(owner.release)}</p>{"".join(drawn)}</div>'
