"""What an expression sees of one object: its bindings, each worked out when a policy first asks for it."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal, TypeAlias

from gitopsgen.model.manifest import Body, Manifest, ManifestSet, ObjectId, list_at, map_at, text_at
from gitopsgen.model.versions import Versions
from gitopsgen.policies.cel import Activation, Shared, activation
from gitopsgen.policies.changes import change_of
from gitopsgen.policies.paths import Spot, places, pod_path
from gitopsgen.policies.plans import templates_among
from gitopsgen.policies.relations import Relations
from gitopsgen.rollouts.plan import plan_rollout
from gitopsgen.source.location import Path

Operation: TypeAlias = Literal["CREATE", "UPDATE", "DELETE"]
OF_OBJECT: Final[Mapping[str, str]] = {
    "object": "The object; null when it is deleted.",
    "oldObject": "The same object as it was committed at the base revision, else null.",
    "podSpec": "The spec of the pod that a workload runs, wherever its kind has it; null when it runs none.",
    "oldPodSpec": "The same of oldObject.",
    "podMetadata": "The metadata of that pod.",
    "workload": "What belongs to a workload: replicas (the fewest, an autoscaler's where there is one), autoscalers, "
    "disruptionBudgets, networkPolicies, services, rollout (that refers to it); null for what runs no pods.",
    "selected": "What workloads a Service, PodDisruptionBudget or NetworkPolicy selects: object and replicas each.",
    "rivals": "What claims the same: workloads that select the same pods, Ingresses of the same host and path.",
    "plan": "What a Rollout will do: strategy, gates, ungatedWeight, firstWeight, largestJump, steps …; else null.",
    "oldPlan": "The same of oldObject.",
    "lowerObject": "The same object in the Environment that `promotesFrom` names, as it is rendered or lies in "
    "rendered/; null when it is not there.",
    "lowerPodSpec": "The spec of the pod that lowerObject runs.",
    "lowerPlan": "The plan of lowerObject.",
    "lowerImages": "The images that lowerObject has, and where the object has another one, all that it has had in git; "
    "null when the history is not known.",
    "pastImages": "The images that the object itself had up to the base revision, where it has one now that "
    "lowerObject has not; empty when that is not known.",
    "analysis": "The AnalysisTemplates of the namespace by name: their spec.",
    "change": "What the change did: kind (added, changed, removed, none), and the paths added, changed, removed.",
    "app": "The App: name and labels.",
    "release": "The release: name and version.",
}
OF_SPOT: Final[Mapping[str, str]] = {
    "self": "What is at the place that `at` names; null when it is not there.",
    "key": "The index or the key of the last wildcard in `at`.",
    "outer": "The item of the wildcard before the last.",
}
OF_POLICY: Final[Mapping[str, str]] = {
    "params": "The policy's parameters.",
    "variables": "The policy's variables; they are worked out for the object, without self, key and outer.",
}
OF_RUN: Final[Mapping[str, str]] = {
    "resources": "All objects of the environment by kind and name: resources.Service.api. A walk over all objects of a "
    "kind ends at 10,000 steps; workload, selected and rivals have no such end.",
    "environment": "The Environment's spec with its name and labels.",
    "environments": "All Environments by name: their spec, labels and resources, as they are rendered or lie in "
    "rendered/.",
    "now": "The time of the run, as a string.",
}
VARIABLES: Final = (*OF_OBJECT, *OF_SPOT, *OF_POLICY, *OF_RUN)


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What policies see beside the objects: plain data of the Environment, its Apps and releases, and the clock.

    ``previous`` holds the objects as they were committed at the base revision; ``None`` when that is not known.
    ``removed`` are those of them that are no longer there. ``versions`` say which controllers run there. ``lower``
    gives the same object in the Environment that this one is promoted from, ``lower_images`` what images it has had
    (``None`` when that is not known), ``past_images`` what the object itself had before the change, ``environments``
    all Environments; they are asked when a policy asks.
    """

    environment: Mapping[str, Any] = field(default_factory=dict)
    apps: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    releases: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    previous: Mapping[ObjectId, Body] | None = None
    removed: tuple[Manifest, ...] = ()
    versions: Versions = field(default_factory=Versions)
    now: str = "1970-01-01T00:00:00Z"
    lower: Callable[[Manifest], Manifest | None] = lambda _: None
    lower_images: Callable[[Manifest], tuple[str, ...] | None] = lambda _: None
    past_images: Callable[[Manifest], tuple[str, ...]] = lambda _: ()
    environments: Callable[[], Mapping[str, Any]] = dict


