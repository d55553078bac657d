"""The pods that objects of a set make: their labels, their ports, and where their spec stands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from gitopsgen.model.manifest import Manifest, dig, list_at, map_at, text_at
from gitopsgen.source.location import Path

SIDECARS_SINCE: Final = (1, 29)
_TEMPLATE: Final[Path] = ("spec", "template")
_TEMPLATES: Final[Mapping[tuple[str, str], Path]] = {
    ("", "Pod"): (),
    ("", "ReplicationController"): _TEMPLATE,
    ("apps", "DaemonSet"): _TEMPLATE,
    ("apps", "Deployment"): _TEMPLATE,
    ("apps", "ReplicaSet"): _TEMPLATE,
    ("apps", "StatefulSet"): _TEMPLATE,
    ("argoproj.io", "Rollout"): _TEMPLATE,
    ("batch", "CronJob"): ("spec", "jobTemplate", "spec", "template"),
    ("batch", "Job"): _TEMPLATE,
}
_ANALYSIS: Final = frozenset({"AnalysisTemplate", "ClusterAnalysisTemplate", "AnalysisRun"})


@dataclass(frozen=True, kw_only=True, eq=False)
class Pods:
    """Pods of one template; ``path`` leads to the template in ``manifest``.

    ``sidecars`` tells whether the cluster lets init containers go on running.
    """

    manifest: Manifest
    path: Path
    sidecars: bool = True

    @cached_property
    def labels(self) -> Mapping[str, Any]:
        """The labels of the template."""
        return map_at(self.manifest.body, *self.path, "metadata", "labels")

    @cached_property
    def spec(self) -> Mapping[str, Any]:
        """The pod spec."""
        return map_at(self.manifest.body, *self.path, "spec")

    @property
    def spec_path(self) -> Path:
        """Where the pod spec stands."""
        return (*self.path, "spec")

    @cached_property
    def ports(self) -> frozenset[str | int]:
        """The names and numbers of the ports that the containers declare; sidecars among the init containers too."""
        found: set[str | int] = set()
        for key in ("containers", "initContainers"):
            for container in list_at(self.spec, key):
                if key == "initContainers" and not (self.sidecars and text_at(container, "restartPolicy") == "Always"):
                    continue
                for port in list_at(container, "ports"):
                    if name := text_at(port, "name"):
                        found.add(name)
                    number = dig(port, "containerPort")
                    if isinstance(number, int):
                        found.add(number)
        return frozenset(found)


def pods_of(manifest: Manifest, group: str, kind: str, *, sidecars: bool) -> Pods | None:
    """Return the pods of a workload; ``None`` for other kinds, and for a Rollout that refers to its template."""
    path = _TEMPLATES.get((group, kind))
    if path is None or (path and not isinstance(dig(manifest.body, *path), Mapping)):
        return None
    return Pods(manifest=manifest, path=path, sidecars=sidecars)


def other_pods(manifest: Manifest, group: str, kind: str) -> Iterator[Pods]:
    """Yield the pods that no Service is for: of an analysis job, and of an Experiment."""
    if group != "argoproj.io":
        return
    if kind in _ANALYSIS:
        for index, metric in enumerate(list_at(manifest.body, "spec", "metrics")):
            if isinstance(dig(metric, "provider", "job", "spec", "template"), Mapping):
                path = ("spec", "metrics", index, "provider", "job", "spec", "template")
                yield Pods(manifest=manifest, path=path)
    elif kind == "Experiment":
        for index, template in enumerate(list_at(manifest.body, "spec", "templates")):
            if isinstance(dig(template, "template"), Mapping):
                yield Pods(manifest=manifest, path=("spec", "templates", index, "template"))
