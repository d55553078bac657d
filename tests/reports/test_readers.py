"""The formats as their readers take them: SARIF by Microsoft's validator, JUnit by the published schema."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import xmlschema
from hypothesis import given

from gitopsgen.model.report import Report
from gitopsgen.reports import Format, format_report
from gitopsgen.reports.json_format import report_data
from gitopsgen.reports.line_hashes import line_hashes
from gitopsgen.reports.schemas import OUTPUT_LINT
from tests.real.binaries import TOOLS
from tests.reports.findings import FULL, STYLE, reports

MULTITOOL = TOOLS.parent / "npm" / "node_modules" / "@microsoft" / f"sarif-multitool-{sys.platform}"
NO_HOMEPAGE = "SARIF2005"


@pytest.fixture(scope="module")
def multitool() -> Path:
    program = MULTITOOL / "Sarif.Multitool"
    if not program.exists():
        pytest.skip("sarif-multitool is not installed: `python3 tools/dev.py setup` installs it where npm is there")
    return program


@pytest.fixture(scope="module")
def sarif_schema(multitool: Path) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads((multitool.parent / "sarif-2.1.0.json").read_text("utf-8-sig")))


@pytest.fixture(scope="module")
def junit_schema() -> xmlschema.XMLSchema:
    go = shutil.which("go")
    if not go:
        pytest.skip("the schema lies in kubeconform's sources, and Go, which fetches them, is not installed")
    cache = subprocess.run([go, "env", "GOMODCACHE"], capture_output=True, text=True, check=True).stdout.strip()
    found = sorted(Path(cache).glob("github.com/yannh/kubeconform@*/fixtures/junit.xsd"))
    if not found:
        pytest.skip("kubeconform's sources are not there: `python3 tools/dev.py setup` fetches them")
    return xmlschema.XMLSchema(str(found[-1]))


@pytest.mark.parametrize("report", [pytest.param(FULL, id="findings"), pytest.param(Report(), id="none")])
def test_the_validator_of_sarif_and_of_code_scanning_finds_nothing(
    report: Report, multitool: Path, tmp_path: Path
) -> None:
    (tmp_path / "report.sarif").write_text(format_report(report, Format.SARIF, STYLE), "utf-8")
    options = ["--rule-kind", "Sarif;Ghas", "--level", "Error;Warning", "--output", "verdict.sarif"]
    result = subprocess.run(
        [multitool, "validate", "report.sarif", *options], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    verdict = json.loads((tmp_path / "verdict.sarif").read_text("utf-8-sig"))
    told = {one["ruleId"] for run in verdict["runs"] for one in run.get("results", ())}
    assert told <= {NO_HOMEPAGE}, result.stdout


def test_the_hash_of_a_line_is_the_one_that_the_validator_works_out(multitool: Path, tmp_path: Path) -> None:
    text = (
        "kind: Environment\nspec:\n\ttier: x\n\n  apps:\n    api: {漢: \U0001f600}\n"
        + "  - same\n" * 3
        + "# "
        + "y" * 300
    )
    (tmp_path / "prod.yaml").write_text(text, "utf-8")
    lines = text.split("\n")
    artifact = {"uri": "prod.yaml", "uriBaseId": "ROOT"}
    results = [
        {
            "message": {"text": "x"},
            "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": {"startLine": number}}}],
        }
        for number in range(1, len(lines) + 1)
    ]
    base = {"ROOT": {"uri": f"{tmp_path.as_uri()}/"}}
    run = {"tool": {"driver": {"name": "x"}}, "originalUriBaseIds": base, "results": results}
    (tmp_path / "in.sarif").write_text(json.dumps({"version": "2.1.0", "runs": [run]}))
    options = ["--insert", "RollingHashPartialFingerprints", "--output", "out.sarif"]
    done = subprocess.run(
        [multitool, "rewrite", "in.sarif", *options], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    written = json.loads((tmp_path / "out.sarif").read_text("utf-8-sig"))["runs"][0]["results"]
    known = [one["partialFingerprints"]["primaryLocationLineHash"] for one in written]
    assert line_hashes(lines) == known, done.stdout


@given(found=reports)
def test_sarif_is_valid_whatever_it_says(found: Report, sarif_schema: jsonschema.Draft202012Validator) -> None:
    log = json.loads(format_report(found, Format.SARIF, STYLE))
    assert [error.message for error in sarif_schema.iter_errors(log)] == []


@given(found=reports)
def test_junit_is_valid_whatever_it_says(found: Report, junit_schema: xmlschema.XMLSchema) -> None:
    text = format_report(found, Format.JUNIT, STYLE)
    assert [str(error) for error in junit_schema.iter_errors(text)] == []


@given(found=reports)
def test_json_is_valid_by_the_schema_that_is_printed(found: Report) -> None:
    jsonschema.validate(report_data(found), OUTPUT_LINT)


@given(found=reports)
def test_gitlab_reads_all_that_it_requires(found: Report) -> None:
    for issue in json.loads(format_report(found, Format.GITLAB, STYLE)):
        assert issue.keys() == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert re.fullmatch("[0-9a-f]{32}", issue["fingerprint"])
        assert issue["location"]["lines"]["begin"] >= 1
