"""Which of many label selectors select a pod, and which of many pods a selector selects, without trying each."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from gitopsgen.model.manifest import map_at
from gitopsgen.policies.admission.matching import SelectorError, selector_matches

Owner = TypeVar("Owner")
Labels = Mapping[str, Any]
_Pair = tuple[str, str]


class SelectorIndex(Generic[Owner]):
    """Label selectors with what they belong to, in their order.

    Each is filed under the rarest of the labels that it asks for, so that a pod is held against few of them: an
    environment of a thousand apps has a thousand selectors, and all ask for ``app.kubernetes.io/name``.
    """

    def __init__(self, entries: Iterable[tuple[Mapping[str, Any], Owner]]) -> None:
        self._entries = list(entries)
        common = Counter(pair for selector, _ in self._entries for pair in _pairs(selector))
        self._filed: defaultdict[_Pair | None, list[int]] = defaultdict(list)
        for position, (selector, _) in enumerate(self._entries):
            self._filed[min(_pairs(selector), key=lambda pair: (common[pair], pair), default=None)].append(position)

    def selecting(self, labels: Labels) -> list[Owner]:
        """Return what selects ``labels``; a selector that cannot be read selects nothing."""
        positions = [*self._filed.get(None, ())]
        for pair in _pairs({"matchLabels": labels}):
            positions += self._filed.get(pair, ())
        chosen = (self._entries[position] for position in sorted(positions))
        return [owner for selector, owner in chosen if _selects(selector, labels)]


class LabelIndex(Generic[Owner]):
    """Labels with what bears them, in their order."""

    def __init__(self, entries: Iterable[tuple[Labels, Owner]]) -> None:
        self._entries = list(entries)
        self._filed: defaultdict[_Pair, list[int]] = defaultdict(list)
        for position, (labels, _) in enumerate(self._entries):
            for pair in _pairs({"matchLabels": labels}):
                self._filed[pair].append(position)

    def with_labels(self, selector: Mapping[str, Any]) -> list[Owner]:
        """Return what bears the labels that ``selector`` asks for; one that cannot be read selects nothing."""
        filed = [self._filed.get(pair, []) for pair in _pairs(selector)]
        positions = min(filed, key=len, default=range(len(self._entries)))
        chosen = (self._entries[position] for position in positions)
        return [owner for labels, owner in chosen if _selects(selector, labels)]


def _pairs(selector: Mapping[str, Any]) -> Iterator[_Pair]:
    for key, value in map_at(selector, "matchLabels").items():
        if isinstance(key, str) and isinstance(value, str):
            yield key, value


def _selects(selector: Mapping[str, Any], labels: Labels) -> bool:
    try:
        return selector_matches(selector, labels)
    except SelectorError:
        return False
