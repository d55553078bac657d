"""``schemas pull``: from a catalogue, files, addresses and a cluster; locked, verified at each use, used by both engines."""

import json
import os
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from gitopsgen.cli.fetching import fetch
from gitopsgen.cli.main import run
from gitopsgen.model.errors import GitopsgenError
from tests.real.binaries import binary

Capture = pytest.CaptureFixture[str]

CRD = """\
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
        description: Widgets are parts of machines.
        properties:
          spec:
            type: object
            properties: {size: {type: integer}}
            x-kubernetes-validations: [{rule: self.size > 0, message: too small}]
"""
CATALOGUED = '{"type": "object", "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer"}}, "additionalProperties": false}}}'
GOOD = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: a}\nspec: {size: 3}\n"
FILE = "schemas/example.com/widget_v1.json"


WIDGET = "/example.com/widget_v1.json"
ANSWERS = {
    WIDGET: (200, CATALOGUED.encode()),
    "/crds.yaml": (200, f"{CRD}---\nkind: ConfigMap\n---\n# nothing\n".encode()),
    "/moved": (302, b""),
    "/page": (200, b"<html>\n\tplease: log in: {{</html>"),
    "/bytes": (200, b"\xe9"),
    "/busy": (503, b""),
    "/short": (200, b"kind:"),
}
HEADERS = {"/moved": {"Location": "/crds.yaml"}, "/short": {"Content-Length": "100"}}


class Handler(BaseHTTPRequestHandler):
    """Answers as said above; ``/silent`` not before the test is over, ``/trickle`` and ``/drip`` a little at a time."""

    over = threading.Event()

    def do_GET(self) -> None:
        with suppress(ConnectionError):  # the other side had enough
            self.answer()

    def answer(self) -> None:
        status, content = ANSWERS.get(self.path, (404, b""))
        if self.path == f"/private{WIDGET}" and self.headers["Authorization"] == "Basic dXNlcjpz":
            status, content = ANSWERS[WIDGET]
        if self.path == "/silent":
            self.over.wait(20)
        self.send_response(200 if self.path in ("/trickle", "/drip") else status)
        for name, value in HEADERS.get(self.path, {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
        while self.path in ("/trickle", "/drip") and not self.over.wait(0.05):
            self.wfile.write(b"#" * (70_000 if self.path == "/trickle" else 1))

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{http.server_port}"
    Handler.over.set()
    http.shutdown()
    http.server_close()


def pull(folder: Path, *arguments: str) -> int:
    return run(["schemas", "pull", "-C", str(folder), *arguments])


def lint(folder: Path, text: str, *arguments: str) -> int:
    (folder / "a.yaml").write_text(text)
    return run(["lint", "-C", str(folder), "a.yaml", "--select", "schema*", *arguments])


def test_from_a_catalogue(tmp_path: Path, server: str, capsys: Capture) -> None:
    catalogue = f"{server}/{{{{.Group}}}}/{{{{.ResourceKind}}}}_{{{{.ResourceAPIVersion}}}}.json"
    assert pull(tmp_path, "example.com/v1/Widget", "example.com/v2/Widget", "--catalogue", catalogue) == 1
    said = capsys.readouterr()
    assert said.out == f"pulled  {FILE}  {server}/example.com/widget_v1.json\n"
    assert said.err.startswith("not found: example.com/v2/Widget;")
    assert lint(tmp_path, GOOD) == 0
    assert lint(tmp_path, GOOD.replace("3", "big")) == 1
    assert lint(tmp_path, GOOD.replace("spec:", "spce:")) == 1


def test_a_password_is_sent_and_not_written_down(tmp_path: Path, server: str, capsys: Capture) -> None:
    private = f"{server.replace('//', '//user:s@')}/private/example.com/widget_v1.json"
    assert pull(tmp_path, "example.com/v1/Widget", "--catalogue", private) == 0
    assert "user" not in (tmp_path / "schemas/schemas.lock").read_text() + capsys.readouterr().out


def test_the_repository_may_name_its_catalogue(tmp_path: Path, server: str) -> None:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies/config.yaml").write_text(
        "apiVersion: gitopsgen.io/v1\nkind: PolicyConfig\n"
        f"spec: {{schemas: {{catalogue: '{server}/{{{{.Group}}}}/{{{{.ResourceKind}}}}_{{{{.ResourceAPIVersion}}}}.json'}}}}\n"
    )
    assert pull(tmp_path, "example.com/v1/Widget") == 0


@pytest.mark.parametrize("source", ["crds.yaml", "crds", "http", "moved", "file"])
def test_from_definitions(tmp_path: Path, server: str, source: str, capsys: Capture) -> None:
    (tmp_path / "crds").mkdir()
    for name in ("crds.yaml", "crds/widgets.yaml"):
        (tmp_path / name).write_text(CRD)
    sources = {"http": f"{server}/crds.yaml", "moved": f"{server}/moved", "file": f"file://{tmp_path}/crds.yaml"}
    assert pull(tmp_path, sources.get(source, source)) == 0
    assert capsys.readouterr().out == f"pulled  {FILE}  {sources.get(source, source)}\n"
    assert "parts of machines" not in (tmp_path / FILE).read_text()
    assert lint(tmp_path, GOOD) == 0
    assert lint(tmp_path, GOOD.replace("3", "0")) == 1
    assert "too small" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("good", "bad"),
    [("group: example.com", "group: ../../etc"), ("kind: Widget", "kind: ../Widget"), ("name: v1", "name: v1/../../x")],
)
def test_a_name_that_leads_elsewhere_is_none(tmp_path: Path, good: str, bad: str, capsys: Capture) -> None:
    (tmp_path / "repository").mkdir()
    (tmp_path / "repository/crds.yaml").write_text(CRD.replace(good, bad))
    assert pull(tmp_path / "repository", "crds.yaml") == 2
    assert "holds no CustomResourceDefinition" in capsys.readouterr().err
    assert [path.name for path in tmp_path.rglob("*")] == ["repository", "crds.yaml"]


