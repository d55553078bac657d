"""Volumes of a pod: one source each, and what each source needs."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import text_at
from gitopsgen.source.location import Path
from gitopsgen.validation.argo_rollouts.pods.claims import check_volume_claim
from gitopsgen.validation.argo_rollouts.pods.environment import check_field
from gitopsgen.validation.argo_rollouts.pods.resources import parse_amount
from gitopsgen.validation.argo_rollouts.pods.template import LABEL, SUBDOMAIN, Pod, is_inside, maps

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
    "awsElasticBlockStore": ("volumeID",),
    "azureFile": ("secretName", "shareName"),
    "cephfs": ("monitors",),
    "cinder": ("volumeID",),
    "configMap": ("name",),
    "csi": ("driver",),
    "ephemeral": ("volumeClaimTemplate",),
    "flexVolume": ("driver",),
    "gcePersistentDisk": ("pdName",),
    "gitRepo": ("repository",),
    "iscsi": ("targetPortal", "iqn"),
    "nfs": ("server", "path"),
    "hostPath": ("path",),
    "persistentVolumeClaim": ("claimName",),
    "portworxVolume": ("volumeID",),
    "quobyte": ("registry", "volume"),
    "scaleIO": ("gateway", "system"),
    "secret": ("secretName",),
    "vsphereVolume": ("volumePath",),
}
# Kubernetes calls these otherwise inside than in its API.
_LOST: Final = {"azureDisk": "diskURI", "glusterfs": "endpoints", "rbd": "monitors"}
_PULL: Final = ("Always", "IfNotPresent", "Never")
_ISCSI: Final = ("iqn", "eui", "naa")
_LARGEST: Final = 255
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
    if (lost := _LOST.get(kind)) and pod.is_judged_by_controller:
        yield pod.fault(
            "volume-kind-refused",
            path,
            f"the controller loses {lost} of a volume of this kind before it looks at it",
            "use a PersistentVolumeClaim",
        )
    if check := _CHECKS.get(kind):
        yield from check(pod, body, path)


def _check_host_path(pod: Pod, body: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    yield from pod.one_of(body, "type", _HOST_PATHS, path)
    if ".." in text_at(body, "path").split("/"):
        yield _leads_out(pod, text_at(body, "path"), (*path, "path"))


def _check_image(pod: Pod, body: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    # Kubernetes fills it in where it runs image volumes, and the controller does not.
    if pod.is_judged_by_controller:
        yield from pod.needs(body, "pullPolicy", path)
    yield from pod.one_of(body, "pullPolicy", _PULL, path)


def _check_ephemeral(pod: Pod, body: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    if isinstance(template := body.get("volumeClaimTemplate"), Mapping):
        yield from check_volume_claim(pod, template, (*path, "volumeClaimTemplate"))


def _check_iscsi(pod: Pod, body: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    yield from pod.within(body, "lun", 0, _LARGEST, path)
    target = text_at(body, "iqn")
    if target and not target.startswith(_ISCSI):
        yield pod.fault(
            "pod-name-invalid", (*path, "iqn"), f"`{target[:80]}` is no iSCSI name", "begin it with iqn, eui or naa"
        )


def _check_fibre_channel(pod: Pod, body: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    given = {key: body.get(key) or None for key in ("targetWWNs", "wwids")}
    yield from pod.exactly_one(given, tuple(given), path, "the volume")
    if given["targetWWNs"]:
        yield from pod.needs(body, "lun", path)
        yield from pod.within(body, "lun", 0, _LARGEST, path)


def _check_disk(pod: Pod, body: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    yield from pod.within(body, "partition", 0, _LARGEST, path)


def _check_csi(pod: Pod, body: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    driver = text_at(body, "driver")
    if driver and not SUBDOMAIN.fullmatch(driver.lower()):
        yield pod.fault(
            "pod-name-invalid",
            (*path, "driver"),
            f"`{driver[:80]}` is no driver",
            "write letters, digits, dashes, dots",
        )
    if isinstance(secret := body.get("nodePublishSecretRef"), Mapping):
        at: Path = (*path, "nodePublishSecretRef")
        yield from pod.needs(secret, "name", at)
        yield from pod.name(secret, "name", SUBDOMAIN, at)


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
    files: list[tuple[object, Path]] = []
    for at, source in maps(body, "sources", path):
        if sum(source.get(key) is not None for key in _PROJECTED) > 1:
            yield from pod.exactly_one(source, _PROJECTED, at, "the source of a projected volume")
        for key in ("configMap", "secret", "downwardAPI"):
            if isinstance(inner := source.get(key), Mapping):
                if key != "downwardAPI":
                    yield from pod.needs(inner, "name", (*at, key))
                yield from _check_files(pod, inner, (*at, key), has_keys=key != "downwardAPI")
                files += [(item.get("path"), (*to, "path")) for to, item in maps(inner, "items", (*at, key))]
        if isinstance(token := source.get("serviceAccountToken"), Mapping):
            here: Path = (*at, "serviceAccountToken")
            yield from pod.needs(token, "path", here)
            yield from pod.within(token, "expirationSeconds", _SHORTEST_TOKEN, _LONGEST_TOKEN, here)
            if not is_inside(text_at(token, "path")):
                yield _leads_out(pod, text_at(token, "path"), (*here, "path"))
    yield from pod.unique(files, "files called")


def _check_keys(pod: Pod, body: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    yield from _check_files(pod, body, path, has_keys=True)


def _check_fields(pod: Pod, body: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    yield from _check_files(pod, body, path, has_keys=False)


def _check_files(pod: Pod, body: Mapping[str, Any], path: Path, *, has_keys: bool) -> Iterator[Fault]:
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


_CHECKS: Final[Mapping[str, Callable[[Pod, Mapping[str, Any], Path], Iterator[Fault]]]] = {
    "awsElasticBlockStore": _check_disk,
    "configMap": _check_keys,
    "csi": _check_csi,
    "downwardAPI": _check_fields,
    "emptyDir": _check_size,
    "ephemeral": _check_ephemeral,
    "fc": _check_fibre_channel,
    "gcePersistentDisk": _check_disk,
    "hostPath": _check_host_path,
    "image": _check_image,
    "iscsi": _check_iscsi,
    "nfs": _check_folder,
    "projected": _check_projected,
    "secret": _check_keys,
}
