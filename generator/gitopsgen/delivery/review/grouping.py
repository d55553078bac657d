"""The same line in many releases told once: releases that share lines are one group."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from gitopsgen.delivery.review.model import Group, Line, ReleaseChange


def group_lines(releases: Iterable[ReleaseChange]) -> tuple[Group, ...]:
    """Return the lines of all releases in groups: the riskiest first, then those of most releases."""
    holders: defaultdict[str, dict[str, Line]] = defaultdict(dict)
    for release in releases:
        for line in release.lines:
            holders[line.key].setdefault(release.release, line)
    groups: defaultdict[tuple[str, ...], list[Line]] = defaultdict(list)
    for key, found in holders.items():
        groups[tuple(sorted(found))].append(_shared(key, list(found.values())))
    ranked = (
        Group(
            releases=names, lines=tuple(sorted(lines, key=lambda line: (line.level.rank, not line.of_plan, line.text)))
        )
        for names, lines in groups.items()
    )
    return tuple(sorted(ranked, key=lambda group: (group.level.rank, -len(group.releases), group.releases)))


def _shared(key: str, lines: list[Line]) -> Line:
    """Return one line for many: in its own words where they are equal, and else with the App's name left open."""
    if len({line.text for line in lines}) == 1:
        return lines[0]
    same_detail = len({line.detail for line in lines}) == 1
    return replace(lines[0], text=key, detail=lines[0].detail if same_detail else "")
