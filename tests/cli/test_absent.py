"""A command about a release that is not there says why, and one about another release does its work."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run

FAULT = "environments/apps/hello.yaml:11:11: `spec.ports.http` must be a whole number, not `eight`"
MEND = "\n   fix: mend that first: `gitopsgen lint` shows all faults"
ANOTHER = """apiVersion: gitopsgen.io/v1
kind: App
metadata: {name: another}
spec:
  image: {repository: ghcr.io/your-org/another, tag: v1.0.0}
  ports: {http: 8080}
"""


@pytest.fixture
def faulty(scaffold: Path) -> Path:
    """The scaffold with a second App in prod, and a fault in the first."""
    app = scaffold / "environments/apps/hello.yaml"
    assert "ports: {http: 8080}" in app.read_text()
    app.write_text(app.read_text().replace("ports: {http: 8080}", "ports: {http: eight}"))
    (scaffold / "environments/apps/another.yaml").write_text(ANOTHER)
    prod = scaffold / "environments/prod.yaml"
    prod.write_text(prod.read_text().replace("  apps:\n", "  apps:\n    another: {}\n"))
    return scaffold


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("explain", "prod/hello", "replicas"), "there is no release prod/hello", id="explain a key"),
        pytest.param(("explain", "rendered/prod/hello/values.yaml:9"), "nothing renders rendered/prod/hello/values.yaml", id="explain a line"),
        pytest.param(("plan", "prod/hello"), "there is no release prod/hello", id="plan"),
        pytest.param(("healthcheck", "prod/hello", "--url", "http://127.0.0.1:9"), "there is no release prod/hello", id="healthcheck"),
        pytest.param(("set", "prod/hello", "replicas=3"), "there is no release prod/hello", id="set"),
    ],
)  # fmt: skip
def test_what_a_fault_keeps_out_is_told_with_it(arguments: tuple[str, ...], said: str, faulty: Path, run: Run) -> None:
    result = run(*arguments, folder=faulty)
    assert (result.status, result.stderr) == (2, f"error: {said}, for {FAULT}{MEND}\n")


@pytest.mark.parametrize(
    ("arguments", "fix"),
    [
        pytest.param(("explain", "prod/anothr", "replicas"), "did you mean `prod/another`?", id="explain"),
        pytest.param(("plan", "prod/anothr"), "did you mean `prod/another`?", id="plan"),
        pytest.param(("explain", "prd", "tier"), "did you mean `prod`?", id="an Environment"),
    ],
)
def test_what_may_be_misspelt_is_told_too(arguments: tuple[str, ...], fix: str, faulty: Path, run: Run) -> None:
    result = run(*arguments, folder=faulty)
    assert (result.status, result.stderr.endswith(f"{MEND}; or {fix}\n")) == (2, True), result.stderr


def test_a_release_beside_a_faulty_one_is_planned_and_explained(faulty: Path, run: Run) -> None:
    planned = run("plan", "prod/another", folder=faulty)
    assert (planned.status, "another" in planned.stdout) == (0, True), planned.stderr
    explained = run("explain", "prod/another", "replicas", folder=faulty)
    assert explained.status == 0, explained.stderr


@pytest.mark.parametrize("command", [("plan", "prod/hello"), ("explain", "prod/hello", "replicas")])
def test_what_does_not_render_is_told_with_the_reason(command: tuple[str, ...], scaffold: Path, run: Run) -> None:
    environment = scaffold / "environments/prod.yaml"
    text = environment.read_text()
    environment.write_text(text.replace("profile: conservative-canary", "profile: none"))
    result = run(*command, folder=scaffold)
    place = f"environments/prod.yaml:{text[: text.index('profile:')].count(chr(10)) + 1}:17"
    assert result.status == 2
    assert f"error: prod/hello does not render, for {place}: there is no profile `none`{MEND}" in result.stderr


def test_an_abstract_environment_renders_nothing(scaffold: Path, run: Run) -> None:
    result = run("explain", "base", "tier", folder=scaffold)
    assert result.status == 2
    said = "error: the Environment `base` is abstract: nothing is rendered for it\n   fix: ask for dev or prod or staging\n"
    assert result.stderr == said
