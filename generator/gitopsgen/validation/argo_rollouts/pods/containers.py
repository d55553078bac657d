"""Containers: names, images, ports, environment, resources, and what they mount."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import map_at, text_at
from gitopsgen.rollouts.steps import parse_integer
from gitopsgen.source.location import Path
from gitopsgen.validation.argo_rollouts.pods.environment import check_environment
from gitopsgen.validation.argo_rollouts.pods.handlers import check_handlers
from gitopsgen.validation.argo_rollouts.pods.security import check_container_security
from gitopsgen.validation.argo_rollouts.pods.template import (
    LABEL,
    LARGEST_PORT,
    PORT_NAME,
    Pod,
    is_inside,
    maps,
    name_of,
)

_KINDS: Final = ("initContainers", "containers", "ephemeralContainers")
_PULL: Final = ("Always", "IfNotPresent", "Never")
_PROTOCOLS: Final = ("TCP", "UDP", "SCTP")
_MESSAGES: Final = ("File", "FallbackToLogsOnError")
_PROPAGATION: Final = ("None", "HostToContainer", "Bidirectional")
_STANDARD: Final = frozenset(("cpu", "memory", "ephemeral-storage"))
_QUANTITY: Final = re.compile(r"([+-]?(?:\d+(?:\.\d*)?|\.\d+))([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d{1,2}|)", re.ASCII)
_POWERS: Final = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}


def check_containers(pod: Pod) -> Iterator[Fault]:
    """Yield what is wrong with the containers of a pod."""
    found = [(path, body, kind) for kind in _KINDS for path, body in maps(pod.spec, kind, ("spec",))]
    yield from pod.unique(((body.get("name"), (*path, "name")) for path, body, _ in found), "containers called")
    volumes = {name_of(volume) for _, volume in maps(pod.spec, "volumes", ())}
    host_ports: set[tuple[str, int]] = set()
    for path, body, kind in found:
        yield from pod.needs(body, "name", path)
        yield from pod.name(body, "name", LABEL, path)
        yield from pod.needs(body, "image", path)
        yield from pod.one_of(body, "imagePullPolicy", _PULL, path)
        yield from pod.one_of(body, "terminationMessagePolicy", _MESSAGES, path)
        yield from _check_ports(pod, body, path, host_ports)
        yield from check_environment(pod, body, path)
        yield from _check_mounts(pod, body, path, volumes)
        yield from _check_resources(pod, body, path)
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


def _check_mounts(pod: Pod, body: Mapping[str, Any], path: Path, volumes: set[str]) -> Iterator[Fault]:
    mounts = list(maps(body, "volumeMounts", path))
    yield from pod.unique(((mount.get("mountPath"), (*at, "mountPath")) for at, mount in mounts), "mounts at")
    for at, mount in mounts:
        yield from pod.needs(mount, "name", at)
        yield from pod.needs(mount, "mountPath", at)
        yield from _check_volume(pod, mount, at, volumes)
        yield from pod.one_of(mount, "mountPropagation", _PROPAGATION, at)
        for key in ("subPath", "subPathExpr"):
            if not is_inside(text_at(mount, key)):
                yield pod.fault(
                    "pod-path-invalid",
                    (*at, key),
                    f"`{text_at(mount, key)}` leads out of the volume",
                    "write a relative path without `..`",
                )
        if mount.get("subPath") and mount.get("subPathExpr"):
            yield pod.fault("pod-needs-one-of", (*at, "subPathExpr"), "the mount has two sub paths", "delete one")
    for at, device in maps(body, "volumeDevices", path):
        yield from pod.needs(device, "name", at)
        yield from pod.needs(device, "devicePath", at)
        yield from _check_volume(pod, device, at, volumes)


def _check_volume(pod: Pod, mount: Mapping[str, Any], path: Path, volumes: set[str]) -> Iterator[Fault]:
    name = name_of(mount)
    if name and name not in volumes:
        yield pod.fault(
            "pod-volume-missing",
            (*path, "name"),
            f"the pod has no volume `{name}`",
            f"one of: {', '.join(sorted(volumes))}" if volumes else f"add a volume `{name}`",
        )


def _check_resources(pod: Pod, body: Mapping[str, Any], path: Path) -> Iterator[Fault]:
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
    yield from _check_resize(pod, body, path)


def _check_resize(pod: Pod, body: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    for at, policy in maps(body, "resizePolicy", path):
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
