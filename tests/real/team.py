"""A team with the example in a repository of its own, whose remote a running Argo CD watches."""

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.real.cluster.running import REPOSITORY, Cluster

APP = "sample-api"
NAMESPACES = {"dev": "sample-app-dev", "staging": "sample-app-staging", "prod": "sample-app"}


@dataclass(frozen=True, kw_only=True)
class Team:
    """The team's repository, and the cluster that follows its remote."""

    folder: Path
    cluster: Cluster

    @property
    def remote(self) -> str:
        """The address of the remote."""
        return (self.folder.parent / "remote.git").as_uri()

    def gitopsgen(self, *arguments: str, status: int = 0) -> str:
        """Run the command line in the repository, and return what it prints."""
        environment = {**self.cluster.environment, "XDG_CACHE_HOME": str(self.folder.parent / "cache")}
        result = subprocess.run(
            [sys.executable, "-m", "gitopsgen.cli.main", *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == status, result.stdout + result.stderr
        return result.stdout + result.stderr

    def git(self, *arguments: str) -> str:
        """Run git in the repository, and return what it prints."""
        return subprocess.run(
            ["git", *arguments], cwd=self.folder, capture_output=True, text=True, check=True
        ).stdout.strip()

    def push(self, message: str) -> None:
        """Commit everything, and push it."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        self.git("push", "--quiet", "--set-upstream", "origin", "main")

    def start(self) -> None:
        """Make the repository and its remote, and put the descriptors of the example into it, not yet committed."""
        self.folder.mkdir()
        bare = self.folder.parent / "remote.git"
        subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", bare], check=True)
        (self.folder.parent / "cache").mkdir()
        for name in ("environments", "charts"):
            shutil.copytree(REPOSITORY / name, self.folder / name)
        base = self.folder / "environments" / "base.yaml"
        base.write_text(re.sub(r"repoURL: \S+", f"repoURL: {self.remote}", base.read_text()))
        for command in (
            ("init", "--quiet", "--initial-branch=main"),
            ("config", "user.name", "a person"),
            ("config", "user.email", "person@example.com"),
            ("remote", "add", "origin", str(bare)),
        ):
            self.git(*command)
