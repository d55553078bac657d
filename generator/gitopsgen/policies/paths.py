"""Where a policy looks in an object: paths with wildcards, and the pod of anything that runs pods."""

from collections.abc import Iterator, Mapping
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


def places(body: Body, at: str) -> Iterator[tuple[Path, Any]]:
    """Yield each path that ``at`` leads to in ``body``, with what is there; ``None`` for what is not there.

    ``[*]`` stands for every item of a list and ``.*`` for every value of a map; ``podSpec`` and ``podMetadata`` for
    where those are in this kind.
    """
    head, _, rest = at.partition(".")
    base: Path = ()
    if head in (POD_SPEC, POD_METADATA):
        pod = pod_path(body)
        if pod is None:
            return
        base = (*pod, "spec" if head == POD_SPEC else "metadata")
        at = rest
    yield from _expand(dig(body, *base), base, at)


def _expand(value: Any, path: Path, rest: str) -> Iterator[tuple[Path, Any]]:  # noqa: ANN401 - any value
    before, star, after = rest.partition("[*]")
    if not star:
        tail = parse_path(rest) if rest else ()
        yield (*path, *tail), dig(value, *tail)
        return
    tail = parse_path(before.rstrip(".")) if before.rstrip(".") else ()
    items = dig(value, *tail)
    children: Iterator[tuple[str | int, Any]] = iter(())
    if isinstance(items, list):
        children = iter(enumerate(items))
    elif isinstance(items, Mapping):
        children = iter(items.items())
    for key, item in children:
        yield from _expand(item, (*path, *tail, key), after.removeprefix("."))
