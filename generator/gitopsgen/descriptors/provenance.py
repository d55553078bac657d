"""Where a merged value came from: the layer that won, those that lost, and what removed it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gitopsgen.descriptors.fields import Schema
from gitopsgen.descriptors.merging import map_form, name_of, rivals
from gitopsgen.model.manifest import dig
from gitopsgen.model.provenance import Contribution
from gitopsgen.model.release import Layer
from gitopsgen.source.location import Location, Path


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
    told: list[Contribution] = []
    for layer, local in zip(layers, _local_paths(layers, path, schema), strict=True):
        contribution = None if local is None else _contribution(layer, local, schema)
        if contribution and (told or not _is_short(layer, contribution)):
            told.append(contribution)
    merges = bool(field_of(schema, path).get("x-merge")) or _names_item(path, schema)
    result: list[Contribution] = []
    for one in reversed(told):
        wins = not result or (result[-1].wins and _adds(one.value, result[-1].value, merges=merges))
        result.append(replace(one, wins=wins))
    return result[::-1]


def _is_short(layer: Layer, contribution: Contribution) -> bool:
    """Tell whether it is a list without the item: that removes one of a lower layer, and is nothing without it."""
    return contribution.removed_by is not None and isinstance(dig(layer.values, *contribution.removed_by), list)


def _names_item(path: Path, schema: Schema) -> bool:
    """Tell whether ``path`` is what items of a list are merged by: it is the same in every layer that has the item."""
    rule = field_of(schema, path[:-2]).get("x-merge", "") if path and isinstance(path[-2:][0], int) else ""
    return bool(rule) and rule == f"by: {path[-1]}"


def _adds(lower: object, higher: object, *, merges: bool) -> bool:
    """Tell whether a merged value holds what ``lower`` says, too."""
    if isinstance(higher, Mapping):
        return isinstance(lower, Mapping)
    return merges and type(lower) is type(higher)


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


def _contribution(layer: Layer, path: Path, schema: Schema) -> Contribution | None:
    """Return what ``layer`` says of ``path``, as the layer itself counts it; ``None`` when it says nothing."""
    value: Any = layer.values
    for depth, part in enumerate(path):
        if isinstance(value, Mapping):
            if part not in value:
                excluding = rivals(value, map_form(field_of(schema, path[:depth]))).get(str(part))
                return _removal(layer, (*path[:depth], excluding)) if excluding else None
        elif not (isinstance(value, list) and isinstance(part, int) and 0 <= part < len(value)):
            return _removal(layer, path[:depth])
        value = value[part]
    if value is None:
        return _removal(layer, path)
    return Contribution(layer=layer.title, location=layer.locate(path), value=value, wins=True)


def _removal(layer: Layer, path: Path) -> Contribution:
    return Contribution(layer=layer.title, location=layer.locate(path), value=None, wins=True, removed_by=path)


def _local_paths(layers: tuple[Layer, ...], path: Path, schema: Schema) -> list[Path | None]:
    """Return ``path`` as each layer counts it; ``None`` for a layer that has no part in an item of a merged list."""
    for depth, part in enumerate(path):
        if isinstance(part, int) and (rule := field_of(schema, path[:depth]).get("x-merge")):
            told = [_contribution(layer, path[:depth], schema) for layer in layers]
            parts = _parts(told, rule)
            if 0 <= part < len(parts):
                places = (parts[part].get(number) for number in range(len(layers)))
                return [None if index is None else (*path[:depth], index, *path[depth + 1 :]) for index in places]
            if parts:
                return [None] * len(layers)
    return [path] * len(layers)


def merged_path(layers: tuple[Layer, ...], number: int, path: Path, schema: Schema) -> Path | None:
    """Return ``path``, as the layer of that number counts it, as the merged value does; ``None`` for what is lost."""
    for depth, part in enumerate(path):
        if isinstance(part, int) and (rule := field_of(schema, path[:depth]).get("x-merge")):
            parts = _parts([_contribution(layer, path[:depth], schema) for layer in layers], rule)
            found = next((index for index, layers_of in enumerate(parts) if layers_of.get(number) == part), None)
            return None if found is None else (*path[:depth], found, *path[depth + 1 :])
    return path


def _parts(told: list[Contribution | None], rule: str) -> list[dict[int, int]]:
    """Return for each item of a merged list what went into it: by the number of the layer, the index in its list."""
    key = rule.removeprefix("by: ") if rule.startswith("by: ") else ""
    parts: list[dict[int, int]] = []
    names: dict[object, int] = {}
    for number, contribution in enumerate(told):
        if contribution is None:
            continue
        if not isinstance(contribution.value, list):
            parts, names = [], {}  # removed or replaced: higher layers begin anew
            continue
        lower = dict(names)
        for index, item in enumerate(contribution.value):
            name = name_of(item, key)
            if name in lower:
                parts[lower[name]][number] = index
                continue
            if name is not None:
                names[name] = len(parts)
            parts.append({number: index})
    return parts
