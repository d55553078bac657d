"""Which file of the rendered tree an object is written to."""

import re
from typing import Final

from gitopsgen.model.release import Release

TREE: Final = "rendered"
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]")


def manifest_file(release: Release, kind: str, name: str) -> str:
    """Return ``rendered/prod/sample-api/manifests/rollout-sample-api.yaml``."""
    return f"{TREE}/{release.name}/manifests/{file_name(kind, name)}"


def application_file(release: Release) -> str:
    """Return ``rendered/prod/argocd/apps/sample-api.yaml``."""
    return f"{TREE}/{release.environment.name}/argocd/apps/{release.app}.yaml"


def values_file(release: Release) -> str:
    """Return ``rendered/prod/sample-api/values.yaml``."""
    return f"{TREE}/{release.name}/values.yaml"


def environment_file(environment: str, place: str) -> str:
    """Return ``rendered/prod/argocd/root.yaml`` for ``argocd/root.yaml``."""
    return f"{TREE}/{environment}/{place}"


def file_name(kind: str, name: str) -> str:
    """Return ``rollout-sample-api.yaml``; characters that lead elsewhere or mean something to a shell become ``_``."""
    return f"{_UNSAFE.sub('_', f'{kind.lower()}-{name}')}.yaml"
