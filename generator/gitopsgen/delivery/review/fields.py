"""What differs between two versions of an object, field by field: items of lists are paired by what names them."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, Final

from gitopsgen.delivery.review.model import ABSENT, FieldChange, Item

_NAMES: Final = ("name", "key", "mountPath", "host", "ip", "topologyKey", "templateName", "containerPort", "port")
"""The keys by which Kubernetes and Argo tell the items of their lists apart, the most usual first."""
_SEQUENCES: Final = frozenset(("command", "args"))
_ORDER: Final = Item("order")


def field_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    """Return every difference, in the order of its path; what was added or removed whole is one difference."""
    old, new = _differing(before, after)
    if not old and not new:
        return ()
    from deepdiff import DeepDiff  # noqa: PLC0415 - takes long to load, and is only needed where something differs

    found = DeepDiff(old, new, view="tree", threshold_to_diff_deeper=0)
    changes = [
        FieldChange(path=tuple(one.path(output_format="list")), before=_side(one.t1), after=_side(one.t2))
        for kind in found.values()
        for one in kind
    ]
    return tuple(sorted(changes, key=lambda change: tuple(map(_place, change.path))))


def _place(step: str) -> tuple[int, str]:
    """Return what sorts the steps of paths: places by their number, and before names."""
    return (int(step), "") if isinstance(step, Item) and step.isdecimal() else (-1, step)


def _side(value: object) -> object:
    from deepdiff.helper import NotPresent  # noqa: PLC0415 - as above

    return ABSENT if isinstance(value, NotPresent) else value


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return both mappings without what is equal in them, and with their lists as mappings of paired items."""
    old: dict[str, Any] = {}
    new: dict[str, Any] = {}
    for key in [*before, *(key for key in after if key not in before)]:
        if key not in after:
            old[key] = before[key]
        elif key not in before:
            new[key] = after[key]
        elif not _same(before[key], after[key]):
            old[key], new[key] = _pair(key, before[key], after[key])
    return old, new


def _pair(key: str, before: object, after: object) -> tuple[Any, Any]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return _differing(before, after)
    if isinstance(before, list) and isinstance(after, list):
        if key in _SEQUENCES:
            return _written(before), _written(after)
        return _differing(*_paired(before, after))
    return before, after


def _paired(before: list[Any], after: list[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return two lists as mappings in which equal keys stand for one item."""
    old_names, new_names = _names(before), _names(after)
    if old_names is None or new_names is None or (before and after and not set(old_names) & set(new_names)):
        return _by_place(before, after)
    old: dict[str, Any] = dict(zip(map(Item, old_names), before, strict=True))
    new: dict[str, Any] = dict(zip(map(Item, new_names), after, strict=True))
    orders = [", ".join(name for name in names if name in old and name in new) for names in (old_names, new_names)]
    if orders[0] != orders[1]:
        old[_ORDER], new[_ORDER] = orders
    return old, new


def _names(items: Sequence[Any]) -> list[str] | None:
    """Return what names each item of a list; ``None`` where nothing tells all of them apart."""
    if not any(isinstance(item, Mapping | list) for item in items):
        names = [_written(item) if not isinstance(item, str) else item for item in items]
        return names if len(set(names)) == len(names) else None
    for key in _NAMES:
        values = [item.get(key) if isinstance(item, Mapping) else None for item in items]
        if all(isinstance(value, str | int) for value in values) and max(Counter(values).values()) == 1:
            return [str(value) for value in values]
    return None


def _by_place(before: list[Any], after: list[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Pair the items of two lists that have no names: equal ones first, and between them those in the same place."""
    old: dict[str, Any] = {}
    new: dict[str, Any] = {}
    matcher = SequenceMatcher(None, [*map(_written, before)], [*map(_written, after)], autojunk=False)
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        if tag == "equal":
            continue
        if end - start == new_end - new_start:
            for offset in range(end - start):
                key = Item(str(new_start + offset))
                old[key], new[key] = before[start + offset], after[new_start + offset]
            continue
        for index in range(start, end):
            old[Item(f"{index} before")] = before[index]
        for index in range(new_start, new_end):
            new[Item(str(index))] = after[index]
    return old, new


def _same(one: object, other: object) -> bool:
    """Tell whether two values are written alike: ``true`` is not ``1``."""
    return one == other and _written(one) == _written(other)


def _written(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def leaves(change: FieldChange) -> Iterator[FieldChange]:
    """Yield the scalars that a change adds, removes or changes, each as a change of its own."""
    yield from _leaves(change.path, change.before, change.after)


def _leaves(path: tuple[str, ...], before: object, after: object) -> Iterator[FieldChange]:
    sides = [_children(before), _children(after)]
    if all(side is None for side in sides):
        yield FieldChange(path=path, before=before, after=after)
        return
    old, new = (side or {} for side in sides)
    for value, side, is_before in ((before, sides[0], True), (after, sides[1], False)):
        if side is None and value is not ABSENT:  # a scalar where the other side has a mapping
            yield FieldChange(path=path, before=value if is_before else ABSENT, after=ABSENT if is_before else value)
    for key in [*old, *(key for key in new if key not in old)]:
        yield from _leaves((*path, key), old.get(key, ABSENT), new.get(key, ABSENT))


def _children(value: object) -> dict[str, object] | None:
    if isinstance(value, Mapping) and value:
        return dict(value)
    if isinstance(value, list) and value:
        return {Item(str(index)): item for index, item in enumerate(value)}
    return None
