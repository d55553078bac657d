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


def rollout(**strategy: object) -> Manifest:
    body = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Rollout",
        "metadata": {"name": "api", "namespace": "prod"},
        "spec": {"replicas": 4, "strategy": strategy},
    }
    return Manifest(body=body, file="rollout.yaml")


ROLLOUT = rollout(canary={"steps": [{"setWeight": 50}, {"pause": {"duration": "1m"}}, {"pause": {}}]})


def client(folder: Path, name: str, script: str) -> Path:
    file = folder / name
    file.write_text(f'#!/bin/sh\necho "{name} $*" >> "{folder}/calls"\n{script}\n')
    file.chmod(0o755)
    return file


def waited(folder: Path, argocd: str, rollouts: str, *manifests: Manifest, seconds: int = 9) -> Waited:
    clients = Clients(
        argocd=client(folder, "argocd", argocd), rollouts=client(folder, "kubectl-argo-rollouts", rollouts)
    )
    passed = folder / "passed"
    passed.touch()

    def sleep(duration: float) -> None:
        with passed.open("a") as file:
            file.write(f"{duration}\n")

    clock = Clock(now=lambda: sum(map(float, passed.read_text().split())), sleep=sleep)
    return wait(clients, APPLICATION, list(manifests), seconds=seconds, clock=clock)


COUNTED = (
    'n=$(cat "$0.n" 2>/dev/null || echo 0); echo $((n + 1)) > "$0.n"; [ "$n" -lt 2 ] && echo Progressing || echo {}'
)

AT_STEP = """if [ "$1" = status ]; then echo 'Paused - CanaryPauseStep'; else
printf 'Name:            api\\nStatus:          ॥ Paused\\n  Step:            %s/3\\n  SetWeight:       50\\n' {}; fi"""
"""What the plugin prints at a pause: with which step, only where it is asked for everything."""
IN_A_WHILE = 'n=$(cat "$0.n" 2>/dev/null || echo 0); echo $((n + 1)) > "$0.n"; step=$((n < 4 ? 1 : 2))\n'
DEGRADED = "echo Degraded; echo 'Error: The rollout is in a degraded state with message: RolloutAborted: Rollout aborted update to revision 2' >&2; exit 1"
NO_SESSION = "no session information"
IN_JSON = f"""{{"level":"fatal","msg":"{NO_SESSION}","time":"2026-01-01T00:00:00Z"}}"""
IN_TEXT = f'time="2026-01-01T00:00:00Z" level=fatal msg="{NO_SESSION}"'
GATE = "Rollout prod/api stands at a gate ({}): a person decides"
DECIDE = "`kubectl argo rollouts promote api --namespace prod`, or `kubectl argo rollouts abort api --namespace prod`"


@pytest.mark.parametrize(
    ("argocd", "rollouts", "outcome", "message", "fix"),
    [
        pytest.param("", COUNTED.format("Healthy"), Outcome.HEALTHY, "api-prod is synced and healthy", "", id="healthy after a while"),
        pytest.param("", AT_STEP.format(2), Outcome.PAUSED, GATE.format("CanaryPauseStep"), DECIDE, id="a gate"),
        pytest.param("", AT_STEP.format(1), Outcome.TIMED_OUT, "Rollout prod/api is still Paused - CanaryPauseStep", "`kubectl argo rollouts get rollout api --namespace prod`", id="a hold ends by itself"),
        pytest.param("", IN_A_WHILE + AT_STEP.format("$step"), Outcome.PAUSED, GATE.format("CanaryPauseStep"), DECIDE, id="a hold, and then a gate"),
        pytest.param("", "echo 'Paused - InconclusiveAnalysisRun'", Outcome.PAUSED, GATE.format("InconclusiveAnalysisRun"), DECIDE, id="no verdict"),
        pytest.param("", DEGRADED, Outcome.FAILED, "Rollout prod/api is degraded: RolloutAborted: Rollout aborted update to revision 2", "`kubectl argo rollouts get rollout api --namespace prod`", id="aborted"),
        pytest.param("", "echo Progressing", Outcome.TIMED_OUT, "Rollout prod/api is still Progressing", "`kubectl argo rollouts get rollout api --namespace prod`", id="for ever"),
        pytest.param("", "echo 'no such rollout' >&2; exit 1", Outcome.FAILED, "Rollout prod/api: no such rollout", "`kubectl argo rollouts get rollout api --namespace prod`", id="no rollout"),
        pytest.param(f"[ $2 = get ] && {{ echo '{NO_SESSION}' >&2; exit 20; }}", "", Outcome.FAILED, f"argocd: {NO_SESSION}", "`argocd login`, and `argocd app get api-prod`", id="no session"),
        pytest.param(f"[ $2 = get ] && {{ echo '{IN_JSON}' >&2; exit 20; }}", "", Outcome.FAILED, f"argocd: {NO_SESSION}", "`argocd login`, and `argocd app get api-prod`", id="no session, said in JSON"),
        pytest.param(f"[ $2 = get ] && {{ echo '{IN_TEXT}' >&2; exit 20; }}", "", Outcome.FAILED, f"argocd: {NO_SESSION}", "`argocd login`, and `argocd app get api-prod`", id="no session, logged"),
        pytest.param('[ "$2" = wait ] && { echo "sync failed" >&2; exit 1; }; exit 0', "", Outcome.FAILED, "argocd: sync failed", "`argocd app get api-prod` shows what it waits for", id="no sync"),
    ],
)  # fmt: skip
def test_what_the_clients_say(
    argocd: str, rollouts: str, outcome: Outcome, message: str, fix: str, tmp_path: Path
) -> None:
    assert waited(tmp_path, argocd, rollouts, ROLLOUT) == Waited(outcome=outcome, message=message, fix=fix)


