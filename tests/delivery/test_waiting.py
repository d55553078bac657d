"""``--wait``: what the clients of Argo CD and Argo Rollouts say, played by scripts, and what is made of it."""

from pathlib import Path

import pytest

from gitopsgen.delivery.waiting import Clients, Clock, Outcome, Waited, wait
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.manifest import Manifest
from tests.delivery.conftest import Gitopsgen, everything
from tests.delivery.repositories import Repository

APPLICATION = Manifest(
    body={
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "api-prod", "namespace": "apps"},
    },
    file="application.yaml",
)
ROLLOUT = Manifest(
    body={"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "api", "namespace": "prod"}},
    file="rollout.yaml",
)


def client(folder: Path, name: str, script: str) -> Path:
    file = folder / name
    file.write_text(f'#!/bin/sh\necho "{name} $*" >> "{folder}/calls"\n{script}\n')
    file.chmod(0o755)
    return file


def waited(folder: Path, argocd: str, rollouts: str, *manifests: Manifest) -> Waited:
    clients = Clients(
        argocd=client(folder, "argocd", argocd), rollouts=client(folder, "kubectl-argo-rollouts", rollouts)
    )
    passed = [0.0]

    def sleep(seconds: float) -> None:
        passed[0] += seconds

    clock = Clock(now=lambda: passed[0], sleep=sleep)
    return wait(clients, APPLICATION, list(manifests), seconds=9, clock=clock)


COUNTED = (
    'n=$(cat "$0.n" 2>/dev/null || echo 0); echo $((n + 1)) > "$0.n"; [ "$n" -lt 2 ] && echo Progressing || echo {}'
)


@pytest.mark.parametrize(
    ("argocd", "rollouts", "outcome", "message", "fix"),
    [
        pytest.param("", COUNTED.format("Healthy"), Outcome.HEALTHY, "api-prod is synced and healthy", "", id="healthy after a while"),
        pytest.param("", "echo 'Paused - CanaryPauseStep'", Outcome.PAUSED, "Rollout prod/api stands at a gate (CanaryPauseStep): a person decides", "`kubectl argo rollouts promote api --namespace prod`, or `kubectl argo rollouts abort api --namespace prod`", id="a gate"),
        pytest.param("", "echo 'Degraded - RolloutAborted'; exit 1", Outcome.FAILED, "Rollout prod/api is degraded: RolloutAborted", "`kubectl argo rollouts get rollout api --namespace prod`", id="aborted"),
        pytest.param("", "echo Progressing", Outcome.TIMED_OUT, "Rollout prod/api is still Progressing", "`kubectl argo rollouts get rollout api --namespace prod`", id="for ever"),
        pytest.param("", "echo 'no such rollout' >&2; exit 1", Outcome.FAILED, "Rollout prod/api: no such rollout", "`kubectl argo rollouts get rollout api --namespace prod`", id="no rollout"),
        pytest.param('[ "$2" = get ] && { echo "not logged in" >&2; exit 20; }', "", Outcome.FAILED, "argocd: not logged in", "`argocd login`, and `argocd app get api-prod`", id="no session"),
        pytest.param('[ "$2" = wait ] && { echo "sync failed" >&2; exit 1; }; exit 0', "", Outcome.FAILED, "argocd: sync failed", "`argocd app get api-prod` shows what it waits for", id="no sync"),
    ],
)  # fmt: skip
def test_what_the_clients_say(
    argocd: str, rollouts: str, outcome: Outcome, message: str, fix: str, tmp_path: Path
) -> None:
    assert waited(tmp_path, argocd, rollouts, ROLLOUT) == Waited(outcome=outcome, message=message, fix=fix)


def test_what_the_clients_are_asked(tmp_path: Path) -> None:
    waited(tmp_path, "", "echo Healthy", ROLLOUT)
    assert (tmp_path / "calls").read_text().splitlines() == [
        "argocd app get api-prod --refresh --app-namespace apps --output name",
        "argocd app wait api-prod --sync --operation --timeout 9 --app-namespace apps",
        "kubectl-argo-rollouts status api --namespace prod --watch=false",
    ]
    (tmp_path / "calls").unlink()
    waited(tmp_path, "", "")
    assert "--sync --operation --health" in (tmp_path / "calls").read_text(), (
        "without a Rollout, Argo CD knows its health"
    )


def test_a_client_that_is_missing_is_said_before_anything_is_done(
    clone: Repository, gitopsgen: Gitopsgen, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    client(bin_folder, "argocd", "")
    monkeypatch.setenv("PATH", f"{bin_folder}:/usr/bin:/bin")
    before = everything(clone)
    said = gitopsgen("deploy", "prod/hello", "v1.1.0", "--push", "--wait")
    assert (said.status, said.stderr) == (
        2,
        "error: `--wait` needs kubectl-argo-rollouts, which is not installed\n   fix: install it, or leave out `--wait`\n",
    )
    assert everything(clone) == before
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitopsgenError, match="needs argocd"):
        Clients.find(with_rollouts=False)


def test_a_release_that_fails_says_how_to_go_back(
    clone: Repository, gitopsgen: Gitopsgen, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    client(bin_folder, "argocd", "")
    client(bin_folder, "kubectl-argo-rollouts", "echo 'Degraded - RolloutAborted'")
    monkeypatch.setenv("PATH", f"{bin_folder}:/usr/bin:/bin")
    said = gitopsgen("deploy", "dev/hello", "v1.1.0", "--push", "--wait")
    assert said.status == 1
    assert "to go back: `gitopsgen rollback hello --env dev --commit --push`" in said.stderr
    assert clone.git("status", "--branch", "--porcelain") == "## main...origin/main"
