"""Findings as SARIF 2.1.0, in the words that GitHub's code scanning and other viewers read.

Source: OASIS, Static Analysis Results Interchange Format Version 2.1.0; GitHub's limits are those of its page "SARIF
support for code scanning".
"""

import re
from functools import cache
from typing import Any, Final
from urllib.parse import quote

from gitopsgen import __version__
from gitopsgen.model.finding import Finding, NotChecked, Related, Severity
from gitopsgen.model.report import Report
from gitopsgen.reports import Style
from gitopsgen.reports.frames import end_of_token, line_at, utf16_column
from gitopsgen.reports.line_hashes import line_hashes
from gitopsgen.reports.plain import counted, json_text, shortened, well_formed
from gitopsgen.source.location import Location, format_path

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT: Final = "%SRCROOT%"
_LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_PROBLEMS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "recommendation"}
_MOST_RESULTS: Final = 25_000
"""GitHub refuses a run with more."""
_LONGEST_DESCRIPTION: Final = 1024
_BRACKETS: Final = re.compile(r"(\[[^\[\]]*\](?!\())|[\[\]]")
_DRIVE: Final = re.compile(r"[A-Za-z]:/")
_NOT_CHECKED_TEXT: Final = "A check could not run on an object, which does not count as passed."
_NOT_CHECKED: Final = {
    "id": "not-checked",
    "shortDescription": {"text": _NOT_CHECKED_TEXT},
    "fullDescription": {"text": _NOT_CHECKED_TEXT},
    "help": {"text": "Give gitopsgen what it misses: the message of each notification says what."},
}


def format_report(report: Report, style: Style) -> str:
    """Return the report as a SARIF log of one run; waived findings are results that are suppressed."""
    findings = sorted((*report.findings, *report.waived), key=lambda finding: finding.order)
    notices = [_not_checked(one) for one in report.not_checked]
    if len(findings) > _MOST_RESULTS:
        notices.append(_left_out(len(findings) - _MOST_RESULTS))
        worst = sorted(findings, key=lambda finding: (bool(finding.waived_by), finding.severity.rank))
        findings = sorted(worst[:_MOST_RESULTS], key=lambda finding: finding.order)
    run = _Run(style)
    rules = {finding.policy: finding.severity for finding in reversed(findings)}
    indices = {rule: index for index, rule in enumerate(sorted(rules))}
    log = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "gitopsgen",
                        "semanticVersion": __version__,
                        "rules": [run.rule(rule, rules[rule]) for rule in indices],
                        "notifications": [_NOT_CHECKED],
                    }
                },
                "automationDetails": {"id": f"gitopsgen/{style.command.replace(' ', '-')}/{style.folder}"},
                "originalUriBaseIds": {_ROOT: {"description": {"text": "The top of the git work tree."}}},
                "columnKind": "utf16CodeUnits",
                "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notices}],
                "results": [run.result(finding, indices[finding.policy]) for finding in findings],
            }
        ],
    }
    return json_text(log)


