"""Findings as a GitLab Code Quality report: a JSON array, of which the merge request shows what is new.

Source: GitLab's page "Code Quality", section "Code Quality report format".
"""

from typing import Any, Final

from gitopsgen.model.finding import Finding, Severity
from gitopsgen.model.report import Report
from gitopsgen.reports import Style
from gitopsgen.reports.plain import json_text

_SEVERITIES: Final = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.INFO: "info"}


def format_report(report: Report, style: Style) -> str:
    """Return the findings that count; the format has no place for what is waived or was not checked."""
    return json_text([_issue(finding, style) for finding in report.findings])


def _issue(finding: Finding, style: Style) -> dict[str, Any]:
    release = f"{finding.release}: " if finding.release else ""
    fix = f" (fix: {finding.fix})" if finding.fix else ""
    return {
        "description": f"{release}{finding.message}{fix}",
        "check_name": finding.policy,
        "fingerprint": finding.fingerprint,
        "severity": _SEVERITIES[finding.severity],
        "location": {"path": style.path(finding.location.file), "lines": {"begin": finding.location.line}},
    }
