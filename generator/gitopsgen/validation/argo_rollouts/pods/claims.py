"""Claims of a pod: for devices, and for the storage of ephemeral volumes."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import dig, list_at, map_at
from gitopsgen.model.suggest import did_you_mean
from gitopsgen.source.location import Path
from gitopsgen.validation.argo_rollouts.pods.resources import parse_amount
from gitopsgen.validation.argo_rollouts.pods.template import LABEL, SUBDOMAIN, Pod, maps

_SOURCES: Final = ("resourceClaimName", "resourceClaimTemplateName")
_ACCESS: Final = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
_MODES: Final = ("Block", "Filesystem")


def check_resource_claims(pod: Pod) -> Iterator[Fault]:
    """Yield what is wrong with ``resourceClaims``."""
    claims = list(maps(pod.spec, "resourceClaims", ("spec",)))
    yield from pod.unique(((claim.get("name"), (*at, "name")) for at, claim in claims), "resource claims called")
    for at, claim in claims:
        yield from pod.needs(claim, "name", at)
        yield from pod.name(claim, "name", LABEL, at)
        yield from pod.exactly_one(claim, _SOURCES, at, "a resource claim")
        for key in _SOURCES:
            yield from pod.name(claim, key, SUBDOMAIN, at)


def check_volume_claim(pod: Pod, template: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    """Yield what is wrong with the claim that an ephemeral volume makes."""
    spec, at = map_at(template, "spec"), (*path, "spec")
    access = list_at(spec, "accessModes")
    if not access:
        yield from pod.needs({}, "accessModes", at)
    for index, mode in enumerate(access):
        if isinstance(mode, str) and mode not in _ACCESS:
            yield pod.fault(
                "pod-value-unknown",
                (*at, "accessModes", index),
                f"`{mode[:80]}` is no access mode",
                did_you_mean(mode, _ACCESS),
            )
    if "ReadWriteOncePod" in access and len(set(map(str, access))) > 1:
        yield pod.fault(
            "pod-settings-exclude", (*at, "accessModes"), "ReadWriteOncePod stands alone", "delete the others"
        )
    storage = dig(spec, "resources", "requests", "storage")
    amount = parse_amount(storage)
    if storage is None:
        yield from pod.needs({}, "storage", (*at, "resources", "requests"))
    elif amount is not None and amount <= 0:
        yield pod.fault(
            "pod-number-out-of-range",
            (*at, "resources", "requests", "storage"),
            f"storage is {storage}",
            "write an amount above 0",
        )
    yield from pod.name(spec, "storageClassName", SUBDOMAIN, at)
    yield from pod.one_of(spec, "volumeMode", _MODES, at)
