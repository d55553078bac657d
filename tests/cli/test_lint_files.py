"""``lint PATH`` on what other tools wrote: every document is accounted for, whatever form it comes in."""

import json
from pathlib import Path
from typing import Any

import pytest

from gitopsgen.cli.main import run

Capture = pytest.CaptureFixture[str]

BAD = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {prots: [{port: 80}]}\n"
GOOD = BAD.replace("prots", "ports")


def report(folder: Path, capsys: Capture, *arguments: str) -> dict[str, Any]:
    capsys.readouterr()
    run(["lint", "-C", str(folder), "--format", "json", "--select", "schema*", *arguments])
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


def told(folder: Path, capsys: Capture, *arguments: str) -> list[str]:
    """Return rule and place of every finding."""
    found = report(folder, capsys, *arguments)["findings"]
    return [f"{one['policy']} {one['location']['line']}:{one['location']['column']}" for one in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(f"{GOOD}---\n{BAD}", ["schema/unknown-key 9:8"], id="several documents"),
        pytest.param(f"---\n# a chart's\n---\n{BAD}---\n---\n", ["schema/unknown-key 7:8"], id="empty ones between"),
        pytest.param(BAD.replace("\n", "\r\n"), ["schema/unknown-key 4:8"], id="lines that end as on Windows"),
        pytest.param(f"\ufeff{BAD}", ["schema/unknown-key 4:8"], id="a byte order mark"),
        pytest.param('{"apiVersion": "v1", "kind": "Service",\n\t"metadata": {"name": "a"}, "spec": {"prots": []}}', ["schema/unknown-key 2:38"], id="JSON"),
        pytest.param(f"x: &x {{prots: []}}\n---\n{BAD[:-28]}spec: &s {{prots: []}}\nstatus: *s\n", ["schema/not-an-object 1:1", "schema/unknown-key 6:11", "schema/unknown-key 7:9"], id="anchors"),
        pytest.param(f"apiVersion: v1\nkind: List\nitems:\n- {GOOD.replace(chr(10), chr(10) + '  ')}\n- {BAD.replace(chr(10), chr(10) + '  ')}", ["schema/unknown-key 12:10"], id="a List"),
        pytest.param("apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: List, items: [{kind: x}]}, 5]\n", ["schema/not-an-object 3:46", "schema/not-an-object 3:59"], id="a List in a List"),
        pytest.param("apiVersion: v1\nkind: List\nitems: {}\n", ["schema/wrong-type 3:1"], id="a List that is none"),
        pytest.param(f"{BAD}---\n{{{{- if .Values.x }}}}\nkind: Service\n{{{{- end }}}}\n---\n{BAD}", ["schema/unknown-key 4:8", "yaml/key-type 6:2", "schema/unknown-key 13:8"], id="a template between"),
        pytest.param(f"- {BAD[:14]}\n", ["schema/not-an-object 1:1"], id="a list"),
        pytest.param("hello\n", ["schema/not-an-object 1:1"], id="a word"),
        pytest.param(f"{BAD}spec: {{}}\n", ["yaml/duplicate-key 5:1"], id="a key twice"),
    ],
)  # fmt: skip
def test_every_document_is_accounted_for(text: str, expected: list[str], tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "a.yaml").write_bytes(text.encode())
    assert told(tmp_path, capsys, "a.yaml") == expected


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n---\n", "apiVersion: v1\nkind: List\nitems: []\n"])
def test_a_file_without_an_object_is_not_taken_for_a_checked_one(text: str, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "a.yaml").write_text(text)
    assert report(tmp_path, capsys, "a.yaml")["notChecked"] == [
        {"object": "a.yaml", "reason": "there is no Kubernetes object in it"}
    ]


def test_a_folder_is_walked(tmp_path: Path, capsys: Capture) -> None:
    for name in ("b/c.yml", "b/d.json", "a.YAML", ".hidden/x.yaml", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(BAD if not name.endswith("json") else '{"kind": "X"}')
    found = report(tmp_path, capsys, ".")["findings"]
    assert [one["location"]["file"] for one in found] == ["a.YAML", "b/c.yml", "b/d.json"]


def test_pulled_schemas_are_no_objects(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "schemas/x").mkdir(parents=True)
    (tmp_path / "schemas/schemas.lock").write_text("apiVersion: gitopsgen.io/v1\nkind: SchemaLock\nschemas: []\n")
    (tmp_path / "schemas/x/y.json").write_text("{}")
    (tmp_path / "a.yaml").write_text(GOOD)
    assert told(tmp_path, capsys, ".") == ["schema-lock/unlisted 1:1"]


def test_policies_see_the_items_of_a_list(tmp_path: Path, capsys: Capture) -> None:
    pod = "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {hostNetwork: true, containers: [{name: a, image: a:1}]}}"
    (tmp_path / "a.yaml").write_text(f"apiVersion: v1\nkind: List\nitems:\n- {pod}\n")
    run(["lint", "-C", str(tmp_path), "--format", "json", "a.yaml"])
    found = json.loads(capsys.readouterr().out)["findings"]
    assert ("host-namespace", 4, 59) in [
        (one["policy"], one["location"]["line"], one["location"]["column"]) for one in found
    ]


def test_any_number_of_processes_finds_the_same(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies/broken-here.yaml").write_text(
        "apiVersion: gitopsgen.io/v1\nkind: Policy\nmetadata: {name: broken-here}\nspec:\n  severity: error\n"
        "  summary: It cannot be evaluated.\n  match: {kinds: [Pod]}\n"
        "  validations:\n  - {expression: object.spec.gone > 0}\n  examples: []\n"
    )
    pods = tmp_path / "pods"
    pods.mkdir()
    for number in range(450):
        kind = "Pod" if number >= 250 else "Service"
        spec = {"hostNetwork": number % 3 == 0, "containers": [{"name": "a", "image": "a:1"}], "prots": number}
        body = {"apiVersion": "v1", "kind": kind, "metadata": {"name": f"a{number}"}, "spec": spec}
        (pods / f"{number}.json").write_text(json.dumps(body))
    said = []
    for jobs in ("1", "2", "3"):
        run(["lint", "-C", str(tmp_path), "pods", "--format", "json", "--jobs", jobs])
        said.append(capsys.readouterr().out)
    assert said[0] == said[1] == said[2]
    found = [one["policy"] for one in json.loads(said[0])["findings"]]
    assert found.count("schema/unknown-key") >= 450
    assert "host-namespace" in found
