"""The other routers: Ambassador, App Mesh, SMI, Traefik, Apisix, the Gateway API and other plugins.

Source: argo-rollouts v1.9.2, pkg/apis/rollouts/validation/validation_references.go and rollout/trafficrouting;
rollouts-plugin-trafficrouter-gatewayapi.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from gitopsgen.model.finding import Fault, Severity
from gitopsgen.model.manifest import Manifest, dig, list_at, map_at, text_at
from gitopsgen.source.location import Path
from gitopsgen.validation.argo_rollouts.references import absent
from gitopsgen.validation.argo_rollouts.rollout import ROUTING, Rollout
from gitopsgen.validation.argo_rollouts.traffic_routing import GATEWAY_API

_AMBASSADOR: Final = ("getambassador.io", "x.getambassador.io")
_APP_MESH: Final = "appmesh.k8s.aws"
_TRAEFIK: Final = ("traefik.containo.us", "traefik.io")
_APISIX: Final = "apisix.apache.org"
_SMI: Final = "split.smi-spec.io"
_GATEWAY: Final = "gateway.networking.k8s.io"
_MESH_ROUTES: Final = ("grpcRoute", "httpRoute", "http2Route", "tcpRoute")
_TARGETS: Final = 2
_GATEWAY_ROUTES: Final = {"http": "HTTPRoute", "grpc": "GRPCRoute", "tcp": "TCPRoute", "tls": "TLSRoute"}


def check_routers(rollout: Rollout) -> Iterator[Fault]:
    """Yield what is wrong with the objects of a router that is neither an Ingress nor Istio."""
    for router, check in _CHECKS.items():
        if router in rollout.routers:
            yield from check(rollout, map_at(rollout.routing, router), (*ROUTING, router))


def _check_ambassador(rollout: Rollout, body: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    mappings = list_at(body, "mappings")
    if not mappings:
        yield rollout.fault(
            "mappings-missing", (*path, "mappings"), "no Mapping is named", "name a Mapping that leads to stableService"
        )
    for index, name in enumerate(mappings):
        if not isinstance(name, str) or not name:
            continue
        found = rollout.find("Mapping", name, *_AMBASSADOR)
        if found is None:
            if not rollout.is_known("Mapping", name, *_AMBASSADOR):
                yield absent(rollout, "route", "Mapping", name, (*path, "mappings", index), groups=_AMBASSADOR)
        elif dig(found.body, "spec", "weight"):
            yield rollout.fault(
                "mapping-with-weight",
                (*path, "mappings", index),
                f"the Mapping `{name}` has a weight of its own, which is the controller's to write",
                "delete `weight` from the Mapping",
                related=((found, ("spec", "weight")),),
            )


def _check_app_mesh(rollout: Rollout, body: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    path = (*path, "virtualService")
    name = text_at(body, "virtualService", "name")
    if not name:
        yield rollout.fault("mesh-service-missing", path, "no VirtualService of App Mesh is named", "name one")
        return
    service = rollout.find("VirtualService", name, _APP_MESH)
    if service is None:
        if not rollout.is_known("VirtualService", name, _APP_MESH):
            yield absent(rollout, "route", "VirtualService", name, (*path, "name"), groups=(_APP_MESH,))
        return
    reference: Path = ("spec", "provider", "virtualRouter", "virtualRouterRef")
    router_name = text_at(service.body, *reference, "name")
    if not router_name:
        yield rollout.fault(
            "mesh-router-invalid",
            (*path, "name"),
            f"the VirtualService `{name}` is not provided by a VirtualRouter",
            "write `virtualRouterRef`",
            related=((service, reference),),
        )
        return
    router = rollout.find("VirtualRouter", router_name, _APP_MESH)
    if router is not None:
        yield from _check_mesh_router(rollout, router, path)
    elif not rollout.is_known("VirtualRouter", router_name, _APP_MESH):
        yield absent(rollout, "route", "VirtualRouter", router_name, (*path, "name"), groups=(_APP_MESH,))


def _check_mesh_router(rollout: Rollout, router: Manifest, path: Path) -> Iterator[Fault]:
    routes = list_at(router.body, "spec", "routes")
    problems: list[tuple[str, Path]] = [] if routes else [("has no routes", ("spec", "routes"))]
    for index, route in enumerate(routes):
        at: Path = ("spec", "routes", index)
        kind = next((kind for kind in _MESH_ROUTES if isinstance(dig(route, kind), Mapping)), "")
        targets = list_at(route, kind, "action", "weightedTargets")
        if not kind:
            problems.append((f"has a route {index} of no known type", at))
        elif len(targets) != _TARGETS:
            problems.append((f"has a route {index} with {len(targets)} targets instead of 2", (*at, kind)))
    for problem, at in problems:
        yield rollout.fault(
            "mesh-router-invalid",
            (*path, "name"),
            f"the VirtualRouter `{router.name}` {problem}",
            f"write one of {', '.join(_MESH_ROUTES)} with two weightedTargets",
            related=((router, at),),
        )


def _check_smi(rollout: Rollout, body: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    found = rollout.find("TrafficSplit", text_at(body, "trafficSplitName") or rollout.name, _SMI)
    if found is not None:
        yield rollout.fault(
            "traffic-split-in-git",
            ("metadata", "name"),
            "the controller makes this TrafficSplit itself, and stops at one that is not its own",
            "delete it",
            # A file of another tool may be what was read back from a cluster, without its owner.
            severity=Severity.ERROR if rollout.is_rendered else None,
            at=found,
            related=((rollout.manifest, path),),
        )


def _check_traefik(rollout: Rollout, body: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    name = text_at(body, "weightedTraefikServiceName")
    if not name:
        return
    path = (*path, "weightedTraefikServiceName")
    found = rollout.find("TraefikService", name, *_TRAEFIK)
    if found is None:
        if not rollout.is_known("TraefikService", name, *_TRAEFIK):
            yield absent(rollout, "route", "TraefikService", name, path, groups=_TRAEFIK)
        return
    services = [text_at(service, "name") for service in list_at(found.body, "spec", "weighted", "services")]
    yield from _check_backends(rollout, found, services, path)


def _check_apisix(rollout: Rollout, body: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    name = text_at(body, "route", "name")
    path = (*path, "route")
    if not name:
        return
    found = rollout.find("ApisixRoute", name, _APISIX)
    if found is None:
        if not rollout.is_known("ApisixRoute", name, _APISIX):
            yield absent(rollout, "route", "ApisixRoute", name, (*path, "name"), groups=(_APISIX,))
        return
    routes = {text_at(route, "name"): route for route in list_at(found.body, "spec", "http")}
    for index, rule in enumerate(list_at(body, "route", "rules")):
        if rule not in routes:
            yield rollout.fault(
                "route-rule-not-found",
                (*path, "rules", index),
                f"the ApisixRoute `{name}` has no rule `{rule}`",
                f"one of: {', '.join(routes)}",
                related=((found, ("spec", "http")),),
            )
        else:
            services = [text_at(backend, "serviceName") for backend in list_at(routes[rule], "backends")]
            yield from _check_backends(rollout, found, services, (*path, "rules", index))


def _check_backends(rollout: Rollout, found: Manifest, services: list[str], path: Path) -> Iterator[Fault]:
    for key in ("stableService", "canaryService"):
        if (service := text_at(rollout.canary, key)) and service not in services:
            yield rollout.fault(
                "route-without-backend",
                path,
                f"the {found.kind} `{found.name}` does not lead to `{service}`, the {key}",
                "add it as a backend",
                related=((found, ("spec",)),),
            )


def _check_plugins(rollout: Rollout, body: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    gateway = body.get(GATEWAY_API)
    if not isinstance(gateway, Mapping):
        return
    path = (*path, GATEWAY_API)
    references = list(_gateway_routes(gateway))
    if not references and not any(str(key).endswith("RouteSelector") for key in gateway):
        yield rollout.fault(
            "gateway-without-route", path, "no route is named, so no weight is sent", "write `httpRoute: NAME`"
        )
    namespace = text_at(gateway, "namespace") or rollout.namespace
    for kind, name, inner in references:
        found = rollout.find(kind, name, _GATEWAY, namespace=namespace)
        if found is None:
            if not rollout.is_known(kind, name, _GATEWAY, namespace=namespace):
                yield absent(rollout, "route", kind, name, (*path, *inner), groups=(_GATEWAY,))
            continue
        rules = list_at(found.body, "spec", "rules")
        services = [text_at(backend, "name") for rule in rules for backend in list_at(rule, "backendRefs")]
        yield from _check_backends(rollout, found, services, (*path, *inner))


def _gateway_routes(gateway: Mapping[str, Any]) -> Iterator[tuple[str, str, Path]]:
    for prefix, kind in _GATEWAY_ROUTES.items():
        if name := text_at(gateway, f"{prefix}Route"):
            yield kind, name, (f"{prefix}Route",)
        for index, entry in enumerate(list_at(gateway, f"{prefix}Routes")):
            if name := text_at(entry, "name"):
                yield kind, name, (f"{prefix}Routes", index, "name")


_CHECKS: Final = {
    "ambassador": _check_ambassador,
    "appMesh": _check_app_mesh,
    "smi": _check_smi,
    "traefik": _check_traefik,
    "apisix": _check_apisix,
    "plugins": _check_plugins,
}
