"""The hooks under the real pre-commit, in a scratch repository: a good commit, a bad one, and a stale tree."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
PRE_COMMIT = Path(sys.executable).parent / "pre-commit"
PROD = "environments/prod.yaml"
GITOPSGEN = (sys.executable, "-m", "gitopsgen.cli.main")

pytestmark = pytest.mark.skipif(not PRE_COMMIT.exists(), reason="pre-commit is not installed beside Python")


def hooks() -> list[dict[str, object]]:
    """The hooks that are offered, run from here: pre-commit would install them from a release."""
    offered = yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text())
    return [
        {**hook, "language": "system", "entry": shlex.join((*GITOPSGEN, *hook["entry"].split()[1:]))}
        for hook in offered
    ]


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """A committed repository as ``gitopsgen init`` and ``render`` leave it, with the hooks installed."""
    folder = tmp_path / "scratch"
    run(tmp_path, *GITOPSGEN, "init", str(folder))
    (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [{"repo": "local", "hooks": hooks()}]}))
    run(folder, *GITOPSGEN, "render")
    run(folder, "git", "init", "-q", "-b", "main")
    run(folder, str(PRE_COMMIT), "install")
    run(folder, "git", "add", ".")
    run(folder, "git", "commit", "-q", "-m", "start")
    return folder


def attempt(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    home = folder.parent / "home"
    home.mkdir(exist_ok=True)
    environment = {
        **os.environ,
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "PRE_COMMIT_HOME": str(home / "pre-commit"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_AUTHOR_NAME": "A",
        "GIT_AUTHOR_EMAIL": "a@example.com",
        "GIT_COMMITTER_NAME": "A",
        "GIT_COMMITTER_EMAIL": "a@example.com",
    }
    environment.pop("GIT_DIR", None)
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def run(folder: Path, *command: str) -> None:
    result = attempt(folder, *command)
    assert result.returncode == 0, result.stdout + result.stderr


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def subjects(folder: Path) -> list[str]:
    return attempt(folder, "git", "log", "--format=%s").stdout.splitlines()


def test_a_rendered_change_is_committed(scratch: Path) -> None:
    change(scratch / PROD, "replicas: 4", "replicas: 5")
    run(scratch, *GITOPSGEN, "render")
    run(scratch, "git", "add", ".")
    result = attempt(scratch, "git", "commit", "-m", "more pods")
    assert result.returncode == 0, result.stdout + result.stderr
    assert (result.stdout + result.stderr).count("Passed") == len(hooks())
    assert subjects(scratch) == ["more pods", "start"]


def test_what_is_not_rendered_is_committed(scratch: Path) -> None:
    (scratch / "NOTES.md").write_text("nothing to render\n")
    run(scratch, "git", "add", ".")
    result = attempt(scratch, "git", "commit", "-m", "notes")
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_new_app_is_not_committed_without_what_it_renders_to(scratch: Path) -> None:
    app = scratch / "environments/apps/hello.yaml"
    (app.parent / "other.yaml").write_text(app.read_text().replace("name: hello", "name: other"))
    change(scratch / "environments/dev.yaml", "  apps:\n", "  apps:\n    other: {}\n")
    run(scratch, "git", "add", ".")
    result = attempt(scratch, "git", "commit", "-m", "another app")
    assert result.returncode == 1
    said = result.stdout + result.stderr
    assert "not staged: rendered/dev/other/" in said
    assert "`git add rendered`" in said
    run(scratch, "git", "add", "rendered")
    run(scratch, "git", "commit", "-m", "another app")
    assert attempt(scratch, "git", "status", "--porcelain").stdout == ""


def test_a_commit_that_only_deletes_is_checked(scratch: Path) -> None:
    run(scratch, "git", "rm", "-q", "environments/apps/hello.yaml")
    result = attempt(scratch, "git", "commit", "-m", "gone")
    assert result.returncode == 1
    assert "there is no App `hello`" in result.stdout + result.stderr
    assert (result.stdout + result.stderr).count("Failed") == len(hooks())


@pytest.mark.parametrize("command", ["render", "verify"])
def test_what_is_staged_is_asked_for_by_an_option(scratch: Path, command: str) -> None:
    change(scratch / PROD, "replicas: 4", "replicas: 5")
    run(scratch, *GITOPSGEN, "render")
    assert attempt(scratch, *GITOPSGEN, command).returncode == 0
    for _ in range(2):  # the second run of render is one that is remembered
        result = attempt(scratch, *GITOPSGEN, command, "--staged")
        assert result.returncode == 1
        assert "not staged: rendered/prod/hello/manifests/rollout-hello.yaml" in result.stderr
    run(scratch, "git", "add", "rendered")
    run(scratch, *GITOPSGEN, command, "--staged")


def test_hooks_of_a_repository_in_a_folder(scratch: Path) -> None:
    run(scratch, "git", "rm", "-rq", ".")
    run(scratch, *GITOPSGEN, "init", "deploy")
    (scratch / "deploy/.pre-commit-config.yaml").unlink()
    offered = [{**hook, "args": ["-C", "deploy"]} for hook in hooks()]
    (scratch / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [{"repo": "local", "hooks": offered}]}))
    run(scratch, "git", "add", ".")
    first = attempt(scratch, "git", "commit", "-m", "move")
    assert first.returncode == 1
    assert "`git add deploy/rendered`" in first.stdout + first.stderr
    run(scratch, "git", "add", ".")
    second = attempt(scratch, "git", "commit", "-m", "move")
    assert second.returncode == 0, second.stdout + second.stderr
    assert (second.stdout + second.stderr).count("Passed") == len(hooks())


def test_a_stale_tree_is_rendered_and_has_to_be_staged(scratch: Path) -> None:
    change(scratch / PROD, "replicas: 4", "replicas: 5")
    run(scratch, "git", "add", ".")
    first = attempt(scratch, "git", "commit", "-m", "more pods")
    assert first.returncode == 1
    assert "files were modified by this hook" in first.stdout + first.stderr
    run(scratch, "git", "add", ".")
    run(scratch, "git", "commit", "-m", "more pods")
    assert attempt(scratch, "git", "status", "--porcelain").stdout == ""


def test_a_production_without_gates_is_not_committed(scratch: Path) -> None:
    change(scratch / PROD, "profile: conservative-canary", "profile: conservative-canary, with: {gates: []}")
    run(scratch, "git", "add", ".")
    result = attempt(scratch, "git", "commit", "-m", "faster")
    assert result.returncode == 1
    assert "error[ungated-production-canary] prod/hello" in result.stdout + result.stderr
    assert attempt(scratch, "git", "diff", "--stat").stdout == ""
    assert subjects(scratch) == ["start"]


def test_a_file_edited_by_hand_is_not_committed(scratch: Path) -> None:
    edited = scratch / "rendered/prod/hello/manifests/rollout-hello.yaml"
    change(edited, "replicas: 4", "replicas: 40")
    run(scratch, "git", "add", ".")
    result = attempt(scratch, "git", "commit", "-m", "many pods")
    assert result.returncode == 1
    assert "edited by hand" in result.stdout + result.stderr
    assert "replicas: 40" in edited.read_text()
    assert subjects(scratch) == ["start"]


@pytest.mark.parametrize(
    ("command", "file"),
    [
        pytest.param("validate-manifest", ".pre-commit-hooks.yaml", id="offered to others"),
        pytest.param("validate-config", ".pre-commit-config.yaml", id="of this repository"),
        pytest.param("validate-config", "generator/gitopsgen/scaffold/pre-commit-config.yaml", id="made by init"),
    ],
)
def test_the_files_are_valid(command: str, file: str, tmp_path: Path) -> None:
    result = attempt(tmp_path, str(PRE_COMMIT), command, str(REPOSITORY / file))
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_delivery_passes_its_own_hooks(scratch: Path) -> None:
    change(scratch / "environments/staging.yaml", "profile: gated-canary", "profile: canary")
    (scratch / "NOTES.md").write_text("staged\n")
    run(scratch, "git", "add", "NOTES.md")
    result = attempt(scratch, *GITOPSGEN, "deploy", "hello", "v1.1.0", "--env", "dev", "--commit")
    assert result.returncode == 0, result.stdout + result.stderr
    assert subjects(scratch) == ["deploy(dev): hello v1.1.0", "start"]
    status = attempt(scratch, "git", "status", "--porcelain").stdout.splitlines()
    assert status == ["A  NOTES.md", " M environments/staging.yaml"], "what else there was is as it was"


def test_a_delivery_that_a_hook_refuses_leaves_nothing(scratch: Path) -> None:
    edited = scratch / "rendered/prod/hello/manifests/service-hello.yaml"
    change(edited, "port: 80", "port: 81")
    run(scratch, "git", "commit", "--quiet", "--all", "--no-verify", "-m", "past the hooks")
    result = attempt(scratch, *GITOPSGEN, "deploy", "hello", "v1.1.0", "--env", "dev", "--commit")
    assert result.returncode == 2
    assert "the commit was refused" in result.stderr
    assert "edited by hand" in result.stderr
    assert attempt(scratch, "git", "status", "--porcelain").stdout == ""
    assert subjects(scratch) == ["past the hooks", "start"]
