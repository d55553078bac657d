"""The engine that asks the real kubeconform: the same findings at the same places as the embedded one gives."""

import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from gitopsgen.cli.main import run
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.manifest import Manifest
from gitopsgen.model.versions import Versions
from gitopsgen.source.location import Path as ValuePath
from gitopsgen.source.reader import read
from gitopsgen.validation.engine import SchemaEngine
from gitopsgen.validation.kubeconform import KubeconformEngine
from gitopsgen.validation.schemas import SchemaChecker

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Said:
    """Rules and paths of the faults, and the reasons for what was not checked."""

    faults: list[tuple[str, ValuePath]]
    not_checked: list[str]


def manifests(text: str) -> list[Manifest]:
    return [Manifest(body=one.data, file="a.yaml", document=one.index) for one in read(text, "a.yaml").documents]


def check(found: list[Manifest], engine: SchemaEngine | None = None) -> Said:
    verdict = SchemaChecker(engine).check(found, Versions())
    faults = sorted(((one.rule, one.path) for one in verdict.faults), key=str)
    return Said(faults, [one.reason for one in verdict.not_checked])


def example() -> list[Manifest]:
    files = [path for path in sorted((REPOSITORY / "rendered").rglob("*.yaml")) if path.name != "values.yaml"]
    return [one for path in files for one in manifests(path.read_text())]


def test_every_rendered_object_is_valid(tmp_path: Path, kubeconform: Path) -> None:
    found = example()
    assert len(found) > 30
    assert check(found, KubeconformEngine(root=tmp_path, program=kubeconform)) == Said([], [])


ODD = r"""
apiVersion: apps/v1
kind: deployment
metadata: {name: a}
---
apiVersion: v1
kind: list
metadata: {name: a}
---
apiVersion: ../v1
kind: ../../secret
metadata: {name: a}
---
apiVersion: example.com/v1
kind: Unheard
metadata: {name: a}
---
apiVersion: example.com/v1
kind: List
items: [{kind: x}]
---
apiVersion: v1
kind: ConfigMapList
items: [{data: {a: 1}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data: {a: "\u2028\u0085\x7f\U0001F600 \uFEFF---\n---\n", "---": "é"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: 1e3}
---
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}, datum: {}}
- 5
- apiVersion: v1
  kind: List
  items: [{apiVersion: v1, kind: Secret, metadata: {name: a}, data: [1]}]
---
apiVersion: extensions/v1beta1
kind: Ingress
metadata: {name: a}
"""


def test_odd_objects_are_accounted_for_as_by_the_embedded_engine(tmp_path: Path, kubeconform: Path) -> None:
    odd, ours = check(manifests(ODD), KubeconformEngine(root=tmp_path, program=kubeconform)), check(manifests(ODD))
    assert odd.not_checked == ours.not_checked
    assert [path for _, path in odd.faults] == [path for _, path in ours.faults]
    assert ("schema/unknown-key", ("items", 0, "datum")) in odd.faults
    assert ("schema/wrong-type", ("items", 2, "items", 0, "data")) in odd.faults


DECLARED = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  names: {kind: Widget, plural: widgets}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            required: [size, mode]
            properties:
              size: {type: integer, minimum: 0, exclusiveMinimum: true}
              mode: {type: string, default: fast, pattern: '^\\pL+$'}
              port: {x-kubernetes-int-or-string: true}
              free: {type: object, x-kubernetes-preserve-unknown-fields: true}
            x-kubernetes-validations: [{rule: self.size < 100, message: too large}]
