"""What a change takes away is seen against the commit that it starts from."""

import subprocess
from pathlib import Path

import pytest

from gitopsgen.git.history import base_revision, blob_id, read_blobs
from tests.cli.conftest import Run

WAIVERS = """\
apiVersion: gitopsgen.io/v1
kind: Waivers
spec:
  waivers:
  - {policy: gate-removed, releases: [prod/hello], reason: agreed, owner: platform, expires: "2999-01-01"}
"""


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def committed(scaffold: Path) -> Path:
    git(scaffold, "init", "-q", "-b", "main")
    git(scaffold, "add", ".")
    git(scaffold, "commit", "-q", "-m", "start")
    return scaffold


def test_a_gate_that_a_change_takes_away_is_told(committed: Path, run: Run) -> None:
    prod = committed / "environments/prod.yaml"
    prod.write_text(prod.read_text().replace("conservative-canary}", "conservative-canary, with: {gates: [5]}}"))
    result = run("lint", "-C", str(committed))
    assert result.status == 1
    assert "error[gate-removed] prod/hello" in result.stdout
    (committed / "policies").mkdir()
    (committed / "policies/waivers.yaml").write_text(WAIVERS)
    result = run("render", "-C", str(committed))
    assert result.status == 0, result.output
    assert "1 waived" in result.stderr
    git(committed, "checkout", "-q", "-b", "change")
    git(committed, "add", ".")
    git(committed, "commit", "-q", "-m", "fewer gates")
    assert "1 waived" in run("lint", "-C", str(committed)).stdout, "a branch is compared with where it left main"
    git(committed, "checkout", "-q", "-B", "main")
    assert "1 waived" not in run("lint", "-C", str(committed)).stdout


def test_without_a_change_nothing_is_told(committed: Path, run: Run) -> None:
    result = run("lint", "-C", str(committed), "--fail-on", "warning")
    assert result.status == 0, result.output


@pytest.mark.parametrize("layout", ["the whole repository", "a folder of it", "a linked work tree", "packed branches"])
def test_a_run_that_is_remembered_notices_that_its_base_has_moved(
    layout: str, scaffold: Path, tmp_path: Path, run: Run
) -> None:
    """Nothing of the descriptors changes, and yet the change is another one."""
    top = scaffold.parent if layout == "a folder of it" else scaffold
    dev = scaffold / "environments/dev.yaml"
    older, newer = dev.read_text(), dev.read_text().replace("    hello:", "    hello:\n      image: {tag: v9.0.0}")
    assert older != newer
    git(top, "init", "-q", "-b", "main")
    commits: list[str] = []
    for text in (newer, older):
        dev.write_text(text)
        assert run("render", "-C", str(scaffold)).status == 0
        git(top, "add", "repository" if top != scaffold else ".")
        git(top, "commit", "-q", "-m", "a version")
        commits.append(git(top, "rev-parse", "HEAD").strip())
    git(top, "checkout", "-q", "--detach", commits[1])
    if layout == "a linked work tree":
        git(top, "branch", "-q", "-D", "main")
        git(top, "worktree", "add", "-q", "--detach", str(tmp_path / "linked"), commits[1])
        top, scaffold = tmp_path / "linked", tmp_path / "linked"
    for _ in range(3):
        result = run("render", "-C", str(scaffold))
        assert (result.status, "image-downgraded" in result.output) == (0, False), result.output
    assert "nothing to do" in result.stdout
    git(top, "update-ref", "--no-deref", "HEAD", commits[0])
    git(top, "branch", "-f", "main", commits[0])
    if layout == "packed branches":
        git(top, "pack-refs", "--all")
    assert "image-downgraded" in run("render", "-C", str(scaffold)).output


def test_a_clone_that_ends_before_the_base_says_that_nothing_is_compared(
    committed: Path, tmp_path: Path, run: Run
) -> None:
    git(committed, "checkout", "-q", "-b", "change")
    git(committed, "commit", "-q", "--allow-empty", "-m", "change")
    git(committed, "checkout", "-q", "main")
    git(tmp_path, "clone", "-q", "--depth=1", "--branch=change", f"file://{committed}", "shallow")
    shallow = tmp_path / "shallow"
    result = run("lint", "-C", str(shallow))
    assert result.status == 0, result.output
    assert "not checked: what the change does" in result.output
    assert "`git fetch --unshallow`" in result.output
    git(shallow, "fetch", "-q", "--unshallow", "origin", "+refs/heads/*:refs/remotes/origin/*")
    assert "not checked" not in run("lint", "-C", str(shallow)).output


@pytest.mark.parametrize(
    "command", ["lint", "render --check", "verify --staged", "diff", "status", "history hello --env dev"]
)
def test_a_repository_that_git_does_not_trust_is_not_taken_for_none(committed: Path, run: Run, command: str) -> None:
    result = run(*command.split(), "-C", str(committed), GIT_TEST_ASSUME_DIFFERENT_OWNER="1")
    assert result.status == 2, result.output
    assert f"`git config --global --add safe.directory {committed}`" in result.stderr


def test_files_are_read_as_they_were_committed(committed: Path, tmp_path: Path) -> None:
    base = base_revision(committed, "rendered")
    assert base
    file = "rendered/prod/hello/values.yaml"
    text = (committed / file).read_text()
    assert base.blobs[file] == blob_id(text) == git(committed, "rev-parse", f"HEAD:{file}").strip()
    assert read_blobs(committed, [base.blobs[file]]) == {base.blobs[file]: text}
    assert base_revision(tmp_path, "rendered") is None
