"""Both engines against what kubeconform says of its own fixtures, under three sets of flags; needs the conformance data."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.real.binaries import binary

from gitopsgen.cli.main import run
from gitopsgen.foreign import load_manifests
from gitopsgen.model.finding import Severity
from gitopsgen.model.versions import Versions
from gitopsgen.validation.custom_kinds.lock import load_lock
from gitopsgen.validation.engine import EmbeddedEngine, SchemaEngine
from gitopsgen.validation.kubeconform import KubeconformEngine
from gitopsgen.validation.schemas import SchemaChecker

PULLED = {
    "grafana.integreatly.org/v1beta1/GrafanaAlertRuleGroup": "{{.ResourceKind}}_{{.ResourceAPIVersion}}.json",
    "sagemaker.aws.amazon.com/v1/TrainingJob": "registry/{{.ResourceKind}}{{.KindSuffix}}.json",
}
"""Kinds whose schemas are among the fixtures."""

_LOOSE = "without -strict kubeconform lets unknown and repeated keys pass; gitopsgen is always strict"
_NOT_SERVED = (
    "kubeconform may be told to skip what it has no schema of; that a group of Kubernetes has no such kind is an error"
)
_NO_SCHEMA = "its schema came over the network, and is not among the fixtures: not checked, and said so"
EXPLAINED = {
    ("duplicate_property.yaml", ""): _LOOSE,
    ("extra_property.yaml", ""): _LOOSE,
    ("crd_schema.yaml", "-strict -ignore-missing-schemas"): _NOT_SERVED,
    ("duplicates-skipped-kinds.yaml", "-strict -ignore-missing-schemas"): _NOT_SERVED,
    ("same-kind-different-api.yaml", "-strict -ignore-missing-schemas"): _NOT_SERVED,
    ("httpproxy.yaml", ""): _NO_SCHEMA,
    ("httpproxy.yaml", "-strict"): _NO_SCHEMA,
    ("httpproxy.yaml", "-strict -ignore-missing-schemas"): _NO_SCHEMA,
}


@pytest.fixture(scope="module")
def fixtures(conformance: Path) -> Path:
    return conformance / "kubeconform"


@pytest.fixture(scope="module")
def repository(fixtures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository that has pulled what schemas there are among the fixtures."""
    root = tmp_path_factory.mktemp("repository")
    for kind, template in PULLED.items():
        catalogue = f"file://{fixtures}/fixtures/{template}"
        assert run(["schemas", "pull", "-C", str(root), kind, "--catalogue", catalogue]) == 0
    return root


def engines(root: Path) -> dict[str, SchemaEngine]:
    program = Path(binary("kubeconform"))
    return {"embedded": EmbeddedEngine(), "kubeconform": KubeconformEngine(root=root, program=program)}


def theirs(case: dict[str, Any]) -> list[str]:
    """Return what kubeconform says of each object."""
    words = {"statusValid": "valid", "statusInvalid": "faulty", "statusSkipped": "unknown", "statusError": "faulty"}
    return [words[one["status"]] for one in case["resources"] if one["status"]]


def ours(fixtures: Path, file: str, engine: SchemaEngine, root: Path) -> list[str]:
    """Return the same of ours: ``unknown`` is what could not be checked."""
    foreign = load_manifests(fixtures, [file], lambda: "")
    broken = {one.location.line for one in foreign.findings if one.severity is Severity.ERROR}
    said = []
    for manifest, document in foreign.documents.items():
        verdict = SchemaChecker(engine, load_lock(root)).check([manifest], Versions())
        end = max(mark.line for mark in document.marks.values())
        faulty = verdict.faults or any(document.line <= line <= end for line in broken)
        said.append("unknown" if verdict.not_checked else "faulty" if faulty else "valid")
    return said


def with_flags(said: list[str], flags: list[str]) -> list[str]:
    """Return the verdicts under kubeconform's flags: what is unknown passes only where it is told to let it."""
    return said if "-ignore-missing-schemas" in flags else [word.replace("unknown", "faulty") for word in said]


@pytest.mark.parametrize("engine", ["embedded", "kubeconform"])
def test_verdicts_equal_kubeconforms(fixtures: Path, repository: Path, engine: str) -> None:
    cases = json.loads((fixtures / "expected.json").read_text())
    judge = engines(repository)[engine]
    said = {file: ours(fixtures, file, judge, repository) for file in {case["file"] for case in cases}}
    different = {
        (case["file"].removeprefix("fixtures/"), " ".join(case["flags"]))
        for case in cases
        if with_flags(said[case["file"]], case["flags"]) != theirs(case)
    }
    assert len(cases) == 123
    assert different == set(EXPLAINED)
