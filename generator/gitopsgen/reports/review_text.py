"""A review for a person at a terminal: what happens where, the riskiest first."""

from typing import Final

from gitopsgen.delivery.review.model import Group, Level, Line, ReleaseChange, Review
from gitopsgen.delivery.review.strategy import plan_in_words
from gitopsgen.rollouts.plan import Plan

_COLOURS: Final = {Level.HIGH: "31;1", Level.MEDIUM: "33;1", Level.LOW: "36"}
_BOLD, _DIM = "1", "2"
_MOST_NAMES: Final = 5


def review_text(review: Review, *, colour: bool) -> str:
    """Return the review as lines; every release is named, in the groups that are short enough to be read."""

    def paint(text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if colour else text

    lines: list[str] = []
    for group in review.groups:
        lines.append(f"{paint(f'{group.level:<6}', _COLOURS[group.level])} {paint(title(group), _BOLD)}")
        lines += [
            f"       {paint(_line(line), _COLOURS[line.level] if line.level is Level.HIGH else '0')}"
            for line in group.lines
        ]
        if len(group.releases) > 1:
            lines.append(paint(f"       in {names(group.releases)}", _DIM))
        lines += [f"       {line}" for line in _plans(group, review)]
    lines += remarks(review)
    lines.append(summary(review))
    return "".join(f"{line}\n" for line in lines)


def remarks(review: Review) -> list[str]:
    """Return what the review cannot tell of, a line each."""
    lines = [f"not read: {file} is no YAML" for file in review.unreadable]
    lines += [f"not compared: {name} is not rendered, for a fault in what people wrote" for name in review.left_out]
    return lines


def title(group: Group) -> str:
    """Return what a group is about: its release, or how many they are."""
    return group.releases[0] if len(group.releases) == 1 else f"{len(group.releases)} releases"


def names(releases: tuple[str, ...], most: int = _MOST_NAMES) -> str:
    """Return the names of releases, and how many more there are."""
    more = f" and {len(releases) - most} more" if len(releases) > most else ""
    return f"{', '.join(releases[:most])}{more}"


def _line(line: Line) -> str:
    return f"{line.text}  [{line.policy}]" if line.policy else line.text


def _plans(group: Group, review: Review) -> list[str]:
    """Return the old and the new plan of a group in which they are told, of its first release."""
    release = plan_owner(group, review)
    if release is None or release.plans is None:
        return []
    return [f"{word} {in_words(plan)}" for word, plan in zip(("was:", "now:"), release.plans, strict=True) if plan]


def plan_owner(group: Group, review: Review) -> ReleaseChange | None:
    """Return the release whose plans a group shows; ``None`` where the group is not about a rollout.

    It is the first: releases that share a line about their rollout have plans that differ in the same way.
    """
    first = review.by_name[group.releases[0]]
    return first if first.plans and any(line.of_plan for line in group.lines) else None


def in_words(plan: Plan) -> str:
    """Return a plan on one line, with its strategy where it is no canary."""
    words = plan_in_words(plan)
    return words if plan.strategy == "canary" else f"{plan.strategy}: {words}"


def summary(review: Review) -> str:
    """Return how many releases change, and how many of them are at risk; how many are not compared, where some are."""
    changed = [one for one in review.releases if "/" in one.release]
    if not review.releases and not review.left_out:
        return f"nothing changes against {review.base[:10]}"
    parts = [f"{len(changed)} of {review.total} releases change"]
    for level in (Level.HIGH, Level.MEDIUM):
        count = sum(one.level is level for one in review.releases)
        parts += [f"{count} {level}"] * bool(count)
    for became in ("added", "removed", "renamed"):
        count = sum(one.became == became for one in changed)
        parts += [f"{count} {became}"] * bool(count)
    parts += [f"{len(review.left_out)} not compared"] * bool(review.left_out)
    return f"{', '.join(parts)}; against {review.base[:10]}"
