"""One App in one Environment, rendered with the built-in templates."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gitopsgen.descriptors.loading import load_descriptors
from gitopsgen.descriptors.resolving import resolve
from gitopsgen.model.manifest import Manifest, ManifestSet
from gitopsgen.model.release import Release
from gitopsgen.source.emitter import emit
from gitopsgen.templating.engine import Engine
from gitopsgen.templating.library import TemplateLibrary
from gitopsgen.templating.rendering import Renderer

TEMPLATES = Path(__file__).resolve().parent.parent.parent / "templates"
LIBRARY = TemplateLibrary(builtin=TEMPLATES, own=None)
RENDERER = Renderer(engine=Engine(LIBRARY))

Spec = Mapping[str, Any]

MINIMAL: Spec = {"image": {"repository": "ghcr.io/x/api", "tag": "v1"}, "ports": {"http": 8000}}
WEB: Spec = {
    **MINIMAL,
    "health": {"live": "/live", "ready": "/ready"},
    "metrics": {"path": "/metrics"},
    "ingress": {"host": "api.example.com"},
    "externals": ["Gateway/public"],
}


def resolved(folder: Path, app: Spec, environment: Spec) -> Release:
    """Return the release of an App ``api`` in an Environment ``stage``, from descriptors written to ``folder``."""
    spec = {
        "tier": "staging",
        "namespace": "shop",
        "argocd": {"repoURL": "https://git.example.com/shop", **environment.get("argocd", {})},
        "monitoring": {"prometheus": "http://prometheus:9090", **environment.get("monitoring", {})},
        "apps": {"api": {}},
        **{key: value for key, value in environment.items() if key not in ("argocd", "monitoring")},
    }
    documents = [
        {"apiVersion": "gitopsgen.io/v1", "kind": "App", "metadata": {"name": "api"}, "spec": app},
        {"apiVersion": "gitopsgen.io/v1", "kind": "Environment", "metadata": {"name": "stage"}, "spec": spec},
    ]
    (folder / "environments").mkdir()
    (folder / "environments" / "all.yaml").write_text("---\n".join(emit(document) for document in documents))
    descriptors, findings = load_descriptors(folder)
    fleet, faults = resolve(descriptors)
    assert [*findings, *faults] == []
    (release,) = fleet.releases
    return release


def rendered(release: Release) -> ManifestSet:
    """Return all that a release and its Environment render to."""
    own, shared = RENDERER.release(release), RENDERER.environment(release.environment)
    assert own.findings == shared.findings == ()
    return ManifestSet((*shared.manifests, *own.manifests), frozenset(release.spec["externals"]))


def values_of(release: Release) -> Mapping[str, Any]:
    """Return the Helm values of a release."""
    values = RENDERER.release(release).values
    assert values is not None
    return values.values


def one(resources: ManifestSet, kind: str, name: str = "") -> Mapping[str, Any]:
    """Return the body of the only object of ``kind``, or of the one called ``name``."""
    found = [manifest.body for manifest in resources if manifest.kind == kind and name in ("", manifest.name)]
    assert len(found) == 1, f"{len(found)} objects of kind {kind}"
    return found[0]


def named(resources: ManifestSet, kind: str) -> list[str]:
    """Return the names of the objects of ``kind``, in order."""
    return sorted(manifest.name for manifest in resources if manifest.kind == kind)


def release_objects(resources: ManifestSet) -> list[Manifest]:
    """Return the objects that lie beside the workload: all but what lives with Argo CD."""
    return [manifest for manifest in resources if "/manifests/" in manifest.file]
