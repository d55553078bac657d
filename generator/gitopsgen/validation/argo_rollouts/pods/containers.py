"""Containers: their names, images and ports, and all that a container has besides."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import text_at
from gitopsgen.rollouts.steps import parse_integer
from gitopsgen.source.location import Path
from gitopsgen.validation.argo_rollouts.pods.environment import check_environment
from gitopsgen.validation.argo_rollouts.pods.handlers import check_handlers
from gitopsgen.validation.argo_rollouts.pods.mounts import check_mounts
from gitopsgen.validation.argo_rollouts.pods.resources import check_resources
from gitopsgen.validation.argo_rollouts.pods.security import check_container_security
from gitopsgen.validation.argo_rollouts.pods.template import (
    LABEL,
    LARGEST_PORT,
    PORT_NAME,
    Pod,
    maps,
)

_KINDS: Final = ("initContainers", "containers", "ephemeralContainers")
_PULL: Final = ("Always", "IfNotPresent", "Never")
_PROTOCOLS: Final = ("TCP", "UDP", "SCTP")
_MESSAGES: Final = ("File", "FallbackToLogsOnError")


def check_containers(pod: Pod) -> Iterator[Fault]:
    """Yield what is wrong with the containers of a pod."""
    found = [(path, body, kind) for kind in _KINDS for path, body in maps(pod.spec, kind, ("spec",))]
    yield from pod.unique(((body.get("name"), (*path, "name")) for path, body, _ in found), "containers called")
    host_ports: set[tuple[str, int]] = set()
    for path, body, kind in found:
        yield from pod.needs(body, "name", path)
        yield from pod.name(body, "name", LABEL, path)
        yield from pod.needs(body, "image", path)
        yield from pod.one_of(body, "imagePullPolicy", _PULL, path)
        yield from pod.one_of(body, "terminationMessagePolicy", _MESSAGES, path)
        yield from _check_ports(pod, body, path, host_ports)
        yield from check_environment(pod, body, path)
        yield from check_mounts(pod, body, path)
        yield from check_resources(pod, body, path)
        yield from check_handlers(pod, body, path, kind)
        yield from check_container_security(pod, body, path)


def _check_ports(pod: Pod, body: Mapping[str, Any], path: Path, taken: set[tuple[str, int]]) -> Iterator[Fault]:
    ports = list(maps(body, "ports", path))
    yield from pod.unique(((port.get("name"), (*at, "name")) for at, port in ports), "ports called")
    for at, port in ports:
        yield from pod.name(port, "name", PORT_NAME, at)
        yield from pod.within(port, "containerPort", 1, LARGEST_PORT, at)
        yield from pod.within(port, "hostPort", 0, LARGEST_PORT, at)
        yield from pod.one_of(port, "protocol", _PROTOCOLS, at)
        if port.get("containerPort") is None:
            yield from pod.needs(port, "containerPort", at)
        number = parse_integer(port.get("hostPort"))
        if number:
            key = (f"{text_at(port, 'protocol') or 'TCP'} {text_at(port, 'hostIP')}", number)
            if key in taken:
                yield pod.fault(
                    "pod-name-twice",
                    (*at, "hostPort"),
                    f"the host's port {number} is taken twice",
                    "delete one of them",
                )
            taken.add(key)