def test_pulling_again_changes_nothing_and_adds_to_what_is_there(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "one.yaml").write_text(CRD)
    (tmp_path / "two.yaml").write_text(CRD.replace("Widget", "Gadget"))
    assert pull(tmp_path, "one.yaml") == 0
    files = [tmp_path / FILE, tmp_path / "schemas/schemas.lock"]
    before = [path.read_bytes() for path in files]
    assert pull(tmp_path, "one.yaml") == 0
    assert [path.read_bytes() for path in files] == before
    assert pull(tmp_path, "two.yaml") == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["pulled", "as", "pulled"]
    assert run(["schemas", "list", "-C", str(tmp_path)]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [
        "example.com/v1/Gadget",
        "example.com/v1/Widget",
    ]


def kubectl(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a script in the place of kubectl: there is no cluster here."""
    program = folder / "bin/kubectl"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")


def test_from_a_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    items = ",".join(json.dumps(_plain(CRD.replace("Widget", kind))) for kind in ("Widget", "Gadget"))
    (tmp_path / "crds.json").write_text(f'{{"apiVersion": "v1", "kind": "List", "items": [{items}]}}')
    asked = "get customresourcedefinitions.apiextensions.k8s.io -o json --request-timeout=30s --context prod"
    kubectl(tmp_path, f'[ "$*" = "{asked}" ] && cat {tmp_path}/crds.json', monkeypatch)
    assert pull(tmp_path, "--context", "prod", "example.com/v1/Widget", "example.com/v1/Gear") == 1
    said = capsys.readouterr()
    assert said.out == f"pulled  {FILE}  cluster prod\n"
    assert said.err.startswith("not found: example.com/v1/Gear;")
    assert pull(tmp_path, "--context", "prod", "--all") == 0
    assert capsys.readouterr().out.count("cluster prod") == 2


def _plain(text: str) -> object:
    import yaml  # noqa: PLC0415 - the one place that turns YAML into JSON

    return yaml.safe_load(text)


def test_a_cluster_that_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    kubectl(tmp_path, "echo 'error: You must be logged in to the server' >&2; exit 1", monkeypatch)
    assert pull(tmp_path, "--cluster", "--all") == 2
    assert "You must be logged in to the server" in capsys.readouterr().err


def test_without_kubectl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert pull(tmp_path, "--cluster", "--all") == 2
    assert "kubectl is not installed" in capsys.readouterr().err


def test_the_kinds_of_what_is_rendered(tmp_path: Path, server: str, capsys: Capture) -> None:
    (tmp_path / "rendered/prod").mkdir(parents=True)
    (tmp_path / "rendered/prod/a.yaml").write_text(f"{GOOD}---\napiVersion: v1\nkind: Sevice\n---\nreplicas: 3\n")
    catalogue = f"{server}/{{{{.Group}}}}/{{{{.ResourceKind}}}}_{{{{.ResourceAPIVersion}}}}.json"
    assert pull(tmp_path, "--catalogue", catalogue) == 0
    assert pull(tmp_path, "--catalogue", catalogue) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"pulled  {FILE}  {server}/example.com/widget_v1.json",
        "nothing to pull: every kind under rendered/ has a schema",
    ]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/nowhere", "there is nothing at"),
        ("/busy", "answers 503"),
        ("/bytes", "is no text in UTF-8"),
        ("/page", "this is not YAML"),
        ("/short", "fails"),
    ],
)
def test_what_cannot_be_pulled_says_why_and_writes_nothing(
    tmp_path: Path, server: str, path: str, message: str, capsys: Capture
) -> None:
    assert pull(tmp_path, f"{server}{path}") == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "schemas").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ftp://127.0.0.1/crds.yaml"], "cannot be fetched"),
        (["http://127.0.0.1:1/crds.yaml"], "fails"),
        (["nowhere.yaml"], "there is no file or folder nowhere.yaml"),
        (["none.yaml"], "holds no CustomResourceDefinition"),
        (["broken.yaml"], "broken.yaml:2:1: this is not YAML"),
        (["unusable.yaml"], "cannot be used"),
        (["example.com/v1/Widget", "--catalogue", "https://x/{{.Kind}}"], "may hold"),
        ([], "there is no rendered/"),
    ],
)
def test_what_is_asked_for_wrongly(tmp_path: Path, arguments: list[str], message: str, capsys: Capture) -> None:
    (tmp_path / "none.yaml").write_text(GOOD)
    (tmp_path / "broken.yaml").write_text("a: [")
    (tmp_path / "unusable.yaml").write_text(CRD.replace("{type: integer}", "{type: 5}"))
    assert pull(tmp_path, *arguments) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "schemas").exists()


@pytest.mark.parametrize("path", ["/silent", "/trickle", "/drip"])
def test_an_address_that_does_not_come_to_an_end(server: str, path: str) -> None:
    began = time.monotonic()
    with pytest.raises(GitopsgenError, match="does not answer within"):
        fetch(f"{server}{path}", seconds=0.3)
    assert time.monotonic() - began < 10


def tamper(folder: Path, how: str) -> None:
    file, lock = folder / FILE, folder / "schemas/schemas.lock"
    match how:
        case "changed":
            file.write_text(file.read_text().replace("integer", "string"))
        case "missing":
            file.unlink()
        case "unlisted":
            (file.parent / "other_v1.json").write_text("{}")
        case _:
            lock.write_text(lock.read_text().replace("sha256: ", "sha256: x"))


@pytest.mark.parametrize("engine", ["embedded", "kubeconform"])
@pytest.mark.parametrize(
    ("how", "place"),
    [
        ("changed", f"{FILE}:1:1"),
        ("missing", "schemas/schemas.lock:5:3"),
        ("unlisted", "schemas/example.com/other_v1.json:1:1"),
        ("invalid", "schemas/schemas.lock:9:3"),
    ],
)
def test_what_is_not_as_locked_is_told_and_not_used(
    tmp_path: Path, engine: str, how: str, place: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    if engine == "kubeconform":
        monkeypatch.setenv("PATH", f"{Path(binary(engine)).parent}{os.pathsep}{os.environ['PATH']}")
    (tmp_path / "crds.yaml").write_text(CRD)
    pull(tmp_path, "crds.yaml")
    assert lint(tmp_path, GOOD.replace("3", "big"), "--schema-engine", engine) == 1
    assert lint(tmp_path, GOOD, "--schema-engine", engine) == 0
    tamper(tmp_path, how)
    capsys.readouterr()
    lint(tmp_path, GOOD.replace("3", "big"), "--schema-engine", engine, "--format", "json")
    report = json.loads(capsys.readouterr().out)
    told = [
        (one["policy"], f"{one['location']['file']}:{one['location']['line']}:{one['location']['column']}")
        for one in report["findings"]
    ]
    assert (f"schema-lock/{how}", place) in told
    if how == "unlisted":
        assert ("schema/wrong-type", "a.yaml:4:8") in told
    else:
        assert len(report["notChecked"]) == 1
    assert run(["schemas", "list", "-C", str(tmp_path)]) == 1
    capsys.readouterr()
    run(["doctor", "-C", str(tmp_path)])
    assert "1 not as locked: run `gitopsgen schemas list`" in capsys.readouterr().out


def test_other_line_ends_are_not_another_schema(tmp_path: Path) -> None:
    (tmp_path / "crds.yaml").write_text(CRD)
    pull(tmp_path, "crds.yaml")
    file = tmp_path / FILE
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert lint(tmp_path, GOOD) == 0


def test_a_locked_schema_takes_the_embedded_ones_place(tmp_path: Path) -> None:
    text = CRD.replace("example.com", "argoproj.io").replace("Widget", "Rollout").replace("name: v1", "name: v1alpha1")
    (tmp_path / "crds.yaml").write_text(text)
    rollout = GOOD.replace("example.com/v1", "argoproj.io/v1alpha1").replace("Widget", "Rollout")
    assert lint(tmp_path, rollout) == 1
    pull(tmp_path, "crds.yaml")
    assert lint(tmp_path, rollout) == 0
