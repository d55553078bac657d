"""Layers laid over each other: maps key by key, ``null`` removes, lists as their field declares."""

from collections.abc import Mapping
from typing import Any

from gitopsgen.descriptors.fields import Schema


def overlay(base: Mapping[str, Any], patch: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    """Return ``base`` with ``patch`` laid over it; neither is changed.

    A removed key stays as ``None``, so that a default does not come back. Lists replace, except where ``schema``
    declares ``x-merge: append`` or ``by: KEY``; keys that exclude each other (``x-one-of``) drop the lower layer's.
    """
    merged = dict(base)
    for rival in rivals(patch, schema):
        merged.pop(rival, None)
    fields: Mapping[str, Schema] = schema.get("properties", {})
    other = schema.get("additionalProperties")
    for key, value in patch.items():
        field = fields.get(key) or (other if isinstance(other, dict) else {})
        merged[key] = merge_value(merged.get(key), value, field)
    return merged


def merge_value(lower: object, higher: object, field: Schema) -> object:
    """Return what a key holds when ``higher`` is laid over ``lower``."""
    if isinstance(higher, Mapping):
        return overlay(lower if isinstance(lower, Mapping) else {}, higher, map_form(field))
    if isinstance(higher, list) and isinstance(lower, list):
        rule = field.get("x-merge", "")
        if rule == "append":
            return [*lower, *higher]
        if rule.startswith("by: "):
            return merge_named(lower, higher, rule.removeprefix("by: "))
    return higher


def merge_named(lower: list[Any], higher: list[Any], key: str) -> list[Any]:
    """Return the items of both lists; those with the same value of ``key`` are merged, in the lower list's order."""
    merged = list(lower)
    places = {name: index for index, item in enumerate(lower) if (name := name_of(item, key)) is not None}
    for item in higher:
        name = name_of(item, key)
        if name in places:
            merged[places[name]] = overlay(merged[places[name]], item, {})
        else:
            merged.append(item)
    return merged


def name_of(item: object, key: str) -> str | None:
    """Return what an item of a list is called by; ``None`` when it is not called by anything."""
    name = item.get(key) if isinstance(item, Mapping) else None
    return name if isinstance(name, str) else None


def rivals(patch: Mapping[str, Any], schema: Schema) -> dict[str, str]:
    """Return the keys of lower layers that ``patch`` drops, each with the key of its own that excludes it."""
    groups: list[list[str]] = schema.get("x-one-of", [])
    given = next((first for first, *_ in groups if patch.get(first) is not None), None)
    if given is None:
        return {}
    left = (group for group in groups if patch.get(group[0]) is None)
    return {key: given for group in left for key in group if key not in patch}


def map_form(field: Schema) -> Schema:
    """Return the form that a map takes of a field with several."""
    forms = [form for form in field.get("anyOf", ()) if form.get("type") == "object"]
    return forms[0] if len(forms) == 1 else field
