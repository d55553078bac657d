"""The baseline: fingerprints that stay when lines move, and a file that holds them."""

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.finding import Finding, Severity
from gitopsgen.model.manifest import ObjectId
from gitopsgen.policies.baseline import read_baseline, write_baseline
from gitopsgen.policies.fingerprints import with_fingerprints
from gitopsgen.source.location import Location

FINDING: Final = Finding(
    policy="run-as-root",
    severity=Severity.ERROR,
    message="may run as root",
    location=Location("environments/prod.yaml", 7, 3),
    release="prod/api",
    object=ObjectId("apps", "Deployment", "shop", "api"),
    path=("spec", "template", "spec", "containers", 0),
)


def fingerprints(*findings: Finding) -> list[str]:
    return [finding.fingerprint for finding in with_fingerprints(findings)]


@given(line=st.integers(1, 9999), column=st.integers(1, 99), message=st.text(), severity=st.sampled_from(Severity))
def test_a_fingerprint_stays_when_lines_and_words_change(
    line: int, column: int, message: str, severity: Severity
) -> None:
    moved = replace(FINDING, location=Location("environments/other.yaml", line, column), message=message)
    assert fingerprints(replace(moved, severity=severity)) == fingerprints(FINDING)


@pytest.mark.parametrize(
    "other",
    [
        replace(FINDING, policy="host-port"),
        replace(FINDING, release="staging/api"),
        replace(FINDING, object=ObjectId("apps", "Deployment", "shop", "web")),
        replace(FINDING, path=("spec", "template", "spec", "containers", 1)),
    ],
    ids=["policy", "release", "object", "path"],
)
def test_another_fault_has_another_fingerprint(other: Finding) -> None:
    assert len(set(fingerprints(FINDING, other))) == 2


def test_a_fault_of_a_descriptor_goes_by_its_file_and_message() -> None:
    one = replace(FINDING, object=None, path=(), message="there is no key `a`")
    moved = replace(one, location=Location("environments/prod.yaml", 99, 1))
    assert fingerprints(one) == fingerprints(moved)
    assert fingerprints(one) != fingerprints(replace(one, message="there is no key `b`"))
    assert fingerprints(one) != fingerprints(replace(one, location=Location("environments/dev.yaml", 7, 3)))


def test_two_findings_alike_are_counted() -> None:
    assert len(set(fingerprints(FINDING, FINDING, FINDING))) == 3


def test_a_baseline_reads_back(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    found = with_fingerprints([FINDING, replace(FINDING, policy="host-port")])
    write_baseline(file, found)
    first = file.read_bytes()
    assert read_baseline(file) == {finding.fingerprint for finding in found}
    write_baseline(file, reversed(found))
    assert file.read_bytes() == first


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"findings": []}', "findings: {}"])
def test_what_is_no_baseline_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "baseline.json"
    file.write_text(text, "utf-8")
    with pytest.raises(GitopsgenError, match="is no baseline"):
        read_baseline(file)


def test_a_baseline_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GitopsgenError, match="cannot be read"):
        read_baseline(tmp_path / "none.json")
