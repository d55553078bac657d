"""What the other objects of a set are to a workload: what scales, guards, exposes and replaces its pods."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final

from gitopsgen.model.manifest import Body, Manifest, ManifestSet, dig, list_at, map_at, text_at
from gitopsgen.policies.paths import pod_path
from gitopsgen.policies.selection import LabelIndex, SelectorIndex

_ARGO: Final = "argoproj.io"
_SCALED: Final = ("Rollout", "Deployment", "StatefulSet", "ReplicaSet", "ReplicationController")
Selector = Mapping[str, Any] | None


class Relations:
    """The relations between the objects of one set; each kind is looked through once, when it is first asked for."""

    def __init__(self, resources: ManifestSet) -> None:
        self._resources = resources

    def workload(self, manifest: Manifest) -> dict[str, Any] | None:
        """Return ``workload`` as a policy sees it; ``None`` for what runs no pods.

        ``replicas`` are the fewest pods that are kept: of the autoscaler, of the Rollout that refers to a Deployment
        by its workloadRef, or of the manifest itself; ``null`` where their number is not the manifest's to say.
        """
        labels = self.pod_labels(manifest)
        if labels is None:
            return None
        rollout = self._rollout_of(manifest)
        scaled = rollout or manifest
        place = manifest.namespace
        return {
            "replicas": self.fewest_pods(scaled),
            "autoscalers": [one.body for one in self.autoscalers(scaled)],
            "disruptionBudgets": _bodies(self._budgets, place, labels),
            "networkPolicies": _bodies(self._network_policies, place, labels),
            "services": _bodies(self._services, place, labels),
            "rollout": rollout.body if rollout else None,
        }

    def selected(self, manifest: Manifest) -> list[dict[str, Any]]:
        """Return the workloads whose pods a Service, a PodDisruptionBudget or a NetworkPolicy selects."""
        selector = _SELECTORS.get((manifest.group, manifest.kind), _no_selector)(manifest.body)
        if selector is None:
            return []
        found = self._pods.with_labels(selector)
        return [
            {"object": one.body, "replicas": self.fewest_pods(self._rollout_of(one) or one)}
            for one in _in_namespace(found, manifest.namespace)
        ]

    def rivals(self, manifest: Manifest) -> list[dict[str, Any]]:
        """Return what claims the same as an object: workloads with their ``object`` that select the same pods.

        For an Ingress they are other Ingresses' ``object``, and the ``host`` and ``path`` that both claim.
        """
        if (manifest.group, manifest.kind) == ("networking.k8s.io", "Ingress"):
            return [
                {"object": other.body, "host": host, "path": path}
                for host, path in dict.fromkeys(_claims(manifest.body))
                for other in self._claimants[host, path]
                if other is not manifest
            ]
        labels = self.pod_labels(manifest)
        if labels is None:
            return []
        return [
            {"object": one.body}
            for one in _in_namespace(self._workloads.selecting(labels), manifest.namespace)
            if one is not manifest and not _belong_together(one, manifest)
        ]

    def pod_labels(self, manifest: Manifest) -> Mapping[str, Any] | None:
        """Return the labels of a workload's pods, of a Rollout with a workloadRef too; ``None`` when it has no pods."""
        path = pod_path(manifest.body)
        if path is not None:
            return map_at(manifest.body, *path, "metadata", "labels")
        target = self._referred(manifest)
        path = pod_path(target.body) if target else None
        return map_at(target.body, *path, "metadata", "labels") if target and path is not None else None

    def fewest_pods(self, manifest: Manifest) -> int | None:
        """Return the fewest pods that are kept of a workload: what its autoscaler keeps, or what it says itself."""
        if manifest.kind not in _SCALED:
            return None
        fewest: list[object] = []
        for scaler in self.autoscalers(manifest):
            key, default = ("minReplicas", 1) if scaler.kind == "HorizontalPodAutoscaler" else ("minReplicaCount", 0)
            fewest.append(dig(scaler.body, "spec", key) if dig(scaler.body, "spec", key) is not None else default)
        said = fewest or [dig(manifest.body, "spec", "replicas")]
        numbers = [value for value in said if isinstance(value, int) and not isinstance(value, bool)]
        return min(numbers, default=1)

    def find(self, group: str, kind: str, name: str, namespace: str) -> Manifest | None:
        """Return the object of that identity; one without a namespace is in any."""
        return next(iter(_in_namespace(self._named.get((group, kind, name), ()), namespace)), None)

    def autoscalers(self, manifest: Manifest) -> list[Manifest]:
        """Return what sets the replicas of a workload: HorizontalPodAutoscalers, and KEDA's ScaledObjects."""
        return _in_namespace(self._scalers[manifest.kind, manifest.name], manifest.namespace)

    @cached_property
    def _scalers(self) -> defaultdict[tuple[str, str], list[Manifest]]:
        found: defaultdict[tuple[str, str], list[Manifest]] = defaultdict(list)
        for kind, group, default in (
            ("HorizontalPodAutoscaler", "autoscaling", ""),
            ("ScaledObject", "keda.sh", "Deployment"),
        ):
            for scaler in self._resources.of_kind(kind, group):
                target = map_at(scaler.body, "spec", "scaleTargetRef")
                found[text_at(target, "kind") or default, text_at(target, "name")].append(scaler)
        return found

    @cached_property
    def _referring(self) -> dict[tuple[str, str, str], Manifest]:
        """The Rollouts by the namespace, kind and name of the workload that they refer to."""
        found: dict[tuple[str, str, str], Manifest] = {}
        for rollout in self._resources.of_kind("Rollout", _ARGO):
            reference = map_at(rollout.body, "spec", "workloadRef")
            if reference:
                found.setdefault((rollout.namespace, text_at(reference, "kind"), text_at(reference, "name")), rollout)
        return found

    def _rollout_of(self, manifest: Manifest) -> Manifest | None:
        return self._referring.get((manifest.namespace, manifest.kind, manifest.name))

    def _referred(self, manifest: Manifest) -> Manifest | None:
        reference = map_at(manifest.body, "spec", "workloadRef")
        if manifest.kind != "Rollout" or not reference:
            return None
        group, slash, _ = text_at(reference, "apiVersion").rpartition("/")
        kind, name = text_at(reference, "kind"), text_at(reference, "name")
        return self.find(group if slash else "apps", kind, name, manifest.namespace)

    @cached_property
    def _named(self) -> defaultdict[tuple[str, str, str], list[Manifest]]:
        found: defaultdict[tuple[str, str, str], list[Manifest]] = defaultdict(list)
        for one in self._resources:
            found[one.group, one.kind, one.name].append(one)
        return found

    @cached_property
    def _budgets(self) -> SelectorIndex[Manifest]:
        return self._index("PodDisruptionBudget", "policy")

    @cached_property
    def _network_policies(self) -> SelectorIndex[Manifest]:
        return self._index("NetworkPolicy", "networking.k8s.io")

    @cached_property
    def _services(self) -> SelectorIndex[Manifest]:
        return self._index("Service", "")

    @cached_property
    def _workloads(self) -> SelectorIndex[Manifest]:
        return SelectorIndex(
            (selector, one)
            for one in self._resources
            if pod_path(one.body) is not None and (selector := map_at(one.body, "spec", "selector"))
        )

    @cached_property
    def _pods(self) -> LabelIndex[Manifest]:
        paths = ((pod_path(one.body), one) for one in self._resources)
        return LabelIndex(
            (map_at(one.body, *path, "metadata", "labels"), one) for path, one in paths if path is not None
        )

    @cached_property
    def _claimants(self) -> defaultdict[tuple[str, str], list[Manifest]]:
        found: defaultdict[tuple[str, str], list[Manifest]] = defaultdict(list)
        for ingress in self._resources.of_kind("Ingress", "networking.k8s.io"):
            for claim in dict.fromkeys(_claims(ingress.body)):
                found[claim].append(ingress)
        return found

    def _index(self, kind: str, group: str) -> SelectorIndex[Manifest]:
        selector_of = _SELECTORS[group, kind]
        found = ((selector_of(one.body), one) for one in self._resources.of_kind(kind, group))
        return SelectorIndex((selector, one) for selector, one in found if selector is not None)


