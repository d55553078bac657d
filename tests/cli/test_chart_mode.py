"""An App that a chart draws: its workload is checked although it is not written, and production's gate holds."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run


@pytest.mark.parametrize(("mode", "rollout"), [("rollout", False), ("deployment", True)])
def test_the_chart_draws_the_workload(scaffold: Path, run: Run, mode: str, rollout: bool) -> None:  # noqa: FBT001 - a table
    app = scaffold / "environments/apps/hello.yaml"
    app.write_text(app.read_text() + f"  chart: {{path: charts/hello, workload: {mode}}}\n")
    result = run("render", "-C", str(scaffold))
    assert result.status == 0, result.output
    assert "not checked: prod/hello: what its chart draws: helm is not run" in result.stderr
    assert (scaffold / "rendered/prod/hello/manifests/rollout-hello.yaml").exists() is rollout
    application = (scaffold / "rendered/prod/argocd/apps/hello.yaml").read_text()
    assert "$values/rendered/prod/hello/values.yaml" in application
    prod = scaffold / "environments/prod.yaml"
    prod.write_text(prod.read_text().replace("conservative-canary}", "conservative-canary, with: {gates: []}}"))
    result = run("render", "-C", str(scaffold))
    assert result.status == 1
    assert "error[ungated-production-canary] prod/hello" in result.stderr
