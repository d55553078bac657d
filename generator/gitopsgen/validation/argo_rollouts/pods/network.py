"""The network of a pod: DNS, host aliases, names; and the accounts that it uses."""

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import list_at, map_at, text_at
from gitopsgen.source.location import Path
from gitopsgen.validation.argo_rollouts.pods.template import LABEL, SUBDOMAIN, Pod, maps

_DNS_POLICIES: Final = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
_MOST_SERVERS: Final = 3
_MOST_SEARCHES: Final = 32
_SPEC: Final[Path] = ("spec",)


def check_network(pod: Pod) -> Iterator[Fault]:
    """Yield what is wrong with the names and addresses of a pod."""
    spec = pod.spec
    for key in ("hostname", "subdomain"):
        yield from pod.name(spec, key, LABEL, _SPEC)
    for key in ("serviceAccountName", "nodeName", "priorityClassName", "runtimeClassName"):
        yield from pod.name(spec, key, SUBDOMAIN, _SPEC)
    yield from pod.one_of(spec, "preemptionPolicy", ("PreemptLowerPriority", "Never"), _SPEC)
    yield from pod.one_of(map_at(spec, "os"), "name", ("linux", "windows"), (*_SPEC, "os"))
    yield from _check_dns(pod)
    for path, alias in maps(spec, "hostAliases", _SPEC):
        yield from _check_address(pod, alias.get("ip"), (*path, "ip"))
        for index, name in enumerate(list_at(alias, "hostnames")):
            if isinstance(name, str) and not SUBDOMAIN.fullmatch(name):
                yield pod.fault(
                    "pod-name-invalid",
                    (*path, "hostnames", index),
                    f"`{name[:80]}` is no host name",
                    "write lower-case letters, digits, dashes and dots",
                )


def _check_dns(pod: Pod) -> Iterator[Fault]:
    policy, config = text_at(pod.spec, "dnsPolicy"), map_at(pod.spec, "dnsConfig")
    path: Path = (*_SPEC, "dnsConfig")
    servers, searches = list_at(config, "nameservers"), list_at(config, "searches")
    yield from pod.one_of(pod.spec, "dnsPolicy", _DNS_POLICIES, _SPEC)
    if policy == "None" and not servers:
        yield pod.fault(
            "pod-value-missing",
            (*path, "nameservers"),
            "with `dnsPolicy: None` a pod needs nameservers",
            "write `dnsConfig: {nameservers: […]}`",
        )
    for key, entries, most in (("nameservers", servers, _MOST_SERVERS), ("searches", searches, _MOST_SEARCHES)):
        if len(entries) > most:
            yield pod.fault(
                "pod-number-out-of-range", (*path, key), f"there are {len(entries)} {key}", f"write at most {most}"
            )
    for index, server in enumerate(servers):
        yield from _check_address(pod, server, (*path, "nameservers", index))
    for index, search in enumerate(searches):
        if isinstance(search, str) and not SUBDOMAIN.fullmatch(search.removesuffix(".")):
            yield pod.fault(
                "pod-name-invalid",
                (*path, "searches", index),
                f"`{search[:80]}` is no domain",
                "write lower-case letters, digits, dashes and dots",
            )
    for at, option in maps(config, "options", path):
        yield from pod.needs(option, "name", at)


def _check_address(pod: Pod, value: object, path: Path) -> Iterator[Fault]:
    if value is None or isinstance(value, str):
        try:
            ip_address(value or "")
        except ValueError:
            yield pod.fault(
                "pod-address-invalid", path, f"`{value or ''}` is no IP address", "write an address like 10.9.8.7"
            )
