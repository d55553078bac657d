"""Which resource a kind is served as, and whether it lives in a namespace: what rules and requests speak of."""

import re

_CLUSTER_SCOPED = frozenset(
    {
        ("", "Namespace"),
        ("", "Node"),
        ("", "PersistentVolume"),
        ("admissionregistration.k8s.io", "MutatingAdmissionPolicy"),
        ("admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding"),
        ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
        ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
        ("apiextensions.k8s.io", "CustomResourceDefinition"),
        ("apiregistration.k8s.io", "APIService"),
        ("argoproj.io", "ClusterAnalysisTemplate"),
        ("certificates.k8s.io", "CertificateSigningRequest"),
        ("certificates.k8s.io", "ClusterTrustBundle"),
        ("flowcontrol.apiserver.k8s.io", "FlowSchema"),
        ("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration"),
        ("gateway.networking.k8s.io", "GatewayClass"),
        ("networking.k8s.io", "IPAddress"),
        ("networking.k8s.io", "IngressClass"),
        ("networking.k8s.io", "ServiceCIDR"),
        ("node.k8s.io", "RuntimeClass"),
        ("rbac.authorization.k8s.io", "ClusterRole"),
        ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
        ("resource.k8s.io", "DeviceClass"),
        ("resource.k8s.io", "ResourceSlice"),
        ("scheduling.k8s.io", "PriorityClass"),
        ("storage.k8s.io", "CSIDriver"),
        ("storage.k8s.io", "CSINode"),
        ("storage.k8s.io", "StorageClass"),
        ("storage.k8s.io", "VolumeAttachment"),
        ("storage.k8s.io", "VolumeAttributesClass"),
    }
)

_BUILT_IN_GROUP = re.compile(r"|apps|autoscaling|batch|policy|[a-z.]+\.k8s\.io")

SERVED_VERSIONS = {
    ("autoscaling", "horizontalpodautoscalers"): ("v1", "v2"),
    ("events.k8s.io", "events"): ("v1",),
}
"""Resources that Kubernetes 1.3x serves in several versions; ``matchPolicy: Equivalent`` converts between them."""

EXCLUDED = frozenset(
    {
        "mutatingadmissionpolicies",
        "mutatingadmissionpolicybindings",
        "mutatingwebhookconfigurations",
        "validatingadmissionpolicies",
        "validatingadmissionpolicybindings",
        "validatingwebhookconfigurations",
    }
)
"""Resources of admissionregistration.k8s.io, which no admission policy is asked about."""


def resource_of(kind: str) -> str:
    """Return the plural that a kind is served as, by the rule that all of Kubernetes' and Argo's kinds follow."""
    singular = kind.lower()
    if singular == "endpoints":
        return singular
    if singular.endswith(("s", "x", "ch", "sh")):
        return f"{singular}es"
    if re.search(r"[^aeiou]y$", singular):
        return f"{singular[:-1]}ies"
    return f"{singular}s"


def is_namespaced(group: str, kind: str, namespace: str) -> bool:
    """Tell whether an object lives in a namespace; ``namespace`` is what it says itself, and decides for others' kinds.

    A custom kind without a namespace is taken to be cluster-scoped only when its name begins so.
    """
    if (group, kind) in _CLUSTER_SCOPED:
        return False
    if namespace or _BUILT_IN_GROUP.fullmatch(group):
        return True
    return not kind.startswith("Cluster")