class Context:
    """A set of objects with its surroundings: what all evaluations on it share."""

    def __init__(self, resources: ManifestSet, surroundings: Surroundings) -> None:
        self.resources = resources
        self.surroundings = surroundings
        self.relations = Relations(resources)

    def shared(self, names: Collection[str]) -> Shared:
        """Return the bindings that are the same for every object; all Environments only where ``names`` has them."""
        return self._of_fleet if "environments" in names else self._of_environment

    @cached_property
    def _of_environment(self) -> Shared:
        return Shared(
            {
                "resources": indexed(self.resources),
                "environment": dict(self.surroundings.environment),
                "now": self.surroundings.now,
            }
        )

    @cached_property
    def _of_fleet(self) -> Shared:
        return Shared({**self._of_environment.bindings, "environments": dict(self.surroundings.environments())})


class Facts:
    """What is known of one manifest. ``removed`` tells that it is no longer there: ``object`` is null then."""

    def __init__(self, manifest: Manifest, context: Context, *, removed: bool = False) -> None:
        self.manifest = manifest
        self.removed = removed
        self._context = context
        self._asked: frozenset[str] = frozenset()
        self._spots: dict[str, tuple[Spot, ...]] = {}
        self._activations: dict[Spot | None, Activation] = {}

    @cached_property
    def operation(self) -> Operation:
        """What the change does to the object; without a base revision, all are created."""
        if self.removed:
            return "DELETE"
        return "CREATE" if self.previous is None else "UPDATE"

    @cached_property
    def pod_path(self) -> Path | None:
        """Where the object has its pod, or the template of one; ``None`` when it runs none."""
        return pod_path(self.manifest.body)

    def ask(self, names: Iterable[str]) -> None:
        """Say which bindings the policies on this object use: what nobody asks for is not worked out."""
        self._asked = frozenset(names) & frozenset(OF_OBJECT)

    def spots(self, at: str) -> tuple[Spot, ...]:
        """Return the places that ``at`` leads to, found once for all policies."""
        if at not in self._spots:
            self._spots[at] = tuple(places(self.manifest.body, at, self.pod_path))
        return self._spots[at]

    def activation(self, spot: Spot | None, own: Mapping[str, object], of_run: Collection[str]) -> Activation:
        """Return the bindings at a place, with those of the run when any of them is named in ``of_run``.

        Those without anything of the policy's ``own`` are converted once, for all policies.
        """
        shared = self._context.shared(of_run) if of_run else None
        if own or of_run:
            return activation({**self._bindings, **_at(spot), **own}, shared)
        if spot not in self._activations:
            self._activations[spot] = activation({**self._bindings, **_at(spot)})
        return self._activations[spot]

    @cached_property
    def _bindings(self) -> dict[str, Any]:
        return {name: value_of(self) for name, value_of in _VALUES.items() if name in self._asked}

    @property
    def object(self) -> Body | None:
        """The object, ``None`` when it is no longer there."""
        return None if self.removed else self.manifest.body

    @property
    def previous(self) -> Body | None:
        """The object as it was committed at the base revision."""
        if self.removed:
            return self.manifest.body
        return (self._context.surroundings.previous or {}).get(self.manifest.id)

    def pod(self, part: str, body: Body | None) -> dict[str, Any] | None:
        """Return the spec or the metadata of the pod that ``body`` runs; ``None`` when it runs none."""
        path = None if body is None else pod_path(body)
        return None if path is None else dict(map_at(body, *path, part))

    def workload(self) -> dict[str, Any] | None:
        """Return what belongs to a workload."""
        return None if self.removed else self._context.relations.workload(self.manifest)

    def selected(self) -> list[dict[str, Any]]:
        """Return the workloads that the object selects."""
        return [] if self.removed else self._context.relations.selected(self.manifest)

    def rivals(self) -> list[dict[str, Any]]:
        """Return what claims the same as the object."""
        return [] if self.removed else self._context.relations.rivals(self.manifest)

    def plan(self, body: Body | None, replicas: int | None = None) -> dict[str, Any] | None:
        """Return the plan of a Rollout; ``None`` for what is none."""
        if body is None or (self.manifest.group, self.manifest.kind) != ("argoproj.io", "Rollout"):
            return None
        templates = templates_among(self._context.relations, self.manifest.namespace)
        versions = self._context.surroundings.versions
        return plan_rollout(body, templates=templates, replicas=replicas, versions=versions).as_policy_data()

    def fewest_pods(self) -> int | None:
        """Return the fewest pods that are kept of a workload."""
        return self._context.relations.fewest_pods(self.manifest)

    @cached_property
    def lower(self) -> Body | None:
        """The same object in the Environment that this one is promoted from."""
        found = self._context.surroundings.lower(self.manifest)
        return found.body if found else None

    def lower_images(self) -> list[str] | None:
        """Return the images that the lower object has had; ``None`` when that is not known."""
        images = self._context.surroundings.lower_images(self.manifest)
        return None if images is None else list(images)

    def past_images(self) -> list[str]:
        """Return the images that the object had before the change, as far as that is known."""
        return list(self._context.surroundings.past_images(self.manifest))

    def analysis(self) -> dict[str, Any]:
        """Return the AnalysisTemplates of the manifest's namespace by their name: their spec."""
        return {
            one.name: dict(map_at(one.body, "spec"))
            for one in self._context.resources.of_kind("AnalysisTemplate", "argoproj.io")
            if one.namespace == self.manifest.namespace
        }

    def change(self) -> dict[str, Any]:
        """Return what the change did to the object."""
        known = self._context.surroundings.previous is not None or self.removed
        return change_of(self.previous, self.object, known=known)

    def app(self) -> dict[str, Any]:
        """Return the App's plain data."""
        name = self.manifest.app
        return dict(self._context.surroundings.apps.get(name, {"name": name, "labels": {}}))

    def release(self) -> dict[str, Any]:
        """Return the release's plain data."""
        name = self.manifest.release
        return dict(self._context.surroundings.releases.get(name, {"name": name}))


