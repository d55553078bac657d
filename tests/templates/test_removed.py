"""What a layer takes out with ``null`` is not rendered; nothing else comes of it."""

from collections.abc import Iterator
from pathlib import Path as FilePath
from typing import Any

import pytest

from gitopsgen.descriptors.app import SPEC as APP
from gitopsgen.descriptors.environment import SPEC as ENVIRONMENT
from gitopsgen.descriptors.fields import Schema
from gitopsgen.descriptors.loading import load_descriptors
from gitopsgen.descriptors.resolving import resolve
from gitopsgen.source.emitter import emit
from gitopsgen.source.location import Path, format_path
from tests.templates.rendering import RENDERER
from tests.templates.test_templates import FULL


def declared(schema: Schema, path: Path = ()) -> Iterator[Path]:
    for key, field in schema.get("properties", {}).items():
        if (*path, key) not in (("apps",), ("defaults",), ("extends",), ("abstract",)):
            yield (*path, key)
            yield from declared(field, (*path, key))


REQUIRED = {
    *("image", "image.repository", "ports", "metrics.path", "metrics.interval", "metrics.requests"),
    *("metrics.latency", "metrics.statusLabel", "autoscaling.min", "autoscaling.max", "ingress.host", "ingress.path"),
    *("chart.path", "chart.workload", "chart.values"),
    *("tier", "namespace", "cluster", "cluster.server", "argocd", "argocd.namespace", "argocd.repoURL"),
    *("argocd.targetRevision", "argocd.path", "versions", "versions.kubernetes", "versions.argoRollouts"),
    *("versions.argoCD",),
}
LOWER: dict[str, Any] = {
    "abstract": True,
    "tier": "staging",
    "namespace": "shop",
    "argocd": {"repoURL": "https://git.example.com/shop"},
}


@pytest.mark.parametrize("path", [*declared(APP), *declared(ENVIRONMENT)], ids=format_path)
def test_a_key_that_is_taken_out(path: Path, tmp_path: FilePath) -> None:
    overlay: Any = None
    for part in reversed(path):
        overlay = {part: overlay}
    app = {**FULL, "analysis": {}, **({"chart": {"path": "charts/api"}} if path[0] == "chart" else {})}
    spec = {"extends": ["lower"], "apps": {"api": {}}}
    spec |= {"defaults": overlay} if path[0] in APP["properties"] else overlay
    documents = [
        {"apiVersion": "gitopsgen.io/v1", "kind": kind, "metadata": {"name": name}, "spec": one}
        for kind, name, one in (("App", "api", app), ("Environment", "lower", LOWER), ("Environment", "stage", spec))
    ]
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments" / "all.yaml").write_text("---\n".join(emit(document) for document in documents))
    descriptors, findings = load_descriptors(tmp_path)
    fleet, faults = resolve(descriptors)
    assert not findings
    assert {one.policy for one in faults} == ({"descriptor/missing-key"} if format_path(path) in REQUIRED else set())
    for release in fleet.releases:
        assert RENDERER.release(release).findings == ()
    for environment in fleet.environments:
        assert RENDERER.environment(environment).findings == ()