def _no_selector(_: Body) -> Selector:
    return None


def _selector_of_budget(body: Body) -> Selector:
    selector = dig(body, "spec", "selector")
    return selector if isinstance(selector, Mapping) else None


def _selector_of_service(body: Body) -> Selector:
    labels = map_at(body, "spec", "selector")
    return {"matchLabels": labels} if labels else None


_SELECTORS: Final[Mapping[tuple[str, str], Callable[[Body], Selector]]] = {
    ("policy", "PodDisruptionBudget"): _selector_of_budget,
    ("networking.k8s.io", "NetworkPolicy"): lambda body: map_at(body, "spec", "podSelector"),
    ("", "Service"): _selector_of_service,
}


def _claims(body: Body) -> Iterator[tuple[str, str]]:
    """Yield each host and path that an Ingress takes traffic for."""
    for rule in list_at(body, "spec", "rules"):
        for item in list_at(rule, "http", "paths"):
            yield text_at(rule, "host"), text_at(item, "path")


def _bodies(index: SelectorIndex[Manifest], namespace: str, labels: Mapping[str, Any]) -> list[Body]:
    return [one.body for one in _in_namespace(index.selecting(labels), namespace)]


def _in_namespace(manifests: Iterable[Manifest], namespace: str) -> list[Manifest]:
    """Return the manifests of a namespace; what names none is in any, as ``kubectl apply -n`` would put it there."""
    return [one for one in manifests if not namespace or one.namespace in ("", namespace)]


def _belong_together(one: Manifest, other: Manifest) -> bool:
    """Tell whether one of two workloads is a Rollout that takes over from the other by its workloadRef."""
    return any(
        rollout.kind == "Rollout"
        and (text_at(rollout.body, "spec", "workloadRef", "kind"), text_at(rollout.body, "spec", "workloadRef", "name"))
        == (workload.kind, workload.name)
        for rollout, workload in ((one, other), (other, one))
    )
