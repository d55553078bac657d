"""``diff --between``: every key that two Environments set differently, with the place of either value."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gitopsgen.cli.main import run
from gitopsgen.reports.provenance_schemas import OUTPUT_BETWEEN

APP = """\
apiVersion: gitopsgen.io/v1
kind: App
metadata: {name: api}
spec:
  image: {repository: ghcr.io/x/api, tag: v1}
  ports: {http: 8000}
  replicas: 1
  ingress: {host: api.dev}
  env: {LEVEL: info}
  externals: [Secret/a]
---
apiVersion: gitopsgen.io/v1
kind: App
metadata: {name: worker}
spec: {image: {repository: ghcr.io/x/worker, tag: v1}, ports: {http: 8000}}
"""
ENVIRONMENTS = """\
apiVersion: gitopsgen.io/v1
kind: Environment
metadata: {name: one, labels: {region: eu}}
spec:
  tier: development
  namespace: one
  argocd: {repoURL: https://x/y, project: {roles: [{name: a, groups: [x]}, {name: b}]}}
  apps:
    api: {replicas: 3, ingress: null, env: {LEVEL: debug, EXTRA: "1"}, externals: [Secret/b]}
---
apiVersion: gitopsgen.io/v1
kind: Environment
metadata: {name: two}
spec:
  tier: development
  namespace: two
  argocd: {repoURL: https://x/y, project: {roles: [{name: b}, {name: a, groups: [z]}]}}
  defaults: {replicas: 4}
  apps:
    api: {replicas: 5, externals: [Secret/c]}
    worker: {}
"""
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments/apps.yaml").write_text(APP)
    (tmp_path / "environments/environments.yaml").write_text(ENVIRONMENTS)
    return tmp_path


def compared(root: Path, capsys: Capture, *options: str) -> dict[str, Any]:
    assert run(["diff", "-C", str(root), "--between", "one", "two", "--format", "json", *options]) == 0
    data: dict[str, Any] = json.loads(capsys.readouterr().out)
    jsonschema.validate(data, OUTPUT_BETWEEN)
    return data


def shown(side: dict[str, Any], lines: list[str]) -> tuple[object, str]:
    """Return a side's value, and the text that stands at its place."""
    place = side["location"]
    value = side["value"] if side["set"] else "-"
    return value, lines[place["line"] - 1][place["column"] - 1 :].partition(":")[0] if place else ""


def test_every_key_that_differs_is_told_with_both_places(root: Path, capsys: Capture) -> None:
    data = compared(root, capsys)
    files = {path.name: path.read_text().splitlines() for path in (root / "environments").iterdir()}
    found = {}
    for one in (*data["environment"], *data["apps"][0]["differences"]):
        sides = (one["left"], one["right"])
        names = [Path(side["location"]["file"]).name if side["location"] else "apps.yaml" for side in sides]
        found[one["key"]] = tuple(shown(side, files[name]) for side, name in zip(sides, names, strict=True))
    assert found == {
        "metadata.labels.region": (("eu", "region"), ("-", "")),
        "namespace": (("one", "namespace"), ("two", "namespace")),
        "argocd.project.roles[0].groups": ((["x"], "groups"), (["z"], "groups")),
        "replicas": ((3, "replicas"), (5, "replicas")),
        "ingress.host": (("-", "ingress"), ("api.dev", "host")),
        "env.LEVEL": (("debug", "LEVEL"), ("info", "LEVEL")),
        "env.EXTRA": (("1", "EXTRA"), ("-", "")),
        "externals[1]": found["externals[1]"],
    }
    externals = [one for one in data["apps"][0]["differences"] if one["key"] == "externals[1]"]
    assert [(one["left"]["value"], one["right"]["value"]) for one in externals] == [
        ("Secret/b", None),
        (None, "Secret/c"),
    ]
    assert (data["onlyLeft"], data["onlyRight"]) == ([], ["worker"])


def test_the_layers_of_a_side_are_told_lowest_first(root: Path, capsys: Capture) -> None:
    data = compared(root, capsys, "--app", "api")
    replicas = next(one for one in data["apps"][0]["differences"] if one["key"] == "replicas")
    assert [(one["layer"], one["value"], one["wins"]) for one in replicas["right"]["layers"]] == [
        ("App api", 1, False),
        ("Environment two, defaults", 4, False),
        ("Environment two, apps.api", 5, True),
    ]
    host = next(one for one in data["apps"][0]["differences"] if one["key"] == "ingress.host")
    assert [one.get("removedBy") for one in host["left"]["layers"]] == [None, "ingress"]
    assert data["onlyRight"] == []


def test_the_text_is_aligned(root: Path, capsys: Capture) -> None:
    assert run(["diff", "-C", str(root), "--between", "one", "two", "--app", "api"]) == 0
    out = capsys.readouterr().out
    assert (
        "  replicas\n"
        "    one  3         environments/environments.yaml:9:11   Environment one, apps.api\n"
        "    two  5         environments/environments.yaml:20:11  Environment two, apps.api\n"
    ) in out
    assert out.endswith("one and two set 9 keys differently, in 1 of 1 Apps that both deploy\n")


def test_an_environment_does_not_differ_from_itself(root: Path, capsys: Capture) -> None:
    assert run(["diff", "-C", str(root), "--between", "two", "two"]) == 0
    assert capsys.readouterr().out == "two and two set nothing differently\n"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param(["--between", "one", "tow"], "there is no Environment `tow`\n   fix: one of: one, two", id="name"),
        pytest.param(["--between", "one", "two", "--app", "apx"], "no App matches `apx`", id="app"),
        pytest.param(["--between", "one", "two", "--format", "xml"], "there is no format `xml`", id="format"),
    ],
)
def test_what_cannot_be_compared(root: Path, capsys: Capture, options: list[str], said: str) -> None:
    assert run(["diff", "-C", str(root), *options]) == 2
    assert said in capsys.readouterr().err


def test_what_has_faults_is_left_out_and_told(root: Path, capsys: Capture) -> None:
    file = root / "environments/environments.yaml"
    file.write_text(file.read_text().replace("worker: {}", "worker: {replicas: many}\n    wrong: {}"))
    assert run(["diff", "-C", str(root), "--between", "one", "one"]) == 1
    assert "run `gitopsgen lint`" in capsys.readouterr().err
