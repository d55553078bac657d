"""Notification subscriptions of Applications and AppProjects, and the ConfigMap that they count on.

Source: argo-cd v3.2, notification_controller/controller/controller.go: an Application has the subscriptions of its
AppProject too.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import Manifest, ManifestSet, NotificationNames
from gitopsgen.validation.argo_cd.object_annotations import annotations_of
from gitopsgen.validation.argo_cd.spec import GROUP, ApplicationSpec, is_templated
from gitopsgen.validation.notifications.checking import (
    Controller,
    Subscriber,
    SubscriptionCheck,
    is_for_rollouts,
    shared_keys,
)
from gitopsgen.validation.notifications.configuration import (
    Catalogue,
    catalogue_of,
    check_config,
    conditions_of,
    config_maps,
)
from gitopsgen.validation.notifications.names import APPLICATION_TRIGGERS, ROLLOUT_EVENTS
from gitopsgen.validation.notifications.subscriptions import SUBSCRIPTIONS

_CONTROLLER: Final = Controller(
    name="Argo CD",
    family="argo-cd",
    config="argocd-notifications-cm",
    shipped=APPLICATION_TRIGGERS,
    others=ROLLOUT_EVENTS,
    other="Argo Rollouts",
)
_DEPLOYED: Final = "trigger.on-deployed"


def check_notifications(resources: ManifestSet, specs: tuple[ApplicationSpec, ...]) -> Iterator[Fault]:
    """Yield the subscriptions that never send anything, and what is wrong with the ConfigMap itself."""
    configs = config_maps(resources, _CONTROLLER.config)
    for config in configs:
        yield from _check_config(config)
    check = SubscriptionCheck(
        controller=_CONTROLLER, catalogue=_with_names(catalogue_of(configs), resources.notifications)
    )
    shared = shared_keys(resources, "Rollout")
    for spec in specs:
        yield from check.faults(_subscriber(spec, shared.get(spec.manifest.release, frozenset())))
    for project in resources.of_kind("AppProject", GROUP):
        yield from check.faults(Subscriber(manifest=project, annotations=annotations_of(project.body)))


def _subscriber(spec: ApplicationSpec, shared: frozenset[str]) -> Subscriber:
    written = {
        key: value
        for key, value in annotations_of(spec.body).items()
        if not is_templated(key)
        and not (key.startswith(SUBSCRIPTIONS) and is_templated(value))
        and not (key in shared and is_for_rollouts(key))
    }
    return Subscriber(manifest=spec.manifest, annotations=written, base=spec.base)


def _with_names(catalogue: Catalogue, said: NotificationNames) -> Catalogue:
    """Return the catalogue with what the descriptor says is defined."""
    if said.triggers is not None:
        catalogue = replace(catalogue, triggers=said.triggers | (catalogue.triggers or frozenset()))
    if said.services is not None:
        catalogue = replace(catalogue, services=dict.fromkeys(said.services, "") | dict(catalogue.services or {}))
    return catalogue


def _check_config(config: Manifest) -> Iterator[Fault]:
    for fault in check_config(config):
        rule = "notification-config-refused" if fault.refuses_all else "notification-template-missing"
        yield Fault(rule=f"argo-cd/{rule}", manifest=config, path=fault.path, message=fault.message, fix=fault.fix)
    data = config.body.get("data")
    for key, value in data.items() if isinstance(data, Mapping) else ():
        conditions = conditions_of(value) if str(key).startswith("trigger.") else []
        if any(not condition.get("when") for condition in conditions):
            yield Fault(
                rule="argo-cd/notification-never-sent",
                manifest=config,
                path=("data", key),
                message=f"a condition of `{key}` has no `when`, and is never true",
                fix="add `when: <expression>`",
            )
        if key == _DEPLOYED and any(not condition.get("oncePer") for condition in conditions):
            yield Fault(
                rule="argo-cd/notification-repeated",
                manifest=config,
                path=("data", key),
                message=f"`{key}` has no `oncePer`: it is sent again each time the Application turns healthy",
                fix="add `oncePer: app.status.operationState?.syncResult?.revision`",
            )