_VALUES: Final[Mapping[str, Callable[[Facts], object]]] = {
    "object": lambda facts: facts.object,
    "oldObject": lambda facts: facts.previous,
    "podSpec": lambda facts: facts.pod("spec", facts.object),
    "oldPodSpec": lambda facts: facts.pod("spec", facts.previous),
    "podMetadata": lambda facts: facts.pod("metadata", facts.object),
    "workload": Facts.workload,
    "selected": Facts.selected,
    "rivals": Facts.rivals,
    "plan": lambda facts: facts.plan(facts.object, facts.fewest_pods()),
    "oldPlan": lambda facts: facts.plan(facts.previous),
    "lowerObject": lambda facts: facts.lower,
    "lowerPodSpec": lambda facts: facts.pod("spec", facts.lower),
    "lowerPlan": lambda facts: facts.plan(facts.lower),
    "lowerImages": Facts.lower_images,
    "pastImages": Facts.past_images,
    "analysis": Facts.analysis,
    "change": Facts.change,
    "app": Facts.app,
    "release": Facts.release,
}


def indexed(resources: ManifestSet) -> dict[str, dict[str, Any]]:
    """Return all objects by kind and name, as ``resources.Service["api"]``.

    Where objects of two namespaces have one name, the later ones are called ``namespace/name``.
    """
    index: dict[str, dict[str, Any]] = {}
    for manifest in resources:
        of_kind = index.setdefault(manifest.kind, {})
        name = manifest.name if manifest.name not in of_kind else f"{manifest.namespace}/{manifest.name}"
        of_kind[name] = manifest.body
    return index


def images_of(bodies: Iterable[Body]) -> tuple[str, ...]:
    """Return the images that the containers of workloads have, each once."""
    found: dict[str, None] = {}
    for body in bodies:
        path = pod_path(body)
        if path is None:
            continue
        for kind in ("containers", "initContainers"):
            for container in list_at(body, *path, "spec", kind):
                if image := text_at(container, "image"):
                    found[image] = None
    return tuple(found)


def _at(spot: Spot | None) -> dict[str, Any]:
    if spot is None:
        return {"self": None, "outer": None, "key": None}
    return {"self": spot.value, "outer": spot.outer, "key": spot.key}
