"""A repository to run the command line in, and the command line as a user runs it."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True, kw_only=True)
class Result:
    status: int
    stdout: str
    stderr: str

    @property
    def output(self) -> str:
        return self.stdout + self.stderr


Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run ``gitopsgen`` in a process of its own, with a cache of its own."""

    def run_command(*arguments: str, folder: Path | None = None, stdin: str = "", **environment: str) -> Result:
        result = subprocess.run(
            [sys.executable, "-m", "gitopsgen", *arguments],
            cwd=folder or tmp_path,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "XDG_CACHE_HOME": str(tmp_path / ".cache"), **environment},
        )
        assert "Traceback" not in result.stderr, result.stderr
        return Result(status=result.returncode, stdout=result.stdout, stderr=result.stderr)

    return run_command


@pytest.fixture
def scaffold(tmp_path: Path, run: Run) -> Path:
    """A repository as ``gitopsgen init`` makes it, rendered."""
    folder = tmp_path / "repository"
    assert run("init", str(folder)).status == 0
    result = run("render", "-C", str(folder))
    assert result.status == 0, result.output
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file under ``rendered/``."""
    top = folder / "rendered"
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(top.rglob("*")) if path.is_file()}
