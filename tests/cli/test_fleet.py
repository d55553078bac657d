"""Policies that look at several Environments: what is promoted, and with what care."""

import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Run


@pytest.fixture
def committed(scaffold: Path) -> Path:
    """The scaffold in a git repository, all of it committed."""
    git(scaffold, "init", "--quiet", "--initial-branch=main")
    commit(scaffold, "all of it")
    return scaffold


def git(folder: Path, *arguments: str) -> None:
    name = ("-c", "user.name=a person", "-c", "user.email=person@example.com")
    subprocess.run(["git", *name, *arguments], cwd=folder, check=True, capture_output=True)


def commit(folder: Path, message: str) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)


def set_tag(folder: Path, environment: str, tag: str) -> None:
    """Let an Environment deploy another version, as a person would write it."""
    file = folder / "environments" / f"{environment}.yaml"
    head, entry, tail = file.read_text().partition("    hello:\n")
    kept = [line for line in tail.splitlines(keepends=True) if "image:" not in line]
    file.write_text(f"{head}{entry}      image: {{tag: {tag}}}\n{''.join(kept)}")


def test_an_image_that_the_lower_environment_never_had(committed: Path, run: Run) -> None:
    set_tag(committed, "prod", "v1.1.0")
    result = run("render", "-C", str(committed), "--env", "prod")
    assert result.status == 1
    place = "environments/prod.yaml:12:15: error[environment-skipped] prod/hello"
    assert f"{place}: ghcr.io/your-org/hello:v1.1.0 has never been in staging" in result.stderr


def test_an_image_that_the_lower_environment_has_had(committed: Path, run: Run) -> None:
    for tag in ("v1.1.0", "v1.2.0"):
        for environment in ("dev", "staging"):
            set_tag(committed, environment, tag)
        assert run("render", "-C", str(committed)).status == 0
        commit(committed, tag)
    set_tag(committed, "prod", "v1.1.0")
    result = run("render", "-C", str(committed), "--env", "prod")
    assert result.status == 0, result.output


def test_an_image_that_ran_here_before_may_come_back(committed: Path, run: Run) -> None:
    rollout = committed / "rendered/prod/hello/manifests/rollout-hello.yaml"
    written = rollout.read_text()

    def run_once(tag: str) -> None:
        rollout.write_text(written.replace("hello:v1.0.0", f"hello:{tag}"))
        commit(committed, tag)
        rollout.write_text(written)
        commit(committed, "v1.0.0")
        set_tag(committed, "prod", tag)

    run_once("v0.9.0")
    result = run("lint", "-C", str(committed))
    assert "environment-skipped" not in result.output
    git(committed, "switch", "--quiet", "--create", "change")
    run_once("v0.8.0")  # a change is not its own excuse
    result = run("lint", "-C", str(committed))
    assert "error[environment-skipped] prod/hello" in result.output


def test_a_shallow_clone_is_told_not_passed_over(committed: Path, run: Run, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git(committed, "commit", "--allow-empty", "--message", "more")
    git(tmp_path, "clone", "--quiet", "--depth=1", committed.as_uri(), str(clone))
    assert run("lint", "-C", str(clone)).stdout == "no findings\n"  # staging has this image now: no past is asked for
    set_tag(clone, "prod", "v0.9.0")
    result = run("lint", "-C", str(clone))
    assert "environment-skipped" not in result.output
    assert "prod/hello: the images it was promoted from: this clone has only a part of the history" in result.output


def test_production_released_with_less_care(committed: Path, run: Run) -> None:
    prod = committed / "environments" / "prod.yaml"
    prod.write_text(prod.read_text().replace("conservative-canary}", "conservative-canary, with: {gates: [20]}}"))
    staging = committed / "environments" / "staging.yaml"
    written = staging.read_text()
    profile = "rollout: {profile: gated-canary, with: {weights: [5, 20]}}"
    staging.write_text(written.replace("rollout: {profile: gated-canary}", profile))
    result = run("lint", "-C", str(committed))
    assert "warning[less-careful-than-lower] prod/hello: reaches" in result.output
    assert "only 5 % in staging" in result.output


EVERYWHERE = """
apiVersion: gitopsgen.io/v1
kind: Policy
metadata: {name: same-app-everywhere}
spec:
  severity: error
  category: house
  summary: An App is not deployed in every Environment.
  why: It would be tried nowhere.
  source: our own habit
  match: {kinds: [Rollout], tiers: [production]}
  variables:
  - name: without
    expression: >-
      environments.map(e, e).filter(e, !(object.metadata.name in environments[e].resources.?Rollout.orValue({})))
  validations:
  - at: metadata.name
    expression: variables.without.size() == 0
    messageExpression: "'is missing in ' + variables.without.join(', ')"
  examples:
  - fail: |
      kind: Rollout
      metadata:
        name: api  # <- here
  - pass: |
      kind: Rollout
      metadata: {name: api}
    lower: |
      kind: Rollout
      metadata: {name: api}
"""


def test_a_policy_over_all_environments(committed: Path, run: Run) -> None:
    (committed / "policies").mkdir(exist_ok=True)
    (committed / "policies" / "same-app-everywhere.yaml").write_text(EVERYWHERE)
    assert run("policy", "test", "-C", str(committed)).status == 0
    for selection in ((), ("--env", "prod")):
        result = run("lint", "-C", str(committed), *selection)
        assert "same-app-everywhere" not in result.output, result.output
    for file in (committed / "rendered" / "staging").rglob("rollout-*.yaml"):
        file.unlink()
    result = run("lint", "-C", str(committed), "--env", "prod")
    assert "error[same-app-everywhere] prod/hello: is missing in staging" in result.output
