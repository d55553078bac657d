"""What it puts at risk that an object comes, goes, gets another name, or changes where Kubernetes allows no change."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from gitopsgen.delivery.review.model import ABSENT, Concern, FieldChange, Level
from gitopsgen.model.manifest import Manifest, dig, text_at

_DATA: Final = frozenset(
    ("PersistentVolumeClaim", "PersistentVolume", "StatefulSet", "Namespace", "CustomResourceDefinition")
)
_WORKLOADS: Final = frozenset(("Rollout", "Deployment", "DaemonSet", "ReplicaSet"))
_GUARDS: Final = frozenset(
    ("PodDisruptionBudget", "NetworkPolicy", "AuthorizationPolicy", "PeerAuthentication", "ResourceQuota", "LimitRange")
)
_GRANTS: Final = frozenset(("RoleBinding", "ClusterRoleBinding", "ClusterRole", "Role"))
_IMMUTABLE: Final[Mapping[str, tuple[str, ...]]] = {
    "Deployment": ("spec.selector",),
    "ReplicaSet": ("spec.selector",),
    "DaemonSet": ("spec.selector",),
    "Rollout": ("spec.selector",),
    "StatefulSet": ("spec.selector", "spec.serviceName", "spec.podManagementPolicy", "spec.volumeClaimTemplates"),
    "Job": ("spec.selector", "spec.template", "spec.completionMode", "spec.podFailurePolicy"),
    "PersistentVolumeClaim": (
        *("spec.storageClassName", "spec.accessModes", "spec.volumeMode", "spec.volumeName"),
        *("spec.selector", "spec.dataSource", "spec.dataSourceRef"),
    ),
    "Service": ("spec.clusterIP", "spec.clusterIPs"),
    "RoleBinding": ("roleRef",),
    "ClusterRoleBinding": ("roleRef",),
    "StorageClass": ("provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"),
    "Secret": ("type",),
}
"""By kind, the fields that the API server never lets change. Source: kubernetes v1.34, pkg/apis/*/validation."""


def object_concerns(
    before: Manifest | None, after: Manifest | None, fields: Iterable[FieldChange], *, pruned: bool
) -> Iterator[Concern]:
    """Yield the concerns about the object as a whole; ``pruned`` tells whether Argo CD deletes what is gone."""
    if before is not None and after is not None:
        if before.id != after.id:
            yield _renamed(before, after)
        else:
            yield from _immutable(after, fields)
    elif before is not None:
        yield _removed(before, pruned=pruned and not _kept(before))
    elif after is not None and after.kind in _GRANTS:
        yield Concern(level=Level.HIGH, message="permits something new")


def _kept(manifest: Manifest) -> bool:
    """Tell whether Argo CD leaves an object although it prunes."""
    return "Prune=false" in text_at(manifest.body, "metadata", "annotations", "argocd.argoproj.io/sync-options")


def _removed(manifest: Manifest, *, pruned: bool) -> Concern:
    if not pruned:
        return Concern(level=Level.LOW, message="stays in the cluster: nothing prunes it")
    if manifest.kind in _DATA:
        return Concern(level=Level.HIGH, message="is pruned, and what it holds", policy="data-removed")
    if manifest.kind == "Rollout":
        return Concern(level=Level.HIGH, message="is pruned, and its pods", policy="rollout-recreated")
    if manifest.kind in _WORKLOADS:
        return Concern(level=Level.HIGH, message="is pruned, and its pods")
    if manifest.kind in _GUARDS:
        return Concern(level=Level.HIGH, message="guards nothing any more", policy="guard-removed")
    return Concern(level=Level.MEDIUM, message="is pruned")


def _renamed(before: Manifest, after: Manifest) -> Concern:
    if after.kind == "Rollout":
        message = "a first deployment: its steps, gates and analyses are skipped"
        return Concern(level=Level.HIGH, message=message, policy="rollout-recreated")
    if after.kind in _DATA:
        return Concern(
            level=Level.HIGH, message="a new one: what the old one holds stays behind", policy="data-removed"
        )
    moved = " in another namespace" if before.namespace != after.namespace else ""
    return Concern(level=Level.MEDIUM, message=f"a new one{moved}: the old one goes")


def _immutable(after: Manifest, fields: Iterable[FieldChange]) -> Iterator[Concern]:
    paths = _IMMUTABLE.get(after.kind, ())
    frozen = after.kind in ("ConfigMap", "Secret") and dig(after.body, "immutable") is True
    for change in fields:
        written = ".".join(change.path)
        fixed = any(written == path or written.startswith(f"{path}.") for path in paths)
        if after.kind == "Service" and (change.before is ABSENT or change.after is ABSENT):
            continue  # the address that the API server gave stays
        if fixed or (frozen and change.path[0] in ("data", "stringData", "binaryData")):
            yield Concern(
                level=Level.HIGH,
                message="cannot be changed: the sync fails",
                policy="immutable-field-changed",
                path=change.path,
            )
