"""The environment of a container: names, values, and where they are taken from."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import text_at
from gitopsgen.source.location import Path
from gitopsgen.validation.argo_rollouts.pods.template import SUBDOMAIN, Pod, maps
from gitopsgen.validation.names import key_problem

_SOURCES: Final = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")
_FIELDS: Final = frozenset(
    [
        "metadata.name",
        "metadata.namespace",
        "metadata.uid",
        "spec.nodeName",
        "spec.serviceAccountName",
        "status.hostIP",
        "status.hostIPs",
        "status.podIP",
        "status.podIPs",
    ]
)
_VOLUME_FIELDS: Final = frozenset(
    ["metadata.name", "metadata.namespace", "metadata.uid", "metadata.labels", "metadata.annotations"]
)
_SUBSCRIPT: Final = re.compile(r"metadata\.(?:labels|annotations)\['([^']*)'\]")
_RESOURCES: Final = re.compile(r"(?:limits|requests)\.(?:cpu|memory|ephemeral-storage|hugepages-.+)")
_NAME: Final = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")
_PRINTABLE: Final = re.compile(r"[ -<>-~]+")
_KEY: Final = re.compile(r"[-._a-zA-Z0-9]{1,253}")


def check_environment(pod: Pod, body: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    """Yield what is wrong with ``env`` and ``envFrom`` of a container."""
    for at, variable in maps(body, "env", path):
        yield from pod.needs(variable, "name", at)
        yield from _check_name(pod, text_at(variable, "name"), (*at, "name"))
        source = variable.get("valueFrom")
        if not isinstance(source, Mapping):
            continue
        if variable.get("value"):
            yield pod.fault(
                "pod-needs-one-of",
                (*at, "valueFrom"),
                f"the variable `{text_at(variable, 'name')}` has a value, and is taken from elsewhere",
                "delete `value` or `valueFrom`",
            )
        yield from pod.exactly_one(source, _SOURCES, (*at, "valueFrom"), "the source of a variable")
        yield from check_field(pod, source, (*at, "valueFrom"), in_volume=False)
        for key in ("configMapKeyRef", "secretKeyRef"):
            if isinstance(source.get(key), Mapping):
                yield from check_key(pod, source[key], (*at, "valueFrom", key))
    for at, source in maps(body, "envFrom", path):
        yield from _check_name(pod, text_at(source, "prefix"), (*at, "prefix"))
        yield from pod.exactly_one(source, ("configMapRef", "secretRef"), at, "the source of variables")
        for key in ("configMapRef", "secretRef"):
            if isinstance(source.get(key), Mapping):
                yield from pod.needs(source[key], "name", (*at, key))
                yield from pod.name(source[key], "name", SUBDOMAIN, (*at, key))


def check_field(pod: Pod, source: Mapping[str, Any], path: Path, *, in_volume: bool) -> Iterator[Fault]:
    """Yield a field of the pod, or a resource of its containers, that nothing can be taken from."""
    if isinstance(source.get("fieldRef"), Mapping):
        at = (*path, "fieldRef")
        yield from pod.needs(source["fieldRef"], "fieldPath", at)
        yield from pod.one_of(source["fieldRef"], "apiVersion", ("v1",), at)
        field = text_at(source, "fieldRef", "fieldPath")
        if field and not is_field(field, of_volume=in_volume):
            yield pod.fault(
                "pod-field-unknown",
                (*at, "fieldPath"),
                f"`{field[:80]}` is no field that {'a file' if in_volume else 'a variable'} is filled with",
                f"one of: {', '.join(sorted(_VOLUME_FIELDS if in_volume else _FIELDS))}",
            )
    if isinstance(source.get("resourceFieldRef"), Mapping):
        at = (*path, "resourceFieldRef")
        yield from pod.needs(source["resourceFieldRef"], "resource", at)
        if in_volume:
            yield from pod.needs(source["resourceFieldRef"], "containerName", at)
        resource = text_at(source, "resourceFieldRef", "resource")
        if resource and not _RESOURCES.fullmatch(resource):
            yield pod.fault(
                "pod-field-unknown",
                (*at, "resource"),
                f"`{resource[:80]}` is no resource that a value is taken from",
                "write limits.cpu, limits.memory, requests.cpu, requests.memory, …",
            )


def check_key(pod: Pod, reference: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    """Yield a key of a ConfigMap or Secret that cannot be one."""
    yield from pod.needs(reference, "name", path)
    yield from pod.name(reference, "name", SUBDOMAIN, path)
    yield from pod.needs(reference, "key", path)
    key = text_at(reference, "key")
    if key and (not _KEY.fullmatch(key) or key in (".", "..") or key.startswith("..")):
        yield pod.fault(
            "pod-name-invalid",
            (*path, "key"),
            f"`{key[:80]}` is no key of a ConfigMap or Secret",
            "write letters, digits, dashes, dots and underscores",
        )


def _check_name(pod: Pod, name: str, path: Path) -> Iterator[Fault]:
    # The API server has become laxer; the controller has not.
    pattern = _NAME if pod.is_judged_by_controller else _PRINTABLE
    if name and (not pattern.fullmatch(name) or name == "." or name.startswith("..")):
        yield pod.fault(
            "pod-name-invalid",
            path,
            f"`{name[:80]}` is no name of a variable",
            "write letters, digits, dashes, dots and underscores, and no digit first",
        )


def is_field(field: str, *, of_volume: bool) -> bool:
    """Tell whether a value is taken from a field of an object: volumes and analyses know more of them."""
    if subscript := _SUBSCRIPT.fullmatch(field):
        return not key_problem(subscript[1].lower() if "annotations" in field else subscript[1])
    return field in (_VOLUME_FIELDS if of_volume else _FIELDS)
