"""The rendered example under the real kubeconform, with the embedded schemas written out for it."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from gitopsgen.source.reader import read
from gitopsgen.validation import embedded
from tests.real.binaries import binary

RENDERED = Path(__file__).resolve().parents[2] / "rendered"


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("schemas")
    for path in RENDERED.rglob("*.yaml"):
        for document in read(path.read_text(), path.name).documents:
            group, slash, version = str(document.data.get("apiVersion", "")).rpartition("/")
            kind = document.data.get("kind")
            schema = embedded.schema_of(group if slash else "", version, kind, "1.34") if kind else None
            if schema:
                (folder / f"{kind.lower()}-{group or 'core'}-{version}.json").write_text(json.dumps(schema))
    return folder


def kubeconform(schemas: Path, folder: Path) -> dict[str, Any]:
    location = f"{schemas}/{{{{.ResourceKind}}}}-{{{{if eq .Group .ResourceAPIVersion}}}}core{{{{else}}}}{{{{.Group}}}}{{{{end}}}}-{{{{.ResourceAPIVersion}}}}.json"
    command = [
        binary("kubeconform"),
        "-strict",
        "-summary",
        "-output",
        "json",
        "-schema-location",
        location,
        str(folder),
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    report: dict[str, Any] = json.loads(result.stdout)
    return report


def objects(target: Path) -> int:
    """Copy the objects of the example (Helm values are none) and return how many there are."""
    files = [path for path in RENDERED.rglob("*.yaml") if path.name != "values.yaml"]
    for number, path in enumerate(files):
        shutil.copy(path, target / f"{number:03d}.yaml")
    return len(files)


def test_every_rendered_object_is_valid(schemas: Path, tmp_path: Path) -> None:
    count = objects(tmp_path)
    assert kubeconform(schemas, tmp_path) == {
        "resources": [],
        "summary": {"valid": count, "invalid": 0, "errors": 0, "skipped": 0},
    }


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        pytest.param("Rollout", "revisionHistoryLimit:", "revisionHistoryLimits:", id="misspelt key of a custom kind"),
        pytest.param("Rollout", "maxSurge:", "maxSurges:", id="misspelt key deep inside"),
        pytest.param("Service", "  selector:", "  selectors:", id="misspelt key of a kind of Kubernetes"),
        pytest.param("Service", "port: 80", "port: eighty", id="wrong type"),
    ],
)
def test_a_broken_object_is_not(schemas: Path, tmp_path: Path, kind: str, old: str, new: str) -> None:
    objects(tmp_path)
    broken = next(
        path
        for path in sorted(tmp_path.iterdir())
        if f"\nkind: {kind}\n" in path.read_text() and old in path.read_text()
    )
    broken.write_text(broken.read_text().replace(old, new, 1))
    report = kubeconform(schemas, tmp_path)
    assert report["summary"]["invalid"] == 1
    assert [(one["kind"], one["status"]) for one in report["resources"]] == [(kind, "statusInvalid")]
