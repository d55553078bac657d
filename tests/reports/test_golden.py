"""Every format of one report that has all that a finding may have, and of one that has nothing."""

from pathlib import Path

import pytest

from gitopsgen import __version__
from gitopsgen.model.report import Report
from gitopsgen.reports import Format, format_report
from tests.reports.findings import FULL, STYLE

GOLDEN = Path(__file__).parent / "golden"
CASES = {"full": FULL, "clean": Report()}


@pytest.mark.parametrize("kind", list(Format))
@pytest.mark.parametrize("case", list(CASES))
def test_a_report_is_printed_as_it_was_reviewed(case: str, kind: Format, *, update_goldens: bool) -> None:
    file = GOLDEN / f"{case}.{kind}"
    text = format_report(CASES[case], kind, STYLE).replace(f'"{__version__}"', '"VERSION"')
    if update_goldens:
        file.write_text(text, encoding="utf-8", newline="\n")
    assert text == file.read_bytes().decode()
