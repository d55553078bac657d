"""What the Rollouts controller refuses, stumbles over, or does otherwise than the manifest looks."""

from collections.abc import Iterator

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import ManifestSet
from gitopsgen.model.versions import Versions
from gitopsgen.validation.argo_rollouts.arguments import check_arguments
from gitopsgen.validation.argo_rollouts.blue_green import check_blue_green
from gitopsgen.validation.argo_rollouts.canary import check_canary
from gitopsgen.validation.argo_rollouts.ingresses import check_ingresses
from gitopsgen.validation.argo_rollouts.istio import check_istio
from gitopsgen.validation.argo_rollouts.limits import check_limits
from gitopsgen.validation.argo_rollouts.lookup import Lookup
from gitopsgen.validation.argo_rollouts.notifications import check_notifications
from gitopsgen.validation.argo_rollouts.planned import check_plan
from gitopsgen.validation.argo_rollouts.plugins import check_plugins
from gitopsgen.validation.argo_rollouts.pods import check_pods
from gitopsgen.validation.argo_rollouts.rollout import GROUP, Rollout
from gitopsgen.validation.argo_rollouts.routers import check_routers
from gitopsgen.validation.argo_rollouts.services import check_services, check_shared
from gitopsgen.validation.argo_rollouts.spec import check_spec
from gitopsgen.validation.argo_rollouts.steps import check_steps
from gitopsgen.validation.argo_rollouts.traffic_routing import check_traffic_routing

__all__ = ["check_argo_rollouts"]

_CHECKS = (
    check_spec,
    check_limits,
    check_pods,
    check_blue_green,
    check_canary,
    check_traffic_routing,
    check_steps,
    check_plan,
    check_services,
    check_arguments,
    check_ingresses,
    check_istio,
    check_routers,
    check_plugins,
)


def check_argo_rollouts(resources: ManifestSet, versions: Versions) -> Iterator[Fault]:
    """Yield every fault of the Rollouts in ``resources``, alone and together with the objects they refer to."""
    lookup = Lookup(resources)
    rollouts = [
        Rollout(manifest=manifest, lookup=lookup, versions=versions) for manifest in resources.of_kind("Rollout", GROUP)
    ]
    for rollout in rollouts:
        for check in _CHECKS:
            yield from check(rollout)
    yield from check_notifications(resources, [rollout.manifest for rollout in rollouts])
    if len(rollouts) > 1:
        yield from check_shared(rollouts)
