"""Where a merged value came from: the layer that won, those that lost, and the rule that decided."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gitopsgen.descriptors.fields import Schema
from gitopsgen.model.manifest import dig
from gitopsgen.model.release import Layer
from gitopsgen.source.location import Location, Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What one layer says of a key: its value, where it stands, and whether the merged value holds it."""

    layer: str
    location: Location
    value: object
    wins: bool


def place_of(layers: tuple[Layer, ...], path: Path) -> Location | None:
    """Return where a person would edit the merged value at ``path``: in the highest layer that sets it.

    Of what no layer sets, the place of the nearest key above it that one sets; ``None`` when there is no such key.
    """
    while path:
        for contribution in reversed(contributions(layers, path)):
            if contribution.wins:
                return contribution.location
        path = path[:-1]
    return None


def contributions(layers: tuple[Layer, ...], path: Path, schema: Schema | None = None) -> list[Contribution]:
    """Return what each layer says of ``path``, lowest first.

    A map is held by every layer that adds to it; anything else by the highest that sets it. List indices are followed
    through ``x-merge: append`` and ``by: KEY`` of ``schema`` (the App's when left out).
    """
    if schema is None:
        from gitopsgen.descriptors.app import SPEC  # noqa: PLC0415 - the fields know nothing of provenance

        schema = SPEC
    told: list[tuple[Layer, Path, object]] = []
    first = 0  # of those that a higher layer has not taken out as a whole
    for layer, local in zip(layers, _offsets(layers, path, schema), strict=True):
        if local is None:
            continue
        depth, value = _reach(layer.values, local)
        if depth == len(local):
            told.append((layer, local, value))
        elif not isinstance(value, Mapping):
            first = len(told)  # what is above the key was removed or replaced by something without it
    appends = bool(field_of(schema, path).get("x-merge"))
    result: list[Contribution] = []
    holds = True
    for index in range(len(told) - 1, -1, -1):
        layer, local, value = told[index]
        holds = holds and index >= first
        result.append(Contribution(layer=layer.title, location=layer.locate(local), value=value, wins=holds))
        holds = holds and (isinstance(value, Mapping) or (isinstance(value, list) and appends))
    return result[::-1]


def field_of(schema: Schema, path: Path) -> Schema:
    """Return the declared field at ``path``; an empty one where keys are not declared."""
    for part in path:
        if "anyOf" in schema:
            schema = next((form for form in schema["anyOf"] if form.get("type") == "object"), {})
        if isinstance(part, int):
            schema = schema.get("items", {})
        else:
            other = schema.get("additionalProperties")
            schema = schema.get("properties", {}).get(part) or (other if isinstance(other, dict) else {})
    return schema


def _offsets(layers: tuple[Layer, ...], path: Path, schema: Schema) -> list[Path | None]:
    """Return ``path`` as each layer counts it: an index into an appended list belongs to one layer alone."""
    for depth, part in enumerate(path):
        if isinstance(part, int) and field_of(schema, path[:depth]).get("x-merge") == "append":
            return _appended(layers, path, depth, part)
    return [path] * len(layers)


def _appended(layers: tuple[Layer, ...], path: Path, depth: int, index: int) -> list[Path | None]:
    result: list[Path | None] = []
    for layer in layers:
        reached, value = _reach(layer.values, path[:depth])
        size = len(value) if reached == depth and isinstance(value, list) else 0
        result.append((*path[:depth], index, *path[depth + 1 :]) if 0 <= index < size else None)
        index -= size
    return result


def _reach(value: Any, path: Path) -> tuple[int, Any]:  # noqa: ANN401 - any value of a document
    """Return how far ``path`` leads into ``value``, and what lies there."""
    for depth in range(len(path)):
        found = dig(value, path[depth])
        if found is None and not (isinstance(value, Mapping) and path[depth] in value):
            return depth, value
        value = found
    return len(path), value
