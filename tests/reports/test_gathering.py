"""What is said in the same words of one line is said once to people, and of each release to programs."""

from dataclasses import replace

import pytest

from gitopsgen.model.finding import Finding, NotChecked, Severity
from gitopsgen.model.report import Report
from gitopsgen.reports import Format, format_report
from gitopsgen.reports.gathering import gathered
from gitopsgen.source.location import Location
from tests.reports.findings import GATE, STYLE

NAMES = [f"prod/app-{number:02}" for number in range(30)]
LISTED = ", ".join(NAMES[3:23])


def of(release: str, **changes: object) -> Finding:
    return replace(GATE, release=release, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        pytest.param([of("a/x"), of("b/x")], [["a/x", "b/x"]], id="the same of two releases"),
        pytest.param([of("a/x"), of("a/x")], [["a/x"], ["a/x"]], id="two of one release"),
        pytest.param([of("a/x"), of("a/x"), of("b/x"), of("b/x")], [["a/x", "b/x"], ["a/x", "b/x"]], id="two of each"),
        pytest.param([of("a/x"), of("b/x", message="another")], [["a/x"], ["b/x"]], id="other words"),
        pytest.param([of("a/x"), of("b/x", fix="another")], [["a/x"], ["b/x"]], id="another fix"),
        pytest.param([of("a/x"), of("b/x", severity=Severity.WARNING)], [["a/x"], ["b/x"]], id="another severity"),
        pytest.param([of("a/x"), of("b/x", location=Location("x", 1, 1))], [["a/x"], ["b/x"]], id="another place"),
        pytest.param([of("a/x"), of("b/x", policy="another")], [["a/x"], ["b/x"]], id="another policy"),
        pytest.param([of("a/x"), of("c/x", message="another"), of("b/x")], [["a/x", "b/x"], ["c/x"]], id="apart"),
        pytest.param([of(""), of("")], [[""], [""]], id="of no release"),
        pytest.param([], [], id="nothing"),
    ],
)
def test_what_is_gathered(findings: list[Finding], expected: list[list[str]]) -> None:
    assert [one.releases for one in gathered(findings)] == expected


def test_people_read_it_once() -> None:
    report = Report(findings=tuple(map(of, NAMES)))
    text = format_report(report, Format.TEXT, STYLE)
    assert text.splitlines() == [
        f"environments/prod.yaml:3:31: error[ungated-production-canary] {', '.join(NAMES[:3])} and 27 more: {GATE.message}",
        '    3 |   rollout: {profile: "quick", with: {gates: []}}',
        "      |                               ^",
        f"   also: {LISTED} and 7 more",
        "   fix: add a step `- pause: {}`",
        "   see: templates/lib/canary.j2:27:1 (the template)",
        "   rendered/prod/api/manifests/rollout-api.yaml:5   explain: gitopsgen explain ungated-production-canary",
        "30 errors",
    ]
    github = format_report(report, Format.GITHUB, STYLE)
    assert github.count("::error ") == 1, "one of the ten that are shown"
    assert f"%0Aalso: {LISTED} and 7 more%0Afix:" in github
    markdown = format_report(report, Format.MARKDOWN, STYLE)
    assert markdown.count("**error**") == 1
    assert "`prod/app-00`, `prod/app-01`, `prod/app-02` and 27 more `environments/prod.yaml:3:31`" in markdown


@pytest.mark.parametrize("kind", [Format.JSON, Format.SARIF, Format.GITLAB, Format.JUNIT])
def test_programs_read_each(kind: Format) -> None:
    text = format_report(Report(findings=tuple(map(of, NAMES))), kind, STYLE)
    assert all(f"{name}" in text for name in NAMES)


@pytest.mark.parametrize("kind", [Format.TEXT, Format.GITHUB, Format.MARKDOWN])
def test_objects_that_are_not_checked_for_one_reason_are_told_together(kind: Format) -> None:
    unknown = [NotChecked(object=f"Widget prod/{name}", reason="its kind is not known") for name in "abcde"]
    other = NotChecked(object="chart x", reason="helm is not installed")
    text = format_report(Report(not_checked=(*unknown[:2], other, *unknown[2:])), kind, STYLE)
    named = "Widget prod/a, Widget prod/b, Widget prod/c and 2 more"
    assert text.index(named) < text.index("chart x")
    assert text.count("its kind is not known") == 1
    assert "6 objects not checked" in text


def test_what_has_no_annotation_is_in_the_log_with_all_its_releases() -> None:
    findings = [of(name, message=f"fault {number:02}") for number in range(12) for name in NAMES[:4]]
    text = format_report(Report(findings=tuple(findings)), Format.GITHUB, STYLE)
    log = text[text.index("::group::") :]
    assert "::error title=gitopsgen::12 more errors: the log of this step lists all" in text
    for number in (9, 10, 11):
        assert f"prod/app-00, prod/app-01, prod/app-02 and 1 more: fault {number:02}\n   also: prod/app-03\n" in log