class _Run:
    """Makes rules, results and locations; what it reads of files and pages comes from the style."""

    def __init__(self, style: Style) -> None:
        self.style = style
        self._hashes = cache(lambda file: line_hashes(style.lines(file)))

    def rule(self, rule: str, severity: Severity) -> dict[str, Any]:
        """Return what is said of a rule; one that has no page is its id."""
        page = self.style.page(rule)
        summary = page.summary if page else f"The rule {rule}."
        parts = [summary, page.why, f"Fix: {page.fix}" if page.fix else ""] if page else [summary]
        text = "\n\n".join(" ".join(part.split()) for part in parts if part)
        explained = f"Run `gitopsgen explain {rule}` for its examples."
        described = {
            "id": rule,
            "shortDescription": {"text": shortened(" ".join(summary.split()), _LONGEST_DESCRIPTION)},
            "fullDescription": {"text": shortened(text, _LONGEST_DESCRIPTION)},
            "help": {"text": f"{text}\n\n{explained}", "markdown": f"{text}\n\n{explained}"},
            "defaultConfiguration": {"level": _LEVELS[page.worst if page else severity]},
            "properties": {
                "problem.severity": _PROBLEMS[page.worst if page else severity],
                "tags": [page.category] if page and page.category else [],
            },
        }
        if page and page.source.startswith("https://"):
            described["helpUri"] = quote(page.source, safe=":/?#[]@!$&'()*+,;=%~-._")
        return described

    def result(self, finding: Finding, index: int) -> dict[str, Any]:
        """Return one finding: the line to edit is its location, all others are related and linked from the message."""
        related = [*finding.related]
        if finding.rendered:
            related.insert(0, Related(location=finding.rendered, message="as it is rendered"))
        location: dict[str, Any] = {"physicalLocation": self._physical(finding.location)}
        if finding.object:
            named = f"{finding.object.kind}/{finding.object.name}"
            full = "/".join(filter(None, (finding.release, finding.object.namespace, named)))
            location["logicalLocations"] = [
                {"name": named, "fullyQualifiedName": f"{full}#{format_path(finding.path)}", "kind": "object"}
            ]
        result = {
            "ruleId": finding.policy,
            "ruleIndex": index,
            "level": _LEVELS[finding.severity],
            "message": {"text": _message(finding, related)},
            "locations": [location],
            "relatedLocations": [
                {
                    "id": number,
                    "physicalLocation": self._physical(one.location),
                    "message": {"text": one.message or "another place"},
                }
                for number, one in enumerate(related, 1)
            ],
            "partialFingerprints": self._fingerprints(finding),
            "properties": {
                key: value
                for key, value in (("release", finding.release), ("path", format_path(finding.path)))
                if value
            },
        }
        if finding.waived_by:
            result["suppressions"] = [
                {
                    "kind": "external",
                    "status": "accepted",
                    "justification": finding.waived_by.reason,
                    "location": {"physicalLocation": self._physical(finding.waived_by.location)},
                    "properties": {
                        "owner": finding.waived_by.owner,
                        "expires": finding.waived_by.expires.isoformat(),
                    },
                }
            ]
        return result

    def _physical(self, location: Location) -> dict[str, Any]:
        region = {"startLine": location.line, "startColumn": location.column}
        if (text := line_at(location, self.style.lines)) is not None:
            start = min(location.column, max(len(text), 1))
            # One line, so that GitHub shows it in a pull request: every line of a region must be in the change there.
            region["startColumn"] = utf16_column(text, start)
            region["endLine"] = location.line
            region["endColumn"] = utf16_column(text, end_of_token(text, start))
        return {"artifactLocation": self._artifact(location.file), "region": region}

    def _artifact(self, file: str) -> dict[str, str]:
        if file.startswith("/"):
            return {"uri": f"file://{quote(well_formed(file))}"}
        if _DRIVE.match(file):
            return {"uri": f"file:///{quote(well_formed(file), safe='/:')}"}
        return {"uri": quote(well_formed(self.style.path(file))), "uriBaseId": _ROOT}

    def _fingerprints(self, finding: Finding) -> dict[str, str]:
        prints = {"gitopsgen/v1": finding.fingerprint} if finding.fingerprint else {}
        hashes = self._hashes(finding.location.file)
        if 0 < finding.location.line <= len(self.style.lines(finding.location.file)):
            prints["primaryLocationLineHash"] = hashes[finding.location.line - 1]
        return prints


def _message(finding: Finding, related: list[Related]) -> str:
    release = f"{finding.release}: " if finding.release else ""
    lines = [_unlinked(f"{release}{finding.message}")]
    if finding.fix:
        lines.append(f"Fix: {_unlinked(finding.fix)}")
    for number, one in enumerate(related, 1):
        place = re.sub(r"([\[\]\\])", r"\\\1", f"{one.location.file}:{one.location.line}")
        lines.append(f"See [{place}]({number}): {_unlinked(one.message)}")
    return "\n".join(lines)


def _unlinked(text: str) -> str:
    """Return ``text`` with every bracket escaped that could be read as part of a link; ``steps[0]`` stays."""
    return _BRACKETS.sub(lambda match: match[1] or f"\\{match[0]}", text)


def _not_checked(skipped: NotChecked) -> dict[str, Any]:
    return {
        "descriptor": {"id": _NOT_CHECKED["id"], "index": 0},
        "level": "warning",
        "message": {"text": f"not checked: {skipped.object}: {skipped.reason}"},
    }


def _left_out(number: int) -> dict[str, Any]:
    text = f"{counted(number, 'finding')} of the least severe left out: a reader takes {_MOST_RESULTS}"
    return {"level": "warning", "message": {"text": text}}
