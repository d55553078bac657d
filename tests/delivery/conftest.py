"""A rendered and committed repository with a remote, and the command line in this process."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from gitopsgen.cli.main import run
from tests.delivery.repositories import Repository, start


@dataclass(frozen=True, kw_only=True)
class Said:
    status: int
    stdout: str
    stderr: str

    @property
    def output(self) -> str:
        return self.stdout + self.stderr


Gitopsgen = Callable[..., Said]


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``init`` makes, rendered; with a second App, so that there is something to leave alone."""
    folder = tmp_path_factory.mktemp("pristine") / "repository"
    assert run(["init", str(folder)]) == 0
    hello = folder / "environments/apps/hello.yaml"
    (folder / "environments/apps/other.yaml").write_text(hello.read_text().replace("hello", "other"))
    for name in ("dev", "staging", "prod"):
        file = folder / f"environments/{name}.yaml"
        lines = file.read_text().splitlines(keepends=True)
        entry = [line.replace("hello", "other") for line in lines[lines.index("    hello:\n") :]]
        file.write_text("".join([*lines, *entry]))
    assert run(["render", "-C", str(folder), "--no-cache"]) == 0
    return folder


@pytest.fixture
def clone(pristine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A committed copy on ``main``, with a bare remote ``origin``; git knows who commits, and nothing else."""
    root = tmp_path / "repository"
    shutil.copytree(pristine, root)
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ada@example.com")
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, os.devnull)
    clone = start(root)
    clone.commit("chore: start")
    clone.git("clone", "--quiet", "--bare", ".", str(tmp_path / "remote.git"))
    clone.git("remote", "add", "origin", str(tmp_path / "remote.git"))
    clone.git("push", "--quiet", "--set-upstream", "origin", "main")
    return clone


@pytest.fixture
def gitopsgen(clone: Repository, capfd: pytest.CaptureFixture[str]) -> Gitopsgen:
    """Run the command line on the repository."""

    def call(*arguments: str, root: Path | None = None) -> Said:
        capfd.readouterr()
        status = run([*arguments, "-C", str(root or clone.root)])
        captured = capfd.readouterr()
        return Said(status=status, stdout=captured.out, stderr=captured.err)

    return call


def everything(clone: Repository) -> dict[str, bytes | str]:
    """Every file with its bytes, the index, the branch and the tags: what a refusal has to leave as it was."""
    files: dict[str, bytes | str] = {
        path.relative_to(clone.root).as_posix(): path.read_bytes()
        for path in sorted(clone.root.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(clone.root).parts
    }
    git = {
        name: clone.git(*command.split())
        for name, command in {
            "HEAD": "rev-parse HEAD",
            "index": "diff --cached --raw",
            "status": "status --porcelain",
            "refs": "for-each-ref refs/heads refs/tags",
        }.items()
    }
    return files | git
