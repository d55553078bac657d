"""Several formats in one run: what is printed, what lies in which file, and what cannot be asked for."""

import json
import os
import stat
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.cli.conftest import Run

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: [{name: a, imag: b}]}\n"


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    (tmp_path / "pod.yaml").write_text(POD)
    return tmp_path


def test_each_format_goes_where_it_is_sent(faulty: Path, run: Run) -> None:
    files = {kind: f"out/{kind}/report" for kind in ("sarif", "junit", "gitlab", "markdown", "json", "github")}
    outputs = [f"--output={kind}={file}" for kind, file in files.items()]
    result = run("lint", "pod.yaml", *outputs, "--output", "text")
    assert result.status == 1
    assert result.stdout.startswith("pod.yaml:2:1: warning[naked-pod] ")
    text = {kind: (faulty / file).read_text() for kind, file in files.items()}
    assert json.loads(text["sarif"])["runs"][0]["results"]
    assert json.loads(text["gitlab"])
    assert ET.fromstring(text["junit"]).get("failures") != "0"  # noqa: S314 - our own text
    assert text["markdown"].startswith("<!-- gitopsgen lint -->\n")
    assert text["github"].startswith("::error file=pod.yaml,line=4,")
    assert stat.S_IMODE((faulty / files["json"]).stat().st_mode) == 0o644
    assert [path.name for path in (faulty / "out" / "sarif").iterdir()] == ["report"]


def test_nothing_is_printed_as_result_when_all_goes_to_files_but_it_is_said_where(faulty: Path, run: Run) -> None:
    result = run("lint", "pod.yaml", "--output", "json=a.json", "--output", "sarif=b.sarif")
    assert (result.status, result.stdout) == (1, "")
    counts = json.loads((faulty / "a.json").read_text())["summary"]
    assert result.stderr.startswith(f"{counts['error']} error")
    assert result.stderr.endswith(": see a.json, b.sarif\n")


def test_format_is_one_output_more(faulty: Path, run: Run) -> None:
    result = run("lint", "pod.yaml", "--format", "json", "--output", "sarif=b.sarif")
    assert json.loads(result.stdout)["schemaVersion"] == 1
    assert (faulty / "b.sarif").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param(
            ["--output", "text", "--output", "json"],
            "error: two formats cannot both go to standard output: text and json\n"
            "   fix: give a file to all but one: `--output json=FILE`\n",
            id="two printed",
        ),
        pytest.param(
            ["--format", "text", "--output", "json=-"],
            "error: two formats cannot both go to standard output: text and json\n"
            "   fix: give a file to all but one: `--output json=FILE`\n",
            id="two printed, one of them as -",
        ),
        pytest.param(
            ["--output", "json=x", "--output", "sarif=x"],
            "error: two formats cannot both go to x\n   fix: name a file for each\n",
            id="two to a file",
        ),
        pytest.param(
            ["--output", "sarf=x"],
            "error: there is no format `sarf`\n   fix: did you mean `sarif`?\n",
            id="no such format",
        ),
        pytest.param(
            ["--output", "sarif="],
            "error: `--output sarif=` names no file\n   fix: write `--output sarif=FILE`\n",
            id="no file",
        ),
        pytest.param(
            ["--output", "json=folder"],
            "error: folder cannot be written: Is a directory\n   fix: name a file in a writable folder\n",
            id="a folder",
        ),
    ],
)
def test_what_cannot_be_is_told(options: list[str], said: str, faulty: Path, run: Run) -> None:
    (faulty / "folder").mkdir()
    result = run("lint", "pod.yaml", *options)
    assert (result.status, result.stdout, result.stderr) == (2, "", said)


def test_a_device_stays_a_device(faulty: Path, run: Run) -> None:
    link = faulty / "link"
    link.symlink_to(faulty / "target.json")
    assert run("lint", "pod.yaml", "--output", "json=/dev/null", "--output", f"sarif={link}").status == 1
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)  # noqa: PTH116 - a device, not a file
    assert link.is_symlink()
    assert json.loads((faulty / "target.json").read_text())["version"] == "2.1.0"


def test_github_gets_a_summary_of_the_step_after_what_is_there(faulty: Path, run: Run) -> None:
    page = faulty / "summary.md"
    page.write_text("before\n")
    result = run("lint", "pod.yaml", "--format", "github", GITHUB_STEP_SUMMARY=str(page))
    assert result.stdout.startswith("::error file=pod.yaml,line=4,")
    assert page.read_text().startswith("before\n<!-- gitopsgen lint -->\n### gitopsgen lint: ")
    before = page.read_text()
    run("lint", "pod.yaml", "--format", "json", GITHUB_STEP_SUMMARY=str(page))
    assert page.read_text() == before


