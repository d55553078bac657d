"""No message breaks out of a format: whatever a file says, it is shown and never obeyed, and no finding is lost."""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from gitopsgen.model.finding import NotChecked, Severity
from gitopsgen.model.report import Report
from gitopsgen.reports import Format, format_report
from gitopsgen.reports.gathering import gathered, skipped
from gitopsgen.reports.plain import printable
from gitopsgen.source.location import Location
from tests.reports.findings import GATE, NOTE, STYLE, TAG, WAIVED, report, reports

COMMENT_LIMIT = 65_000
ANNOTATIONS = 10


@given(found=reports, kind=st.sampled_from(Format))
def test_every_format_is_unicode_and_the_same_each_time(found: Report, kind: Format) -> None:
    text = format_report(found, kind, STYLE)
    assert text.encode("utf-8").decode("utf-8") == text
    assert format_report(found, kind, STYLE) == text


@given(found=reports)
def test_text_acts_on_no_terminal(found: Report) -> None:
    text = format_report(found, Format.TEXT, STYLE)
    assert all(line.isprintable() for line in text.split("\n"))
    assert sum(re.match(r".*:\d+:\d+: (error|warning|info)\[", line) is not None for line in text.split("\n")) >= len(
        found.findings
    )


@given(found=reports)
def test_json_formats_hold_every_finding(found: Report) -> None:
    written = {
        kind: json.loads(format_report(found, kind, STYLE)) for kind in (Format.JSON, Format.SARIF, Format.GITLAB)
    }
    assert len(written[Format.JSON]["findings"]) == len(found.findings)
    assert len(written[Format.SARIF]["runs"][0]["results"]) == len(found.findings) + len(found.waived)
    prints = [issue["fingerprint"] for issue in written[Format.GITLAB]]
    assert len(set(prints)) == len(found.findings)


@given(found=reports)
def test_sarif_regions_lie_in_their_line_and_uris_are_ascii(found: Report) -> None:
    run = json.loads(format_report(found, Format.SARIF, STYLE))["runs"][0]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        for place in (*result["locations"], *result["relatedLocations"]):
            physical = place["physicalLocation"]
            region = physical["region"]
            assert re.fullmatch(r"(file://)?[A-Za-z0-9%/._~:-]+", physical["artifactLocation"]["uri"])
            assert region["endColumn"] > region["startColumn"] if "endColumn" in region else region["startColumn"] >= 1
        links = re.findall(r"(?<!\\)\[(?:\\.|[^\[\]\\])*\]\(([^)]*)\)", result["message"]["text"])
        assert links == [str(one["id"]) for one in result["relatedLocations"]]


@given(found=reports)
def test_junit_is_xml_and_its_names_differ(found: Report) -> None:
    suites = ET.fromstring(format_report(found, Format.JUNIT, STYLE))  # noqa: S314 - our own text
    cases = list(suites.iter("testcase"))
    assert len(cases) == max(len(found.findings) + len(found.waived) + len(found.not_checked), 1)
    assert len({(case.get("classname"), case.get("name")) for case in cases}) == len(cases)
    failed = sum(finding.severity is Severity.ERROR for finding in found.findings)
    assert suites.get("failures") == str(failed) == str(len(list(suites.iter("failure"))))
    skipped = len(found.waived) + len(found.not_checked)
    assert len(list(suites.iter("skipped"))) == skipped == sum(int(suite.get("skipped", "")) for suite in suites)


@dataclass(frozen=True, kw_only=True)
class Command:
    """A workflow command as GitHub's runner reads it."""

    name: str
    properties: dict[str, str]
    data: str


def commands(log: str) -> Iterator[Command]:
    """Yield what the runner would obey in ``log``: by the rules of its ``ActionCommand.TryParseV2``."""
    stopped = ""
    for line in re.split(r"\r\n|\r|\n", log):
        match = re.match(r"::([^ :]*)(?: (.*?))?::(.*)", line.lstrip())
        if not match:
            continue
        name, properties, data = match[1], match[2] or "", match[3]
        if stopped:
            stopped = "" if name == stopped else stopped
        elif name == "stop-commands":
            stopped = data
        else:
            pairs = [pair.split("=", 1) for pair in properties.split(",") if "=" in pair]
            yield Command(name=name, properties={key: unescaped(value) for key, value in pairs}, data=unescaped(data))


