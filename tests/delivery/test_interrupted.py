"""A delivery that something comes in the way of, at the worst moment: all of it is done, or nothing, and it says which."""

import errno
import fcntl
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NoReturn

import pytest

from gitopsgen.cli import delivering
from gitopsgen.delivery import committing
from gitopsgen.delivery.committing import carry_out
from gitopsgen.git import commits
from gitopsgen.git.command import GitFailed
from gitopsgen.git.remotes import push
from tests.delivery.conftest import Gitopsgen, everything
from tests.delivery.repositories import Repository
from tests.delivery.test_committing import hook

DEV = "environments/dev.yaml"
ROLLOUT = "rendered/dev/hello/manifests/rollout-hello.yaml"
DEPLOY = ("deploy", "dev/hello", "v1.1.0")


def command(clone: Repository, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "gitopsgen", *arguments, "-C", str(clone.root)]


@pytest.mark.parametrize("file", [DEV, ROLLOUT])
def test_what_was_edited_meanwhile_is_not_lost(
    file: str, clone: Repository, gitopsgen: Gitopsgen, monkeypatch: pytest.MonkeyPatch
) -> None:
    edited = (clone.root / file).read_text() + "# mine\n"

    def edit_first(*arguments: object) -> object:
        (clone.root / file).write_text(edited)
        return carry_out(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(delivering, "carry_out", edit_first)
    before = everything(clone)
    said = gitopsgen(*DEPLOY, "--commit")
    assert said.status == 2
    assert f"error: nothing was changed: {file} was changed while this ran" in said.stderr
    assert (clone.root / file).read_text() == edited
    (clone.root / file).write_bytes(bytes(before[file]))  # type: ignore[arg-type]
    assert everything(clone) == before


def test_two_at_once_do_not_mix(clone: Repository, gitopsgen: Gitopsgen) -> None:
    before = everything(clone)
    other = os.open(clone.root, os.O_RDONLY)
    fcntl.flock(other, fcntl.LOCK_EX)
    said = gitopsgen(*DEPLOY, "--commit")
    os.close(other)
    assert said.status == 2
    assert "another delivery is at work in this repository" in said.stderr
    assert everything(clone) == before
    assert gitopsgen(*DEPLOY, "--commit").status == 0


def test_a_commit_that_was_made_meanwhile_stays(
    clone: Repository, gitopsgen: Gitopsgen, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:

    def commit_first(*arguments: object) -> object:
        clone.git("commit", "--quiet", "--allow-empty", "--message", "chore: meanwhile")
        return carry_out(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(delivering, "carry_out", commit_first)
    hook(clone, "pre-receive", "exit 1", tmp_path / "remote.git")
    assert gitopsgen(*DEPLOY, "--push").status == 2
    assert clone.git("log", "-1", "--format=%s") == "chore: meanwhile"
    assert clone.git("status", "--porcelain") == ""


def test_a_full_disk_keeps_nothing_from_coming_back(
    clone: Repository, gitopsgen: Gitopsgen, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    def commit_files(*_: object) -> NoReturn:
        assert "v1.1.0" in (clone.root / DEV).read_text()
        monkeypatch.setattr(tempfile, "mkstemp", full)
        full()

    monkeypatch.setattr(committing, "commit_files", commit_files)
    before = everything(clone)
    said = gitopsgen(*DEPLOY, "--commit")
    assert said.status == 2
    assert f"error: nothing was changed: {clone.root}: No space left on device\n   fix: make room" in said.stderr
    assert everything(clone) == before


def test_a_file_that_there_is_no_room_for_is_named(
    clone: Repository, gitopsgen: Gitopsgen, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "mkstemp", full)
    before = everything(clone)
    said = gitopsgen(*DEPLOY)
    assert f"error: nothing was changed: {clone.root / DEV}: No space left on device\n   fix: make room" in said.stderr
    assert everything(clone) == before


def test_an_index_that_cannot_be_put_back_is_said(
    clone: Repository, gitopsgen: Gitopsgen, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unstage(*_: object) -> NoReturn:
        raise GitFailed("git reset: Out of diskspace")

    monkeypatch.setattr(commits, "unstage", unstage)
    hook(clone, "pre-commit", "echo no >&2; exit 1")
    said = gitopsgen(*DEPLOY, "--commit")
    assert said.status == 2
    refused = "error: the commit was refused: git commit: no; the files are as they were, but the index is not: "
    assert f"{refused}git reset: Out of diskspace\n" in said.stderr
    (typed,) = (line for line in said.stderr.splitlines() if "   fix: " in line)
    clone.git(*typed.partition("`git ")[2].removesuffix("`").split())
    assert clone.git("status", "--porcelain") == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("moment", ["pre-commit", "post-commit"])
def test_a_run_that_is_told_to_end(number: signal.Signals, moment: str, clone: Repository, tmp_path: Path) -> None:
    hook(clone, moment, f"touch {tmp_path}/reached; exec sleep 15")
    before = everything(clone)
    pipe = subprocess.PIPE
    process = subprocess.Popen(command(clone, *DEPLOY, "--commit"), stdout=pipe, stderr=pipe, text=True)
    while not (tmp_path / "reached").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.send_signal(number)
    _, said = process.communicate(timeout=10)
    assert (process.returncode, said) == (130, "interrupted: nothing is half written\n")
    assert everything(clone) == before


@pytest.mark.parametrize("arrives", [True, False])
def test_a_push_that_is_interrupted(
    clone: Repository, gitopsgen: Gitopsgen, monkeypatch: pytest.MonkeyPatch, *, arrives: bool
) -> None:

    def interrupted(*arguments: object) -> NoReturn:
        if arrives:
            push(*arguments)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr(committing, "push", interrupted)
    before = everything(clone)
    said = gitopsgen(*DEPLOY, "--push")
    assert (said.status, "pushed to origin/main" in said.stdout) == ((0, True) if arrives else (130, False))
    assert (everything(clone) == before) is not arrives
    assert clone.git("rev-parse", "HEAD") == clone.git("ls-remote", "origin", "refs/heads/main").split()[0]


def test_a_push_of_which_nobody_knows_is_said(
    clone: Repository, gitopsgen: Gitopsgen, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def interrupted(*_: object) -> NoReturn:
        (tmp_path / "remote.git").rename(tmp_path / "away.git")
        raise KeyboardInterrupt

    monkeypatch.setattr(committing, "push", interrupted)
    before = everything(clone)
    said = gitopsgen(*DEPLOY, "--push")
    assert said.status == 2
    assert "error: interrupted, and taken back here; origin does not say whether " in said.stderr
    assert "fix: `git fetch origin`, and look whether origin/main has it" in said.stderr
    assert everything(clone) == before


@pytest.mark.parametrize(
    ("options", "status", "said"), [((), 2, "nobody reads what is printed"), (("--dry-run",), 141, "")]
)
def test_an_output_that_nobody_reads(options: tuple[str, ...], status: int, said: str, clone: Repository) -> None:
    before = everything(clone)
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        command(clone, *DEPLOY, *options), stdout=write, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(write)
    assert done.returncode == status
    assert said in done.stderr
    assert everything(clone) == before


def test_what_a_killed_run_left_goes(clone: Repository, gitopsgen: Gitopsgen) -> None:
    clone.write(".gitopsgen-left/0", "old\n")
    assert gitopsgen(*DEPLOY).status == 0
    assert not (clone.root / ".gitopsgen-left").exists()
    assert [path.name for path in clone.root.glob(".gitopsgen-*")] == []
