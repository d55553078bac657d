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
    for rival in _rivals(patch, schema):
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
        return overlay(lower if isinstance(lower, Mapping) else {}, higher, _map_form(field))
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
    places = {item.get(key): index for index, item in enumerate(lower) if isinstance(item, Mapping)}
    for item in higher:
        index = places.get(item.get(key)) if isinstance(item, Mapping) else None
        if index is None:
            merged.append(item)
        else:
            merged[index] = overlay(merged[index], item, {})
    return merged


def _rivals(patch: Mapping[str, Any], schema: Schema) -> list[str]:
    groups: list[list[str]] = schema.get("x-one-of", [])
    if not any(patch.get(first) is not None for first, *_ in groups):
        return []
    return [key for first, *more in groups if patch.get(first) is None for key in (first, *more) if key not in patch]


def _map_form(field: Schema) -> Schema:
    forms = [form for form in field.get("anyOf", ()) if form.get("type") == "object"]
    return forms[0] if len(forms) == 1 else field
