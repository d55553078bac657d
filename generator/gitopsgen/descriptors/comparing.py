"""What two Environments set differently: by key, with what every layer of either says of it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gitopsgen.descriptors.app import SPEC as APP_SPEC
from gitopsgen.descriptors.environment import SPEC as ENVIRONMENT_SPEC
from gitopsgen.descriptors.fields import Schema
from gitopsgen.descriptors.merging import name_of
from gitopsgen.descriptors.provenance import contributions, field_of
from gitopsgen.descriptors.resolving import Fleet
from gitopsgen.model.provenance import Contribution
from gitopsgen.model.release import Environment, Layer, Release
from gitopsgen.source.location import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What a key holds in one of two Environments, and what its layers say of it, lowest first.

    Where no layer wins, a value is the default of the field.
    """

    value: object
    is_set: bool
    layers: tuple[Contribution, ...]

    @property
    def winner(self) -> Contribution | None:
        """The highest layer that the value came from; ``None`` for a default, or for nothing."""
        return next((one for one in reversed(self.layers) if one.wins), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A key that two Environments hold different values of."""

    key: Path
    left: Side
    right: Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All that two Environments set differently: of themselves, and of the Apps that both deploy.

    ``only_left`` and ``only_right`` are the Apps that one of them deploys.
    """

    left: str
    right: str
    environment: tuple[Difference, ...]
    apps: Mapping[str, tuple[Difference, ...]]
    only_left: tuple[str, ...]
    only_right: tuple[str, ...]


def compare(fleet: Fleet, left: Environment, right: Environment, selected: Callable[[str], bool]) -> Comparison:
    """Return what ``left`` and ``right`` set differently, of the Apps that are ``selected``."""
    ours, theirs = (
        {one.app: one for one in fleet.releases if one.environment is side and selected(one.app)}
        for side in (left, right)
    )
    return Comparison(
        left=left.name,
        right=right.name,
        environment=(*_metadata(left, right), *_Comparing(left, right, ENVIRONMENT_SPEC).differences()),
        apps={app: tuple(_Comparing(ours[app], theirs[app], APP_SPEC).differences()) for app in ours if app in theirs},
        only_left=tuple(app for app in ours if app not in theirs),
        only_right=tuple(app for app in theirs if app not in ours),
    )


_MISSING = object()
_Place = tuple[Path, object]
"""Where a value stands on one side, and the value; ``_MISSING`` where there is none."""


class _Comparing:
    """Two merged values of one schema, gone through side by side."""

    def __init__(self, left: Environment | Release, right: Environment | Release, schema: Schema) -> None:
        self.left = left
        self.right = right
        self.schema = schema

    def differences(self) -> Iterator[Difference]:
        return self._compare(((), self.left.spec), ((), self.right.spec))

    def _compare(self, left: _Place, right: _Place) -> Iterator[Difference]:
        (here, ours), (there, theirs) = left, right
        if ours == theirs and type(ours) is type(theirs):
            return
        maps = [isinstance(value, Mapping) for value in (ours, theirs)]
        absent = [value is _MISSING for value in (ours, theirs)]
        if all(maps):
            yield from self._compare_maps(left, right)
        elif (maps[0] and absent[1]) or (maps[1] and absent[0]):
            # Of a map that only one side has, what was written tells enough: defaults come with it.
            found = list(self._compare_maps(left, right))
            written = [one for one in found if any(side.is_set and side.winner for side in (one.left, one.right))]
            yield from written or [self._difference(left, right)]
        elif isinstance(ours, list) and isinstance(theirs, list) and field_of(self.schema, here).get("x-merge"):
            yield from self._compare_lists((here, ours), (there, theirs))
        else:
            yield self._difference(left, right)

    def _difference(self, left: _Place, right: _Place) -> Difference:
        (here, ours), (there, theirs) = left, right
        return Difference(
            key=here if ours is not _MISSING else there,
            left=_side(ours, self.left.layers, here, self.schema),
            right=_side(theirs, self.right.layers, there, self.schema),
        )

    def _compare_maps(self, left: _Place, right: _Place) -> Iterator[Difference]:
        (here, ours), (there, theirs) = left, right
        ours, theirs = (value if isinstance(value, Mapping) else {} for value in (ours, theirs))
        for key in dict.fromkeys((*ours, *theirs)):
            yield from self._compare(
                ((*here, key), ours.get(key, _MISSING)), ((*there, key), theirs.get(key, _MISSING))
            )

    def _compare_lists(self, left: tuple[Path, list[Any]], right: tuple[Path, list[Any]]) -> Iterator[Difference]:
        """Compare lists whose items layers add one by one: an item of one side is looked for on the other."""
        (here, ours), (there, theirs) = left, right
        rule: str = field_of(self.schema, here)["x-merge"]
        key = rule.removeprefix("by: ") if rule.startswith("by: ") else ""
        unmatched = dict(enumerate(theirs))
        for index, item in enumerate(ours):
            other = next((number for number, one in unmatched.items() if _same(item, one, key)), None)
            found = ((*there, other), unmatched.pop(other)) if other is not None else ((*there, index), _MISSING)
            yield from self._compare(((*here, index), item), found)
        for number, one in unmatched.items():
            yield from self._compare(((*here, number), _MISSING), ((*there, number), one))


def _same(one: object, other: object, key: str) -> bool:
    name = name_of(one, key)
    return one == other if name is None else name == name_of(other, key)


def _side(value: object, layers: tuple[Layer, ...], path: Path, schema: Schema) -> Side:
    if value is _MISSING:
        told = tuple(contributions(layers, path, schema))
        # Of an item that is not there, its index says nothing: it may be that of another.
        return Side(value=None, is_set=False, layers=() if told and told[-1].removed_by is None else told)
    return Side(value=value, is_set=True, layers=tuple(contributions(layers, path, schema)))


def _metadata(left: Environment, right: Environment) -> Iterator[Difference]:
    for kind in ("labels", "annotations"):
        ours: Mapping[str, str] = getattr(left, kind)
        theirs: Mapping[str, str] = getattr(right, kind)
        for name in dict.fromkeys((*ours, *theirs)):
            if ours.get(name) != theirs.get(name):
                path: Path = ("metadata", kind, name)
                yield Difference(key=path, left=_labelled(left, path), right=_labelled(right, path))


def _labelled(environment: Environment, path: Path) -> Side:
    value = getattr(environment, str(path[1])).get(path[2])
    layers = tuple(
        Layer(title=layer.title, document=layer.document, path=(), values=layer.document.data)
        for layer in environment.layers
    )
    return Side(value=value, is_set=value is not None, layers=tuple(contributions(layers, path, {})))
