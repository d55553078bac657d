"""``status``: the matrix of versions, what awaits promotion, and drift."""

import json
from pathlib import Path

import jsonschema
import pytest

from gitopsgen.reports.delivery_schemas import OUTPUT_STATUS
from tests.cli.conftest import Run
from tests.delivery.repositories import Repository, start

DESCRIPTORS = """\
apiVersion: gitopsgen.io/v1
kind: App
metadata: {name: api}
spec: {image: {repository: ghcr.io/x/api}, ports: {http: 8000}, health: {ready: /}}
---
apiVersion: gitopsgen.io/v1
kind: App
metadata: {name: worker}
spec: {image: {repository: ghcr.io/x/worker, tag: v1}, health: {ready: /}, ports: {http: 8000}}
---
apiVersion: gitopsgen.io/v1
kind: Environment
metadata: {name: dev}
spec:
  tier: development
  namespace: dev
  argocd: {repoURL: https://x/y}
  apps: {api: {image: {tag: v1.2.0}}, worker: {}}
---
apiVersion: gitopsgen.io/v1
kind: Environment
metadata: {name: a-stage}
spec:
  tier: staging
  promotesFrom: dev
  namespace: stage
  argocd: {repoURL: https://x/y}
  apps: {api: {image: {tag: v1.1.0}}, worker: {image: {tag: v2}}}
---
apiVersion: gitopsgen.io/v1
kind: Environment
metadata: {name: a-prod}
spec:
  tier: production
  promotesFrom: a-stage
  soak: 365000d
  namespace: prod
  argocd: {repoURL: https://x/y}
  apps: {api: {image: {tag: v1.0.0}}}
""".replace("365000d", "8760000h")
TEXT = """\
        dev       a-stage    a-prod
api     v1.2.0    v1.1.0 ↑   v1.0.0 ↑
worker  v1        v2 ↓       -

awaits promotion ↑
  a-stage/api: v1.1.0 → v1.2.0, in dev
  a-prod/api: v1.0.0 → v1.1.0, in a-stage

ahead of where it is promoted from ↓
  a-stage/worker: v2 is newer than what dev has

not committed
"""


@pytest.fixture
def repository(tmp_path: Path, run: Run) -> Repository:
    repository = start(tmp_path / "repository")
    repository.write("environments/all.yaml", DESCRIPTORS)
    result = run("render", "-C", str(repository.root))
    assert result.status == 0, result.output
    return repository


def lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


def test_the_matrix_in_the_order_of_promotion(repository: Repository, run: Run) -> None:
    result = run("status", "-C", str(repository.root))
    assert result.status == 0, result.stderr
    matrix, uncommitted = lines(result.stdout)[: len(TEXT.splitlines())], lines(result.stdout)[len(TEXT.splitlines()) :]
    assert matrix == lines(TEXT)
    assert [line.split(":")[0] for line in uncommitted[:-2]] == [
        *("dev/api", "dev/worker", "a-stage/api", "a-stage/worker", "a-prod/api")
    ]
    assert uncommitted[-1] == "5 releases; 2 await promotion; the tree is current"


def test_how_long_a_version_has_been_there_is_read_off_git(repository: Repository, run: Run) -> None:
    repository.commit("feat: start")
    data = json.loads(run("status", "-C", str(repository.root), "--env", "a-prod", "--format", "json").stdout)
    jsonschema.validate(data, OUTPUT_STATUS)
    assert data["environments"] == ["a-prod"]
    assert data["releases"] == [
        {
            "release": "a-prod/api",
            "version": {"tag": "v1.0.0", "digest": ""},
            "awaiting": {
                "version": {"tag": "v1.1.0", "digest": ""},
                "from": "a-stage",
                "since": "2026-01-01T01:00:00+00:00",
                "soaked": "3025-05-04T01:00:00+00:00",
            },
            "aheadOf": None,
            "drift": {},
            "uncommitted": 0,
        }
    ]
    text = run("status", "-C", str(repository.root), "--app", "api").stdout
    assert "a-prod/api: v1.0.0 → v1.1.0, in a-stage for " in text
    assert ", soaks for 36" in text
    assert "worker" not in text


def test_a_shallow_clone_does_not_tell_since_when(repository: Repository, run: Run, tmp_path: Path) -> None:
    repository.commit("feat: start")
    repository.git("clone", "--quiet", "--depth", "1", repository.root.as_uri(), str(tmp_path / "clone"))
    result = run("status", "-C", str(tmp_path / "clone"))
    assert "  a-prod/api: v1.0.0 → v1.1.0, in a-stage\n" in result.stdout


def test_what_is_not_current_fails(repository: Repository, run: Run) -> None:
    folder = repository.root
    repository.commit("feat: start")
    text = (folder / "environments/all.yaml").read_text()
    (folder / "environments/all.yaml").write_text(text.replace("v1.2.0", "v1.3.0"))
    with (folder / "rendered/a-prod/api/manifests/service-api.yaml").open("a") as file:
        file.write("# by hand\n")
    (folder / "rendered/a-prod/notes.txt").write_text("mine")
    result = run("status", "-C", str(folder))
    assert result.status == 1
    section = result.stdout.partition("rendered/ is not what the descriptors say !\n")[2].split("\n\n")
    assert lines(section[0]) == ["dev/api: 2 files stale", "a-prod/api: 1 file edited", "a-prod: 1 file foreign"]
    assert lines(section[1]) == ["not committed", "a-prod/api: 1 file"]
    data = json.loads(run("status", "-C", str(folder), "--format", "json").stdout)
    jsonschema.validate(data, OUTPUT_STATUS)
    assert data["drift"] == {"a-prod": {"foreign": 1}}


def test_a_foreign_file_is_told_after_a_run_that_is_remembered(repository: Repository, run: Run) -> None:
    (repository.root / "rendered/a-prod/notes.txt").write_text("mine")
    assert run("render", "-C", str(repository.root)).status == 0
    assert "a-prod: 1 file foreign" in run("status", "-C", str(repository.root)).stdout


def test_as_a_table_of_markdown(repository: Repository, run: Run) -> None:
    result = run("status", "-C", str(repository.root), "--format", "markdown")
    assert result.stdout.splitlines()[:4] == [
        "|  | dev | a-stage | a-prod |",
        "| --- | --- | --- | --- |",
        "| api | v1.2.0 | v1.1.0 ↑ | v1.0.0 ↑ |",
        "| worker | v1 | v2 ↓ | - |",
    ]
    assert "**Awaits promotion ↑**\n\n- a-stage/api: v1.1.0 → v1.2.0, in dev\n" in result.stdout


def test_faulty_descriptors_are_not_taken_for_drift(repository: Repository, run: Run) -> None:
    text = (repository.root / "environments/all.yaml").read_text()
    (repository.root / "environments/all.yaml").write_text(text.replace("ports:", "portz:", 1))
    result = run("status", "-C", str(repository.root))
    assert result.status == 1
    assert "drift is not told" in result.stderr
    assert result.stdout.splitlines()[-1].endswith("; the tree is not compared")
    assert "orphan" not in result.stdout
