"""Where a policy looks in an object: paths with wildcards, and the pod of anything that runs pods."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from gitopsgen.model.manifest import Body, dig, text_at
from gitopsgen.source.location import Path, parse_path

POD_SPEC: Final = "podSpec"
POD_METADATA: Final = "podMetadata"
_WILDCARD: Final = "[*]"
_POD_PATHS: Final[Mapping[str, Path]] = {
    "Pod": (),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    **dict.fromkeys(
        ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "Rollout", "ReplicationController"),
        ("spec", "template"),
    ),
}
WORKLOADS: Final = frozenset(_POD_PATHS)
_GROUPS: Final = frozenset(("", "apps", "batch", "argoproj.io"))


def pod_path(body: Body) -> Path | None:
    """Return the path of the pod (or its template) in a workload; ``None`` in anything else.

    A Rollout with a workloadRef has no pod of its own: the workload that it refers to has.
    """
    path = _POD_PATHS.get(text_at(body, "kind"))
    if path is None:
        return None
    group, slash, _ = text_at(body, "apiVersion").rpartition("/")
    in_group = (group if slash else "") in _GROUPS
    return path if in_group and isinstance(dig(body, *path, "spec"), Mapping) else None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spot:
    """One place that a path leads to: what is there, the item of the wildcard before, and the last wildcard's key."""

    path: Path
    value: Any
    outer: Any = None
    key: str | int | None = None


def places(body: Body, at: str, pod: Path | None) -> Iterator[Spot]:
    """Yield each place that ``at`` leads to in ``body``; ``None`` stands for what is not there.

    ``[*]`` stands for every item of a list and every value of a map; ``podSpec`` and ``podMetadata`` for where those
    are in the ``pod`` of this kind.

    Raises:
        ValueError: ``at`` is no path.
    """
    head, parts = parse_at(at)
    base: Path = ()
    if head:
        if pod is None:
            return
        base = (*pod, "spec" if head == POD_SPEC else "metadata")
    if len(parts) == 1:  # without a wildcard, as most are
        path = (*base, *parts[0])
        yield Spot(path=path, value=dig(body, *path))
        return
    yield from _expand(Spot(path=base, value=dig(body, *base)), parts, ())


@lru_cache(maxsize=1024)
def parse_at(at: str) -> tuple[str, tuple[Path, ...]]:
    """Return the word that ``at`` begins with when it stands for a part of a pod, and the paths between its wildcards.

    Raises:
        ValueError: ``at`` is no path.
    """
    head, _, rest = at.partition(".")
    if head not in (POD_SPEC, POD_METADATA):
        head, rest = "", at
    return head, tuple(parse_path(part.strip(".")) for part in rest.split(_WILDCARD))


def _expand(spot: Spot, parts: tuple[Path, ...], items: tuple[Any, ...]) -> Iterator[Spot]:
    tail, *more = parts
    path, value = (*spot.path, *tail), dig(spot.value, *tail)
    if not more:
        yield Spot(path=path, value=value, outer=items[-1] if items else None, key=spot.key)
        return
    children: Iterator[tuple[str | int, Any]] = iter(())
    if isinstance(value, list):
        children = iter(enumerate(value))
    elif isinstance(value, Mapping):
        children = iter(value.items())
    for key, item in children:
        inner = (*items, item) if len(more) > 1 else items
        yield from _expand(Spot(path=(*path, key), value=item, key=key), tuple(more), inner)
