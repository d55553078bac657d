"""A service's way to production and back, on real git with a bare remote; every commit renders clean by itself."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gitopsgen.cli.main import run
from tests.delivery.conftest import Gitopsgen, everything
from tests.delivery.repositories import Repository

DIGEST = "sha256:" + "0123456789abcdef" * 4
FIRST_COMMITS = 2  # `init` and the first version, in the fixture


def versions(gitopsgen: Gitopsgen) -> dict[str, str]:
    data = json.loads(gitopsgen("status", "--format", "json").stdout)
    return {one["release"]: one["version"]["tag"] for one in data["releases"]}


def test_the_story(clone: Repository, gitopsgen: Gitopsgen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def hours_ago(hours: int) -> None:
        time = (datetime.now(UTC) - timedelta(hours=hours)).isoformat()
        for role in ("AUTHOR", "COMMITTER"):
            monkeypatch.setenv(f"GIT_{role}_DATE", time)

    prod = clone.root / "environments/prod.yaml"
    prod.write_text(prod.read_text().replace("promotesFrom: staging", "promotesFrom: staging\n  soak: 24h"))
    hours_ago(60)
    clone.commit("feat(prod): let versions soak in staging")
    clone.git("push", "--quiet")

    hours_ago(50)
    said = gitopsgen("deploy", "hello", f"v1.1.0@{DIGEST}", "--env", "dev", "--push")
    assert said.status == 0, said.output
    said = gitopsgen("promote", "hello", "--from", "dev", "--to", "prod", "--push")
    assert said.status == 1
    assert "error[promotion/skipped-environment]" in said.stderr
    hours_ago(30)
    said = gitopsgen("promote", "hello", "--from", "dev", "--to", "staging", "--push")
    assert said.status == 0, said.output
    hours_ago(5)
    said = gitopsgen("promote", "hello", "--to", "prod", "--push", "--tag")
    assert said.status == 0, said.output
    assert versions(gitopsgen) | {"dev/hello": "v1.1.0", "staging/hello": "v1.1.0", "prod/hello": "v1.1.0"} == versions(
        gitopsgen
    )

    # A second one arrives at the remote first.
    clone.git("clone", "--quiet", "--branch", "main", str(tmp_path / "remote.git"), str(tmp_path / "second"))
    second = Repository(root=tmp_path / "second")
    hours_ago(4)
    assert gitopsgen("set", "staging/other", "replicas=3", "--push", root=second.root).status == 0
    before = everything(clone)
    said = gitopsgen("set", "prod/other", "replicas=5", "--push")
    assert said.status == 2
    assert "origin/main has moved on: " in said.stderr
    assert "set(staging): other replicas=3" in said.stderr
    assert everything(clone) == before
    clone.git("pull", "--quiet", "--rebase", "origin", "main")
    assert gitopsgen("set", "prod/other", "replicas=5", "--push").status == 0

    hours_ago(1)
    said = gitopsgen("rollback", "hello", "--env", "prod", "--push")
    assert said.status == 0, said.output
    assert versions(gitopsgen)["prod/hello"] == "v1.0.0"
    past = json.loads(gitopsgen("history", "prod/hello", "--format", "json").stdout)["changes"]
    assert [(one["version"]["tag"], one["rollback"]) for one in past] == [
        ("v1.0.0", True),
        ("v1.1.0", False),
        ("v1.0.0", False),
    ]

    subjects = clone.git("log", "--format=%s", "--reverse").splitlines()[FIRST_COMMITS:]
    assert subjects == [
        "deploy(dev): hello v1.1.0",
        "promote(staging): hello v1.1.0",
        "promote(prod): hello v1.1.0",
        "set(staging): other replicas=3",
        "set(prod): other replicas=5",
        "rollback(prod): hello v1.0.0",
    ]
    assert clone.git("rev-parse", "HEAD") == clone.git("ls-remote", "origin", "refs/heads/main").split()[0]
    every_commit_renders_clean(clone, tmp_path / "alone")

    published_once(clone, gitopsgen)


def published_once(clone: Repository, gitopsgen: Gitopsgen) -> None:
    said = gitopsgen("publish", "--env", "prod", "--branch", "environments/prod", "--push")
    assert said.status == 0, said.output
    published = clone.git("ls-remote", "origin", "refs/heads/environments/prod").split()[0]
    clone.git("fetch", "--quiet", "origin", "environments/prod")
    values = clone.git("ls-tree", "-r", "--name-only", published).splitlines()
    assert "hello:v1.0.0" in clone.git(
        "show", f"{published}:{next(one for one in values if one.endswith('rollout-hello.yaml'))}"
    )
    assert gitopsgen("publish", "--env", "prod", "--branch", "environments/prod", "--push").status == 0
    assert clone.git("ls-remote", "origin", "refs/heads/environments/prod").split()[0] == published, "nothing new"
    assert clone.git("rev-parse", "--abbrev-ref", "HEAD") == "main"


def every_commit_renders_clean(clone: Repository, folder: Path) -> None:
    for commit in clone.git("log", "--format=%H").splitlines():
        shutil.rmtree(folder, ignore_errors=True)
        clone.git("clone", "--quiet", "--no-checkout", ".", str(folder))
        alone = Repository(root=folder)
        alone.git("checkout", "--quiet", "--detach", commit)
        assert run(["render", "--check", "--no-cache", "-C", str(folder)]) == 0, clone.git(
            "log", "-1", "--format=%s", commit
        )
