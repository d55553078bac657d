"""A baseline: the findings that a repository lives with for now, so that only new ones fail."""

import json
from collections.abc import Iterable
from pathlib import Path

from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.finding import Finding


def write_baseline(file: Path, findings: Iterable[Finding]) -> None:
    """Write the fingerprints of ``findings``, each with words for people, one a line and in order.

    Raises:
        GitopsgenError: the file cannot be written.
    """
    known = {
        finding.fingerprint: f"{finding.policy} {finding.release or finding.location.file}" for finding in findings
    }
    data = {"schemaVersion": 1, "findings": dict(sorted(known.items()))}
    try:
        file.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8", newline="\n")
    except OSError as error:
        raise GitopsgenError(f"{file} cannot be written: {error.strerror}") from error


def read_baseline(file: Path) -> frozenset[str]:
    """Return the fingerprints of a baseline.

    Raises:
        GitopsgenError: there is no such file, or it is no baseline.
    """
    fix = "write one with `gitopsgen lint --write-baseline FILE`"
    try:
        data = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise GitopsgenError(f"{file} cannot be read: {error.strerror}", fix=fix) from error
    except ValueError as error:
        raise GitopsgenError(f"{file} is no baseline: {error}", fix=fix) from error
    if not isinstance(data, dict) or not isinstance(data.get("findings"), dict):
        raise GitopsgenError(f"{file} is no baseline", fix=fix)
    return frozenset(data["findings"])
