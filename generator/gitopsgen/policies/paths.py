"""Where a policy looks in an object: paths with wildcards, and the pod of anything that runs pods."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gitopsgen.model.location import Path, parse_path
from gitopsgen.model.manifest import Body, dig, text_at

POD_SPEC: Final = "podSpec"
POD_METADATA: Final = "podMetadata"
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
    group, slash, _ = text_at(body, "apiVersion").rpartition("/")
    if (group if slash else "") not in _GROUPS:
        return None
    path = _POD_PATHS.get(text_at(body, "kind"))
    return path if path is not None and isinstance(dig(body, *path, "spec"), Mapping) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One place that a path leads to: what is there, the item of the wildcard before, and the last wildcard's key."""

    path: Path
    value: Any
    outer: Any = None
    key: str | int | None = None


def places(body: Body, at: str) -> Iterator[Spot]:
    """Yield each place that ``at`` leads to in ``body``; ``None`` stands for what is not there.

    ``[*]`` stands for every item of a list and every value of a map; ``podSpec`` and ``podMetadata`` for where those
    are in this kind.
    """
    head, _, rest = at.partition(".")
    base: Path = ()
    if head in (POD_SPEC, POD_METADATA):
        pod = pod_path(body)
        if pod is None:
            return
        base = (*pod, "spec" if head == POD_SPEC else "metadata")
        at = rest
    yield from _expand(Spot(path=base, value=dig(body, *base)), at, ())


def _expand(spot: Spot, rest: str, items: tuple[Any, ...]) -> Iterator[Spot]:
    before, star, after = rest.partition("[*]")
    tail = parse_path(before.strip(".")) if before.strip(".") else ()
    path, value = (*spot.path, *tail), dig(spot.value, *tail)
    if not star:
        yield Spot(path=path, value=value, outer=items[-1] if items else None, key=spot.key)
        return
    children: Iterator[tuple[str | int, Any]] = iter(())
    if isinstance(value, list):
        children = iter(enumerate(value))
    elif isinstance(value, Mapping):
        children = iter(value.items())
    for key, item in children:
        inner = (*items, item) if "[*]" in after else items
        yield from _expand(Spot(path=(*path, key), value=item, key=key), after, inner)
