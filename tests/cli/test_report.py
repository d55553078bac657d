"""``gitopsgen report`` on a repository as people have it."""

from pathlib import Path

from tests.cli.conftest import Run
from tests.reports.test_page import Page


def test_report_writes_the_page_and_exits_as_lint_does(scaffold: Path, run: Run) -> None:
    result = run("report", "-C", str(scaffold), "-o", "out/report.html", folder=scaffold)
    assert (result.status, result.stdout) == (0, "")
    page = Page((scaffold / "out/report.html").read_text("utf-8"))
    assert page.elements["svg"] >= 1
    assert "hello" in page.text
    file = scaffold / "environments/prod.yaml"
    file.write_text(file.read_text().replace("conservative-canary", "rolling"))
    failed = run("report", "-C", str(scaffold), "--env", "prod")
    assert failed.status == 1
    assert "ungated-production-canary" in Page(failed.stdout).text
    assert run("report", "-C", str(scaffold), "--fail-on", "never").status == 0


def test_a_faulty_descriptor_is_told_on_the_page(scaffold: Path, run: Run) -> None:
    (scaffold / "environments/prod.yaml").write_text("kind: [\n")
    result = run("report", "-C", str(scaffold))
    assert result.status == 1
    assert "yaml/syntax" in Page(result.stdout).text
