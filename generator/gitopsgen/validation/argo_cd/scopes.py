"""Which kinds live in a namespace: those of Kubernetes, and of the controllers that our releases use."""

from collections.abc import Mapping
from typing import Final

_CLUSTER: Final[Mapping[str, str]] = {
    "": "Namespace Node PersistentVolume",
    "admissionregistration.k8s.io": "MutatingWebhookConfiguration ValidatingWebhookConfiguration "
    "ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding MutatingAdmissionPolicy MutatingAdmissionPolicyBinding",
    "apiextensions.k8s.io": "CustomResourceDefinition",
    "apiregistration.k8s.io": "APIService",
    "argoproj.io": "ClusterAnalysisTemplate ClusterWorkflowTemplate",
    "cert-manager.io": "ClusterIssuer",
    "certificates.k8s.io": "CertificateSigningRequest ClusterTrustBundle",
    "external-secrets.io": "ClusterSecretStore ClusterExternalSecret",
    "flowcontrol.apiserver.k8s.io": "FlowSchema PriorityLevelConfiguration",
    "gateway.networking.k8s.io": "GatewayClass",
    "keda.sh": "ClusterTriggerAuthentication",
    "kyverno.io": "ClusterPolicy ClusterCleanupPolicy",
    "networking.k8s.io": "IngressClass IPAddress ServiceCIDR",
    "node.k8s.io": "RuntimeClass",
    "policy": "PodSecurityPolicy",
    "rbac.authorization.k8s.io": "ClusterRole ClusterRoleBinding",
    "resource.k8s.io": "DeviceClass ResourceSlice",
    "scheduling.k8s.io": "PriorityClass",
    "snapshot.storage.k8s.io": "VolumeSnapshotClass VolumeSnapshotContent",
    "storage.k8s.io": "StorageClass CSIDriver CSINode VolumeAttachment VolumeAttributesClass",
}
_NAMESPACED: Final[Mapping[str, str]] = {
    "": "ConfigMap Endpoints Event LimitRange PersistentVolumeClaim Pod PodTemplate ReplicationController "
    "ResourceQuota Secret Service ServiceAccount",
    "apps": "ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet",
    "argoproj.io": "AnalysisRun AnalysisTemplate AppProject Application ApplicationSet CronWorkflow Experiment Rollout "
    "Workflow WorkflowTemplate",
    "autoscaling": "HorizontalPodAutoscaler",
    "batch": "CronJob Job",
    "bitnami.com": "SealedSecret",
    "cert-manager.io": "Certificate CertificateRequest Issuer",
    "coordination.k8s.io": "Lease",
    "discovery.k8s.io": "EndpointSlice",
    "external-secrets.io": "ExternalSecret PushSecret SecretStore",
    "gateway.networking.k8s.io": "GRPCRoute Gateway HTTPRoute ReferenceGrant TCPRoute TLSRoute",
    "keda.sh": "ScaledJob ScaledObject TriggerAuthentication",
    "monitoring.coreos.com": "Alertmanager AlertmanagerConfig PodMonitor Probe Prometheus PrometheusRule "
    "ServiceMonitor ThanosRuler",
    "networking.istio.io": "DestinationRule EnvoyFilter Gateway ServiceEntry Sidecar VirtualService",
    "networking.k8s.io": "Ingress NetworkPolicy",
    "policy": "PodDisruptionBudget",
    "rbac.authorization.k8s.io": "Role RoleBinding",
    "security.istio.io": "AuthorizationPolicy PeerAuthentication RequestAuthentication",
}
_SCOPES: Final[Mapping[tuple[str, str], bool]] = {
    (group, kind): namespaced
    for kinds_by_group, namespaced in ((_CLUSTER, False), (_NAMESPACED, True))
    for group, kinds in kinds_by_group.items()
    for kind in kinds.split()
}

_GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    kind: tuple(group for group, known in _SCOPES if known == kind) for _, kind in _SCOPES
}
_KNOWN_GROUPS: Final = frozenset(group for group, _ in _SCOPES)


def groups_of(kind: str) -> tuple[str, ...]:
    """Return the groups that are known to have a kind of this name."""
    return _GROUPS.get(kind, ())


def is_known_group(group: str) -> bool:
    """Tell whether the kinds of ``group`` are known here."""
    return group in _KNOWN_GROUPS


def is_namespaced(group: str, kind: str) -> bool | None:
    """Tell whether objects of this kind have a namespace; ``None`` for kinds that are not known here."""
    return _SCOPES.get((group, kind))
