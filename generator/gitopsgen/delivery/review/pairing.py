"""Which object of the old tree is which of the new: by identity, and renamed ones by how alike they are."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from gitopsgen.model.manifest import Manifest, ObjectId, walk

_ALIKE: Final = 0.6
"""The share of values that two objects must have in common to be taken for one."""
_MOST_COMPARED: Final = 2_500


class Pair(NamedTuple):
    """An object as it was and as it is; ``None`` on the side on which it is not."""

    before: Manifest | None
    after: Manifest | None


def pair_objects(before: Iterable[Manifest], after: Iterable[Manifest]) -> list[Pair]:
    """Return the objects of both sides in pairs, in the order of what they are now.

    Objects of different Environments are never one, whatever they are called. One of a release that is there on both
    sides is taken for one of another release last of all.
    """
    old = {(one.environment, one.id): one for one in before}
    new = {(one.environment, one.id): one for one in after}
    pairs = [Pair(old[identity], one) for identity, one in new.items() if identity in old]
    removed = [one for identity, one in old.items() if identity not in new]
    added = [one for identity, one in new.items() if identity not in old]
    staying = {one.release for one in old.values()} & {one.release for one in new.values()}
    renamed = list(_renamed(removed, added, staying))
    pairs += renamed
    told = {id(one) for pair in renamed for one in pair}
    pairs += [Pair(one, None) for one in removed if id(one) not in told]
    pairs += [Pair(None, one) for one in added if id(one) not in told]
    return sorted(pairs, key=_order)


def _order(pair: Pair) -> tuple[str, ObjectId, str]:
    one = pair.after or pair.before
    return (one.environment, one.id, one.file) if one else ("", ObjectId("", "", "", ""), "")


def _renamed(removed: list[Manifest], added: list[Manifest], staying: set[str]) -> Iterator[Pair]:
    """Yield those that went under one name and came under another, the most alike first.

    ``staying`` are releases that keep their name, and whose objects hardly move to another.
    """

    def moves(one: Manifest, other: Manifest) -> bool:
        return one.release != other.release and not staying.isdisjoint((one.release, other.release))

    kinds: defaultdict[tuple[str, str, str], tuple[list[Manifest], list[Manifest]]] = defaultdict(lambda: ([], []))
    for side, manifests in enumerate((removed, added)):
        for one in manifests:
            kinds[one.environment, one.group, one.kind][side].append(one)
    for _, (gone, new) in sorted(kinds.items()):
        if not gone or not new or len(gone) * len(new) > _MOST_COMPARED:
            continue
        old_values = [_values(one) for one in gone]
        new_values = [_values(one) for one in new]
        alike = [
            (moves(gone[index], new[other]), -_likeness(ours, theirs), index, other)
            for index, ours in enumerate(old_values)
            for other, theirs in enumerate(new_values)
        ]
        taken: tuple[set[int], set[int]] = (set(), set())
        for _, likeness, index, other in sorted(alike):
            if -likeness >= _ALIKE and index not in taken[0] and other not in taken[1]:
                taken[0].add(index)
                taken[1].add(other)
                yield Pair(gone[index], new[other])


def _values(manifest: Manifest) -> Counter[str]:
    """Return the values of an object with their paths; its own name, wherever it stands, is the same for all."""
    return Counter(
        json.dumps(["*" if isinstance(step, int) else step for step in path])
        + json.dumps(_anonymous(value, manifest), default=str)
        for path, value in walk(manifest.body)
        if path[:2] not in (("metadata", "name"), ("metadata", "namespace"))
    )


def _anonymous(value: object, manifest: Manifest) -> object:
    if not isinstance(value, str):
        return value
    for name in filter(None, (manifest.name, manifest.app)):
        value = value.replace(name, "*")
    return value


def _likeness(one: Counter[str], other: Counter[str]) -> float:
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 1.0
