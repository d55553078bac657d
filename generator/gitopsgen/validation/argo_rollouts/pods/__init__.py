"""The pod template of a Rollout or an Experiment, held against Kubernetes' own validation beforehand.

Source: argo-rollouts v1.9.2, pkg/apis/rollouts/validation/validation.go, ValidateRolloutSpec; kubernetes v1.34,
pkg/apis/core/validation/validation.go, ValidatePodTemplateSpec.
"""

from collections.abc import Iterator
from typing import Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import list_at, map_at
from gitopsgen.source.location import Path
from gitopsgen.validation.argo_rollouts.pods.claims import check_resource_claims
from gitopsgen.validation.argo_rollouts.pods.containers import check_containers
from gitopsgen.validation.argo_rollouts.pods.network import check_network
from gitopsgen.validation.argo_rollouts.pods.scheduling import check_scheduling
from gitopsgen.validation.argo_rollouts.pods.security import check_pod_security
from gitopsgen.validation.argo_rollouts.pods.template import Pod
from gitopsgen.validation.argo_rollouts.pods.volumes import check_volumes
from gitopsgen.validation.argo_rollouts.rollout import Rollout

_SPEC: Final[Path] = ("spec",)


def check_pods(rollout: Rollout) -> Iterator[Fault]:
    """Yield what Kubernetes would refuse in the pods of a Rollout."""
    template = rollout.template
    if template is not None:
        spec = map_at(template.body, "spec")
        yield from check_pod(
            Pod(owner=rollout.manifest, template=template, spec=spec, is_after_1_9=rollout.is_after_1_9)
        )


def check_pod(pod: Pod) -> Iterator[Fault]:
    """Yield what Kubernetes would refuse in the pods of a ReplicaSet."""
    yield from _check_life(pod)
    yield from check_parts(pod)


def check_parts(pod: Pod) -> Iterator[Fault]:
    """Yield what Kubernetes would refuse in any pods, whoever makes them."""
    if not list_at(pod.spec, "containers"):
        yield pod.fault("pod-value-missing", (*_SPEC, "containers"), "there are no containers", "write a container")
    yield from pod.within(pod.spec, "terminationGracePeriodSeconds", 0, None, _SPEC)
    yield from check_containers(pod)
    yield from check_volumes(pod)
    yield from check_resource_claims(pod)
    yield from check_network(pod)
    yield from check_scheduling(pod)
    yield from check_pod_security(pod)


def _check_life(pod: Pod) -> Iterator[Fault]:
    policy = pod.spec.get("restartPolicy")
    if isinstance(policy, str) and policy not in ("", "Always"):
        yield pod.fault(
            "restart-policy-not-always",
            (*_SPEC, "restartPolicy"),
            f"the pods of a ReplicaSet are restarted always, not {policy}",
            "delete `restartPolicy`",
        )
    if pod.spec.get("activeDeadlineSeconds") is not None:
        yield pod.fault(
            "pods-with-deadline",
            (*_SPEC, "activeDeadlineSeconds"),
            "the pods of a ReplicaSet do not end by themselves",
            "delete `activeDeadlineSeconds`",
        )
    if list_at(pod.spec, "ephemeralContainers"):
        yield pod.fault(
            "pods-with-ephemeral-containers",
            (*_SPEC, "ephemeralContainers"),
            "ephemeral containers are added to pods that run, and are in no template",
            "delete them, or make containers of them",
        )
