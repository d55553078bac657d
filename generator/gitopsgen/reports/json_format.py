"""Findings for machines: a versioned form that only grows; its schema is ``gitopsgen schema output-lint``."""

from typing import Any, Final

from gitopsgen.model.finding import Finding, Severity
from gitopsgen.model.report import Report
from gitopsgen.reports import Style
from gitopsgen.reports.plain import json_text
from gitopsgen.reports.provenance import location_data, provenance_data
from gitopsgen.source.location import format_path

SCHEMA_VERSION: Final = 1


def format_report(report: Report, _style: Style) -> str:
    """Return the report as JSON."""
    return json_text(report_data(report))


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
    identity, waiver = finding.object, finding.waived_by
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
        "location": location_data(finding.location),
        "rendered": location_data(finding.rendered) if finding.rendered else None,
        "related": [
            {"location": location_data(related.location), "message": related.message} for related in finding.related
        ],
        "waivedBy": str(waiver.location) if waiver else None,
        "waiver": {"reason": waiver.reason, "owner": waiver.owner, "expires": waiver.expires.isoformat()}
        if waiver
        else None,
        "fingerprint": finding.fingerprint,
        "docs": finding.docs,
        "provenance": provenance_data(finding.provenance) if finding.provenance else None,
    }
    return {key: value for key, value in data.items() if value not in ("", None, [])}
