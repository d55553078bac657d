"""Subscriptions that lost their recipient: to YAML, a channel such as ``#deployments`` is a comment."""

from collections.abc import Iterator
from typing import Final

from gitopsgen.descriptors.loading import Descriptors
from gitopsgen.model.finding import Finding, Severity
from gitopsgen.model.manifest import map_at

_WHERE: Final = ("argocd", "notifications")


def missing_recipients(descriptors: Descriptors) -> Iterator[Finding]:
    """Yield the triggers of ``argocd.notifications`` with nothing after the colon; a ``null`` in words removes one."""
    for descriptor in descriptors.environments.values():
        services = map_at(descriptor.spec, *_WHERE)
        for service in services:
            for trigger, recipient in map_at(services, service).items():
                path = ("spec", *_WHERE, service, trigger)
                if recipient is None and not descriptor.document.written(path):
                    yield Finding(
                        policy="descriptor/recipient-missing",
                        severity=Severity.WARNING,
                        message=f"`{'.'.join(path)}` has no value, and is no subscription",
                        location=descriptor.document.locate(path),
                        fix='write the recipient, in quotes where it begins with `#`; `""` where the service needs '
                        "none; `null` to take away what is inherited",
                    )
