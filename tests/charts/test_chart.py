"""The example's chart: the generated values draw the workload that the manifests have, in either form."""

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from gitopsgen.descriptors.loading import load_descriptors
from gitopsgen.descriptors.resolving import resolve
from gitopsgen.model.release import Release
from gitopsgen.source.emitter import emit
from gitopsgen.source.reader import read
from tests.templates.rendering import RENDERER, one, rendered, values_of

Helm = Callable[..., subprocess.CompletedProcess[str]]
ENVIRONMENTS = ("dev", "staging", "prod")


@pytest.fixture(scope="session")
def helm() -> Helm:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    binary = shutil.which("helm") or shutil.which("helm", path=cache / "gitopsgen-tools" / "bin")
    if not binary:
        pytest.skip("helm is not installed")

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run([binary, *arguments], capture_output=True, text=True, check=False)

    return run


@pytest.fixture(scope="session")
def chart(repository: Path) -> Path:
    return repository / "charts" / "sample-api"


@pytest.fixture(scope="session")
def releases(repository: Path) -> Mapping[str, Release]:
    descriptors, findings = load_descriptors(repository)
    fleet, faults = resolve(descriptors)
    assert [*findings, *faults] == []
    return {release.environment.name: release for release in fleet.releases}


def drawn(helm: Helm, chart: Path, folder: Path, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the one object that the chart draws with ``values``."""
    (folder / "values.yaml").write_text(emit(values))
    result = helm("template", "sample-api", chart, "--namespace", "shop", "--values", folder / "values.yaml")
    assert result.returncode == 0, result.stderr
    stream = read(result.stdout, "helm")
    assert not stream.problems
    (document,) = stream.documents
    body: Mapping[str, Any] = document.data
    return body


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_chart_draws_the_rollout_that_is_rendered(
    environment: str, helm: Helm, chart: Path, releases: Mapping[str, Release], tmp_path: Path
) -> None:
    release = releases[environment]
    expected = one(rendered(release), "Rollout")
    found = drawn(helm, chart, tmp_path, values_of(release))
    assert (found["kind"], found["metadata"]["name"]) == ("Rollout", expected["metadata"]["name"])
    assert found["spec"] == expected["spec"]
    assert found["metadata"]["labels"].items() >= expected["metadata"]["labels"].items()


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_chart_draws_a_deployment_for_a_rollout_to_reference(
    environment: str, helm: Helm, chart: Path, releases: Mapping[str, Release], tmp_path: Path
) -> None:
    release = releases[environment]
    found = drawn(helm, chart, tmp_path, {**values_of(release), "workload": "deployment"})
    expected = one(rendered(release), "Rollout")["spec"]
    assert (found["kind"], found["metadata"]["name"], found["spec"]["replicas"]) == ("Deployment", "sample-api", 0)
    assert found["spec"]["template"] == expected["template"]
    assert found["spec"]["selector"] == expected["selector"]


def test_the_chart_stands_alone(helm: Helm, chart: Path) -> None:
    assert helm("lint", "--strict", chart).returncode == 0
    result = helm("template", "sample-api", chart)
    (document,) = read(result.stdout, "helm").documents
    assert document.data["spec"]["strategy"] == {"canary": {}}


def test_a_digest_wins_over_a_tag(helm: Helm, chart: Path) -> None:
    digest = f"sha256:{'0' * 64}"
    result = helm("template", "sample-api", chart, "--set", f"image.digest={digest}", "--set", "image.tag=v2")
    (document,) = read(result.stdout, "helm").documents
    (container,) = document.data["spec"]["template"]["spec"]["containers"]
    assert container["image"] == f"ghcr.io/your-org/sample-api:v2@{digest}"


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        pytest.param("workload=job", "/workload", id="unknown workload"),
        pytest.param("rollouts.strategy=canary", "rollouts", id="unknown key"),
        pytest.param("ingress.enabled=true", "/ingress/enabled", id="what the chart does not draw"),
        pytest.param("image.tag=a b", "/image/tag", id="no tag"),
        pytest.param("rollout.strategy.canary=null,rollout.strategy.bluegreen.a=b", "bluegreen", id="no strategy"),
    ],
)
def test_values_are_checked(setting: str, said: str, helm: Helm, chart: Path) -> None:
    result = helm("template", "sample-api", chart, "--set", setting)
    assert result.returncode != 0
    assert said in result.stderr


def test_the_example_renders(releases: Mapping[str, Release]) -> None:
    assert [RENDERER.release(release).findings for release in releases.values()] == [()] * len(ENVIRONMENTS)
