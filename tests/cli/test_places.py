"""The line that a finding names first is the one that was edited, also where the edit leaves nothing to point at."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Run

ARGOCD = "    targetRevision: main\n"
STRATEGY = "rollout: {profile: fast-blue-green}"


@pytest.mark.parametrize(
    ("file", "old", "new", "policy"),
    [
        pytest.param("base", ARGOCD, "    sync: {automated: null}\n", "application-drifts", id="synced by hand"),
        pytest.param(
            "base", ARGOCD, "    sync: {automated: {selfHeal: false}}\n", "application-drifts", id="does not heal"
        ),
        pytest.param(
            "base", ARGOCD, "    sync: {automated: {prune: false}}\n", "application-leaves-orphans", id="no prune"
        ),
        pytest.param("base", ARGOCD, "    targetRevision: feature\n", "unprotected-revision", id="a branch"),
        pytest.param("base", ARGOCD, "    project: {create: false}\n", "reference/project-not-in-set", id="no project"),
        pytest.param(
            "base", ARGOCD, "    sync: {options: []}\n", "argo-cd/no-cluster-resources-permitted", id="no options"
        ),
        pytest.param(
            "apps/hello",
            "metrics: {path: /metrics}",
            "metrics: {path: /metrics, port: web}",
            "reference/target-port-not-on-pods",
            id="a port that there is not",
        ),
        pytest.param("prod", "replicas: 4", "disruption: null", "guard-removed", id="no budget any more"),
        pytest.param("prod", "replicas: 4", "network: null", "guard-removed", id="no network policy any more"),
        pytest.param(
            "dev",
            "ingress: {host: hello.dev.example.com}",
            "ingress: {host: hello.dev.example.com, tls: true}\n      externals: null",
            "reference/secret-not-in-set",
            id="a certificate that nobody makes",
        ),
        pytest.param(
            "dev",
            STRATEGY,
            "rollout: {canary: {steps: [{setWeight: 50}, {pause: manual}]}}",
            "argo-rollouts/gate-in-unattended-tier",
            id="a gate in its short form",
        ),
    ],
)
def test_the_first_place_is_the_edited_line(
    scaffold: Path, run: Run, file: str, old: str, new: str, policy: str
) -> None:
    git = ("git", "-C", str(scaffold), "-c", "user.name=a", "-c", "user.email=a@example.com")
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "first")):
        subprocess.run((*git, *command), check=True)
    descriptor = scaffold / "environments" / f"{file}.yaml"
    text = descriptor.read_text()
    assert text.count(old) == 1
    descriptor.write_text(text.replace(old, new))
    result = run("lint", "-C", str(scaffold), "--format", "json")
    places = [one["location"] for one in json.loads(result.stdout)["findings"] if one["policy"] == policy]
    line = text[: text.index(old)].count("\n") + 1
    assert {(one["file"], one["line"]) for one in places} == {(f"environments/{file}.yaml", line)}
