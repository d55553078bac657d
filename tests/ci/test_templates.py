"""The GitHub Action and the GitLab template: their very commands, in a repository that ``gitopsgen init`` made.

What is replaced: installing (``gitopsgen`` on the PATH is this work tree's), and the two services: ``gh`` and ``curl``
are scripts that record what they are called with, and answer with the comments that a file holds.
"""

import json
import os
import re
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
BOT = {"id": 21, "login": "github-actions[bot]", "type": "Bot"}
PERSON = {"id": 22, "login": "mallory", "type": "User"}


def comment(number: int, body: str, author: dict[str, Any]) -> dict[str, Any]:
    """A comment as both services tell of it."""
    return {"id": number, "body": body, "user": author, "author": author}


OLD = [
    comment(3, "looks good", PERSON),
    comment(5, MARK + "\n### forged", PERSON),
    comment(6, "<!-- gitopsgen diff deploy -->\n### of another folder", BOT),
    comment(7, MARK + "\r\n### old", BOT),
]
PROD = "environments/prod.yaml"
CLEAN = ("replicas: 4", "replicas: 5")
FAULTY = ("profile: conservative-canary", "profile: conservative-canary, with: {gates: []}")
UPDATED = ["api", "--silent", "-X", "PATCH", "repos/o/r/issues/comments/7"]
SERVICE = """\
#!{python}
import json, os, subprocess, sys
with open(os.environ["CALLS"], "a") as calls:
    calls.write(json.dumps(sys.argv[1:]) + "\\n")
comments = os.environ["COMMENTS"]
if not os.path.exists(comments):
    sys.exit(1)
source = os.environ["ACCOUNT"] if any(argument.endswith("user") for argument in sys.argv) else comments
if not os.path.exists(source):
    sys.exit("Resource not accessible by integration")
if "--jq" in sys.argv:
    sys.exit(subprocess.run(["jq", "-r", sys.argv[sys.argv.index("--jq") + 1], source]).returncode)
if not any("body" in argument for argument in sys.argv):
    print(open(source).read())
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
            "ACCOUNT": str(self.folder / "account"),
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

    def account(self, account: dict[str, Any]) -> None:
        """Let the token be one of an account; without one it is GitHub's own, which has none."""
        (self.folder / "account").write_text(json.dumps(account))

    def calls(self) -> list[list[str]]:
        file = self.folder / "calls"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def change(self, edit: tuple[str, str], repo: str = ".") -> None:
        file = self.repository.root / repo / PROD
        text = file.read_text()
        assert edit[0] in text
        file.write_text(text.replace(*edit))
        self.run(f"gitopsgen render -C {repo}", "bash", "-c")
        self.repository.commit("change")

    def github(self, **given: str) -> dict[str, subprocess.CompletedProcess[str]]:
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
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            "RUNNER_TEMP": str(self.folder),
            **given,
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
    assert runner.calls()[-1][:5] == UPDATED


def test_a_person_whose_token_it_is_updates_their_own_comment(runner: Runner) -> None:
    runner.change(CLEAN)
    runner.comments(OLD)
    runner.account(PERSON)
    runner.github()
    assert runner.calls()[-1][4] == "repos/o/r/issues/comments/5"


@pytest.mark.parametrize(
    ("comments", "expected"), [pytest.param([], [], id="none"), pytest.param(OLD, UPDATED, id="one that told of more")]
)
def test_a_pull_request_that_changes_nothing_gets_no_comment(
    runner: Runner, comments: list[dict[str, Any]], expected: list[str]
) -> None:
    runner.comments(comments)
    assert runner.github()["verdict"].returncode == 0
    assert [call[:5] for call in runner.calls() if "-F" in call] == ([expected] if expected else [])


