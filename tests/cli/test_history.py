"""``history``: the versions of a release as a table, and for machines."""

import json
from pathlib import Path

import jsonschema
import pytest

from gitopsgen.reports.delivery_schemas import OUTPUT_HISTORY
from tests.cli.conftest import Run
from tests.delivery.repositories import Repository, start

TABLE = """\
prod/api
  2026-01-01 03:00  v1.0.0  rollback  Ada  {2}  rollback(prod): api v1.0.0
  2026-01-01 02:00  v1.1.0            Ada  {1}  deploy(prod): api v1.1.0
  2026-01-01 01:00  v1.0.0            Ada  {0}  deploy(prod): api v1.0.0
2 versions, 1 rollback; times are UTC
"""
DESCRIPTORS = """\
apiVersion: gitopsgen.io/v1
kind: App
metadata: {name: api}
spec: {image: {repository: ghcr.io/x/api, tag: v1}, ports: {http: 8000}}
---
apiVersion: gitopsgen.io/v1
kind: Environment
metadata: {name: prod}
spec: {tier: production, namespace: prod, argocd: {repoURL: https://x/y}, apps: {api: {}, late: {}}}
---
apiVersion: gitopsgen.io/v1
kind: App
metadata: {name: late}
spec: {image: {repository: ghcr.io/x/late, tag: v1}, ports: {http: 8000}}
"""


@pytest.fixture
def delivered(tmp_path: Path) -> tuple[Repository, list[str]]:
    repository = start(tmp_path / "repository")
    repository.write("environments/all.yaml", DESCRIPTORS)
    commits = []
    for subject, tag in (("deploy", "v1.0.0"), ("deploy", "v1.1.0"), ("rollback", "v1.0.0")):
        repository.write("rendered/prod/api/values.yaml", f"image: {{repository: x, tag: {tag}}}\n")
        commits.append(repository.commit(f"{subject}(prod): api {tag}"))
    return repository, commits


def test_the_table(delivered: tuple[Repository, list[str]], run: Run) -> None:
    repository, commits = delivered
    result = run("history", "api", "--env", "prod", "-C", str(repository.root))
    assert result.status == 0
    assert result.stdout == TABLE.format(*(commit[:10] for commit in commits))
    assert run("history", "prod/api", "-C", str(repository.root)).stdout == result.stdout


def test_for_machines(delivered: tuple[Repository, list[str]], run: Run) -> None:
    repository, commits = delivered
    data = json.loads(run("history", "prod/api", "-C", str(repository.root), "--format", "json").stdout)
    jsonschema.validate(data, OUTPUT_HISTORY)
    assert data["release"] == "prod/api"
    assert data["complete"] is True
    assert [one["commit"] for one in data["changes"]] == commits[::-1]
    assert data["changes"][0] == {
        "version": {"tag": "v1.0.0", "digest": ""},
        "rollback": True,
        "commit": commits[-1],
        "author": "Ada",
        "email": "ada@example.com",
        "date": "2026-01-01T03:00:00+00:00",
        "subject": "rollback(prod): api v1.0.0",
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(
            ["api"], "error: in which Environment?\n   fix: add `--env ENV`, or write ENV/api\n", id="nowhere"
        ),
        pytest.param(
            ["appi", "--env", "prod"],
            "error: there is no release prod/appi, and git knows of none\n   fix: did you mean `prod/api`?\n",
            id="unknown",
        ),
        pytest.param(
            ["prod/late"],
            "error: prod/late was never committed: history is read off rendered/prod/late/values.yaml\n"
            "   fix: run `gitopsgen render`, and commit what it writes\n",
            id="never committed",
        ),
    ],
)
def test_what_cannot_be_told(
    delivered: tuple[Repository, list[str]], run: Run, arguments: list[str], said: str
) -> None:
    result = run("history", *arguments, "-C", str(delivered[0].root))
    assert (result.status, result.stderr, result.stdout) == (2, said, "")
