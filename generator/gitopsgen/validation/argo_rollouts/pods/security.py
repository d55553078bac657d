"""Security contexts of pods and containers."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import list_at, map_at, text_at
from gitopsgen.rollouts.steps import parse_integer
from gitopsgen.source.location import Path
from gitopsgen.validation.argo_rollouts.pods.template import SYSCTL, Pod, is_inside, maps

_LARGEST_ID: Final = 2**31 - 1
_PROFILES: Final = ("RuntimeDefault", "Localhost", "Unconfined")
_LINUX: Final = ("appArmorProfile", "seLinuxOptions", "seccompProfile", "runAsUser", "runAsGroup")
_LINUX_OF_PODS: Final = (
    *_LINUX,
    "fsGroup",
    "fsGroupChangePolicy",
    "sysctls",
    "supplementalGroups",
    "supplementalGroupsPolicy",
    "seLinuxChangePolicy",
)
_LINUX_OF_CONTAINERS: Final = (
    *_LINUX,
    "capabilities",
    "readOnlyRootFilesystem",
    "privileged",
    "allowPrivilegeEscalation",
    "procMount",
)
_CHANGE: Final = ("OnRootMismatch", "Always")


def check_pod_security(pod: Pod) -> Iterator[Fault]:
    """Yield what is wrong with the security context of the whole pod."""
    path: Path = ("spec", "securityContext")
    context = map_at(pod.spec, "securityContext")
    yield from _check_ids(pod, context, path, "runAsUser", "runAsGroup", "fsGroup")
    yield from _check_profiles(pod, context, path)
    yield from pod.one_of(context, "fsGroupChangePolicy", _CHANGE, path)
    yield from pod.one_of(context, "supplementalGroupsPolicy", ("Merge", "Strict"), path)
    for index, group in enumerate(list_at(context, "supplementalGroups")):
        number = parse_integer(group)
        if number is not None and not 0 <= number <= _LARGEST_ID:
            yield pod.fault(
                "pod-number-out-of-range",
                (*path, "supplementalGroups", index),
                f"the group is {number}",
                f"write 0 to {_LARGEST_ID}",
            )
    sysctls = list(maps(context, "sysctls", path))
    yield from pod.unique(((sysctl.get("name"), (*at, "name")) for at, sysctl in sysctls), "sysctls called")
    for at, sysctl in sysctls:
        yield from pod.needs(sysctl, "name", at)
        yield from pod.name(sysctl, "name", SYSCTL, at)
    yield from _check_host(pod)
    yield from _check_system(pod, context, path, _LINUX_OF_PODS)


def _check_host(pod: Pod) -> Iterator[Fault]:
    """Yield what excludes each other of a pod's share in its host.

    The controller loses these on the way to its validation; the API server then refuses the ReplicaSet's pods.
    """
    if pod.spec.get("hostPID") is True and pod.spec.get("shareProcessNamespace") is True:
        yield pod.fault(
            "pod-settings-exclude",
            ("spec", "shareProcessNamespace"),
            "the processes of the host are shared already",
            "delete `hostPID` or `shareProcessNamespace`",
        )
    if pod.spec.get("hostUsers") is False:
        for key in ("hostNetwork", "hostPID", "hostIPC"):
            if pod.spec.get(key) is True:
                yield pod.fault(
                    "pod-settings-exclude",
                    ("spec", key),
                    f"with `hostUsers: false` there is no {key}",
                    f"delete `{key}` or `hostUsers`",
                )


def _check_system(pod: Pod, context: Mapping[str, Any], path: Path, of_linux: Iterable[str]) -> Iterator[Fault]:
    system = text_at(pod.spec, "os", "name")
    foreign = {"linux": ("windowsOptions",), "windows": of_linux}.get(system, ())
    for key in foreign:
        if context.get(key) is not None:
            yield pod.fault(
                "pod-settings-exclude",
                (*path, key),
                f"`{key}` has no meaning for pods of {system}",
                f"delete it, or `os: {{name: {system}}}`",
            )


def check_container_security(pod: Pod, body: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    """Yield what is wrong with the security context of a container."""
    context = map_at(body, "securityContext")
    if not context:
        return
    path = (*path, "securityContext")
    yield from _check_ids(pod, context, path, "runAsUser", "runAsGroup")
    yield from _check_profiles(pod, context, path)
    yield from _check_system(pod, context, path, _LINUX_OF_CONTAINERS)
    yield from pod.one_of(context, "procMount", ("Default", "Unmasked"), path)
    if context.get("allowPrivilegeEscalation") is False:
        # Up to 1.9 the controller does not look at `privileged`.
        if context.get("privileged") is True and pod.is_after_1_9:
            yield _escalates(pod, (*path, "privileged"), "a privileged container")
        elif "CAP_SYS_ADMIN" in list_at(context, "capabilities", "add"):
            yield _escalates(pod, (*path, "capabilities", "add"), "a container with CAP_SYS_ADMIN")


def _escalates(pod: Pod, path: Path, what: str) -> Fault:
    return pod.fault(
        "pod-settings-exclude",
        path,
        f"{what} escalates its privileges, and `allowPrivilegeEscalation` is false",
        "delete one of them",
    )


def _check_ids(pod: Pod, context: Mapping[str, Any], path: Path, *keys: str) -> Iterator[Fault]:
    for key in keys:
        yield from pod.within(context, key, 0, _LARGEST_ID, path)


def _check_profiles(pod: Pod, context: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    for key in ("seccompProfile", "appArmorProfile"):
        profile = context.get(key)
        if not isinstance(profile, Mapping):
            continue
        at = (*path, key)
        yield from pod.one_of(profile, "type", _PROFILES, at, required=True)
        file = text_at(profile, "localhostProfile")
        if text_at(profile, "type") == "Localhost":
            yield from pod.needs(profile, "localhostProfile", at)
            if not is_inside(file):
                yield pod.fault(
                    "pod-path-invalid",
                    (*at, "localhostProfile"),
                    f"`{file}` leads out of the folder of profiles",
                    "write a relative path without `..`",
                )
        elif profile.get("localhostProfile") is not None:
            yield pod.fault(
                "pod-settings-exclude",
                (*at, "localhostProfile"),
                "a file of the node is used with `type: Localhost` alone",
                "delete it, or write `type: Localhost`",
            )
