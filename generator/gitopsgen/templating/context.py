"""What templates see: the merged values of a release, and what is derived from them."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from gitopsgen import __version__
from gitopsgen.descriptors import app as app_fields
from gitopsgen.descriptors import environment as environment_fields
from gitopsgen.descriptors.schema import with_absent
from gitopsgen.model.release import Environment, Release
from gitopsgen.templating.names import environment_names, release_names

_POD_ONLY: Final = frozenset(
    ("fsGroup", "fsGroupChangePolicy", "supplementalGroups", "supplementalGroupsPolicy", "sysctls", "hostUsers")
)
_BOTH: Final = frozenset(("runAsNonRoot", "runAsUser", "runAsGroup", "seccompProfile"))
_PROBE: Final = dict.fromkeys(
    ("path", "port", "initialDelaySeconds", "periodSeconds", "timeoutSeconds", "failureThreshold")
)
_DIGEST_LENGTH: Final = len("sha256:") + 12


def environment_context(environment: Environment) -> dict[str, Any]:
    """Return the context of the templates that an Environment renders once."""
    return {
        "environment": _environment(environment),
        "names": environment_names(environment),
        "labels": {"app.kubernetes.io/managed-by": "gitopsgen", "gitopsgen.io/environment": environment.name},
        "gitopsgen": {"version": __version__},
    }


def release_context(release: Release, analyses: Iterable[str]) -> dict[str, Any]:
    """Return the context of a release's templates; ``analyses`` are those that it may use."""
    app = with_absent(release.spec, app_fields.SPEC)
    image = release.spec["image"]
    app |= {
        "name": release.app,
        "labels": dict(release.labels),
        "annotations": dict(release.annotations),
        "main_port": _main_port(release.spec["ports"]),
        "probes": {name: _probe(probe) for name, probe in (app["health"] or dict.fromkeys(_PROBES)).items()},
        "image_ref": _image_reference(image),
    }
    security: Mapping[str, Any] = app["securityContext"] or {}
    app["pod_security"] = {key: value for key, value in security.items() if key in _POD_ONLY | _BOTH}
    app["container_security"] = {key: value for key, value in security.items() if key not in _POD_ONLY}
    return {
        "app": app,
        "environment": _environment(release.environment),
        "release": {"name": release.name, "version": version_of(image)},
        "names": release_names(release, analyses),
        "labels": {
            "app.kubernetes.io/name": release.app,
            "app.kubernetes.io/instance": release.app,
            "app.kubernetes.io/managed-by": "gitopsgen",
            "gitopsgen.io/environment": release.environment.name,
            **release.labels,
        },
        "selector_labels": {"app.kubernetes.io/name": release.app},
        "gitopsgen": {"version": __version__},
    }


_PROBES: Final = ("live", "ready", "startup")


def version_of(image: Mapping[str, Any]) -> str:
    """Return what people call the version of an image: its tag, or the start of its digest."""
    return str(image.get("tag") or str(image.get("digest") or "")[:_DIGEST_LENGTH])


def _environment(environment: Environment) -> dict[str, Any]:
    return {
        **with_absent(environment.spec, environment_fields.SPEC),
        "name": environment.name,
        "labels": dict(environment.labels),
    }


def _main_port(ports: Mapping[str, int]) -> dict[str, Any] | None:
    return next(({"name": name, "port": port} for name, port in ports.items()), None)


def _probe(probe: object) -> dict[str, Any] | None:
    if isinstance(probe, str):
        return {**_PROBE, "path": probe}
    return {**_PROBE, **probe} if isinstance(probe, Mapping) else None


def _image_reference(image: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a string, or a traced one
    reference = image["repository"]
    if image.get("tag"):
        reference = reference + ":" + image["tag"]
    if image.get("digest"):
        reference = reference + "@" + image["digest"]
    return reference
