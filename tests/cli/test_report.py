"""``report``: the repository on one page."""

import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run, tree
from tests.delivery.repositories import Repository, start
from tests.reports.pages import Page

CANARY = "rollout: {profile: conservative-canary}"
UNGATED = "rollout: {profile: conservative-canary, with: {weights: [60], gates: []}}"
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)


@pytest.fixture
def committed(scaffold: Path) -> Repository:
    """A scaffolded repository, rendered and committed."""
    repository = start(scaffold)
    repository.commit("feat: <b>hello</b>")
    return repository


def edit(repository: Path, old: str, new: str) -> None:
    file = repository / "environments" / "prod.yaml"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


def test_before_the_first_commit(scaffold: Path, run: Run) -> None:
    before = tree(scaffold)
    result = run("report", "-C", str(scaffold))
    assert (result.status, result.stderr) == (0, "")
    page = Page(result.stdout)
    for said in ("in no commit", "no findings", "the tree is current", "nothing to compare with", "3 releases"):
        assert said in page.text
    assert page.tags.count("svg") == 3
    assert tree(scaffold) == before


def test_what_is_at_fault_changed_and_not_current(committed: Repository, run: Run, tmp_path: Path) -> None:
    edit(committed.root, CANARY, UNGATED)
    file = tmp_path / "public" / "report.html"
    result = run("report", str(file), "-C", str(committed.root))
    assert (result.status, result.stdout) == (1, "")
    assert result.stderr == f"{file}: 2 errors, 1 warning; the tree is not current\n"
    page = Page(file.read_text("utf-8"))
    for said in (
        "feat: <b>hello</b> (Ada, 2026-01-01), with 1 file not committed",
        "environments/prod.yaml:13:64 prod/hello: reaches 100 % of traffic without a manual gate",
        "1 of 3 releases change, 1 high",
        "manual gates 2 → 0",
        "the tree is out of date",
        "prod/hello: 2 files stale",
    ):
        assert said in page.text
    assert page.tags.count("svg") == 5  # three rollouts, and one before and after


def test_what_does_not_render_is_told_and_not_compared(committed: Repository, run: Run) -> None:
    edit(committed.root, "replicas: 4", "replicas: four")
    result = run("report", "-C", str(committed.root))
    assert result.status == 1
    page = Page(result.stdout)
    assert "environments/prod.yaml:12:7" in page.text
    assert "not compared: what descriptors or templates at fault come to is not known" in page.text
    assert "the tree is not compared" in page.text
    assert "gone" not in page.text
    assert "orphan" not in page.text


def test_only_what_is_selected(committed: Repository, run: Run) -> None:
    page = Page(run("report", "-C", str(committed.root), "--env", "prod").stdout)
    assert page.tags.count("svg") == 1
    assert "prod/hello" in page.text
    assert "staging/hello" not in page.text


def test_against_another_commit(committed: Repository, run: Run) -> None:
    edit(committed.root, CANARY, f"image: {{tag: v1.0.0}}\n      {CANARY}")
    edit(committed.root, "replicas: 4", "replicas: 5")
    assert run("render", "-C", str(committed.root)).status == 0
    committed.commit("feat: more")
    assert "nothing changes" in Page(run("report", "-C", str(committed.root)).stdout).text
    assert "replicas 4 → 5" in Page(run("report", "-C", str(committed.root), "--base", "HEAD~1").stdout).text


def test_never_fails_where_that_is_asked_for(committed: Repository, run: Run) -> None:
    edit(committed.root, CANARY, UNGATED)
    assert run("report", "-C", str(committed.root), "--fail-on", "never").status == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--base", "nowhere"], "git knows no commit `nowhere`"),
        (["--fail-on", "worse"], "fix: one of: error, info, never, warning"),
        (["--env", "prd"], "fix: did you mean `prod`?"),
        (["/dev/null/report.html"], "/dev/null/report.html cannot be written"),
    ],
)
def test_what_cannot_be_done(committed: Repository, run: Run, arguments: list[str], said: str) -> None:
    result = run("report", "-C", str(committed.root), *arguments)
    assert (result.status, result.stdout) == (2, "")
    assert said in result.stderr


def test_a_terminal_gets_no_page(scaffold: Path) -> None:
    theirs, ours = pty.openpty()
    command = [sys.executable, "-m", "gitopsgen", "report", "-C", str(scaffold)]
    result = subprocess.run(command, stdout=ours, stderr=subprocess.PIPE, text=True, check=False)
    os.close(ours)
    os.close(theirs)
    assert result.returncode == 2
    assert "fix: name its file: `gitopsgen report report.html`" in result.stderr


@pytest.mark.skipif(BROWSER is None, reason="needs chromium")
def test_a_browser_shows_it(committed: Repository, run: Run, tmp_path: Path) -> None:
    """The page's own policy lets its style through, and a browser reads all of it."""
    file = tmp_path / "report.html"
    assert run("report", str(file), "-C", str(committed.root)).status == 0
    assert BROWSER
    command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--dump-dom"]
    result = subprocess.run([*command, file.as_uri()], capture_output=True, text=True, check=False, timeout=120)
    assert result.stdout.count("<svg ") == 3
    assert "Content Security Policy" not in result.stderr