NEVER_SYNCED = """if [ $2 = wait ]; then
while [ "$1" != --timeout ]; do shift; done; echo $2 >> "$(dirname "$0")/passed"; echo "timed out (${2}s) waiting" >&2; exit 20
fi
"""
"""What waits in vain, for as long as it is told to."""
CONDITIONS = """echo '{"status": {"conditions": [{"type": "OrphanedResourceWarning", "message": "two"}, {"type": "%s", "message": "what is\\\\nwrong"}]}}'\n"""
ONLY_AT_FIRST = 'n=$(cat "$0.n" 2>/dev/null || echo 0); echo $((n + 1)) > "$0.n"; [ "$n" -gt 0 ] && exit 0\n'


@pytest.mark.parametrize(
    ("argocd", "outcome", "message", "turns"),
    [
        pytest.param(NEVER_SYNCED + CONDITIONS % "ComparisonError", Outcome.FAILED, "argocd: ComparisonError: what is wrong", [10], id="what cannot be rendered"),
        pytest.param(NEVER_SYNCED + CONDITIONS % "InvalidSpecError", Outcome.FAILED, "argocd: InvalidSpecError: what is wrong", [10], id="a bad Application"),
        pytest.param(NEVER_SYNCED + ONLY_AT_FIRST + CONDITIONS % "ComparisonError", Outcome.TIMED_OUT, "argocd: timed out (25s) waiting", [10, 30, 30, 30, 25], id="an error that passes"),
        pytest.param(NEVER_SYNCED + CONDITIONS % "SyncError", Outcome.TIMED_OUT, "argocd: timed out (5s) waiting", [30, 30, 30, 30, 5], id="an error that a retry may mend"),
        pytest.param(NEVER_SYNCED + "echo nonsense", Outcome.TIMED_OUT, "argocd: timed out (5s) waiting", [30, 30, 30, 30, 5], id="no JSON"),
    ],
)  # fmt: skip
def test_what_keeps_a_sync_away_is_told_long_before_the_end(
    argocd: str, outcome: Outcome, message: str, turns: list[int], tmp_path: Path
) -> None:
    told = waited(tmp_path, argocd, "", ROLLOUT, seconds=125)
    assert (told.outcome, told.message) == (outcome, message)
    assert [int(line) for line in (tmp_path / "passed").read_text().split()] == turns


@pytest.mark.parametrize(
    ("blue_green", "outcome"),
    [
        pytest.param({"autoPromotionEnabled": False}, Outcome.PAUSED, id="a gate"),
        pytest.param({"autoPromotionSeconds": 60}, Outcome.TIMED_OUT, id="a hold"),
    ],
)
def test_a_pause_of_a_blue_green_rollout(blue_green: dict[str, object], outcome: Outcome, tmp_path: Path) -> None:
    manifest = rollout(blueGreen={"activeService": "api", "previewService": "api-preview", **blue_green})
    assert waited(tmp_path, "", "echo 'Paused - BlueGreenPause'", manifest).outcome is outcome


def test_what_the_clients_are_asked(tmp_path: Path) -> None:
    waited(tmp_path, "", "echo Healthy", ROLLOUT)
    assert (tmp_path / "calls").read_text().splitlines() == [
        "argocd app get api-prod --refresh --app-namespace apps --output json",
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
    client(bin_folder, "kubectl-argo-rollouts", DEGRADED)
    monkeypatch.setenv("PATH", f"{bin_folder}:/usr/bin:/bin")
    said = gitopsgen("deploy", "dev/hello", "v1.1.0", "--push", "--wait")
    assert said.status == 1
    assert "to go back: `gitopsgen rollback hello --env dev --commit --push`" in said.stderr
    assert clone.git("status", "--branch", "--porcelain") == "## main...origin/main"
