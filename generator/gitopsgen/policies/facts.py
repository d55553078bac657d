"""What an expression sees of one object: its bindings, each worked out when a policy first asks for it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal, TypeAlias

from gitopsgen.model.manifest import Body, Manifest, ManifestSet, ObjectId, map_at
from gitopsgen.policies.cel import Activation, Shared, activation
from gitopsgen.policies.changes import change_of
from gitopsgen.policies.paths import Spot, places, pod_path
from gitopsgen.policies.relations import Relations
from gitopsgen.rollouts.plan import plan_rollout

Operation: TypeAlias = Literal["CREATE", "UPDATE", "DELETE"]
OF_OBJECT: Final = (
    *("object", "oldObject", "podSpec", "podMetadata", "workload", "plan", "analysis", "change"),
    *("app", "release"),
)
OF_SPOT: Final = ("self", "outer", "key")
OF_POLICY: Final = ("params", "variables")
OF_RUN: Final = ("resources", "environment", "now")
VARIABLES: Final = (*OF_OBJECT, *OF_SPOT, *OF_POLICY, *OF_RUN)


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What policies see beside the objects: plain data of the Environment, its Apps and releases, and the clock.

    ``previous`` holds the objects as they were committed at the base revision; ``None`` when that is not known.
    ``removed`` are those of them that are no longer there.
    """

    environment: Mapping[str, Any] = field(default_factory=dict)
    apps: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    releases: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    previous: Mapping[ObjectId, Body] | None = None
    removed: tuple[Manifest, ...] = ()
    now: str = "1970-01-01T00:00:00Z"


class Context:
    """A set of objects with its surroundings: what all evaluations on it share."""

    def __init__(self, resources: ManifestSet, surroundings: Surroundings) -> None:
        self.resources = resources
        self.surroundings = surroundings
        self.relations = Relations(resources)

    @cached_property
    def shared(self) -> Shared:
        """The bindings that are the same for every object."""
        return Shared(
            {
                "resources": indexed(self.resources),
                "environment": dict(self.surroundings.environment),
                "now": self.surroundings.now,
            }
        )


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
        return "CREATE" if self._previous is None else "UPDATE"

    @cached_property
    def runs_pods(self) -> bool:
        """Tell whether the object has a pod, or a template of one."""
        return pod_path(self.manifest.body) is not None

    @property
    def shared(self) -> Shared:
        """The bindings that are the same for every object."""
        return self._context.shared

    def ask(self, names: Iterable[str]) -> None:
        """Say which bindings the policies on this object use: what nobody asks for is not worked out."""
        self._asked = frozenset(names) & frozenset(OF_OBJECT)

    def spots(self, at: str) -> tuple[Spot, ...]:
        """Return the places that ``at`` leads to, found once for all policies."""
        if at not in self._spots:
            self._spots[at] = tuple(places(self.manifest.body, at))
        return self._spots[at]

    def activation(self, spot: Spot | None, own: Mapping[str, object]) -> Activation:
        """Return the bindings at a place; those without anything of the policy's ``own`` are converted once."""
        if own:
            return activation({**self._bindings, **_at(spot), **own}, self.shared)
        if spot not in self._activations:
            self._activations[spot] = activation({**self._bindings, **_at(spot)}, self.shared)
        return self._activations[spot]

    @cached_property
    def _bindings(self) -> dict[str, Any]:
        return {name: self._binding(name) for name in OF_OBJECT if name in self._asked}

    def _binding(self, name: str) -> object:  # noqa: C901 - one case for each name
        surroundings, manifest = self._context.surroundings, self.manifest
        match name:
            case "object":
                return self._object
            case "oldObject":
                return self._previous
            case "podSpec":
                return None if self._pod is None else dict(map_at(self._pod, "spec"))
            case "podMetadata":
                return None if self._pod is None else dict(map_at(self._pod, "metadata"))
            case "workload":
                return None if self.removed else self._context.relations.workload(manifest)
            case "plan":
                return self._plan()
            case "analysis":
                return self._analysis()
            case "change":
                known = surroundings.previous is not None or self.removed
                return change_of(self._previous, self._object, known=known)
            case "app":
                return dict(surroundings.apps.get(manifest.app, {"name": manifest.app, "labels": {}}))
            case "release":
                return dict(surroundings.releases.get(manifest.release, {"name": manifest.release}))
            case _:
                raise AssertionError(name)

    @property
    def _object(self) -> Body | None:
        return None if self.removed else self.manifest.body

    @property
    def _previous(self) -> Body | None:
        if self.removed:
            return self.manifest.body
        return (self._context.surroundings.previous or {}).get(self.manifest.id)

    @cached_property
    def _pod(self) -> Mapping[str, Any] | None:
        path = None if self.removed else pod_path(self.manifest.body)
        return map_at(self.manifest.body, *path) if path is not None else None

    def _plan(self) -> dict[str, Any] | None:
        if self.removed or (self.manifest.group, self.manifest.kind) != ("argoproj.io", "Rollout"):
            return None
        resources, namespace = self._context.resources, self.manifest.namespace

        def template(name: str, cluster_scope: bool) -> Body | None:  # noqa: FBT001 - as analyses name templates
            kind = "ClusterAnalysisTemplate" if cluster_scope else "AnalysisTemplate"
            found = resources.get(kind, name, "" if cluster_scope else namespace, "argoproj.io")
            return found.body if found else None

        replicas = self._context.relations.fewest_pods(self.manifest)
        return plan_rollout(self.manifest.body, templates=template, replicas=replicas).as_policy_data()

    def _analysis(self) -> dict[str, Any]:
        """The AnalysisTemplates of the manifest's namespace by their name: their spec."""
        return {
            one.name: dict(map_at(one.body, "spec"))
            for one in self._context.resources.of_kind("AnalysisTemplate", "argoproj.io")
            if one.namespace == self.manifest.namespace
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


def _at(spot: Spot | None) -> dict[str, Any]:
    if spot is None:
        return {"self": None, "outer": None, "key": None}
    return {"self": spot.value, "outer": spot.outer, "key": spot.key}
