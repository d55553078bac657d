"""Subscriptions against what is defined, for either of the two controllers."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from gitopsgen.model.finding import Fault, Severity
from gitopsgen.model.manifest import Manifest, ManifestSet, map_at
from gitopsgen.source.location import Path
from gitopsgen.validation.notifications.configuration import Catalogue
from gitopsgen.validation.notifications.names import (
    NEED_NO_RECIPIENT,
    ROLLOUT_EVENTS,
    SERVICE_TYPES,
    misspelt,
    write_or,
)
from gitopsgen.validation.notifications.subscriptions import SUBSCRIBE, Malformed, Subscription, read_subscriptions

_SAID: Final = "argocd.notificationConfig"


@dataclass(frozen=True, slots=True, kw_only=True)
class Controller:
    """Who reads the subscriptions: ``family`` begins the ids of its rules, ``config`` is the name of its ConfigMap.

    ``shipped`` are the triggers that come with it; ``others`` are those of the other controller, called ``other``.
    """

    name: str
    family: str
    config: str
    shipped: frozenset[str]
    others: frozenset[str]
    other: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """An object and the annotations of it that count; ``base`` leads to the map that holds its metadata."""

    manifest: Manifest
    annotations: Mapping[str, object]
    base: Path = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionCheck:
    """What is asked of the subscriptions of one controller's objects."""

    controller: Controller
    catalogue: Catalogue

    def faults(self, subscriber: Subscriber) -> Iterator[Fault]:
        """Yield the subscriptions of ``subscriber`` that never send anything, or something else than they say."""
        for one in read_subscriptions(subscriber.annotations):
            if isinstance(one, Malformed):
                yield self.fault(subscriber, "notification-malformed", one.key, one.message, one.fix, word=one.word)
            else:
                yield from self._names(subscriber, one)

    def fault(
        self,
        subscriber: Subscriber,
        rule: str,
        key: str,
        message: str,
        fix: str,
        *,
        word: str = "",
        severity: Severity | None = None,
    ) -> Fault:
        """Return a fault of the annotation ``key``; ``word`` is the name in it that is at fault."""
        source = self.catalogue.source
        return Fault(
            rule=f"{self.controller.family}/{rule}",
            manifest=subscriber.manifest,
            path=(*subscriber.base, "metadata", "annotations", key),
            message=message,
            fix=fix,
            word=word,
            severity=severity,
            related=((source, ("data",)),) if source and rule.startswith("unknown-notification") else (),
        )

    def _names(self, subscriber: Subscriber, one: Subscription) -> Iterator[Fault]:
        triggers = self.catalogue.triggers or self.controller.shipped
        services = self.catalogue.services or dict.fromkeys(SERVICE_TYPES, "")
        if one.service in triggers and one.trigger in services:
            yield self.fault(
                subscriber,
                "notification-malformed",
                one.key,
                f"the trigger `{one.service}` and the service `{one.trigger}` stand in each other's place",
                f"swap them: `{SUBSCRIBE}{one.service}.{one.trigger}`",
                word=one.service,
            )
            return
        yield from self._trigger(subscriber, one)
        yield from self._service(subscriber, one)

    def _trigger(self, subscriber: Subscriber, one: Subscription) -> Iterator[Fault]:
        known, shipped = self.catalogue.triggers, self.controller.shipped
        rule, name = "unknown-notification-trigger", one.trigger
        if not name:
            if not self.catalogue.has_defaults:
                message = f"`{one.key}` is to the default triggers, and {self.controller.config} has none"
                fix = f"name the trigger: `{SUBSCRIBE}<trigger>.{one.service}`"
                yield self.fault(subscriber, "notification-malformed", one.key, message, fix)
        elif known is not None:
            if name not in known:
                yield self._undefined(subscriber, one.key, "trigger", name, known)
        elif near := misspelt(name, shipped):
            message = f"the trigger `{name}` looks like `{near}`, which {self.controller.name} ships"
            fix = f"write `{near}`"
            yield self.fault(subscriber, rule, one.key, message, fix, word=name, severity=Severity.WARNING)
        elif name in self.controller.others:
            message = f"`{name}` is a trigger of {self.controller.other}: {self.controller.name} does not ship it"
            fix = write_or(name, shipped, f"write one of {', '.join(sorted(shipped))}")
            yield self.fault(subscriber, rule, one.key, message, fix, word=name, severity=Severity.WARNING)

    def _service(self, subscriber: Subscriber, one: Subscription) -> Iterator[Fault]:
        known, name = self.catalogue.services, one.service
        if known is None:
            if near := misspelt(name, SERVICE_TYPES):
                rule, message = "unknown-notification-service", f"the service `{name}` looks like `{near}`"
                fix = f"write `{near}`"
                yield self.fault(subscriber, rule, one.key, message, fix, word=name, severity=Severity.WARNING)
        elif name not in known:
            yield self._undefined(subscriber, one.key, "service", name, known)
        elif "" in one.recipients and known[name] and known[name] not in NEED_NO_RECIPIENT:
            message = (
                f"the service `{name}` is of the type {known[name]}, which sends to a recipient, and there is none"
            )
            yield self.fault(subscriber, "notification-malformed", one.key, message, "write the recipient")

    def _undefined(self, subscriber: Subscriber, key: str, what: str, name: str, known: Iterable[str]) -> Fault:
        config = self.controller.config
        message, otherwise = f"no {what} `{name}` is defined in {config}", f"add `{what}.{name}` to {config}"
        if self.catalogue.source is None:
            message = f"no {what} `{name}` is among those of `{_SAID}`"
            otherwise = f"add it to `{_SAID}.{what}s`, if {config} defines `{what}.{name}`"
        rule = f"unknown-notification-{what}"
        return self.fault(subscriber, rule, key, message, write_or(name, known, otherwise), word=name)


def shared_keys(resources: ManifestSet, kind: str) -> Mapping[str, frozenset[str]]:
    """Return the annotations of the objects of a kind by their release: those of an App are on all of its objects."""
    return {
        manifest.release: frozenset(map_at(manifest.body, "metadata", "annotations"))
        for manifest in resources.of_kind(kind, "argoproj.io")
        if manifest.release
    }


def is_for_rollouts(key: str) -> bool:
    """Tell whether an annotation subscribes to an event of a Rollout, or likely was to."""
    trigger = key.removeprefix(SUBSCRIBE).partition(".")[0]
    return key.startswith(SUBSCRIBE) and (trigger in ROLLOUT_EVENTS or bool(misspelt(trigger, ROLLOUT_EVENTS)))
