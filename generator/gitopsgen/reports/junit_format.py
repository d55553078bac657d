"""Findings as JUnit XML: a suite for each release or file, a test case for each finding, failed where the run fails.

What both schemas in use allow, the one of Jenkins' xUnit plugin (junit-10.xsd) and the stricter one of its forebear
dtkit (junit-4.xsd), is all that is written: a case has no ``file``, a skipped one says why in its text.
"""

from collections import Counter, defaultdict
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from gitopsgen.model.finding import Finding
from gitopsgen.model.report import Report
from gitopsgen.reports import Style
from gitopsgen.reports.gathering import Gathered
from gitopsgen.reports.plain import printable
from gitopsgen.reports.text_format import finding_lines, headline
from gitopsgen.source.location import format_path


def format_report(report: Report, style: Style) -> str:
    """Return the report as XML.

    A finding below the failing severity passes, with its text as output; what is waived or was not checked is skipped.
    A run that has nothing to say is one case that passed: readers take a file without any for a broken run.
    """
    cases: defaultdict[str, list[Element]] = defaultdict(list)
    names: Counter[tuple[str, str]] = Counter()

    def case(suite: str, name: str) -> Element:
        names[suite, name] += 1
        again = f" ({names[suite, name]})" if names[suite, name] > 1 else ""
        element = Element("testcase", name=printable(f"{name}{again}"), classname=printable(suite))
        cases[suite].append(element)
        return element

    for finding in sorted((*report.findings, *report.waived), key=lambda finding: finding.order):
        _judge(case(finding.release or finding.location.file, _name(finding)), finding, style)
    for one in report.not_checked:
        SubElement(case("not checked", one.object), "skipped").text = printable(one.reason)
    if not cases:
        case(f"gitopsgen {style.command}", "no findings")
    every = [one for elements in cases.values() for one in elements]
    root = Element("testsuites", {"name": f"gitopsgen {style.command}", **_counts(every)})
    for suite, elements in cases.items():
        skipped = str(sum(one.find("skipped") is not None for one in elements))
        attributes = {"name": printable(suite), **_counts(elements), "skipped": skipped}
        SubElement(root, "testsuite", attributes).extend(elements)
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _judge(case: Element, finding: Finding, style: Style) -> None:
    alone = Gathered(finding=finding, releases=[finding.release])
    text = "\n".join(finding_lines(alone, style))
    if waiver := finding.waived_by:
        until = f"waived by {waiver.owner} until {waiver.expires} ({waiver.location}): {waiver.reason}"
        SubElement(case, "skipped").text = f"{printable(until)}\n{text}"
    elif finding.severity.rank <= style.failing.rank:
        failure = SubElement(case, "failure", message=headline(alone), type=printable(finding.policy))
        failure.text = text
    else:
        SubElement(case, "system-out").text = text


def _name(finding: Finding) -> str:
    identity = finding.object
    parts = (finding.policy, f"{identity.kind}/{identity.name}" if identity else "", format_path(finding.path))
    return " ".join(part for part in parts if part)


def _counts(cases: list[Element]) -> dict[str, str]:
    failures = sum(one.find("failure") is not None for one in cases)
    return {"tests": str(len(cases)), "failures": str(failures), "errors": "0"}
