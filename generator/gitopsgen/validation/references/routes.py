"""Ingress, Gateway API routes and Istio's VirtualServices: the Services, ports and gateways they lead to."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from gitopsgen.model.finding import Fault, Severity
from gitopsgen.model.manifest import Manifest, dig, list_at, text_at
from gitopsgen.source.location import Path
from gitopsgen.validation.references.index import Index, Object, missing
from gitopsgen.validation.references.services import service_port

_ROUTES: Final = ("HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute")
_GATEWAY_API: Final = "gateway.networking.k8s.io"
_ISTIO: Final = "networking.istio.io"
# The AWS controller reads the action from an annotation of the backend's name.
_BY_ANNOTATION: Final = "use-annotation"


def check_routes(index: Index) -> Iterator[Fault]:
    """Yield the backends and parents of routes that do not exist."""
    for found in index.of_kind("Ingress"):
        if found.group == "networking.k8s.io":
            yield from _check_ingress(index, found)
    for kind in _ROUTES:
        for found in index.of_kind(kind):
            if found.group == _GATEWAY_API:
                yield from _check_route(index, found)
    for found in index.of_kind("VirtualService"):
        if found.group == _ISTIO:
            yield from _check_virtual_service(index, found)


def _check_ingress(index: Index, found: Object) -> Iterator[Fault]:
    body = found.manifest.body
    backends: list[tuple[Path, Any]] = [(("spec", "defaultBackend"), dig(body, "spec", "defaultBackend"))]
    for position, rule in enumerate(list_at(body, "spec", "rules")):
        for place, path in enumerate(list_at(rule, "http", "paths")):
            at: Path = ("spec", "rules", position, "http", "paths", place, "backend")
            backends.append((at, dig(path, "backend")))
    for at, backend in backends:
        name = text_at(backend, "service", "name")
        port = dig(backend, "service", "port")
        if not name or text_at(port, "name") == _BY_ANNOTATION:
            continue
        wanted = text_at(port, "name") or dig(port, "number")
        yield from _check_backend(index, found, (*at, "service"), name, wanted, found.namespace)


def _check_backend(index: Index, found: Object, path: Path, name: str, port: object, namespace: str) -> Iterator[Fault]:
    service = index.find("Service", name, namespace)
    if service is None:
        if not index.resources.has_external("Service", name):
            yield missing(
                "service-not-in-set",
                found.manifest,
                (*path, "name"),
                f"there is no Service `{name}`" + (f" in `{namespace}`" if namespace else ""),
                "write the name of a Service, or declare it as an external",
            )
    elif isinstance(port, str | int) and not service_port(service, port):
        known = [str(dig(entry, "name") or dig(entry, "port")) for entry in list_at(service.body, "spec", "ports")]
        yield Fault(
            rule="reference/service-port-missing",
            manifest=found.manifest,
            path=(*path, "port"),
            message=f"the Service `{name}` has no port `{port}` (it has {', '.join(known)})",
            fix="write the name or number of a port of the Service",
            related=((service, ("spec", "ports")),),
        )


def _check_route(index: Index, found: Object) -> Iterator[Fault]:
    body = found.manifest.body
    for position, rule in enumerate(list_at(body, "spec", "rules")):
        for place, backend in enumerate(list_at(rule, "backendRefs")):
            if text_at(backend, "kind") in ("", "Service") and not text_at(backend, "group"):
                at: Path = ("spec", "rules", position, "backendRefs", place)
                namespace = text_at(backend, "namespace") or found.namespace
                name = text_at(backend, "name")
                if name:
                    yield from _check_backend(index, found, at, name, dig(backend, "port"), namespace)
    for position, parent in enumerate(list_at(body, "spec", "parentRefs")):
        if text_at(parent, "kind") in ("", "Gateway"):
            namespace = text_at(parent, "namespace") or found.namespace
            path = ("spec", "parentRefs", position, "name")
            yield from _check_gateway(index, found.manifest, path, text_at(parent, "name"), namespace)


def _check_gateway(index: Index, manifest: Manifest, path: Path, name: str, namespace: str) -> Iterator[Fault]:
    if name and not index.is_there("Gateway", name, namespace):
        yield missing(
            "gateway-not-in-set",
            manifest,
            path,
            f"there is no Gateway `{name}` in the set",
            "correct the name, or declare it as an external",
            ours=Severity.WARNING,
        )


def _check_virtual_service(index: Index, found: Object) -> Iterator[Fault]:
    body = found.manifest.body
    for position, gateway in enumerate(list_at(body, "spec", "gateways")):
        if isinstance(gateway, str) and gateway != "mesh":
            namespace, _, name = gateway.rpartition("/")
            path: Path = ("spec", "gateways", position)
            yield from _check_gateway(index, found.manifest, path, name, namespace or found.namespace)
    for protocol in ("http", "tls", "tcp"):
        for position, route in enumerate(list_at(body, "spec", protocol)):
            for place, entry in enumerate(list_at(route, "route")):
                at = ("spec", protocol, position, "route", place, "destination")
                yield from _check_destination(index, found, at, dig(entry, "destination"))


def _check_destination(index: Index, found: Object, path: Path, destination: object) -> Iterator[Fault]:
    host = text_at(destination, "host")
    name, namespace = _service_of(host, found.namespace)
    if not name:
        return
    yield from _check_host(index, found, (*path, "host"), host, name, namespace)
    subset = text_at(destination, "subset")
    rule = _destination_rule(index, name, namespace)
    if subset and rule is not None and all(text_at(each, "name") != subset for each in _subsets(rule)):
        yield Fault(
            rule="reference/subset-not-defined",
            manifest=found.manifest,
            path=(*path, "subset"),
            message=f"the DestinationRule `{rule.name}` has no subset `{subset}`",
            fix="write the name of one of its subsets",
            related=((rule, ("spec", "subsets")),),
        )


def _check_host(index: Index, found: Object, path: Path, host: str, name: str, namespace: str) -> Iterator[Fault]:
    elsewhere = bool(found.namespace) and namespace != found.namespace
    if not index.is_there("Service", name, namespace) and not _is_service_entry(index, host):
        yield missing(
            "service-not-in-set",
            found.manifest,
            path,
            f"there is no Service `{name}`" + (f" in `{namespace}`" if namespace else ""),
            "write the name of a Service, or declare it as an external",
            ours=Severity.WARNING if elsewhere else Severity.ERROR,
        )


def _service_of(host: str, namespace: str) -> tuple[str, str]:
    """Return the Service and namespace that a host means; an empty name for a host outside of the cluster."""
    name, dot, rest = host.partition(".")
    if not dot:
        return name, namespace
    place, _, domain = rest.partition(".")
    return (name, place) if domain == "svc" or domain.startswith("svc.") else ("", "")


def _destination_rule(index: Index, service: str, namespace: str) -> Manifest | None:
    for candidate in index.destination_rules.get(service, ()):
        host = text_at(candidate.body, "spec", "host")
        place = _service_of(host, candidate.namespace)[1]
        if not namespace or not place or place == namespace:
            return candidate
    return None


def _subsets(rule: Manifest) -> list[Mapping[str, Any]]:
    return [entry for entry in list_at(rule.body, "spec", "subsets") if isinstance(entry, Mapping)]


def _is_service_entry(index: Index, host: str) -> bool:
    return any(host in list_at(found.manifest.body, "spec", "hosts") for found in index.of_kind("ServiceEntry"))
