"""Notification subscriptions of Rollouts: a trigger fires on the event of its name.

Source: argo-rollouts v1.9.2, utils/record/record.go (sendNotifications, translateReasonToTrigger).
"""

from collections.abc import Iterator
from typing import Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import Manifest, ManifestSet, map_at
from gitopsgen.validation.notifications.checking import (
    Controller,
    Subscriber,
    SubscriptionCheck,
    is_for_rollouts,
    shared_keys,
)
from gitopsgen.validation.notifications.configuration import catalogue_of, check_config, config_maps
from gitopsgen.validation.notifications.names import (
    APPLICATION_TRIGGERS,
    ROLLOUT_EVENTS,
    ROLLOUT_TRIGGERS,
    misspelt,
    write_or,
)
from gitopsgen.validation.notifications.subscriptions import Subscription, read_subscriptions

_CONTROLLER: Final = Controller(
    name="Argo Rollouts",
    family="argo-rollouts",
    config="argo-rollouts-notification-configmap",
    shipped=ROLLOUT_TRIGGERS,
    others=APPLICATION_TRIGGERS,
    other="Argo CD",
)
_OF_ROLLOUTS: Final = "on-rollout-"


def check_notifications(resources: ManifestSet, rollouts: list[Manifest]) -> Iterator[Fault]:
    """Yield the subscriptions of Rollouts that never send anything, and what the ConfigMap is refused for."""
    configs = config_maps(resources, _CONTROLLER.config)
    for config in configs:
        for fault in check_config(config):
            rule = "notification-config-refused" if fault.refuses_all else "notification-template-missing"
            yield Fault(
                rule=f"argo-rollouts/{rule}", manifest=config, path=fault.path, message=fault.message, fix=fault.fix
            )
    check = SubscriptionCheck(controller=_CONTROLLER, catalogue=catalogue_of(configs))
    shared = shared_keys(resources, "Application")
    for rollout in rollouts:
        of_applications = shared.get(rollout.release, frozenset())
        annotations = {
            key: value
            for key, value in map_at(rollout.body, "metadata", "annotations").items()
            if key not in of_applications or is_for_rollouts(key)
        }
        subscriber = Subscriber(manifest=rollout, annotations=annotations)
        yield from check.faults(subscriber)
        yield from _without_event(check, subscriber)


def _without_event(check: SubscriptionCheck, subscriber: Subscriber) -> Iterator[Fault]:
    """Yield the subscriptions to triggers that are defined, or look it, and that no event of a Rollout fires."""
    known = check.catalogue.triggers
    for one in read_subscriptions(subscriber.annotations):
        if not isinstance(one, Subscription) or one.trigger in ROLLOUT_EVENTS:
            continue
        name = one.trigger
        looks_it = name.startswith(_OF_ROLLOUTS) and not misspelt(name, ROLLOUT_TRIGGERS)
        if looks_it if known is None else name in known:
            yield check.fault(
                subscriber,
                "notification-never-sent",
                one.key,
                f"no event of a Rollout fires the trigger `{name}`",
                write_or(name, ROLLOUT_EVENTS, f"write one of {', '.join(sorted(ROLLOUT_TRIGGERS))}"),
                word=name,
            )
