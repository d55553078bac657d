"""API versions that are still served and will not be for ever.

Which versions a release serves is read off its schemas; what is deprecated while it is served stands here.
Source: kubernetes.io, deprecated API migration guide, and the release notes of Kubernetes 1.30 to 1.34.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Deprecation:
    """Since which Kubernetes a kind is deprecated in a version, from which on it is gone, and what to use instead."""

    since: str
    instead: str
    removed: str = ""


DEPRECATED: Final[Mapping[tuple[str, str, str], Deprecation]] = {
    ("flowcontrol.apiserver.k8s.io", "v1beta3", "FlowSchema"): Deprecation(
        since="1.29", removed="1.32", instead="flowcontrol.apiserver.k8s.io/v1"
    ),
    ("flowcontrol.apiserver.k8s.io", "v1beta3", "PriorityLevelConfiguration"): Deprecation(
        since="1.29", removed="1.32", instead="flowcontrol.apiserver.k8s.io/v1"
    ),
    ("admissionregistration.k8s.io", "v1beta1", "ValidatingAdmissionPolicy"): Deprecation(
        since="1.30", removed="1.34", instead="admissionregistration.k8s.io/v1"
    ),
    ("admissionregistration.k8s.io", "v1beta1", "ValidatingAdmissionPolicyBinding"): Deprecation(
        since="1.30", removed="1.34", instead="admissionregistration.k8s.io/v1"
    ),
    ("", "v1", "Endpoints"): Deprecation(since="1.33", instead="EndpointSlice of discovery.k8s.io/v1"),
    ("", "v1", "ComponentStatus"): Deprecation(since="1.19", instead="the health endpoints of the components"),
}