def test_files_are_named_from_the_top_of_the_work_tree(tmp_path: Path, run: Run) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    folder = tmp_path / "deploy" / "my apps"
    folder.mkdir(parents=True)
    (folder / "pod.yaml").write_text(POD)
    options = ["--output=sarif=a.sarif", "--output=gitlab=b.json", "--output=markdown=c.md", "--output=github"]
    result = run("lint", "-C", str(folder), "pod.yaml", *options)
    assert result.stdout.startswith("::error file=deploy/my apps/pod.yaml,line=4,")
    assert json.loads((tmp_path / "b.json").read_text())[0]["location"]["path"] == "deploy/my apps/pod.yaml"
    assert (tmp_path / "c.md").read_text().startswith("<!-- gitopsgen lint deploy/my%20apps -->\n")
    log = json.loads((tmp_path / "a.sarif").read_text())["runs"][0]
    assert log["automationDetails"]["id"] == "gitopsgen/lint/deploy/my apps/"
    first = log["results"][0]
    assert first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "deploy/my%20apps/pod.yaml"


def test_render_and_verify_tell_of_drift_in_every_format(scaffold: Path, run: Run) -> None:
    file = scaffold / "rendered/prod/hello/values.yaml"
    file.unlink()
    for command in (["render", "--check"], ["verify"]):
        result = run(*command, "-C", str(scaffold), "--format", "gitlab")
        assert result.status == 1
        issues = json.loads(result.stdout)
        assert [(issue["check_name"], issue["location"]["path"]) for issue in issues] == [
            ("tree/missing", "rendered/prod/hello/values.yaml")
        ]
        assert len(issues[0]["fingerprint"]) == 32
    result = run("verify", "-C", str(scaffold), "--output", "text", "--output", "junit=v.xml", folder=scaffold)
    assert result.stdout.splitlines()[0] == "missing  rendered/prod/hello/values.yaml"
    assert 'failures="1"' in (scaffold / "v.xml").read_text()


def test_a_render_that_does_nothing_still_writes_its_files(scaffold: Path, run: Run) -> None:
    for _ in range(2):
        result = run("render", "-C", str(scaffold), "--output", "sarif=r.sarif", folder=scaffold)
        assert result.status == 0
        assert "nothing to do" in result.stdout
        (scaffold / "r.sarif").unlink()


def test_a_policy_whose_example_fails_is_a_finding(tmp_path: Path, run: Run) -> None:
    assert run("policy", "new", "no-x").status == 0
    file = tmp_path / "policies/no-x.yaml"
    file.write_text(file.read_text().replace("  # <- here", ""))
    result = run("policy", "test", "no-x", "--format", "gitlab")
    assert result.status == 1
    issues = json.loads(result.stdout)
    assert {(issue["check_name"], issue["location"]["path"]) for issue in issues} == {
        ("policy/example-fails", "policies/no-x.yaml")
    }
    told = run("policy", "test", "no-x")
    assert told.stdout.startswith("policies/no-x.yaml:")
    assert told.stdout.endswith(f"1 policies, 2 examples, {len(issues)} failures\n")


@pytest.mark.parametrize("kind", ["text", "json", "markdown"])
def test_a_locale_without_the_characters_is_no_fault(kind: str, tmp_path: Path, run: Run) -> None:
    (tmp_path / "pod.yaml").write_text(POD.replace("imag: b", "imag: 漢"), "utf-8")
    result = run("lint", "pod.yaml", "--format", kind, PYTHONIOENCODING="ascii")
    assert result.status == 1
    assert "gitopsgen itself failed" not in result.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk here that is always full")
@pytest.mark.parametrize("command", ["lint", "schema app", "cmp generate"])
def test_a_full_disk_is_no_fault_of_the_tool(scaffold: Path, command: str) -> None:
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [sys.executable, "-m", "gitopsgen", *command.split()],
            cwd=scaffold,
            env={**os.environ, "ARGOCD_ENV_ENVIRONMENT": "dev"},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert result.returncode == 2
    assert result.stderr.endswith(
        "error: not all could be written: No space left on device\n   fix: make room, and run this again\n"
    )
