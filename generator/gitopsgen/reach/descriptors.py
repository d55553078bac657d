"""What a descriptor, or a key of one, reaches: the releases that it is a layer of, the values that name the key."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from gitopsgen.descriptors.app import SPEC as APP_SPEC
from gitopsgen.descriptors.environment import SPEC as ENVIRONMENT_SPEC
from gitopsgen.descriptors.fields import Schema
from gitopsgen.descriptors.merging import map_form
from gitopsgen.descriptors.provenance import contributions, field_of, merged_path
from gitopsgen.descriptors.resolving import Fleet
from gitopsgen.model.release import Layer, Release
from gitopsgen.reach.model import Reach, Unit
from gitopsgen.reach.traces import FileTraces
from gitopsgen.source.location import Path
from gitopsgen.source.reader import Document, read
from gitopsgen.templating.explanation import manner_of
from gitopsgen.templating.traced import Origin, Scope
from gitopsgen.traced_tree import files_of

_UNMERGED: Final = ("apps", "defaults", "extends", "abstract")


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a descriptor: its file, the number of the document in it, and its path; empty for the whole document."""

    file: str
    document: int
    path: Path


def units_of(fleet: Fleet, file: str) -> Iterator[Unit]:
    """Yield the releases and Environments that a descriptor is a layer of."""
    units: tuple[Unit, ...] = (*fleet.releases, *fleet.environments)
    return (unit for unit in units if file in files_of(unit))


def keys_at(text: str, file: str, line: int) -> tuple[Key, ...]:
    """Return the keys that stand on a line, without those in one another, or whose value goes on there.

    Of a comment and an empty line there are none.
    """
    document = next((one for one in reversed(read(text, file).documents) if one.line <= line), None)
    if document is None:
        return ()
    return tuple(Key(file, document.index, path) for path in _paths_on(document, line))


def _paths_on(document: Document, line: int) -> list[Path]:
    marks = {path: mark for path, mark in document.marks.items() if path}
    found = [path for path, mark in marks.items() if line in (mark.key_line, mark.line if mark.is_scalar else 0)]
    if found:
        return [path for path in found if not any(path[:length] in found for length in range(1, len(path)))]
    begin = sum(len(one) + 1 for one in document.text.split("\n")[: line - document.first])
    return [path for path, mark in marks.items() if mark.is_scalar and mark.start < begin < mark.end]


def reach_of_key(fleet: Fleet, key: Key, traces: FileTraces) -> Reach:
    """Return what a key of a descriptor reaches: every file with a value that it had a say about."""
    return Reach.of(
        (unit.name, file) for unit in units_of(fleet, key.file) for file in _files_of_key(unit, key, traces)
    )


def _files_of_key(unit: Unit, key: Key, traces: FileTraces) -> Iterator[str]:
    wanted = list(_places(unit, key))
    if not wanted:
        return
    everything = None in wanted
    places = [one for one in wanted if one is not None]

    def concerns(origin: Origin) -> bool:
        return any(place.named_by(origin) for place in places)

    for file, trace in traces.of(unit):
        if everything or manner_of(trace, concerns):
            yield file


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a key's value is in the merged ones.

    With ``counts`` the map or the list above is another without it: the key takes something out of that, or is one of
    as many as there are.
    """

    scope: Scope
    path: Path
    counts: bool = False

    def named_by(self, origin: Origin) -> bool:
        if origin.scope != self.scope:
            return False
        return origin.path[: len(self.path)] == self.path or (self.counts and origin.path == self.path[:-1])


def _places(unit: Unit, key: Key) -> Iterable[_Place | None]:
    """Yield where a key's value is in what a unit was merged to; ``None`` where it says what there is at all."""
    environment = unit.environment if isinstance(unit, Release) else unit
    if isinstance(unit, Release):
        yield from _in_layers(unit.layers, key, "app", APP_SPEC)
        yield from _in_metadata(unit.layers[:1], key, "app-metadata")
    unmerged = key.path[:1] == ("spec",) and key.path[1:2] and key.path[1] in _UNMERGED
    if not unmerged:
        yield from _in_layers(environment.layers, key, "environment", ENVIRONMENT_SPEC)
        yield from _in_metadata(environment.layers, key, "environment-metadata")
    elif key.path[1] in ("extends", "abstract") and any(_same(layer, key) for layer in environment.layers):
        yield None


def _in_layers(layers: tuple[Layer, ...], key: Key, scope: Scope, schema: Schema) -> Iterator[_Place | None]:
    for number, layer in enumerate(layers):
        if not _same(layer, key) or key.path[:1] == ("metadata",):
            continue
        if key.path == layer.path == ("spec", "defaults"):
            inner = (Key(key.file, key.document, (*key.path, name)) for name in layer.values)
            yield from (place for one in inner for place in _in_layers(layers, one, scope, schema))
        elif layer.path[: len(key.path)] == key.path or key.path[:1] != ("spec",):
            yield None
        elif key.path[: len(layer.path)] == layer.path:
            local = key.path[len(layer.path) :]
            merged = merged_path(layers, number, local, schema)
            told = contributions(layers, merged, schema) if merged else []
            said = next((one for one in told if one.layer == layer.title), None)
            if merged and said and said.wins:
                yield _Place(scope, merged, counts=said.removed_by is not None or _is_entry(merged, schema))


def _is_entry(path: Path, schema: Schema) -> bool:
    """Tell whether a key is an item of a list, or of a map that may have any keys."""
    return path[-1] not in map_form(field_of(schema, path[:-1])).get("properties", {})


def _in_metadata(layers: tuple[Layer, ...], key: Key, scope: Scope) -> Iterator[_Place | None]:
    for layer in layers:
        if _same(layer, key) and key.path[:1] == ("metadata",):
            is_said = key.path[1:2] in (("labels",), ("annotations",))
            yield _Place(scope, key.path[1:], counts=True) if is_said else None


def _same(layer: Layer, key: Key) -> bool:
    return layer.document.file == key.file and layer.document.index == key.document
