"""Probes and lifecycle hooks of a container."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import list_at, map_at, text_at
from gitopsgen.rollouts.steps import parse_integer
from gitopsgen.source.location import Path
from gitopsgen.validation.argo_rollouts.pods.template import LARGEST_PORT, PORT_NAME, Pod, maps

_PROBES: Final = ("livenessProbe", "readinessProbe", "startupProbe")
_PROBE_KINDS: Final = ("exec", "httpGet", "tcpSocket", "grpc")
_HOOK_KINDS: Final = ("exec", "httpGet", "tcpSocket", "sleep")
_NUMBERS: Final = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")
_HEADER: Final = re.compile(r"[-A-Za-z0-9]+")
_GRACE: Final = 30


def check_handlers(pod: Pod, body: Mapping[str, Any], path: Path, kind: str) -> Iterator[Fault]:
    """Yield what is wrong with the probes and hooks of a container; ``kind`` is the list that it is in."""
    if kind == "initContainers":
        policy = body.get("restartPolicy")
        if policy != "Always":
            yield from _check_init(pod, body, path)
        yield from pod.one_of(body, "restartPolicy", ("Always",), path)
    for key in _PROBES:
        if isinstance(probe := body.get(key), Mapping):
            yield from _check_probe(pod, probe, (*path, key), key)
    if map_at(body, "lifecycle").get("stopSignal") is not None and not text_at(pod.spec, "os", "name"):
        yield pod.fault(
            "pod-value-missing",
            ("spec", "os", "name"),
            "a stop signal is one of the pod's system, and there is no `os.name`",
            "write `os: {name: linux}`",
        )
    for key in ("postStart", "preStop"):
        hook = map_at(body, "lifecycle").get(key)
        if isinstance(hook, Mapping):
            at = (*path, "lifecycle", key)
            yield from pod.exactly_one(hook, _HOOK_KINDS, at, f"the {key} hook")
            yield from _check_handler(pod, hook, at)
            yield from _check_sleep(pod, hook, at)


def _check_init(pod: Pod, body: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    for key in (*_PROBES, "lifecycle"):
        if body.get(key) is not None:
            yield pod.fault(
                "pod-init-container-with-probe",
                (*path, key),
                f"an init container that ends has no {key}",
                "delete it, or write `restartPolicy: Always` for a sidecar",
            )


def _check_probe(pod: Pod, probe: Mapping[str, Any], path: Path, key: str) -> Iterator[Fault]:
    yield from pod.exactly_one(probe, _PROBE_KINDS, path, f"the {key}")
    for number in _NUMBERS:
        yield from pod.within(probe, number, 0, None, path)
    yield from _check_handler(pod, probe, path)
    threshold = parse_integer(probe.get("successThreshold")) or 1
    if key != "readinessProbe" and threshold > 1:
        yield pod.fault(
            "pod-number-out-of-range",
            (*path, "successThreshold"),
            f"one success is enough for a {key}, and this asks for {threshold}",
            "write 1, or delete it",
        )
    grace = probe.get("terminationGracePeriodSeconds")
    if grace is not None and key == "readinessProbe":
        yield pod.fault(
            "pod-number-out-of-range",
            (*path, "terminationGracePeriodSeconds"),
            "a readinessProbe ends no container, and has no grace period",
            "delete it",
        )
    else:
        yield from pod.within(probe, "terminationGracePeriodSeconds", 1, None, path)


def _check_handler(pod: Pod, handler: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    if isinstance(command := handler.get("exec"), Mapping) and not list_at(command, "command"):
        yield from pod.needs({"command": None}, "command", (*path, "exec"))
    if isinstance(request := handler.get("httpGet"), Mapping):
        at: Path = (*path, "httpGet")
        yield from _check_port(pod, request, at)
        yield from pod.one_of(request, "scheme", ("HTTP", "HTTPS"), at)
        for inner, header in maps(request, "httpHeaders", at):
            name = text_at(header, "name")
            if not _HEADER.fullmatch(name):
                yield pod.fault(
                    "pod-name-invalid",
                    (*inner, "name"),
                    f"`{name[:80]}` is no header",
                    "write letters, digits and dashes",
                )
    if isinstance(handler.get("tcpSocket"), Mapping):
        yield from _check_port(pod, handler["tcpSocket"], (*path, "tcpSocket"))
    if isinstance(call := handler.get("grpc"), Mapping):
        yield from pod.within(call, "port", 1, LARGEST_PORT, (*path, "grpc"))


def _check_port(pod: Pod, body: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    yield from pod.needs(body, "port", path)
    yield from pod.within(body, "port", 1, LARGEST_PORT, path)
    yield from pod.name(body, "port", PORT_NAME, path)


def _check_sleep(pod: Pod, hook: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    written = parse_integer(pod.spec.get("terminationGracePeriodSeconds"))
    grace = _GRACE if written is None else written
    if isinstance(hook.get("sleep"), Mapping) and grace >= 0:
        yield from pod.within(hook["sleep"], "seconds", 1, grace, (*path, "sleep"))
