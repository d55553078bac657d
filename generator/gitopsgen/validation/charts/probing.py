"""Which of a chart's values a drawn part comes from: those that change it when they are changed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from gitopsgen.model.manifest import Body, dig, walk
from gitopsgen.source.location import Path

Draw = Callable[[Mapping[str, Any]], Sequence[Body]]
"""Draws the same chart from other values; empty when it refuses them."""
_MOST: Final = 40
"""The values that are tried, those of the likeliest names first."""
_FEW: Final = 8
"""The values that are tried one by one, where the chart refuses to be drawn from all of them changed."""
_FIRST: Final = 20_011
"""What numbers are replaced with, from here on: unlikely ones, and still ports."""


@dataclass(kw_only=True)
class Prober:
    """Finds the values behind the parts of what a chart drew; ``bodies`` are its objects, in order."""

    values: Mapping[str, Any]
    bodies: Sequence[Body]
    draw: Draw
    _asked: dict[tuple[int, Path], tuple[Path, ...]] = field(default_factory=dict)

    def values_of(self, index: int, path: Path) -> tuple[Path, ...]:
        """Return the paths of the values that the part at ``path`` of an object has in it; empty when none is seen.

        Candidates are the values whose text is part of what was drawn. Each is tried: the chart is drawn again with
        other values in their places, and those that show up in the part are its sources. Where the chart refuses to be
        drawn so, because its schema or its conditions know the values, the likeliest are tried one by one; what
        holds nothing to change, an empty map, comes from the value of the same name and content.
        """
        if (index, path) not in self._asked:
            self._asked[index, path] = self._find(index, path)
        return self._asked[index, path]

    def _find(self, index: int, path: Path) -> tuple[Path, ...]:
        part = dig(self.bodies[index], *path)
        if part is None:
            return ()
        texts = {_text(leaf) for _, leaf in walk(part)}
        names = {name for inner, _ in walk(part, path) for name in inner if isinstance(name, str)}
        likely = [
            (where, leaf)
            for where, leaf in walk(self.values)
            if _text(leaf) and any(_text(leaf) in text for text in texts)
        ]
        likely.sort(key=lambda candidate: candidate[0][-1] not in names)
        likely = likely[:_MOST]
        if found := self._sources(index, path, likely):
            return found
        if found := tuple(where for one in likely[:_FEW] for where in self._sources(index, path, [one])):
            return found
        return tuple(where for where, leaf in walk(self.values) if leaf == part and where[-1:] == path[-1:])[:1]

    def _sources(self, index: int, path: Path, likely: Sequence[tuple[Path, object]]) -> tuple[Path, ...]:
        """Return those of the values that show up in the part when all of them are changed."""
        others = {where: _other(leaf, number) for number, (where, leaf) in enumerate(likely)}
        drawn = self.draw(_replaced(self.values, others))
        if len(drawn) != len(self.bodies):
            return ()
        seen = {_text(leaf) for _, leaf in walk(dig(drawn[index], *path))}
        return tuple(where for where, other in others.items() if any(_text(other) in text for text in seen))


def _text(leaf: object) -> str:
    if isinstance(leaf, bool):
        return str(leaf).lower()
    return str(leaf) if isinstance(leaf, str | int | float) else ""


def _other(leaf: object, number: int) -> object:
    """Return a value of the same kind that is found again in what is drawn from it; a boolean turns."""
    if isinstance(leaf, bool):
        return not leaf
    if isinstance(leaf, int):
        return _FIRST + number * 7
    return f"{leaf}-p{number}q" if isinstance(leaf, str) else leaf


def _replaced(values: Mapping[str, Any], others: Mapping[Path, object]) -> dict[str, Any]:
    def copy(value: Any, path: Path) -> Any:  # noqa: ANN401 - a value of any shape
        if path in others:
            return others[path]
        if isinstance(value, Mapping):
            return {key: copy(child, (*path, key)) for key, child in value.items()}
        if isinstance(value, list | tuple):
            return [copy(child, (*path, index)) for index, child in enumerate(value)]
        return value

    result: dict[str, Any] = copy(values, ())
    return result
