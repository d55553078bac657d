"""What a change did to an object: the paths that were added, changed and removed."""

from collections.abc import Mapping
from typing import Any

from gitopsgen.source.location import Path, format_path


def change_of(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, *, known: bool) -> dict[str, Any]:
    """Return ``change`` as a policy sees it.

    ``kind`` says what became of the object: ``added``, ``changed``, ``removed``, or ``none``. Without a base revision
    (``known``) nothing has changed.
    """
    added: list[str] = []
    changed: list[str] = []
    removed: list[str] = []
    kind = "none"
    if known and before is None:
        kind = "added"
    elif known and after is None:
        kind = "removed"
    elif known:
        _compare(before, after, (), (added, changed, removed))
        kind = "changed" if added or changed or removed else "none"
    paths = [*added, *changed, *removed]
    return {"kind": kind, "added": added, "changed": changed, "removed": removed, "paths": paths}


def _compare(before: object, after: object, path: Path, found: tuple[list[str], list[str], list[str]]) -> None:
    """Note in ``found`` what was added, changed and removed below ``path``, in the order of the keys."""
    added, changed, removed = found
    old, new = _children(before), _children(after)
    if old is None or new is None or isinstance(before, list) != isinstance(after, list):
        if before != after or type(before) is not type(after):
            changed.append(format_path(path))
        return
    for key in [*old, *(key for key in new if key not in old)]:
        inner = (*path, key)
        if key not in old:
            added.append(format_path(inner))
        elif key not in new:
            removed.append(format_path(inner))
        else:
            _compare(old[key], new[key], inner, found)


def _children(value: object) -> Mapping[str | int, object] | None:
    if isinstance(value, Mapping):
        return value
    return dict(enumerate(value)) if isinstance(value, list) else None
