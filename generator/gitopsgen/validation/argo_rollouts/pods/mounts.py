"""What a container mounts of the pod's volumes: folders, and devices."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import dig, text_at
from gitopsgen.source.location import Path
from gitopsgen.validation.argo_rollouts.pods.template import Pod, is_inside, maps, name_of

_PROPAGATION: Final = ("None", "HostToContainer", "Bidirectional")
_RECURSIVE: Final = ("Disabled", "IfPossible", "Enabled")
_BLOCKS: Final = ("persistentVolumeClaim", "ephemeral")


def check_mounts(pod: Pod, body: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    """Yield what is wrong with the mounts and devices of a container."""
    volumes = {name_of(volume): volume for _, volume in maps(pod.spec, "volumes", ())}
    mounts = list(maps(body, "volumeMounts", path))
    yield from pod.unique(((mount.get("mountPath"), (*at, "mountPath")) for at, mount in mounts), "mounts at")
    for at, mount in mounts:
        yield from pod.needs(mount, "name", at)
        yield from pod.needs(mount, "mountPath", at)
        yield from _check_volume(pod, mount, at, volumes)
        yield from pod.one_of(mount, "mountPropagation", _PROPAGATION, at)
        yield from _check_propagation(pod, body, mount, at)
        yield from _check_sub_path(pod, mount, at)
        yield from _check_read_only(pod, mount, at)
    yield from _check_devices(pod, body, path, volumes)


def _check_propagation(pod: Pod, body: Mapping[str, Any], mount: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    if mount.get("mountPropagation") != "Bidirectional":
        return
    privileged = dig(body, "securityContext", "privileged") is True
    # Up to 1.9 the controller takes `privileged` away before it looks (argo-rollouts issue 3130).
    if not privileged or (pod.is_judged_by_controller and not pod.is_after_1_9):
        yield pod.fault(
            "pod-settings-exclude",
            (*path, "mountPropagation"),
            "only a privileged container mounts to its host"
            if not privileged
            else "up to 1.9 the controller refuses this of a privileged container too",
            "write `HostToContainer`, or delete it",
        )


def _check_sub_path(pod: Pod, mount: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    for key in ("subPath", "subPathExpr"):
        if not is_inside(text_at(mount, key)):
            yield pod.fault(
                "pod-path-invalid",
                (*path, key),
                f"`{text_at(mount, key)}` leads out of the volume",
                "write a relative path without `..`",
            )
    if mount.get("subPath") and mount.get("subPathExpr"):
        yield pod.fault("pod-needs-one-of", (*path, "subPathExpr"), "the mount has two sub paths", "delete one")


def _check_read_only(pod: Pod, mount: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    yield from pod.one_of(mount, "recursiveReadOnly", _RECURSIVE, path)
    if mount.get("recursiveReadOnly") not in ("Enabled", "IfPossible"):
        return
    if mount.get("readOnly") is not True or mount.get("mountPropagation") not in (None, "", "None"):
        yield pod.fault(
            "pod-settings-exclude",
            (*path, "recursiveReadOnly"),
            "what is mounted below is read only with `readOnly: true`, and without propagation",
            "write `readOnly: true`, or delete `recursiveReadOnly`",
        )


def _check_devices(
    pod: Pod, body: Mapping[str, Any], path: Path, volumes: Mapping[str, Mapping[str, Any]]
) -> Iterator[Fault]:
    devices = list(maps(body, "volumeDevices", path))
    yield from pod.unique(((device.get("name"), (*at, "name")) for at, device in devices), "devices of the volume")
    yield from pod.unique(((device.get("devicePath"), (*at, "devicePath")) for at, device in devices), "devices at")
    for at, device in devices:
        yield from pod.needs(device, "name", at)
        yield from pod.needs(device, "devicePath", at)
        yield from _check_volume(pod, device, at, volumes)
        volume = volumes.get(name_of(device))
        if volume is not None and not any(isinstance(volume.get(kind), Mapping) for kind in _BLOCKS):
            yield pod.fault(
                "pod-settings-exclude",
                (*at, "name"),
                f"the volume `{name_of(device)}` is no device: only claims are",
                "mount it in `volumeMounts`",
            )


def _check_volume(
    pod: Pod, mount: Mapping[str, Any], path: Path, volumes: Mapping[str, Mapping[str, Any]]
) -> Iterator[Fault]:
    name = name_of(mount)
    if name and name not in volumes:
        yield pod.fault(
            "pod-volume-missing",
            (*path, "name"),
            f"the pod has no volume `{name}`",
            f"one of: {', '.join(sorted(volumes))}" if volumes else f"add a volume `{name}`",
        )
