"""An App that a chart draws: what helm makes of it is checked although it is not written, and production's gate holds."""

import os
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Run, tree
from tests.real.binaries import binary

MODES = ("rollout", "deployment")
APP = "environments/apps/hello.yaml"


def add_chart(repository: Path, folder: Path, chart: str) -> None:
    """Let the scaffold's App be drawn by a copy of the example's chart."""
    shutil.copytree(repository / "charts" / "sample-api", folder / "charts" / "hello", dirs_exist_ok=True)
    app = folder / APP
    app.write_text(app.read_text() + f"  chart: {chart}\n")


def path_with(*programs: str) -> str:
    """Return a PATH with these programs first, or without helm when there are none."""
    folders = [str(Path(binary(program)).parent) for program in programs]
    return os.pathsep.join((*folders, *(one for one in os.environ["PATH"].split(os.pathsep) if not _has_helm(one))))


def _has_helm(folder: str) -> bool:
    return (Path(folder) / "helm").exists()


@pytest.mark.parametrize("mode", MODES)
def test_production_s_gate_does_not_need_helm(repository: Path, scaffold: Path, run: Run, mode: str) -> None:
    add_chart(repository, scaffold, f"{{path: charts/hello, workload: {mode}}}")
    path = path_with()
    result = run("render", "-C", str(scaffold), PATH=path)
    assert result.status == 0, result.output
    assert "not checked: prod/hello: what its chart draws: helm is not installed" in result.stderr
    assert (scaffold / "rendered/prod/hello/manifests/rollout-hello.yaml").exists() is (mode == "deployment")
    application = (scaffold / "rendered/prod/argocd/apps/hello.yaml").read_text()
    assert "$values/rendered/prod/hello/values.yaml" in application
    prod = scaffold / "environments/prod.yaml"
    prod.write_text(prod.read_text().replace("conservative-canary}", "conservative-canary, with: {gates: []}}"))
    result = run("render", "-C", str(scaffold), PATH=path)
    assert result.status == 1
    assert "error[ungated-production-canary] prod/hello" in result.stderr


@pytest.mark.parametrize("mode", MODES)
def test_what_helm_draws_is_checked_and_not_written(repository: Path, scaffold: Path, run: Run, mode: str) -> None:
    add_chart(repository, scaffold, f"{{path: charts/hello, workload: {mode}}}")
    result = run("render", "-C", str(scaffold), PATH=path_with("helm"))
    assert (result.status, "not checked" in result.output) == (0, False), result.output
    before = tree(scaffold)
    assert not any("deployment-" in file for file in before)
    template = scaffold / "charts/hello/templates" / f"{mode}.yaml"
    template.write_text(template.read_text().replace("  selector:", "  replics: 4\n  selector:"))
    result = run("lint", "-C", str(scaffold), "--env", "prod", PATH=path_with("helm"))
    line = template.read_text().splitlines().index("  replics: 4") + 1
    assert result.status == 1
    assert f"charts/hello/templates/{mode}.yaml:{line}:3: error[schema/unknown-key] prod/hello" in result.stdout
    assert tree(scaffold) == before