def test_two_folders_have_a_comment_and_a_category_each(runner: Runner) -> None:
    assert runner.run("gitopsgen init deploy && gitopsgen render -C deploy", "bash", "-c").returncode == 0
    base = runner.repository.commit("another folder")
    runner.change(CLEAN, "deploy")
    runner.comments(OLD)
    done = runner.github(REPO="deploy", BASE=base, SARIF="reports/deploy.sarif")
    assert {step.returncode for step in done.values()} == {0}, done
    assert runner.calls()[-1][4] == "repos/o/r/issues/comments/6"
    run = json.loads((runner.repository.root / "reports/deploy.sarif").read_text())["runs"][0]
    assert run["automationDetails"]["id"] == "gitopsgen/lint/deploy/"


@pytest.mark.parametrize("base", ["the queue's", "new branch"])
def test_a_base_that_is_given_needs_no_branch(runner: Runner, base: str) -> None:
    runner.change(CLEAN)
    runner.repository.git("update-ref", "-d", "refs/remotes/origin/main")
    done = runner.github(BASE="0" * 40 if base == "new branch" else runner.base, GITHUB_BASE_REF="")
    assert done["verdict"].returncode == 0
    compared = (runner.folder / "gitopsgen-diff.md").exists()
    assert compared == ("::notice::" not in done["diff"].stdout) == (base == "the queue's")


def test_a_base_without_descriptors_is_one_to_compare_with(runner: Runner) -> None:
    tree = runner.repository.git("hash-object", "-t", "tree", "-w", "/dev/null")
    empty = runner.repository.git("commit-tree", tree, "-m", "empty")
    assert runner.github(BASE=empty)["verdict"].returncode == 0
    assert "prod/hello" in (runner.folder / "gitopsgen-diff.md").read_text()


def test_the_comment_goes_to_the_server_of_the_run(runner: Runner) -> None:
    runner.change(CLEAN)
    (runner.folder / "bin/gh").write_text('#!/bin/sh\necho "$GH_HOST $GH_ENTERPRISE_TOKEN" > "$CALLS"\n')
    runner.github()
    assert (runner.folder / "calls").read_text() == "github.example t\n"


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


def test_a_step_that_could_not_run_does_not_tell_what_another_folder_changes(runner: Runner) -> None:
    runner.change(CLEAN)
    assert runner.github()["diff"].returncode == 0
    done = runner.github(BASE="f" * 40)
    assert done["diff"].returncode == 2
    assert (runner.folder / "summary").read_text().count(MARK) == 0


def test_paths_are_those_that_a_container_has() -> None:
    """``github.action_path`` and the like are paths of the runner, which a job with a container does not have."""
    given = [str(step.get("env")) for step in ACTION["runs"]["steps"]]
    assert [one for one in given if re.search(r"\b(github\.(action_path|workspace)|runner\.)", one)] == []


def test_what_the_action_uses_cannot_change() -> None:
    used = [step["uses"] for step in ACTION["runs"]["steps"] if "uses" in step]
    assert [one for one in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", one)] == []


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
    runner.account(BOT)
    result = runner.gitlab(GITOPSGEN_TOKEN="t")  # noqa: S106 - not a password
    assert result.returncode == 0, result.stderr
    call = runner.calls()[-1]
    assert f"https://gitlab.example/api/v4/projects/5/merge_requests/9/{path}" in call
    assert ("PUT" in call) == bool(comments)
    assert call[-1] == "body@gitopsgen-diff.md"


def test_a_merge_request_that_changes_nothing_gets_no_note(runner: Runner) -> None:
    runner.account(BOT)
    result = runner.gitlab(GITOPSGEN_TOKEN="t")  # noqa: S106 - not a password
    assert result.returncode == 0, result.stderr
    assert [call for call in runner.calls() if "body@gitopsgen-diff.md" in call] == []
    assert "no note" not in result.stdout


def test_a_token_that_is_refused_is_told_in_a_line(runner: Runner) -> None:
    runner.change(CLEAN)
    result = runner.gitlab(GITOPSGEN_TOKEN="t")  # noqa: S106 - not a password
    assert result.returncode == 0, result.stderr
    assert "no note on the merge request: GITOPSGEN_TOKEN needs the scope api" in result.stdout
    assert "Traceback" not in result.stderr
