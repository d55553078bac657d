"""The Services that a Rollout switches: they exist, fit its pods, and belong to nobody else.

Source: argo-rollouts v1.9.2, pkg/apis/rollouts/validation/validation_references.go, ValidateService.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from gitopsgen.model.finding import Fault, Severity
from gitopsgen.model.manifest import Manifest, map_at, text_at
from gitopsgen.source.location import Path
from gitopsgen.validation.argo_rollouts.lookup import INGRESS_GROUPS
from gitopsgen.validation.argo_rollouts.references import (
    ISTIO,
    absent,
    ingress_references,
    service_references,
    virtual_service_references,
)
from gitopsgen.validation.argo_rollouts.rollout import GROUP, Rollout

_MANAGED_BY: Final = "rollout.argoproj.io/managed-by-rollouts"
_POD_HASH: Final = "rollouts-pod-template-hash"
_SELECTOR: Final[Path] = ("spec", "selector", "matchLabels")


def check_services(rollout: Rollout) -> Iterator[Fault]:
    """Yield the Services that are not there, select other pods, or are another Rollout's."""
    for name, path in service_references(rollout):
        service = rollout.find("Service", name, "")
        if service is not None:
            yield from _check_selector(rollout, service, path)
            yield from _check_owner(rollout, service, path)
        elif not rollout.is_known("Service", name, ""):
            yield absent(rollout, "service", "Service", name, path, groups=("",))


def check_shared(rollouts: Iterable[Rollout]) -> Iterator[Fault]:
    """Yield what two Rollouts both want to switch, and pods that both select."""
    users: defaultdict[tuple[str, Manifest], list[tuple[Rollout, Path]]] = defaultdict(list)
    selecting: defaultdict[tuple[object, ...], list[Rollout]] = defaultdict(list)
    for rollout in rollouts:
        seen: set[tuple[str, Manifest]] = set()
        for rule, found, path in _switched(rollout):
            if (rule, found) not in seen:
                seen.add((rule, found))
                users[rule, found].append((rollout, path))
        if labels := map_at(rollout.spec, "selector", "matchLabels"):
            place = rollout.manifest.environment or rollout.manifest.file
            selecting[place, rollout.namespace, *sorted(map(str, labels.items()))].append(rollout)
    for (rule, found), places in users.items():
        first, *others = places
        for rollout, path in others:
            yield rollout.fault(
                rule,
                path,
                f"the {found.kind} `{found.name}` is switched by the Rollout `{first[0].name}` too",
                f"give each Rollout a {found.kind} of its own",
                related=((first[0].manifest, first[1]), (found, ("metadata", "name"))),
            )
    for one, *same in selecting.values():
        for rollout in same:
            yield rollout.fault(
                "selector-of-two-rollouts",
                _SELECTOR,
                f"the Rollout `{one.name}` selects by the same labels: an autoscaler of either counts the pods of both",
                "add a label that only this Rollout's pods have, to the selector and the pod template",
                related=((one.manifest, _SELECTOR),),
            )


def _switched(rollout: Rollout) -> Iterator[tuple[str, Manifest, Path]]:
    for name, path in service_references(rollout):
        if service := rollout.find("Service", name, ""):
            yield "service-of-two-rollouts", service, path
    for router in ("nginx", "alb"):
        if router in rollout.routers:
            for name, path in ingress_references(rollout, router):
                if ingress := rollout.find("Ingress", name, *INGRESS_GROUPS):
                    yield "route-of-two-rollouts", ingress, path
    for name, namespace, path in virtual_service_references(rollout):
        found = rollout.find("VirtualService", name, ISTIO, namespace=namespace)
        routes = map_at(rollout.manifest.body, *path)
        # Rollouts may share a VirtualService when each switches routes of its own.
        if found is not None and not any(routes.get(key) for key in ("routes", "tlsRoutes", "tcpRoutes")):
            yield "route-of-two-rollouts", found, path


def _check_selector(rollout: Rollout, service: Manifest, path: Path) -> Iterator[Fault]:
    template = rollout.template
    if template is None:
        return
    for key, value in map_at(service.body, "spec", "selector").items():
        if key == _POD_HASH or template.labels.get(key) == value:
            continue
        yield rollout.fault(
            "service-selector-unmatched",
            path,
            f"the Service `{service.name}` selects `{key}: {value}`, and the pod template has {template.label(key)}",
            f"correct `{key}` in the Service's selector",
            related=((service, ("spec", "selector", str(key))), (template.manifest, template.path)),
        )


def _check_owner(rollout: Rollout, service: Manifest, path: Path) -> Iterator[Fault]:
    owner = text_at(service.body, "metadata", "annotations", _MANAGED_BY)
    if owner and owner != rollout.name:
        exists = rollout.is_known("Rollout", owner, GROUP)
        yield rollout.fault(
            "service-of-another-rollout",
            path,
            f"the Service `{service.name}` says that the Rollout `{owner}` manages it",
            f"delete the annotation `{_MANAGED_BY}`: the controller writes it",
            # The controller removes the name of a Rollout that does not exist.
            severity=None if exists else Severity.WARNING,
            related=((service, ("metadata", "annotations", _MANAGED_BY)),),
        )
