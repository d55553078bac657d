"""Istio: VirtualServices with the routes that a Rollout switches, DestinationRules with its subsets.

Source: argo-rollouts v1.9.2, pkg/apis/rollouts/validation/validation_references.go, ValidateVirtualService;
rollout/trafficrouting/istio/istio.go.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import Manifest, dig, list_at, map_at, text_at
from gitopsgen.source.location import Path
from gitopsgen.validation.argo_rollouts.references import ISTIO, absent, virtual_service_references
from gitopsgen.validation.argo_rollouts.rollout import ROUTING, Rollout

_PROTOCOLS: Final = ("http", "tls", "tcp")
_LISTS: Final = {"http": "routes", "tls": "tlsRoutes", "tcp": "tcpRoutes"}


class _Use(NamedTuple):
    """One VirtualService of a Rollout: the entry that names it stands at ``path``."""

    rollout: Rollout
    entry: Mapping[str, Any]
    path: Path
    service: Manifest

    def fault(self, rule: str, path: Path, message: str, fix: str, *inner: str | int) -> Fault:
        return self.rollout.fault(rule, path, message, fix, related=((self.service, ("spec", *inner)),))


def check_istio(rollout: Rollout) -> Iterator[Fault]:
    """Yield what is wrong with the objects of Istio that a Rollout names."""
    if "istio" not in rollout.routers:
        return
    for name, namespace, path in virtual_service_references(rollout):
        found = rollout.find("VirtualService", name, ISTIO, namespace=namespace)
        elsewhere = namespace != rollout.namespace
        # Files without namespaces are applied together, and not into the one that is named here.
        if elsewhere and found is not None and not found.namespace:
            found = None
        elif found is None and rollout.is_known("VirtualService", name, ISTIO, namespace=namespace):
            continue
        if found is not None:
            entry = map_at(rollout.manifest.body, *path)
            yield from _check_virtual_service(_Use(rollout, entry, path, found))
            continue
        yield absent(
            rollout,
            "virtual-service",
            "VirtualService",
            f"{name}.{namespace}" if elsewhere else name,
            (*path, "name"),
            groups=(ISTIO,),
            comes_along=not elsewhere,
        )
    yield from _check_destination_rule(rollout)


def _check_virtual_service(use: _Use) -> Iterator[Fault]:
    spec = map_at(use.service.body, "spec")
    present = [protocol for protocol in _PROTOCOLS if isinstance(spec.get(protocol), list)]
    if not present:
        yield use.fault(
            "virtual-service-without-routes",
            (*use.path, "name"),
            f"the VirtualService `{use.service.name}` has no http, tls or tcp routes",
            "write its routes",
        )
    for protocol in present:
        routes = [route if isinstance(route, Mapping) else {} for route in list_at(spec, protocol)]
        listed = list_at(use.entry, _LISTS[protocol])
        if listed:
            yield from _check_listed(use, protocol, routes, listed)
        else:
            yield from _check_unlisted(use, protocol, routes)


def _check_listed(use: _Use, protocol: str, routes: list[Mapping[str, Any]], listed: list[Any]) -> Iterator[Fault]:
    for index, wanted in enumerate(listed):
        found = [at for at, route in enumerate(routes) if _is_wanted(protocol, route, wanted)]
        if protocol == "http":
            found = found[:1]
        path = (*use.path, _LISTS[protocol], index)
        if not found:
            what = f"called `{wanted}`" if protocol == "http" else f"for {_describe(wanted)}"
            yield use.fault(
                "istio-route-not-found",
                path,
                f"the VirtualService `{use.service.name}` has no {protocol} route {what}",
                "write the name of one of its routes" if protocol == "http" else "write what one of its routes matches",
                protocol,
            )
        for at in found:
            yield from _check_destinations(use, path, protocol, at, routes[at])


def _check_unlisted(use: _Use, protocol: str, routes: list[Mapping[str, Any]]) -> Iterator[Fault]:
    managed = [text_at(route, "name") for route in list_at(use.rollout.routing, "managedRoutes")]
    own = [at for at, route in enumerate(routes) if protocol != "http" or text_at(route, "name") not in managed]
    path = (*use.path, "name")
    if len(own) > 1:
        yield use.fault(
            "istio-route-ambiguous",
            path,
            f"the VirtualService `{use.service.name}` has {len(own)} {protocol} routes, and none of them is named here",
            f"name those to switch in `{_LISTS[protocol]}`",
            protocol,
        )
        return
    # Of http routes, only one without a name is taken when none is listed.
    targets = [at for at in own if protocol != "http" or not text_at(routes[at], "name")] or own
    for at in targets:
        yield from _check_destinations(use, path, protocol, at, routes[at])


def _is_wanted(protocol: str, route: Mapping[str, Any], wanted: object) -> bool:
    if protocol == "http":
        return text_at(route, "name") == wanted
    matches = list_at(route, "match")
    ports = {dig(match, "port") if isinstance(dig(match, "port"), int) else 0 for match in matches}
    if len(ports) > 1 or next(iter(ports), 0) != (map_at(wanted).get("port") or 0):
        return False
    hosts = {host for match in matches for host in list_at(match, "sniHosts") if isinstance(host, str)}
    return protocol == "tcp" or hosts == {host for host in list_at(wanted, "sniHosts") if isinstance(host, str)}


def _describe(wanted: object) -> str:
    port, hosts = map_at(wanted).get("port"), list_at(wanted, "sniHosts")
    parts = ([f"port {port}"] if port else []) + ([f"the hosts {', '.join(map(str, hosts))}"] if hosts else [])
    return " and ".join(parts) or "no port"


def _check_destinations(use: _Use, path: Path, protocol: str, index: int, route: Mapping[str, Any]) -> Iterator[Fault]:
    canary, rule = use.rollout.canary, map_at(use.rollout.routing, "istio").get("destinationRule")
    destinations = [map_at(entry, "destination") for entry in list_at(route, "route")]
    wanted: list[tuple[str, str, bool]]
    if rule is not None:
        subsets = {text_at(one, "subset") for one in destinations}
        names = [
            ("canarySubsetName", text_at(rule, "canarySubsetName")),
            ("stableSubsetName", text_at(rule, "stableSubsetName")),
        ]
        wanted = [(f"subset `{name}`", key, name in subsets) for key, name in names if name]
    else:
        hosts = {text_at(one, "host").partition(".")[0] for one in destinations}
        # Istio switches ping and pong only where the Rollout names neither of the other two.
        named_by_role = text_at(canary, "stableService") or text_at(canary, "canaryService")
        ping_pong = {} if named_by_role else map_at(canary, "pingPong")
        keys = ("pingService", "pongService") if ping_pong else ("canaryService", "stableService")
        named = [(key, text_at(ping_pong or canary, key)) for key in keys]
        wanted = [(f"host `{name}`", key, name in hosts) for key, name in named if name]
    name = text_at(route, "name") or str(index)
    for what, key, found in wanted:
        if not found:
            yield use.fault(
                "istio-destination-missing",
                path,
                f"the {protocol} route `{name}` of the VirtualService `{use.service.name}` has no destination with the "
                f"{what}, the {key}",
                "add the destination with weight 0",
                protocol,
                index,
                "route",
            )


def _check_destination_rule(rollout: Rollout) -> Iterator[Fault]:
    body = map_at(rollout.routing, "istio", "destinationRule")
    path: Path = (*ROUTING, "istio", "destinationRule")
    name = text_at(body, "name")
    if not name:
        return
    found = rollout.find("DestinationRule", name, ISTIO)
    if found is None:
        if not rollout.is_known("DestinationRule", name, ISTIO):
            yield absent(rollout, "destination-rule", "DestinationRule", name, (*path, "name"), groups=(ISTIO,))
        return
    subsets = [text_at(subset, "name") for subset in list_at(found.body, "spec", "subsets")]
    for key in ("canarySubsetName", "stableSubsetName"):
        if (subset := text_at(body, key)) and subset not in subsets:
            yield rollout.fault(
                "destination-rule-without-subset",
                (*path, key),
                f"the DestinationRule `{name}` has no subset `{subset}`",
                f"one of: {', '.join(subsets)}" if subsets else f"add the subset `{subset}`",
                related=((found, ("spec", "subsets")),),
            )