def unescaped(text: str) -> str:
    for escape, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(escape, character)
    return text


@given(found=reports)
def test_github_obeys_one_command_a_finding(found: Report) -> None:
    told = [one for one in commands(format_report(found, Format.GITHUB, STYLE)) if "group" not in one.name]
    shown: list[tuple[str, str, str]] = []
    for severity, name in ((Severity.ERROR, "error"), (Severity.WARNING, "warning"), (Severity.INFO, "notice")):
        findings = [one for one in found.worst_first if one.severity is severity]
        cut = findings if len(findings) <= ANNOTATIONS else findings[: ANNOTATIONS - 1]
        shown += [(name, printable(one.location.file), str(one.location.line)) for one in cut]
        shown += [(name, "", "")] * (len(findings) > ANNOTATIONS)
    assert [(one.name, one.properties.get("file", ""), one.properties.get("line", "")) for one in told] == shown


def test_github_says_how_many_more_there_are_and_lists_them_in_the_log() -> None:
    many = report(*(replace(GATE, location=Location("a.yaml", number, 1)) for number in range(1, 31)), TAG)
    text = format_report(many, Format.GITHUB, STYLE)
    errors = [one for one in commands(text) if one.name == "error"]
    assert [one.properties["line"] for one in errors[:-1]] == [str(number) for number in range(1, 10)]
    assert errors[-1].data == "21 more errors: the log of this step lists all"
    assert sum(line.startswith("a.yaml:") for line in text.splitlines()) == 21


MARKDOWN = MarkdownIt("commonmark")


def tokens(text: str) -> Iterator[Token]:
    for token in MARKDOWN.parse(text):
        yield from (token, *(token.children or ()))


OURS = re.compile(r"<!-- gitopsgen lint -->|</?details>|<details><summary>[0-9]+ [a-z ]+</summary>")


@given(found=reports)
def test_markdown_has_no_link_image_or_html_of_others(found: Report) -> None:
    text = format_report(found, Format.MARKDOWN, STYLE)
    for token in tokens(text):
        assert token.type not in ("link_open", "image", "hr", "blockquote_open", "ordered_list_open", "html_inline")
        if token.type == "html_block":
            assert OURS.fullmatch(token.content.strip())
        if token.type == "text":
            assert not re.search(r"[@#]\w|www\.|://", token.content.removeprefix("gitopsgen lint"))
    items = [token for token in tokens(text) if token.type == "list_item_open"]
    assert len(items) == len(gathered(found.findings)) + len(found.waived) + len(skipped(found.not_checked))


@pytest.mark.parametrize(
    "message",
    ["x" * 100_000, "\U0001f600" * 3000, "`|\\<" * 900, "\x00" * 2000],
    ids=["long", "emoji", "marks", "control"],
)
def test_markdown_fits_a_comment_and_keeps_the_worst(message: str) -> None:
    notes = [replace(NOTE, message=message, location=Location("a.yaml", line, 1)) for line in range(1, 900)]
    waived = [replace(WAIVED, message=message, policy=f"p{line}") for line in range(1, 900)]
    skipped = tuple(NotChecked(object=message, reason=message) for _ in range(900))
    text = format_report(report(*notes, GATE, *waived, not_checked=skipped), Format.MARKDOWN, STYLE)
    assert len(text.encode("utf-16-le")) // 2 < COMMENT_LIMIT
    assert GATE.policy in next(line for line in text.splitlines() if line.startswith("- "))
    shown = text.count("**note**")
    assert f"**and {899 - shown} notes more**" in text
    assert "899 waived" in text


def test_sarif_takes_no_more_results_than_code_scanning_does() -> None:
    many = Report(findings=(*(replace(NOTE, fingerprint=str(number)) for number in range(25_001)), GATE))
    run = json.loads(format_report(many, Format.SARIF, STYLE))["runs"][0]
    assert len(run["results"]) == 25_000
    assert GATE.policy in {result["ruleId"] for result in run["results"]}
    notices = run["invocations"][0]["toolExecutionNotifications"]
    assert [one["message"]["text"] for one in notices] == [
        "2 findings of the least severe left out: a reader takes 25000"
    ]
