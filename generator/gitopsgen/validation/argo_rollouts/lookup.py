"""The objects of a set by group, kind and name, for what a Rollout refers to."""

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property
from typing import Final

from gitopsgen.model.manifest import Manifest, ManifestSet, dig, text_at
from gitopsgen.rollouts.steps import parse_count

INGRESS_GROUPS: Final = ("networking.k8s.io", "extensions")
_SCALERS: Final = (
    ("HorizontalPodAutoscaler", "autoscaling", "minReplicas"),
    ("ScaledObject", "keda.sh", "minReplicaCount"),
)


class Lookup:
    """Finds the object that a manifest means by a name.

    What an environment renders lies in one cluster. Files of other tools may be for several: an object in the same file
    is meant before one in the same folder, and one in another folder only tells that the name exists somewhere.
    """

    def __init__(self, resources: ManifestSet) -> None:
        self.resources = resources

    @cached_property
    def _by_name(self) -> defaultdict[tuple[str, str], list[Manifest]]:
        index: defaultdict[tuple[str, str], list[Manifest]] = defaultdict(list)
        for manifest in self.resources:
            index[manifest.kind, manifest.name].append(manifest)
        return index

    @cached_property
    def least_replicas(self) -> Mapping[tuple[str, str], int]:
        """The least replicas that an autoscaler leaves a workload, by the namespace and name of that."""
        return {
            (scaler.namespace, text_at(scaler.body, "spec", "scaleTargetRef", "name")): parse_count(
                dig(scaler.body, "spec", key)
            )
            or 1
            for kind, group, key in _SCALERS
            for scaler in self.resources.of_kind(kind, group)
        }

    def named(self, kind: str, name: str, groups: tuple[str, ...], namespace: str) -> list[Manifest]:
        """Return every object of that name; where one side has no namespace, it is taken to be the other's."""
        return [
            manifest
            for manifest in self._by_name.get((kind, name), ())
            if manifest.group in groups and (not namespace or manifest.namespace in ("", namespace))
        ]

    def find(self, near: Manifest, kind: str, name: str, groups: tuple[str, ...], namespace: str) -> Manifest | None:
        """Return the one object that ``near`` means, ``None`` when there is none or no telling which."""
        found = self.named(kind, name, groups, namespace)
        if not found:
            return None
        if near.environment:
            return found[0]
        if here := [manifest for manifest in found if manifest.file == near.file]:
            return here[0]
        beside = [manifest for manifest in found if _folder(manifest) == _folder(near)]
        return beside[0] if len(beside) == 1 else None


def _folder(manifest: Manifest) -> str:
    return manifest.file.rpartition("/")[0]
