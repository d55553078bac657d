"""The GitHub Action and the GitLab template: their very commands, in a repository that ``gitopsgen init`` made.

What is replaced: installing (``gitopsgen`` on the PATH is this work tree's), and the two services: ``gh`` and ``curl``
are scripts that record what they are called with, and answer with the comments that a file holds.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.delivery.repositories import Repository, start

REPOSITORY = Path(__file__).resolve().parents[2]
ACTION = yaml.safe_load((REPOSITORY / "action.yml").read_text())
GITLAB = yaml.safe_load((REPOSITORY / "ci/gitlab.yml").read_text())["gitopsgen"]
MARK = "<!-- gitopsgen diff -->"
OLD = [{"id": 3, "body": "looks good"}, {"id": 7, "body": MARK + "\n### old"}]
PROD = "environments/prod.yaml"
CLEAN = ("replicas: 4", "replicas: 5")
FAULTY = ("profile: conservative-canary", "profile: conservative-canary, with: {gates: []}")
SERVICE = """\
#!{python}
import json, os, subprocess, sys
with open(os.environ["CALLS"], "a") as calls:
    calls.write(json.dumps(sys.argv[1:]) + "\\n")
comments = os.environ["COMMENTS"]
if not os.path.exists(comments):
    sys.exit(1)
if "--jq" in sys.argv:
    sys.exit(subprocess.run(["jq", "-r", sys.argv[sys.argv.index("--jq") + 1], comments]).returncode)
if not any("body" in argument for argument in sys.argv):
    print(open(comments).read())