"""


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("{size: 1, port: http, free: {a: 1}}", []),
        ("{size: 0}", [("schema/invalid-value", ("spec", "size"))]),
        ("{size: 1, mode: a1}", [("schema/invalid-value", ("spec", "mode"))]),
        ("{mode: fast}", [("schema/missing-key", ("spec",))]),
        ("{size: 1, prot: 2}", [("schema/unknown-key", ("spec", "prot"))]),
        ("{size: 100}", [("schema/rule-broken", ("spec",))]),
    ],
)
def test_a_kind_that_the_objects_declare(
    tmp_path: Path, kubeconform: Path, spec: str, expected: list[tuple[str, ValuePath]]
) -> None:
    found = manifests(f"{DECLARED}---\napiVersion: example.com/v1\nkind: Widget\nmetadata: {{name: a}}\nspec: {spec}\n")
    for engine in (None, KubeconformEngine(root=tmp_path, program=kubeconform)):
        assert check(found, engine) == Said(expected, [])


WIDGET = {
    "apiVersion": "example.com/v1",
    "kind": "Widget",
    "metadata": {"name": "a"},
    "spec": {"size": "ten", "parts/a": {"b": 1}},
}
SCHEMA = {
    "type": "object",
    "properties": {
        "spec": {
            "type": "object",
            "properties": {
                "size": {"type": "integer"},
                "parts/a": {"type": "object", "properties": {"b": {"type": "string"}}},
            },
        }
    },
}


def own_location(folder: Path, schema: dict[str, Any]) -> str:
    (folder / "own").mkdir()
    (folder / "own/widget.json").write_text(json.dumps(schema))
    return "own/{{.ResourceKind}}.json"


def test_a_schema_of_the_repositorys_own_is_used_and_found_again(tmp_path: Path, kubeconform: Path) -> None:
    schema = {**SCHEMA, "$schema": "http://json-schema.org/draft-07/schema#"}
    engine = KubeconformEngine(root=tmp_path, program=kubeconform, locations=(own_location(tmp_path, schema),))
    said = check([Manifest(body=WIDGET, file="a.yaml")], engine)
    assert said.faults == [
        ("schema/wrong-type", ("spec", "parts/a", "b")),
        ("schema/wrong-type", ("spec", "size")),
    ]


def test_a_schema_that_only_kubeconform_can_read_leaves_its_own_words(tmp_path: Path, kubeconform: Path) -> None:
    location = own_location(tmp_path, {"$ref": "widget-of-2026.json"})
    (tmp_path / "own/widget-of-2026.json").write_text(json.dumps(SCHEMA))
    engine = KubeconformEngine(root=tmp_path, program=kubeconform, locations=(location,))
    faults = SchemaChecker(engine).check([Manifest(body=WIDGET, file="a.yaml")], Versions()).faults
    assert {fault.path for fault in faults} <= {("spec", "size"), ("spec", "parts/a", "b")}
    assert faults
    assert all(fault.rule == "schema/invalid-value" and "(kubeconform)" in fault.message for fault in faults)


def test_a_broken_schema_of_the_repositorys_own_never_passes(tmp_path: Path, kubeconform: Path) -> None:
    location = own_location(tmp_path, {})
    (tmp_path / "own/widget.json").write_text('{"type":')
    said = check(
        [Manifest(body=WIDGET, file="a.yaml")],
        KubeconformEngine(root=tmp_path, program=kubeconform, locations=(location,)),
    )
    assert said.faults == []
    assert len(said.not_checked) == 1


@pytest.fixture
def silent_server() -> Iterator[str]:
    """A server that takes requests and answers none until the test is over."""
    over = threading.Event()

    class Silent(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            over.wait(20)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Silent)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    over.set()
    server.shutdown()
    server.server_close()


def test_a_location_that_never_answers_ends_the_run(tmp_path: Path, kubeconform: Path, silent_server: str) -> None:
    engine = KubeconformEngine(
        root=tmp_path, program=kubeconform, locations=(f"{silent_server}/{{{{.ResourceKind}}}}.json",), seconds=0.5
    )
    with pytest.raises(GitopsgenError, match="did not end within"):
        check([Manifest(body=WIDGET, file="a.yaml")], engine)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    shutil.copytree(REPOSITORY / "environments", folder / "environments")
    return folder


@pytest.mark.usefixtures("kubeconform")
def test_findings_end_at_the_descriptor_line(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = repository / "environments/prod.yaml"
    patch = "{target: {kind: Rollout}, merge: {spec: {template: {spec: {hostNetworks: true}}}}}"
    text = file.read_text().replace("    sample-api:\n", f"    sample-api:\n      patches: [{patch}]\n", 1)
    file.write_text(text)
    said = []
    for engine in ("embedded", "kubeconform"):
        assert run(["lint", "-C", str(repository), "--format", "json", "--schema-engine", engine]) == 1
        said.append(json.loads(capsys.readouterr().out))
    assert said[0] == said[1]
    [finding] = said[1]["findings"]
    assert finding["policy"] == "schema/unknown-key"
    assert "hostNetworks" in text.splitlines()[finding["location"]["line"] - 1]


@pytest.mark.usefixtures("kubeconform")
def test_schemas_from_elsewhere_are_looked_at_each_time(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "own").mkdir()
    (repository / "policies").mkdir()
    (repository / "policies/config.yaml").write_text(
        "apiVersion: gitopsgen.io/v1\nkind: PolicyConfig\n"
        "spec: {schemas: {engine: kubeconform, locations: ['../own/{{.ResourceKind}}.json']}}\n"
    )
    assert [run(["render", "-C", str(repository)]) for _ in range(2)] == [0, 0]
    (tmp_path / "own/service.json").write_text('{"required": ["spice"]}')
    assert run(["render", "-C", str(repository)]) == 1
    assert "the key `spice` is missing" in capsys.readouterr().err


@pytest.mark.usefixtures("kubeconform")
def test_the_repository_may_choose_the_engine(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repository / "policies").mkdir()
    (repository / "policies/config.yaml").write_text(
        "apiVersion: gitopsgen.io/v1\nkind: PolicyConfig\nspec: {schemas: {engine: kubeconform, locations: ['{{.x}}.json']}}\n"
    )
    assert run(["lint", "-C", str(repository)]) == 2
    assert "error: kubeconform" in capsys.readouterr().err
    assert run(["lint", "-C", str(repository), "--schema-engine", "embedded"]) == 0
