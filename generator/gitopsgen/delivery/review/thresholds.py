"""Whether an analysis judges more leniently than before: its conditions, its limits and what it measures."""

import re
from collections.abc import Iterator
from typing import Final

from gitopsgen.delivery.review.fields import leaves
from gitopsgen.delivery.review.model import ABSENT, Concern, FieldChange, Item, Level

ANALYSES: Final = frozenset(("AnalysisTemplate", "ClusterAnalysisTemplate"))
_COMPARISON: Final = re.compile(r"([<>]=?)\s*(-?\d+(?:\.\d+)?)")
_LIMITS: Final = ("failureLimit", "inconclusiveLimit", "consecutiveErrorLimit")
_FEWER: Final = ("count", "consecutiveSuccessLimit")
_OF_METRIC: Final = 4


def threshold_concerns(change: FieldChange) -> Iterator[Concern]:
    """Yield what a change of an analysis template makes of its verdicts."""
    if change.path[:2] != ("spec", "metrics"):
        return
    if len(change.path) < _OF_METRIC:
        if change.after is ABSENT:
            yield _concern(Level.HIGH, "is measured no more", change)
        return
    for leaf in leaves(change):
        key = leaf.path[3]
        if key in ("successCondition", "failureCondition"):
            yield _condition(key, leaf, change)
        elif key in (*_LIMITS, *_FEWER) and (concern := _limit(key, leaf, change)):
            yield concern
        elif key in ("interval", "initialDelay"):
            yield _concern(Level.MEDIUM, "measures at other times", change)
        elif key == "provider":
            yield _concern(Level.HIGH, "measures something else", change)
            return


def _condition(key: str, leaf: FieldChange, change: FieldChange) -> Concern:
    """Return what another condition means: where only its number differs, which way it went."""
    if leaf.after is ABSENT:
        return _concern(Level.HIGH, f"has no {key} any more", change)
    if leaf.before is ABSENT:
        return _concern(Level.MEDIUM, f"has a {key} now", change)
    old, new = str(leaf.before), str(leaf.after)
    numbers = _COMPARISON.findall(old), _COMPARISON.findall(new)
    shapes = [_COMPARISON.sub(r"\1 #", text) for text in (old, new)]
    differing = [(sign, float(one), float(two)) for (sign, one), (_, two) in zip(*numbers, strict=False) if one != two]
    if shapes[0] != shapes[1] or len(differing) != 1:
        return _concern(Level.HIGH, "judges by another condition", change)
    sign, before, after = differing[0]
    easier = (after < before) == sign.startswith(">")
    lenient = easier if key == "successCondition" else not easier
    return _concern(Level.HIGH, "judges more leniently", change) if lenient else _stricter(change)


def _limit(key: str, leaf: FieldChange, change: FieldChange) -> Concern | None:
    old, new = (0 if value is ABSENT else value for value in (leaf.before, leaf.after))
    if not isinstance(old, int) or not isinstance(new, int):
        return _concern(Level.MEDIUM, "judges otherwise", change)
    if old == new:
        return None
    lenient = new > old if key in _LIMITS else new < old
    return _concern(Level.HIGH, "judges more leniently", change) if lenient else _stricter(change)


def _stricter(change: FieldChange) -> Concern:
    return _concern(Level.LOW, "judges more strictly", change)


def _concern(level: Level, message: str, change: FieldChange) -> Concern:
    metric = next((step for step in change.path if isinstance(step, Item)), "")
    return Concern(level=level, message=f"{metric} {message}".strip(), path=change.path)
