"""Findings for machines: a versioned form that only grows; its schema is ``gitopsgen schema output-lint``."""

import json
from typing import Any, Final

from gitopsgen.model.finding import Finding, Severity
from gitopsgen.model.report import Report
from gitopsgen.reports import Style
from gitopsgen.source.location import Location, format_path

SCHEMA_VERSION: Final = 1


def format_report(report: Report, _style: Style) -> str:
    """Return the report as JSON."""
    return json.dumps(report_data(report), indent=2, ensure_ascii=False) + "\n"


def report_data(report: Report) -> dict[str, Any]:
    """Return the report as plain data."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "findings": [finding_data(finding) for finding in report.findings],
        "waived": [finding_data(finding) for finding in report.waived],
        "notChecked": [{"object": skipped.object, "reason": skipped.reason} for skipped in report.not_checked],
        "summary": {severity.value: report.count(severity) for severity in Severity},
    }


def finding_data(finding: Finding) -> dict[str, Any]:
    """Return one finding as plain data; what it does not have is left out."""
    identity = finding.object
    data = {
        "policy": finding.policy,
        "severity": finding.severity.value,
        "message": finding.message,
        "fix": finding.fix,
        "release": finding.release,
        "object": {
            "group": identity.group,
            "kind": identity.kind,
            "namespace": identity.namespace,
            "name": identity.name,
        }
        if identity
        else None,
        "path": format_path(finding.path),
        "location": _location(finding.location),
        "rendered": _location(finding.rendered) if finding.rendered else None,
        "related": [
            {"location": _location(related.location), "message": related.message} for related in finding.related
        ],
        "waivedBy": finding.waived_by,
        "fingerprint": finding.fingerprint,
        "docs": finding.docs,
    }
    return {key: value for key, value in data.items() if value not in ("", None, [])}


def _location(location: Location) -> dict[str, Any]:
    return {"file": location.file, "line": location.line, "column": location.column}
