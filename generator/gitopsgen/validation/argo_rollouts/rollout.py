"""A Rollout as the rules look at it: its parts, its pod template, and how a fault of it is told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from gitopsgen.model.finding import Fault, Severity
from gitopsgen.model.manifest import Manifest, dig, list_at, map_at, text_at
from gitopsgen.model.versions import Versions, version_key
from gitopsgen.rollouts.steps import parse_count, parse_integer
from gitopsgen.rollouts.strategy import ROUTERS
from gitopsgen.source.location import Path
from gitopsgen.validation.argo_rollouts.lookup import Lookup

GROUP: Final = "argoproj.io"
CANARY: Final[Path] = ("spec", "strategy", "canary")
BLUE_GREEN: Final[Path] = ("spec", "strategy", "blueGreen")
ROUTING: Final[Path] = (*CANARY, "trafficRouting")
STEPS: Final[Path] = (*CANARY, "steps")
TEMPLATE: Final[Path] = ("spec", "template")
_NEXT: Final = (1, 10)
_WHOLE: Final = 100
_WORKLOADS: Final[Mapping[tuple[str, str], Path]] = {
    ("apps", "Deployment"): TEMPLATE,
    ("apps", "ReplicaSet"): TEMPLATE,
    ("", "PodTemplate"): ("template",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PodTemplate:
    """The pod template of a Rollout: its own, or that of the workload it refers to."""

    manifest: Manifest
    path: Path
    body: Mapping[str, Any]

    @property
    def labels(self) -> Mapping[str, Any]:
        """The labels of the pods."""
        return map_at(self.body, "metadata", "labels")

    def label(self, key: str) -> str:
        """Return how to say what the pods have for a label."""
        return f"`{key}: {self.labels[key]}`" if key in self.labels else f"no label `{key}`"


@dataclass(frozen=True, kw_only=True, eq=False)
class Rollout:
    """One Rollout of a set."""

    manifest: Manifest
    lookup: Lookup
    versions: Versions

    @cached_property
    def name(self) -> str:
        """``metadata.name``."""
        return self.manifest.name

    @cached_property
    def namespace(self) -> str:
        """``metadata.namespace``, empty when it is left to whoever applies it."""
        return self.manifest.namespace

    @cached_property
    def spec(self) -> Mapping[str, Any]:
        """The spec itself."""
        return map_at(self.manifest.body, "spec")

    @cached_property
    def canary(self) -> Mapping[str, Any]:
        """``spec.strategy.canary``, empty when it is not there."""
        return map_at(self.spec, "strategy", "canary")

    @cached_property
    def blue_green(self) -> Mapping[str, Any] | None:
        """``spec.strategy.blueGreen``, ``None`` when it is not there."""
        found = dig(self.spec, "strategy", "blueGreen")
        return found if isinstance(found, Mapping) else None

    @cached_property
    def routing(self) -> Mapping[str, Any] | None:
        """``trafficRouting`` of the canary, ``None`` when it is not there; an empty one counts as there."""
        found = self.canary.get("trafficRouting")
        return found if isinstance(found, Mapping) else None

    @cached_property
    def routers(self) -> frozenset[str]:
        """The routers that are configured, ``plugins`` among them when there is one."""
        routing = self.routing or {}
        plugins = ("plugins",) if routing.get("plugins") else ()
        return frozenset((*(name for name in ROUTERS if routing.get(name) is not None), *plugins))

    @cached_property
    def steps(self) -> tuple[tuple[int, Mapping[str, Any]], ...]:
        """The canary's steps that are maps, each with its index."""
        steps = list_at(self.canary, "steps")
        return tuple((index, step) for index, step in enumerate(steps) if isinstance(step, Mapping))

    @cached_property
    def max_weight(self) -> int:
        """What all of the traffic is as a weight."""
        written = parse_integer(dig(self.routing, "maxTrafficWeight"))
        return _WHOLE if written is None else written

    @cached_property
    def replicas(self) -> int | None:
        """How many pods git asks for; ``None`` when it leaves that to an autoscaler or to the default."""
        return parse_count(self.spec.get("replicas"))

    @cached_property
    def is_after_1_9(self) -> bool:
        """Whether the controller is 1.10 or later."""
        return is_after_1_9(self.versions)

    @cached_property
    def workload(self) -> Manifest | None:
        """The object that ``workloadRef`` means, ``None`` when it is not in the set."""
        reference = map_at(self.spec, "workloadRef")
        group, kind = api_group(text_at(reference, "apiVersion")), text_at(reference, "kind")
        if (group, kind) not in _WORKLOADS:
            return None
        return self.find(kind, text_at(reference, "name"), group)

    @cached_property
    def template(self) -> PodTemplate | None:
        """The pod template, ``None`` when it is not in the set or none at all; one that is left out is empty."""
        if isinstance(self.spec.get("workloadRef"), Mapping):
            if self.workload is None:
                return None
            path = _WORKLOADS[self.workload.group, self.workload.kind]
            return PodTemplate(manifest=self.workload, path=path, body=map_at(self.workload.body, *path))
        body = self.spec.get("template")
        if body is not None and not isinstance(body, Mapping):
            return None
        return PodTemplate(manifest=self.manifest, path=TEMPLATE, body=body or {})

    @property
    def is_rendered(self) -> bool:
        """Whether a release renders it, and with it all that it refers to."""
        return bool(self.manifest.release)

    def find(self, kind: str, name: str, *groups: str, namespace: str | None = None) -> Manifest | None:
        """Return an object that the Rollout means, in its own namespace unless another is given."""
        place = self.namespace if namespace is None else namespace
        return self.lookup.find(self.manifest, kind, name, groups, place)

    def is_known(self, kind: str, name: str, *groups: str, namespace: str | None = None) -> bool:
        """Tell whether the object is somewhere in the set, or said to be in the cluster."""
        place = self.namespace if namespace is None else namespace
        return bool(self.lookup.named(kind, name, groups, place)) or self.lookup.resources.has_external(kind, name)

    def fault(
        self,
        rule: str,
        path: Path,
        message: str,
        fix: str = "",
        *,
        severity: Severity | None = None,
        related: Iterable[tuple[Manifest, Path]] = (),
        at: Manifest | None = None,
    ) -> Fault:
        """Return a fault of this Rollout, or of an object ``at`` that has to do with it."""
        return Fault(
            rule=f"argo-rollouts/{rule}",
            manifest=at or self.manifest,
            path=path,
            message=message,
            fix=fix,
            severity=severity,
            related=tuple(related),
        )


def is_after_1_9(versions: Versions) -> bool:
    """Tell whether the controller is 1.10 or later."""
    return version_key(versions.argo_rollouts) >= _NEXT


def api_group(api_version: str) -> str:
    """Return the group of an ``apiVersion``, empty for the core group."""
    group, slash, _ = api_version.rpartition("/")
    return group if slash else ""


def is_workload_kind(reference: Mapping[str, Any]) -> bool:
    """Tell whether the controller takes a pod template from an object of this kind."""
    group, kind = api_group(text_at(reference, "apiVersion")), text_at(reference, "kind")
    # An absent apiVersion would fit a PodTemplate, but is refused.
    return (group, kind) in _WORKLOADS and bool(text_at(reference, "apiVersion"))
