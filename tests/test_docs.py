"""The documentation is what the tool reads, and what the README shows is what happens."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from gitopsgen.cli.main import run
from gitopsgen.cli.options import parse_outputs
from gitopsgen.reports import Format
from tests.delivery.repositories import start

Capture = pytest.CaptureFixture[str]


def test_the_pages_are_up_to_date(repository: Path) -> None:
    result = subprocess.run(
        [sys.executable, str(repository / "tools/build_docs.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_link_of_the_readme_leads_somewhere(repository: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", (repository / "README.md").read_text()):
        assert target.startswith("http") or (repository / target).exists(), target


def test_the_examples_for_ci_are_yaml_and_their_outputs_can_be_asked_for(repository: Path) -> None:
    page = (repository / "docs/ci.md").read_text()
    for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL):
        assert yaml.safe_load(block), block
    commands = re.findall(r"gitopsgen (?:lint|render|verify)[^\n']*", page)
    for command in commands:
        words = command.split()
        asked = [words[index + 1] for index, word in enumerate(words) if word == "--output"]
        printed = [words[index + 1] for index, word in enumerate(words) if word == "--format" and "X" not in words]
        assert parse_outputs(Format(printed[0]) if printed else None, asked)
    assert len(commands) > 5


def test_the_first_edit_is_stopped_as_the_readme_shows(
    repository: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for folder in ("environments", "rendered"):
        shutil.copytree(repository / folder, tmp_path / folder)
    start(tmp_path).commit("feat: the example")  # what a fresh clone is compared with
    file = tmp_path / "environments/prod.yaml"
    edit = re.search(r"sed -i 's/(.*?)/(.*?)/'", (repository / "README.md").read_text())
    assert edit
    before, after = edit.groups()
    file.write_text(re.sub(before, after, file.read_text()))
    assert run(["render", "-C", str(tmp_path), "--env", "prod"]) == 1
    shown = re.search(r"render --env prod\n(.*?)```", (repository / "README.md").read_text(), re.DOTALL)
    assert shown
    assert capsys.readouterr().err == shown[1]


def test_the_page_on_provenance_shows_what_is_printed(repository: Path, capsys: Capture) -> None:
    page = (repository / "docs/provenance.md").read_text()
    for command, shown in re.findall(r"```console\n\$ gitopsgen ([^\n]*)\n(.*?)```", page, re.DOTALL):
        assert run([*command.split(), "-C", str(repository)]) == 0
        printed = capsys.readouterr().out
        assert printed == shown or not shown, command


def test_the_shipped_example_is_rendered_and_clean(repository: Path, capsys: Capture) -> None:
    assert run(["render", "-C", str(repository), "--check", "--no-cache"]) == 0
    assert run(["lint", "-C", str(repository), "--fail-on", "warning"]) == 0, capsys.readouterr().out
    assert run(["verify", "-C", str(repository)]) == 0