"""


@dataclass(kw_only=True)
class Runner:
    """What a runner gives to commands: a checkout, a PATH, variables; and what came of them."""

    repository: Repository
    base: str
    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    def run(self, script: str, *shell: str, **variables: str) -> subprocess.CompletedProcess[str]:
        known = {
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.folder),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "CALLS": str(self.folder / "calls"),
            "COMMENTS": str(self.folder / "comments"),
        }
        return subprocess.run(
            [*shell, script],
            cwd=self.repository.root,
            env=known | variables,
            capture_output=True,
            text=True,
            check=False,
        )

    def comments(self, comments: list[dict[str, Any]]) -> None:
        (self.folder / "comments").write_text(json.dumps(comments))

    def calls(self) -> list[list[str]]:
        file = self.folder / "calls"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def change(self, edit: tuple[str, str]) -> None:
        file = self.repository.root / PROD
        text = file.read_text()
        assert edit[0] in text
        file.write_text(text.replace(*edit))
        self.run("gitopsgen render", "bash", "-c")
        self.repository.commit("change")

    def github(self) -> dict[str, subprocess.CompletedProcess[str]]:
        """Run each step that has a command, but the one that installs, with the shell that GitHub runs it in."""
        for file in ("output", "summary"):
            (self.folder / file).write_text("")
        variables = {
            "REPO": ".",
            "BASE": "",
            "SARIF": "gitopsgen.sarif",
            "PULL": "12",
            "GH_TOKEN": "t",
            "INSTALL": "success",
            "GITHUB_BASE_REF": "main",
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            "RUNNER_TEMP": str(self.folder),
        }
        done = {}
        for step in ACTION["runs"]["steps"]:
            if "run" not in step or step["id"] == "install":
                continue
            variables["STATUSES"] = (self.folder / "output").read_text().replace("status=", "").replace("\n", " ")
            asked = {
                name: variables[name]
                for name in variables
                if name in step["env"] or name.startswith(("GITHUB", "RUNNER"))
            }
            done[step["id"]] = self.run(step["run"], "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", **asked)
        return done

    def gitlab(self, **variables: str) -> subprocess.CompletedProcess[str]:
        given = {
            **{name: str(value) for name, value in GITLAB["variables"].items()},
            "CI_MERGE_REQUEST_DIFF_BASE_SHA": self.base,
            "CI_API_V4_URL": "https://gitlab.example/api/v4",
            "CI_MERGE_REQUEST_PROJECT_ID": "5",
            "CI_MERGE_REQUEST_IID": "9",
        }
        return self.run("\n".join(GITLAB["script"]), "sh", "-ec", **(given | variables))


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    programs = tmp_path / "bin"
    programs.mkdir()
    generator = REPOSITORY / "generator"
    scripts = {
        "gitopsgen": f'#!/bin/sh\nPYTHONPATH={generator} exec {sys.executable} -m gitopsgen.cli.main "$@"\n',
        "gh": SERVICE.format(python=sys.executable),
        "curl": SERVICE.format(python=sys.executable),
    }
    for name, text in scripts.items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    repository = start(tmp_path / "checkout")
    made = Runner(repository=repository, base="", folder=tmp_path)
    assert made.run("gitopsgen init && gitopsgen render", "bash", "-c").returncode == 0
    made.base = repository.commit("start")
    repository.git("update-ref", "refs/remotes/origin/main", "HEAD")
    repository.git("switch", "--quiet", "--create", "change")
    made.comments([])
    return made


def test_a_clean_pull_request_is_commented(runner: Runner) -> None:
    runner.change(CLEAN)
    done = runner.github()
    assert {name: step.returncode for name, step in done.items()} == dict.fromkeys(done, 0), done
    assert list(done) == ["render", "lint", "diff", "comment", "verdict"]
    assert json.loads((runner.repository.root / "gitopsgen.sarif").read_text())["runs"][0]["results"] == []
    assert runner.calls()[-1] == [
        "api",
        "--silent",
        "repos/o/r/issues/12/comments",
        "-F",
        f"body=@{runner.folder}/gitopsgen-diff.md",
    ]
    comment = (runner.folder / "gitopsgen-diff.md").read_text()
    assert comment.startswith(MARK)
    assert "4 → 5" in comment
    assert comment in (runner.folder / "summary").read_text()


def test_a_finding_fails_the_pull_request_and_every_step_runs(runner: Runner) -> None:
    runner.change(FAULTY)
    runner.comments(OLD)
    done = runner.github()
    assert [step.returncode for step in done.values()] == [1, 1, done["diff"].returncode, 0, 1]
    assert f"::error file={PROD},line=" in done["lint"].stdout
    rules = [
        one["ruleId"]
        for one in json.loads((runner.repository.root / "gitopsgen.sarif").read_text())["runs"][0]["results"]
    ]
    assert "ungated-production-canary" in rules
    assert runner.calls()[-1][:5] == ["api", "--silent", "-X", "PATCH", "repos/o/r/issues/comments/7"]


def test_a_token_that_may_not_comment_is_a_warning(runner: Runner) -> None:
    runner.change(CLEAN)
    (runner.folder / "comments").unlink()
    done = runner.github()
    assert done["comment"].stdout.startswith("::warning::no comment")
    assert done["verdict"].returncode == 0


def test_a_shallow_checkout_is_told_what_to_do(runner: Runner) -> None:
    runner.repository.git("update-ref", "-d", "refs/remotes/origin/main")
    done = runner.github()
    assert "fetch-depth: 0" in done["diff"].stdout
    assert done["verdict"].returncode == 2


def test_no_input_becomes_text_of_a_script() -> None:
    steps = [step for step in ACTION["runs"]["steps"] if "run" in step]
    assert len(steps) > 5
    assert [step["id"] for step in steps if "${{" in step["run"]] == []


@pytest.mark.parametrize(
    ("edit", "status", "rule"),
    [pytest.param(CLEAN, 0, None, id="clean"), pytest.param(FAULTY, 1, "ungated-production-canary", id="a finding")],
)
def test_a_merge_request_has_its_reports(runner: Runner, edit: tuple[str, str], status: int, rule: str | None) -> None:
    runner.change(edit)
    result = runner.gitlab()
    assert result.returncode == status, result.stderr
    root = runner.repository.root
    found = {
        one["check_name"] for one in json.loads((root / GITLAB["artifacts"]["reports"]["codequality"]).read_text())
    }
    assert (rule in found) if rule else not found
    assert "<testsuites" in (root / GITLAB["artifacts"]["reports"]["junit"]).read_text()
    assert (root / "gitopsgen-diff.md").read_text().startswith(MARK)
    assert runner.calls() == []


@pytest.mark.parametrize(
    ("comments", "path"), [pytest.param([], "notes", id="first"), pytest.param(OLD, "notes/7", id="again")]
)
def test_a_token_notes_the_change_once(runner: Runner, comments: list[dict[str, Any]], path: str) -> None:
    runner.change(CLEAN)
    runner.comments(comments)
    result = runner.gitlab(GITOPSGEN_TOKEN="t")  # noqa: S106 - not a password
    assert result.returncode == 0, result.stderr
    call = runner.calls()[-1]
    assert f"https://gitlab.example/api/v4/projects/5/merge_requests/9/{path}" in call
    assert ("PUT" in call) == bool(comments)
    assert call[-1] == "body@gitopsgen-diff.md"