@pytest.mark.parametrize(
    ("chart", "file", "old", "new", "expected"),
    [
        pytest.param(
            "",
            APP,
            "image:\n    repository: ghcr.io/your-org/hello\n    tag: v1.0.0",
            "image: {repository: ghcr.io/your-org/hello, tag: latest}",
            "error[image-tag-not-pinned]",
            id="a value",
        ),
        pytest.param(
            ", values: {affinity: {nodeAffinitie: {}}}",
            APP,
            "nodeAffinitie",
            "nodeAffinitie",
            "error[schema/unknown-key]",
            id="a value that the chart passes on",
        ),
        pytest.param(
            ", values: {image: {pullPolicy: Sometimes}}",
            APP,
            "Sometimes",
            "Sometimes",
            "the chart's values.schema.json refuses `image.pullPolicy`",
            id="the chart's schema",
        ),
        pytest.param(
            ", values: {imagg: x}",
            APP,
            "imagg",
            "imagg",
            "values.schema.json refuses `imagg`",
            id="a key it does not know",
        ),
        pytest.param(
            "",
            "charts/hello/templates/_pod.tpl",
            "{{ .Values.terminationGracePeriodSeconds }}",
            "{{ .Values.no.such.key }}",
            "the chart fails",
            id="a template that fails",
        ),
        pytest.param(
            "",
            "charts/hello/templates/_pod.tpl",
            "{{ .Values.terminationGracePeriodSeconds }}",
            "soon",
            "error[schema/wrong-type]",
            id="the chart's own text",
        ),
    ],
)
def test_the_line_to_edit(
    repository: Path, scaffold: Path, run: Run, chart: str, file: str, old: str, new: str, expected: str
) -> None:
    add_chart(repository, scaffold, f"{{path: charts/hello, workload: rollout{chart}}}")
    edited = scaffold / file
    text = edited.read_text()
    assert old in text
    edited.write_text(text.replace(old, new))
    line = next(number for number, one in enumerate(edited.read_text().splitlines(), 1) if new in one)
    result = run("lint", "-C", str(scaffold), PATH=path_with("helm"))
    told = [one for one in result.stdout.splitlines() if expected in one]
    assert result.status == 1
    assert told, result.output
    assert all(one.startswith(f"{file}:{line}:") for one in told), told


def test_a_chart_that_is_not_there(scaffold: Path, run: Run) -> None:
    (scaffold / APP).write_text((scaffold / APP).read_text() + "  chart: {path: charts/helo, workload: rollout}\n")
    result = run("lint", "-C", str(scaffold), "--env", "prod")
    assert result.status == 1
    assert "error[chart/missing] prod/hello: there is no chart at `charts/helo`" in result.stdout


def test_a_chart_of_a_repository_is_checked_when_it_is_at_hand(repository: Path, scaffold: Path, run: Run) -> None:
    chart = "{repoURL: https://charts.example.com, name: sample-api, version: 0.1.0, workload: rollout}"
    (scaffold / APP).write_text((scaffold / APP).read_text() + f"  chart: {chart}\n")
    path = path_with("helm")
    result = run("lint", "-C", str(scaffold), PATH=path)
    pull = "helm pull --repo https://charts.example.com sample-api --version 0.1.0 --destination charts/"
    assert f"the chart sample-api 0.1.0 is not at hand: run `{pull}`" in result.stdout
    shutil.copytree(repository / "charts" / "sample-api", scaffold / "charts" / "sample-api")
    result = run("lint", "-C", str(scaffold), PATH=path)
    assert "not at hand" not in result.output
    kept = Path(shutil.make_archive(str(scaffold / "sample-api-0.1.0"), "gztar", scaffold / "charts", "sample-api"))
    shutil.rmtree(scaffold / "charts" / "sample-api")
    cache = scaffold / "helm" / "repository"
    cache.mkdir(parents=True)
    kept.rename(cache / "sample-api-0.1.0.tgz")
    result = run("lint", "-C", str(scaffold), PATH=path, HELM_CACHE_HOME=str(cache.parent))
    assert "not at hand" not in result.output


def test_a_chart_that_draws_another_workload(repository: Path, scaffold: Path, run: Run) -> None:
    add_chart(repository, scaffold, "{path: charts/hello, workload: rollout, values: {fullnameOverride: other}}")
    result = run("lint", "-C", str(scaffold), "--env", "prod", PATH=path_with("helm"))
    assert result.status == 1
    assert "error[chart/no-workload] prod/hello: the chart draws no Rollout `hello`" in result.stdout


def test_a_chart_that_draws_what_is_rendered_too(repository: Path, scaffold: Path, run: Run) -> None:
    add_chart(repository, scaffold, "{path: charts/hello, workload: rollout}")
    service = "apiVersion: v1\nkind: Service\nmetadata:\n  name: hello\nspec:\n  ports:\n  - port: 80\n"
    (scaffold / "charts/hello/templates/service.yaml").write_text(service)
    result = run("lint", "-C", str(scaffold), "--env", "prod", PATH=path_with("helm"))
    assert result.status == 1
    assert "error[tree/object-collision] prod/hello" in result.stdout
    assert "charts/hello/templates/service.yaml" in result.stdout
