"""The example with its chart drawing the workload: what helm makes of the rendered values passes the tool's own checks."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gitopsgen.source.reader import read
from tests.real.binaries import binary

MODES = ("rollout", "deployment")
NAMESPACES = {"dev": "sample-app-dev", "staging": "sample-app-staging", "prod": "sample-app"}


def gitopsgen(folder: Path, *arguments: str, stdin: str = "") -> str:
    """Run the command line on the repository ``folder``; it must end clean."""
    result = subprocess.run(
        [sys.executable, "-m", "gitopsgen.cli.main", *arguments],
        cwd=folder,
        input=stdin,
        env={**os.environ, "XDG_CACHE_HOME": str(folder / ".cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module", params=MODES)
def example(
    request: pytest.FixtureRequest, repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path]:
    """A rendered copy of the example in which the chart draws the workload, with the form that it draws."""
    mode: str = request.param
    folder = tmp_path_factory.mktemp(mode)
    for name in ("environments", "charts"):
        shutil.copytree(repository / name, folder / name)
    app = folder / "environments" / "apps" / "sample-api.yaml"
    app.write_text(app.read_text() + f"  chart: {{path: charts/sample-api, workload: {mode}}}\n")
    gitopsgen(folder, "render")
    return mode, folder


def drawn(folder: Path, environment: str) -> str:
    """Return what helm makes of the chart with the values that are rendered for an Environment."""
    values = folder / "rendered" / environment / "sample-api" / "values.yaml"
    chart = folder / "charts" / "sample-api"
    subprocess.run([binary("helm"), "lint", "--strict", chart, "--values", values], check=True, capture_output=True)
    options = ("--namespace", NAMESPACES[environment], "--values", values)
    result = subprocess.run(
        [binary("helm"), "template", "sample-api", chart, *options], check=True, capture_output=True, text=True
    )
    return result.stdout


def manifests(folder: Path, environment: str) -> list[dict[str, Any]]:
    files = sorted((folder / "rendered" / environment / "sample-api" / "manifests").iterdir())
    return [read(path.read_text(), path.name).documents[0].data for path in files]


@pytest.mark.parametrize("environment", NAMESPACES)
@pytest.mark.parametrize(
    "beside", [pytest.param((), id="alone"), pytest.param(("manifests",), id="with the manifests beside it")]
)
def test_what_helm_draws_passes_our_own_checks(
    example: tuple[str, Path], environment: str, beside: tuple[str, ...]
) -> None:
    _, folder = example
    paths = [f"rendered/{environment}/sample-api/{name}" for name in beside]
    gitopsgen(folder, "lint", "-", *paths, stdin=drawn(folder, environment))


@pytest.mark.parametrize("environment", NAMESPACES)
def test_the_workload_is_drawn_once(example: tuple[str, Path], environment: str) -> None:
    mode, folder = example
    chart = [document.data["kind"] for document in read(drawn(folder, environment), "helm").documents]
    rollouts = [body for body in manifests(folder, environment) if body["kind"] == "Rollout"]
    if mode == "rollout":
        assert (chart, rollouts) == (["Rollout"], [])
        return
    assert chart == ["Deployment"]
    assert [body["spec"]["workloadRef"] for body in rollouts] == [
        {"apiVersion": "apps/v1", "kind": "Deployment", "name": "sample-api", "scaleDown": "onsuccess"}
    ]
    assert all("template" not in body["spec"] for body in rollouts)
