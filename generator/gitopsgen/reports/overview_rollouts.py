"""The rollouts of a repository drawn: each shape once, with the releases that it is the rollout of."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gitopsgen.delivery.review.strategy import plan_in_words
from gitopsgen.delivery.status import Status
from gitopsgen.reports.html import shown
from gitopsgen.reports.plain import counted
from gitopsgen.reports.plan_html import plan_parts
from gitopsgen.rollouts.plan import Plan

_MOST_OPEN: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What the rollouts of some ``releases`` do alike; ``plan`` is that of the first."""

    anchor: str
    plan: Plan
    releases: tuple[str, ...]


def shapes_of(status: Status, plans: Mapping[str, tuple[Plan, ...]]) -> list[Shape]:
    """Return the shapes of the releases' rollouts, Environments in the order of promotion from the last one back."""
    found: dict[str, list[tuple[str, Plan]]] = {}
    for environment in reversed(status.environments):
        for app in status.apps:
            name = f"{environment}/{app}"
            for plan in plans.get(name, ()):
                found.setdefault(_likeness(plan, app), []).append((name, plan))
    return [
        Shape(anchor=f"rollout-{number}", plan=alike[0][1], releases=tuple(dict.fromkeys(name for name, _ in alike)))
        for number, alike in enumerate(found.values(), 1)
    ]


def rollouts_parts(shapes: Sequence[Shape]) -> Iterator[str]:
    """Yield each shape: the releases, the picture, the totals and every step."""
    if not shapes:
        yield "<p>there are none</p>"
    opened = " open" if len(shapes) <= _MOST_OPEN else ""
    for shape in shapes:
        first, *others = shape.releases
        more = f" and {counted(len(others), 'other')}" if others else ""
        yield (
            f'<details{opened} id="{shape.anchor}"><summary><strong>{shown(first)}{more}</strong> '
            f'<span class="dim">{shown(plan_in_words(shape.plan))}</span></summary>'
        )
        if others:
            yield f'<p class="dim">{shown(", ".join(shape.releases))}</p>'
        yield from plan_parts(shape.plan)
        yield "</details>"


def _likeness(plan: Plan, app: str) -> str:
    """Return what two plans have the same of when they do the same, under whatever names."""
    data = plan.as_json()
    del data["object"]
    return json.dumps(data, default=str).replace(f'"{app}', '"APP')
