"""Volumes of a pod: one source each, and what each source needs."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import text_at
from gitopsgen.source.location import Path
from gitopsgen.validation.argo_rollouts.pods.containers import parse_amount
from gitopsgen.validation.argo_rollouts.pods.environment import check_field
from gitopsgen.validation.argo_rollouts.pods.template import LABEL, Pod, is_inside, maps

_LARGEST_MODE: Final = 0o777
_PROJECTED: Final = (
    "configMap",
    "secret",
    "downwardAPI",
    "serviceAccountToken",
    "clusterTrustBundle",
    "podCertificate",
)
_HOST_PATHS: Final = (
    "DirectoryOrCreate",
    "Directory",
    "FileOrCreate",
    "File",
    "Socket",
    "CharDevice",
    "BlockDevice",
)
_NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "configMap": ("name",),
    "secret": ("secretName",),
    "persistentVolumeClaim": ("claimName",),
    "hostPath": ("path",),
    "nfs": ("server", "path"),
    "csi": ("driver",),
    "ephemeral": ("volumeClaimTemplate",),
    "azureFile": ("secretName", "shareName"),
    "iscsi": ("targetPortal", "iqn"),
    "cephfs": ("monitors",),
}
_SHORTEST_TOKEN: Final = 600
_LONGEST_TOKEN: Final = 2**32


def check_volumes(pod: Pod) -> Iterator[Fault]:
    """Yield what is wrong with the volumes of a pod."""
    volumes = list(maps(pod.spec, "volumes", ("spec",)))
    yield from pod.unique(((volume.get("name"), (*path, "name")) for path, volume in volumes), "volumes called")
    for path, volume in volumes:
        yield from pod.needs(volume, "name", path)
        yield from pod.name(volume, "name", LABEL, path)
        sources = [key for key, value in volume.items() if key != "name" and value is not None]
        # Without any source it becomes an emptyDir.
        if len(sources) > 1:
            yield from pod.exactly_one(volume, [str(key) for key in sources], path, "the volume")
        for key in sources:
            body = volume[key]
            if isinstance(body, Mapping):
                yield from _check_source(pod, str(key), body, (*path, str(key)))


def _check_source(pod: Pod, kind: str, body: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    for key in _NEEDS.get(kind, ()):
        yield from pod.needs(body, key, path)
    match kind:
        case "configMap" | "secret":
            yield from _check_files(pod, body, path)
        case "downwardAPI":
            yield from _check_files(pod, body, path, has_keys=False)
        case "hostPath":
            yield from pod.one_of(body, "type", _HOST_PATHS, path)
            if ".." in text_at(body, "path").split("/"):
                yield _leads_out(pod, text_at(body, "path"), (*path, "path"))
        case "emptyDir":
            yield from _check_size(pod, body, path)
        case "nfs":
            yield from _check_folder(pod, body, path)
        case "projected":
            yield from _check_projected(pod, body, path)


def _check_size(pod: Pod, body: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    size = parse_amount(body.get("sizeLimit"))
    if size is not None and size < 0:
        yield pod.fault(
            "pod-number-out-of-range", (*path, "sizeLimit"), f"sizeLimit is {body['sizeLimit']}", "write 0 or more"
        )


def _check_folder(pod: Pod, body: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    folder = text_at(body, "path")
    if folder and not folder.startswith("/"):
        yield pod.fault("pod-path-invalid", (*path, "path"), f"`{folder}` is no absolute path", "begin it with `/`")


def _check_projected(pod: Pod, body: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    yield from pod.within(body, "defaultMode", 0, _LARGEST_MODE, path)
    for at, source in maps(body, "sources", path):
        yield from pod.exactly_one(source, _PROJECTED, at, "the source of a projected volume")
        for key in ("configMap", "secret", "downwardAPI"):
            if isinstance(inner := source.get(key), Mapping):
                if key != "downwardAPI":
                    yield from pod.needs(inner, "name", (*at, key))
                yield from _check_files(pod, inner, (*at, key), has_keys=key != "downwardAPI")
        if isinstance(token := source.get("serviceAccountToken"), Mapping):
            here: Path = (*at, "serviceAccountToken")
            yield from pod.needs(token, "path", here)
            yield from pod.within(token, "expirationSeconds", _SHORTEST_TOKEN, _LONGEST_TOKEN, here)


def _check_files(pod: Pod, body: Mapping[str, Any], path: Path, *, has_keys: bool = True) -> Iterator[Fault]:
    yield from pod.within(body, "defaultMode", 0, _LARGEST_MODE, path)
    for at, item in maps(body, "items", path):
        yield from pod.needs(item, "path", at)
        yield from pod.within(item, "mode", 0, _LARGEST_MODE, at)
        if not is_inside(text_at(item, "path")):
            yield _leads_out(pod, text_at(item, "path"), (*at, "path"))
        if has_keys:
            yield from pod.needs(item, "key", at)
        else:
            yield from pod.exactly_one(item, ("fieldRef", "resourceFieldRef"), at, "the file")
            yield from check_field(pod, item, at, in_volume=True)


def _leads_out(pod: Pod, text: str, path: Path) -> Fault:
    return pod.fault("pod-path-invalid", path, f"`{text}` leads out of its folder", "write a path without `..`")
