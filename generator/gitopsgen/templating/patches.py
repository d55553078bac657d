"""An App's patches, merged into the rendered objects that match."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from gitopsgen.model.manifest import text_at
from gitopsgen.source.location import Path

_LIST_KEYS: Final = ("name", "mountPath", "containerPort", "topologyKey", "key")
"""What names an item in Kubernetes' lists, tried in this order."""


def matches(target: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Tell whether a patch's target means this object: all that it names must fit."""
    group, slash, _ = text_at(body, "apiVersion").rpartition("/")
    actual = {"kind": text_at(body, "kind"), "name": text_at(body, "metadata", "name"), "group": group if slash else ""}
    return all(fnmatchcase(actual[key], str(pattern)) for key, pattern in target.items() if key in actual)


def apply_patch(body: Mapping[str, Any], patch: Mapping[str, Any]) -> tuple[dict[str, Any], dict[Path, Path]]:
    """Return ``body`` with ``patch`` merged in, and for each path that the patch set, its path in the patch.

    Maps merge key by key, ``null`` removes, lists of named things merge by the key that names them; anything else
    replaces.
    """
    return _apply_map(body, patch, (), ())


def _apply(body: object, patch: object, path: Path, source: Path) -> tuple[object, dict[Path, Path]]:
    if isinstance(patch, Mapping):
        return _apply_map(body, patch, path, source)
    if isinstance(patch, list) and isinstance(body, list) and (key := _list_key(body, patch)):
        return _apply_named(body, patch, key, path, source)
    return patch, {path: source}


def _apply_map(
    body: object, patch: Mapping[str, Any], path: Path, source: Path
) -> tuple[dict[str, Any], dict[Path, Path]]:
    merged: dict[str, Any] = dict(body) if isinstance(body, Mapping) else {}
    origins: dict[Path, Path] = {} if isinstance(body, Mapping) else {path: source}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
            continue
        merged[key], inner = _apply(merged.get(key), value, (*path, key), (*source, key))
        origins |= inner
    return merged, origins


def _apply_named(
    body: list[Any], patch: list[Any], key: str, path: Path, source: Path
) -> tuple[object, dict[Path, Path]]:
    merged = list(body)
    places = {item[key]: index for index, item in enumerate(body)}
    origins: dict[Path, Path] = {}
    for number, item in enumerate(patch):
        index = places.get(item[key], len(merged))
        before = merged[index] if index < len(merged) else None
        after, inner = _apply(before, item, (*path, index), (*source, number))
        merged[index:] = [after, *merged[index + 1 :]]
        origins |= inner
    return merged, origins


def _list_key(body: list[Any], patch: list[Any]) -> str:
    items = [*body, *patch]
    if not items or not all(isinstance(item, Mapping) for item in items):
        return ""
    return next((key for key in _LIST_KEYS if all(isinstance(item.get(key), str | int) for item in items)), "")
