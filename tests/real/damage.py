"""Damaged Rollouts: keys taken out, values put elsewhere, entries twice, in turns that a seed decides."""

import random
from collections import defaultdict
from collections.abc import Iterator
from copy import deepcopy
from typing import Any, Final

Place = tuple[str | int, ...]

_TEXTS: Final = (
    *("", "a", "A", "a_b", "a.b", "a-", "-a", "a/b", "x/y/z", "a b", "é", "x" * 64, "x" * 254, "../x", "/a"),
    *("0", "1", "10%", "0%", "-1", "100", "1h", "1d", "5 min", "500ms", "10.0.0.1", "None", "Never", "Always"),
    *("OnFailure", "Exists", "In", "NotIn", "Gt", "Equal", "NoExecute", "TCP", "http"),
    *("metadata.name", "metadata.labels['a']", "spec.nodeName", "limits.cpu", "web"),
)
_NUMBERS: Final = (-1, 0, 1, 2, 10, 11, 100, 101, 600, 65535, 65536, 2**31 - 1)


class Damage:
    """Makes damaged copies of specs; what it puts somewhere comes from anywhere in them."""

    def __init__(self, specs: list[dict[str, Any]], seed: int) -> None:
        self.specs = specs
        self._random = random.Random(seed)  # noqa: S311 - for variety, not for secrets
        self._by_key: defaultdict[str, list[Any]] = defaultdict(list)
        self._beside: defaultdict[str | int, list[tuple[str, Any]]] = defaultdict(list)
        for spec in specs:
            for place, value in _places(spec):
                if isinstance(place[-1], str):
                    self._by_key[place[-1]].append(value)
                    owner = next((part for part in reversed(place[:-1]) if isinstance(part, str)), "")
                    self._beside[owner].append((place[-1], value))

    def next(self) -> dict[str, Any]:
        """Return a spec with one to three things wrong, or by chance with none."""
        spec = deepcopy(self._random.choice(self.specs))
        for _ in range(self._random.choice((1, 1, 1, 2, 3))):
            self._damage(spec)
        return spec

    def _damage(self, spec: dict[str, Any]) -> None:
        place = self._random.choice([place for place, _ in _places(spec)])
        parent: Any = spec
        for part in place[:-1]:
            parent = parent[part]
        key = place[-1]
        match self._random.randrange(8):
            case 0 | 1:
                del parent[key]
            case 2 if isinstance(parent, list) and isinstance(key, int):
                parent.append(deepcopy(parent[key]))
            case 3 if isinstance(parent, dict):
                owner = place[-2] if len(place) > 1 else ""
                for other, value in self._random.sample(self._beside[owner], min(1, len(self._beside[owner]))):
                    parent[other] = deepcopy(value)
            case 4 if isinstance(key, str):
                parent[key] = deepcopy(self._random.choice(self._by_key[key]))
            case _:
                parent[key] = self._other(parent[key])

    def _other(self, value: object) -> object:
        """Return another value of the same type."""
        match value:
            case bool():
                return not value
            case int():
                return self._random.choice(_NUMBERS)
            case str():
                return self._random.choice(_TEXTS)
            case dict():
                return {}
            case _:
                return []


def _places(value: object, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    children: Iterator[tuple[str | int, Any]] = iter(())
    if isinstance(value, dict):
        children = iter(value.items())
    elif isinstance(value, list):
        children = iter(enumerate(value))
    for key, child in children:
        yield (*place, key), child
        yield from _places(child, (*place, key))
