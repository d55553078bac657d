"""An App's patches, merged into the rendered objects that match."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from gitopsgen.model.manifest import text_at
from gitopsgen.templating.traced import TracedNothing, because, like, own

_LIST_KEYS: Final = ("name", "mountPath", "containerPort", "topologyKey", "key")
"""What names an item in Kubernetes' lists, tried in this order."""


def matches(target: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Tell whether a patch's target means this object: all that it names must fit."""
    group, slash, _ = text_at(body, "apiVersion").rpartition("/")
    actual = {"kind": text_at(body, "kind"), "name": text_at(body, "metadata", "name"), "group": group if slash else ""}
    return all(fnmatchcase(actual[key], str(pattern)) for key, pattern in target.items() if key in actual)


def apply_patch(body: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``body`` with ``patch`` merged in.

    Maps merge key by key, ``null`` removes, lists of named things merge by the key that names them; anything else
    replaces.
    """
    merged = like(dict(body), body)
    for key, value in patch.items():
        if isinstance(value, TracedNothing | None):
            merged.pop(key, None)
            merged = like(merged, merged, value)
        else:
            merged[key] = _apply(merged.get(key), value)
    return merged


def _apply(body: object, patch: object) -> object:
    if isinstance(patch, Mapping):
        return apply_patch(body if isinstance(body, Mapping) else {}, patch)
    if isinstance(patch, list) and isinstance(body, list) and (key := _list_key(body, patch)):
        return _apply_named(body, patch, key)
    return patch


def _apply_named(body: list[Any], patch: list[Any], key: str) -> list[Any]:
    merged = list(body)
    places = {item[key]: index for index, item in enumerate(body)}
    for item in patch:
        if item[key] in places:
            changes = {name: value for name, value in item.items() if name != key}
            index = places[item[key]]
            merged[index] = apply_patch(merged[index], because(changes, own(item[key])))
        else:
            merged.append(because(apply_patch({}, item), own(item[key])))
    return merged


def _list_key(body: list[Any], patch: list[Any]) -> str:
    items = [*body, *patch]
    if not items or not all(isinstance(item, Mapping) for item in items):
        return ""
    return next((key for key in _LIST_KEYS if all(isinstance(item.get(key), str | int) for item in items)), "")
