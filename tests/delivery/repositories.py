"""Real repositories for tests: a folder, git in it, and commits whose author and time are known."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(kw_only=True)
class Repository:
    """A git repository in ``root``; each commit is an hour after the one before it, or at ``time``."""

    root: Path
    hours: int = 0
    time: str = ""

    def git(self, *arguments: str) -> str:
        time = self.time or f"2026-01-{1 + self.hours // 24:02}T{self.hours % 24:02}:00:00+00:00"
        who = {"NAME": "Ada", "EMAIL": "ada@example.com", "DATE": time}
        roles = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in who.items()}
        alone = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        result = subprocess.run(
            ["git", *arguments],
            cwd=self.root,
            env={**os.environ, **roles, **alone},
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, f"git {' '.join(arguments)}: {result.stderr}"
        return result.stdout.strip()

    def commit(self, message: str) -> str:
        self.hours += 1
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")

    def write(self, file: str, text: str) -> None:
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def start(root: Path) -> Repository:
    """Return a new repository on ``main``, without a commit."""
    root.mkdir(parents=True, exist_ok=True)
    repository = Repository(root=root)
    repository.git("init", "--quiet", "--initial-branch", "main")
    return repository
