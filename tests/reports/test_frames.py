"""The line below a finding: the mark stands below its place, whatever the characters before it."""

import re

import pytest

from gitopsgen.model.report import Report
from gitopsgen.reports import Format, Style, format_report
from gitopsgen.reports.frames import end_of_token, frame, utf16_column
from gitopsgen.source.location import Location
from tests.reports.findings import NOTE


@pytest.mark.parametrize(
    ("line", "column", "shown"),
    [
        pytest.param("  replicas: 3", 3, ("  replicas: 3", "  ^"), id="a key"),
        pytest.param("a: {漢字: 1, k: 2}", 13, ("a: {漢字: 1, k: 2}", "              ^"), id="wide characters"),
        pytest.param("a: '\t', k: 2", 9, ("a: ' ', k: 2", "        ^"), id="a tab is one space"),
        pytest.param("a: 'e\u0301', k: 2", 10, ("a: 'e\u0301', k: 2", "        ^"), id="a mark drawn over another"),
        pytest.param("a: \U0001f600, k", 7, ("a: \U0001f600, k", "       ^"), id="an emoji"),
        pytest.param("a: \x1b[31m\u202eb", 1, ("a:  [31m b", "^"), id="what a terminal would obey"),
        pytest.param("", 1, ("", "^"), id="an empty line"),
        pytest.param("abc", 9, ("abc", "   ^"), id="beyond the end"),
        pytest.param("x" * 200, 3, ("x" * 160 + "…", "  ^"), id="a long line, at its start"),
        pytest.param("x" * 400, 200, ("…" + "x" * 160 + "…", " " * 81 + "^"), id="a long line, in the middle"),
        pytest.param("x" * 400, 400, ("…" + "x" * 81, " " * 81 + "^"), id="a long line, at its end"),
        pytest.param("漢" * 400, 200, ("…" + "漢" * 160 + "…", " " * 161 + "^"), id="a long line of wide characters"),
    ],
)
def test_the_mark_stands_below_its_place(line: str, column: int, shown: tuple[str, str]) -> None:
    found = frame(Location("a.yaml", 1, column), lambda _: [line])
    assert found
    assert (found.text, " " * found.indent + "^") == shown


@pytest.mark.parametrize(("line", "count"), [(0, 3), (4, 3), (1, 0)])
def test_a_line_that_is_not_there_is_not_shown(line: int, count: int) -> None:
    assert frame(Location("a.yaml", line, 1), lambda _: ["x"] * count) is None


def test_text_shows_the_frame_with_the_number_of_the_line() -> None:
    style = Style(lines=lambda _: ["x: 1", "y: 1", "z: 1", "  name: 漢, no: x"], colour=True)
    text = format_report(Report(findings=(NOTE,)), Format.TEXT, style)
    plain = re.sub("\x1b\\[[0-9;]*m", "", text).splitlines()
    assert plain[1:3] == ["    4 |   name: 漢, no: x", "      |         ^"]
    assert "\x1b[36;1m^\x1b[0m" in text


@pytest.mark.parametrize(
    ("line", "column", "token"),
    [
        pytest.param("  replicas: 3", 3, "replicas", id="a key"),
        pytest.param("  replicas: 3", 13, "3", id="a value"),
        pytest.param("image: a/b:v1", 8, "a/b:v1", id="a colon inside a value"),
        pytest.param('{a: "x, \\" y", b: 1}', 5, '"x, \\" y"', id="double quotes"),
        pytest.param("- 'it''s'", 3, "'it''s'", id="single quotes"),
        pytest.param("{a: [1, 2]}", 6, "1", id="an item in a flow"),
        pytest.param("{a: [1, 2]}", 5, "[", id="a flow itself"),
        pytest.param("a:", 3, "", id="beyond the end"),
    ],
)
def test_the_end_of_a_token(line: str, column: int, token: str) -> None:
    assert line[column - 1 : end_of_token(line, column) - 1] == token
    assert end_of_token(line, column) > column


def test_columns_in_utf_16_count_what_takes_two_units_twice() -> None:
    assert [utf16_column("a\U0001f600漢b", column) for column in (1, 2, 3, 4, 5)] == [1, 2, 4, 5, 6]
