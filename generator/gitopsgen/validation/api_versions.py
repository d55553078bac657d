"""API versions that were retired, or will be: since when each is deprecated, from when on it is gone, what to use.

Which versions a release of Kubernetes from 1.30 on serves is read off its schemas; here stands what they do not say.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final, TypeAlias

from gitopsgen.validation.subjects import Identity

Row: TypeAlias = tuple[str, str, str, str, str]
"""apiVersion; kinds; the version that deprecates them; the one that no longer serves them; what to use instead."""

KUBERNETES: Final = "Kubernetes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retired:
    """One kind in a version that ``component`` deprecates ``since`` a version, and no longer serves from ``gone`` on.

    Each is empty where it is not known. ``instead`` says what to use.
    """

    component: str
    since: str
    gone: str
    instead: str


_WEBHOOKS: Final = "MutatingWebhookConfiguration ValidatingWebhookConfiguration"
_ACCESS: Final = "Role RoleBinding ClusterRole ClusterRoleBinding"
_REVIEWS: Final = "LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview"
_FLOWS: Final = "FlowSchema PriorityLevelConfiguration"
_CERTIFICATES: Final = "Certificate CertificateRequest ClusterIssuer Issuer"
_ORDERS: Final = "Challenge Order"
_ALPHA_SECRETS: Final = "ClusterSecretStore ExternalSecret SecretStore"
_MESH_ROLES: Final = "ClusterRbacConfig RbacConfig ServiceRole ServiceRoleBinding"
_ROUTES: Final = (
    "IngressRoute IngressRouteTCP IngressRouteUDP Middleware MiddlewareTCP ServersTransport TLSOption TLSStore "
    "TraefikService"
)

# Source: kubernetes.io, deprecated API migration guide; release notes of Kubernetes 1.16 to 1.34.
_OF_KUBERNETES: Final[tuple[Row, ...]] = (
    ("extensions/v1beta1", "DaemonSet Deployment ReplicaSet", "1.9", "1.16", "apps/v1"),
    ("extensions/v1beta1", "NetworkPolicy", "1.9", "1.16", "networking.k8s.io/v1"),
    ("extensions/v1beta1", "PodSecurityPolicy", "1.10", "1.16", "Pod Security Admission"),
    ("extensions/v1beta1", "Ingress", "1.14", "1.22", "networking.k8s.io/v1"),
    ("apps/v1beta1", "ControllerRevision Deployment ReplicaSet StatefulSet", "1.9", "1.16", "apps/v1"),
    ("apps/v1beta2", "ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet", "1.9", "1.16", "apps/v1"),
    ("scheduling.k8s.io/v1alpha1", "PriorityClass", "1.14", "1.17", "scheduling.k8s.io/v1"),
    ("scheduling.k8s.io/v1beta1", "PriorityClass", "1.14", "1.22", "scheduling.k8s.io/v1"),
    ("admissionregistration.k8s.io/v1beta1", _WEBHOOKS, "1.16", "1.22", "admissionregistration.k8s.io/v1"),
    ("apiextensions.k8s.io/v1beta1", "CustomResourceDefinition", "1.16", "1.22", "apiextensions.k8s.io/v1"),
    ("apiregistration.k8s.io/v1beta1", "APIService", "1.10", "1.22", "apiregistration.k8s.io/v1"),
    ("authentication.k8s.io/v1beta1", "TokenReview", "1.6", "1.22", "authentication.k8s.io/v1"),
    ("authorization.k8s.io/v1beta1", _REVIEWS, "1.6", "1.22", "authorization.k8s.io/v1"),
    ("certificates.k8s.io/v1beta1", "CertificateSigningRequest", "1.19", "1.22", "certificates.k8s.io/v1"),
    ("coordination.k8s.io/v1beta1", "Lease", "1.14", "1.22", "coordination.k8s.io/v1"),
    ("networking.k8s.io/v1beta1", "Ingress IngressClass", "1.19", "1.22", "networking.k8s.io/v1"),
    ("rbac.authorization.k8s.io/v1alpha1", _ACCESS, "1.17", "1.22", "rbac.authorization.k8s.io/v1"),
    ("rbac.authorization.k8s.io/v1beta1", _ACCESS, "1.17", "1.22", "rbac.authorization.k8s.io/v1"),
    ("storage.k8s.io/v1beta1", "StorageClass", "1.6", "1.22", "storage.k8s.io/v1"),
    ("storage.k8s.io/v1beta1", "VolumeAttachment", "1.13", "1.22", "storage.k8s.io/v1"),
    ("storage.k8s.io/v1beta1", "CSINode", "1.17", "1.22", "storage.k8s.io/v1"),
    ("storage.k8s.io/v1beta1", "CSIDriver", "1.19", "1.22", "storage.k8s.io/v1"),
    ("storage.k8s.io/v1beta1", "CSIStorageCapacity", "1.24", "1.27", "storage.k8s.io/v1"),
    ("batch/v1beta1", "CronJob", "1.21", "1.25", "batch/v1"),
    ("discovery.k8s.io/v1beta1", "EndpointSlice", "1.21", "1.25", "discovery.k8s.io/v1"),
    ("events.k8s.io/v1beta1", "Event", "1.19", "1.25", "events.k8s.io/v1"),
    ("autoscaling/v2beta1", "HorizontalPodAutoscaler", "1.22", "1.25", "autoscaling/v2"),
    ("autoscaling/v2beta2", "HorizontalPodAutoscaler", "1.23", "1.26", "autoscaling/v2"),
    ("node.k8s.io/v1beta1", "RuntimeClass", "1.22", "1.25", "node.k8s.io/v1"),
    ("policy/v1beta1", "PodDisruptionBudget", "1.21", "1.25", "policy/v1"),
    ("policy/v1beta1", "PodSecurityPolicy", "1.21", "1.25", "Pod Security Admission"),
    ("flowcontrol.apiserver.k8s.io/v1beta1", _FLOWS, "1.23", "1.26", "flowcontrol.apiserver.k8s.io/v1"),
    ("flowcontrol.apiserver.k8s.io/v1beta2", _FLOWS, "1.26", "1.29", "flowcontrol.apiserver.k8s.io/v1"),
    ("flowcontrol.apiserver.k8s.io/v1beta3", _FLOWS, "1.29", "1.32", "flowcontrol.apiserver.k8s.io/v1"),
    ("v1", "Endpoints", "1.33", "", "EndpointSlice of discovery.k8s.io/v1"),
    ("v1", "ComponentStatus", "1.19", "", "the health endpoints of the components"),
)

_OLD_CERTIFICATES: Final = ("v1alpha2", "v1alpha3", "v1beta1")
_OF_OTHERS: Final[Mapping[str, tuple[Row, ...]]] = {
    # Source: cert-manager.io, release notes 0.11, 1.4 and 1.6.
    "cert-manager": (
        ("certmanager.k8s.io/v1alpha1", _CERTIFICATES, "", "0.11", "cert-manager.io/v1"),
        ("certmanager.k8s.io/v1alpha1", _ORDERS, "", "0.11", "acme.cert-manager.io/v1"),
        *((f"cert-manager.io/{old}", _CERTIFICATES, "1.4", "1.6", "cert-manager.io/v1") for old in _OLD_CERTIFICATES),
        *(
            (f"acme.cert-manager.io/{old}", _ORDERS, "1.4", "1.6", "acme.cert-manager.io/v1")
            for old in _OLD_CERTIFICATES
        ),
    ),
    # Source: github.com/external-secrets/external-secrets, release notes v0.16.0 and v0.17.0.
    "external-secrets": (
        ("external-secrets.io/v1alpha1", _ALPHA_SECRETS, "", "0.16", "external-secrets.io/v1"),
        (
            "external-secrets.io/v1beta1",
            f"ClusterExternalSecret {_ALPHA_SECRETS}",
            "0.16",
            "0.17",
            "external-secrets.io/v1",
        ),
    ),
    # Source: github.com/kubernetes-sigs/gateway-api, release notes v0.6.0 and v1.2.0.
    "the Gateway API": (
        ("gateway.networking.k8s.io/v1alpha2", "GRPCRoute", "1.1", "1.2", "gateway.networking.k8s.io/v1"),
        ("gateway.networking.k8s.io/v1alpha2", "ReferenceGrant", "0.6", "1.2", "gateway.networking.k8s.io/v1beta1"),
        ("gateway.networking.k8s.io/v1alpha2", "ReferencePolicy", "", "0.6", "ReferenceGrant"),
    ),
    # Source: istio.io, upgrade notes 1.4 to 1.6.
    "Istio": (
        ("authentication.istio.io/v1alpha1", "MeshPolicy Policy", "1.5", "1.6", "PeerAuthentication"),
        ("rbac.istio.io/v1alpha1", _MESH_ROLES, "1.4", "1.6", "AuthorizationPolicy"),
    ),
    # Source: keda.sh, migration guide from v1 to v2.
    "KEDA": (("keda.k8s.io/v1alpha1", "ScaledObject TriggerAuthentication", "", "2.0", "keda.sh/v1alpha1"),),
    # Source: doc.traefik.io, migration notes v2.10 and v3.0.
    "Traefik": (("traefik.containo.us/v1alpha1", _ROUTES, "2.10", "3.0", "traefik.io/v1alpha1"),),
}


def retired(identity: Identity) -> Retired | None:
    """Return what is known of the end of a kind in a version."""
    return _by_identity().get(identity)


@cache
def _by_identity() -> Mapping[Identity, Retired]:
    return dict(every_row())


def every_row() -> Iterator[tuple[Identity, Retired]]:
    """Yield every kind in a version that is known to end."""
    for component, rows in {KUBERNETES: _OF_KUBERNETES, **_OF_OTHERS}.items():
        for api_version, kinds, since, gone, instead in rows:
            group, _, version = api_version.rpartition("/")
            for kind in kinds.split():
                yield (group, version, kind), Retired(component=component, since=since, gone=gone, instead=instead)
