"""What a container asks for: amounts, how they may change while it runs, and claims of devices."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import map_at
from gitopsgen.source.location import Path
from gitopsgen.validation.argo_rollouts.pods.template import Pod, maps, name_of

_STANDARD: Final = frozenset(("cpu", "memory", "ephemeral-storage"))
_QUANTITY: Final = re.compile(r"([+-]?(?:\d+(?:\.\d*)?|\.\d+))([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d{1,2}|)", re.ASCII)
_POWERS: Final = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}


def check_resources(pod: Pod, body: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    """Yield what is wrong with ``resources`` and ``resizePolicy`` of a container."""
    # That a request is above its limit is a policy's to say, of every workload: request-above-limit.
    requests, limits = map_at(body, "resources", "requests"), map_at(body, "resources", "limits")
    for key, amounts in (("requests", requests), ("limits", limits)):
        for name, amount in amounts.items():
            at = (*path, "resources", key, str(name))
            number = parse_amount(amount)
            if number is not None and number < 0:
                yield pod.fault("pod-number-out-of-range", at, f"{name} is {amount}", "write 0 or more")
            if "/" not in str(name) and name not in _STANDARD and not str(name).startswith("hugepages-"):
                yield pod.fault(
                    "pod-value-unknown",
                    at,
                    f"`{name}` is no resource of a container",
                    f"one of: {', '.join(sorted(_STANDARD))}",
                )
    for name, amount in requests.items():
        if ("/" in str(name) or str(name).startswith("hugepages-")) and (
            parse_amount(amount) != parse_amount(limits.get(name))
        ):
            yield pod.fault(
                "pod-settings-exclude",
                (*path, "resources", "requests", str(name)),
                f"of {name} as much is requested as the limit allows, and the limit is {limits.get(name, 'missing')}",
                f"write `{name}: {amount}` in `limits`",
            )
    yield from _check_claims(pod, map_at(body, "resources"), (*path, "resources"))
    yield from _check_resize(pod, body, path)


def _check_claims(pod: Pod, resources: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    claims = list(maps(resources, "claims", path))
    yield from pod.unique(
        ((f"{name_of(claim)} {claim.get('request', '')}".strip(), (*at, "name")) for at, claim in claims), "claims of"
    )
    if not claims:
        return
    known = {name_of(claim) for _, claim in maps(pod.spec, "resourceClaims", ())}
    for at, claim in claims:
        yield from pod.needs(claim, "name", at)
        if (name := name_of(claim)) and name not in known:
            yield pod.fault(
                "pod-claim-missing",
                (*at, "name"),
                f"the pod has no resource claim `{name}`",
                f"one of: {', '.join(sorted(known))}" if known else f"add `{name}` to the pod's `resourceClaims`",
            )


def _check_resize(pod: Pod, body: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    policies = list(maps(body, "resizePolicy", path))
    yield from pod.unique(((policy.get("resourceName"), (*at, "resourceName")) for at, policy in policies), "rules for")
    for at, policy in policies:
        yield from pod.one_of(policy, "resourceName", ("cpu", "memory"), at, required=True)
        yield from pod.one_of(policy, "restartPolicy", ("NotRequired", "RestartContainer"), at, required=True)


def parse_amount(value: object) -> Decimal | None:
    """Return the number that a quantity says; ``None`` when it is none."""
    found = _QUANTITY.fullmatch(str(value)) if isinstance(value, str | int | float) else None
    if found is None or isinstance(value, bool) or len(found[1]) > 40:  # noqa: PLR2004 - no amount is that long
        return None
    number, suffix = Decimal(found[1]), found[2]
    if suffix.endswith("i"):
        return number * Decimal(1024) ** ("KMGTPE".index(suffix[0]) + 1)
    return number.scaleb(_POWERS[suffix] if suffix in _POWERS else int(suffix[1:]))
