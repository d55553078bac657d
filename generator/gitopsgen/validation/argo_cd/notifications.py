"""Notification subscriptions, against the triggers and services that the set defines."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import ManifestSet, map_at
from gitopsgen.validation.argo_cd.spec import ApplicationSpec, is_templated

_SUBSCRIBE: Final = "notifications.argoproj.io/subscribe."
_DOMAIN: Final = "notifications.argoproj.io/"
_OTHERS: Final = frozenset({"notifications.argoproj.io/subscriptions"})
_SHIPPED: Final = (
    "on-created",
    "on-deleted",
    "on-deployed",
    "on-health-degraded",
    "on-sync-failed",
    "on-sync-running",
    "on-sync-status-unknown",
    "on-sync-succeeded",
)
_CONFIG: Final = "argocd-notifications-cm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """What ``argocd-notifications-cm`` defines."""

    triggers: frozenset[str]
    services: frozenset[str]


def notification_catalogue(resources: ManifestSet) -> Catalogue | None:
    """Return what the set's own configuration defines; ``None`` when it is not in the set."""
    for manifest in resources.of_kind("ConfigMap"):
        if manifest.name == _CONFIG:
            keys = [key for key in map_at(manifest.body, "data") if isinstance(key, str)]
            return Catalogue(
                triggers=frozenset(key.removeprefix("trigger.") for key in keys if key.startswith("trigger.")),
                services=frozenset(key.split(".", 1)[1] for key in keys if key.startswith("service.")),
            )
    return None


def check_notifications(
    application: ApplicationSpec, annotations: Mapping[str, object], catalogue: Catalogue | None
) -> Iterator[Fault]:
    """Yield the subscriptions of an Application that never send anything."""
    for key, recipients in annotations.items():
        if not isinstance(key, str) or not key.startswith(_DOMAIN) or key in _OTHERS or is_templated(key):
            continue
        path = (*application.base, "metadata", "annotations", key)
        if not key.startswith(_SUBSCRIBE):
            yield application.fault(
                "unknown-annotation",
                path,
                f"the notifications controller does not know the annotation `{key}`",
                "write `notifications.argoproj.io/subscribe.<trigger>.<service>`",
            )
            continue
        parts = key.removeprefix(_SUBSCRIBE).split(".")
        if not all(parts) or recipients is None:
            yield application.fault(
                "notification-malformed",
                path,
                f"`{key}` is no subscription",
                "write `notifications.argoproj.io/subscribe.<trigger>.<service>: <recipient>`",
            )
        elif catalogue is not None:
            yield from _check_names(application, key, parts, catalogue)
        elif len(parts) > 1 and (near := _misspelt(parts[0])):
            yield application.fault(
                "unknown-notification-trigger",
                path,
                f"the trigger `{parts[0]}` looks like `{near}`, which Argo CD ships",
                f"write `{near}`",
            )


def _check_names(application: ApplicationSpec, key: str, parts: list[str], catalogue: Catalogue) -> Iterator[Fault]:
    path = (*application.base, "metadata", "annotations", key)
    # `subscribe.<service>` takes the default triggers; a service may have a name of its own, `webhook.github`.
    trigger, service = (parts[0], ".".join(parts[1:])) if len(parts) > 1 else ("", parts[0])
    if trigger and trigger not in catalogue.triggers:
        yield application.fault(
            "unknown-notification-trigger",
            path,
            f"no trigger `{trigger}` is defined in {_CONFIG}",
            _near(trigger, catalogue.triggers, f"add `trigger.{trigger}` to {_CONFIG}"),
        )
    names = catalogue.services | {name.split(".", 1)[-1] for name in catalogue.services}
    if service not in names:
        yield application.fault(
            "unknown-notification-service",
            path,
            f"no service `{service}` is defined in {_CONFIG}",
            _near(service, names, f"add `service.{service}` to {_CONFIG}"),
        )


def _misspelt(trigger: str) -> str:
    """Return the shipped trigger that ``trigger`` is a letter or two away from; empty for names of one's own."""
    if trigger in _SHIPPED:
        return ""
    near = get_close_matches(trigger, _SHIPPED, n=1, cutoff=0.9)
    return near[0] if near and abs(len(near[0]) - len(trigger)) <= 1 else ""


def _near(word: str, known: Iterable[str], otherwise: str) -> str:
    near = get_close_matches(word, sorted(known), n=1)
    return f"write `{near[0]}`" if near else otherwise
