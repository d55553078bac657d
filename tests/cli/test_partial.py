"""One fault that keeps something from being rendered is told as one, with nothing that only follows from it."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

POLICY = """apiVersion: gitopsgen.io/v1
kind: Policy
metadata: {name: jobs-are-named}
spec:
  severity: warning
  category: hygiene
  summary: Jobs have names of ours.
  why: So that they are found.
  source: https://example.com/jobs/
  fix: name it
  match: {kinds: [Job]}
  validations:
  - {at: metadata.name, expression: self == 'ours', message: it has another}
  examples:
  - fail: |
      kind: Job
      metadata:
        name: theirs  # <- here
  - pass: |
      kind: Job
      metadata: {name: ours}
"""
WAIVERS = """apiVersion: gitopsgen.io/v1
kind: Waivers
spec:
  waivers:
  - {policy: too-few-replicas, releases: ["*"], reason: a trial, owner: a team, expires: 2999-01-01}
"""


@pytest.fixture
def governed(scaffold: Path) -> Path:
    """The scaffold with a policy that matches nothing, and a waiver that waives nothing."""
    policies = scaffold / "policies"
    policies.mkdir(exist_ok=True)
    (policies / "jobs-are-named.yaml").write_text(POLICY)
    (policies / "waivers.yaml").write_text(WAIVERS)
    return scaffold


def rules(run: Run, folder: Path) -> list[str]:
    result = run("lint", "--format", "json", folder=folder)
    return sorted({one["policy"] for one in json.loads(result.stdout)["findings"]})


def test_a_whole_run_tells_what_guards_and_waives_nothing(governed: Path, run: Run) -> None:
    assert {"policy/matched-nothing", "waiver/unused"} <= set(rules(run, governed))


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        pytest.param("templates/manifests/extra.yaml.j2", "{{ app.nothing.at.all }}\n", "template/fails", id="a template of every release"),
        pytest.param("templates/argocd/project.yaml.j2", "{{ environment.nothing.at.all }}\n", "template/fails", id="a template of every Environment"),
        pytest.param("environments/apps/hello.yaml", "apiVersion: gitopsgen.io/v1\nkind: App\nmetadata: {name: hello}\nspec: {ports: {http: eight}}\n", "descriptor/", id="a descriptor"),
    ],
)  # fmt: skip
def test_what_only_follows_is_not_told(file: str, text: str, expected: str, governed: Path, run: Run) -> None:
    (governed / file).parent.mkdir(parents=True, exist_ok=True)
    (governed / file).write_text(text)
    told = rules(run, governed)
    assert told
    assert all(one.startswith(expected) for one in told), told


def test_a_template_that_fails_everywhere_is_told_once_to_people(scaffold: Path, run: Run) -> None:
    (scaffold / "templates/manifests").mkdir(parents=True, exist_ok=True)
    (scaffold / "templates/manifests/extra.yaml.j2").write_text("---\n{{ app.nothing.at.all }}\n")
    result = run("lint", folder=scaffold)
    assert result.stdout.splitlines()[0] == (
        "templates/manifests/extra.yaml.j2:2:8: error[template/fails] dev/hello, prod/hello, staging/hello:"
        " the template uses `nothing`, which nothing sets"
    )
    assert result.stdout.splitlines()[-1] == "3 errors"
    assert result.stdout.count("error[") == 1
