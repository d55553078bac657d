"""A kubeconform that is absent, too old, crashes, or leaves out what it was asked: told, and never taken for a pass."""

import json
import os
import stat
import textwrap
from pathlib import Path
from typing import Protocol

import pytest

from gitopsgen.cli.main import run
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.manifest import Manifest
from gitopsgen.model.versions import Versions
from gitopsgen.validation.kubeconform import KubeconformEngine
from gitopsgen.validation.schemas import SchemaChecker, SchemaVerdict

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the programs that stand in for kubeconform are shell scripts")

OBJECTS = [
    Manifest(body={"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}, file=name) for name in "ab"
]


def entry(file: str, status: str = "statusValid", message: str = "") -> dict[str, str]:
    return {"filename": f"/x/{file}", "kind": "", "name": "", "version": "", "status": status, "msg": message}


def report(*entries: dict[str, str], **summary: int) -> str:
    counts = {"valid": 0, "invalid": 0, "errors": 0, "skipped": 0, **summary}
    return json.dumps({"resources": entries, "summary": counts})


BOTH = report(entry("000000.json"), entry("000001.json"), valid=2)


class Check(Protocol):
    def __call__(self, script: str, *, version: str = "v0.8.0", seconds: float | None = None) -> SchemaVerdict: ...


@pytest.fixture
def checked(tmp_path: Path) -> Check:
    """Return what checks two objects by a script in kubeconform's place."""

    def check(script: str, *, version: str = "v0.8.0", seconds: float | None = None) -> SchemaVerdict:
        program = tmp_path / "bin" / "kubeconform"
        program.parent.mkdir()
        whole = f'#!/bin/sh\n[ "$1" = -v ] && {{ echo {version}; exit 0; }}\n{textwrap.dedent(script)}\n'
        program.write_text(whole)
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        engine = KubeconformEngine(root=tmp_path, program=program, seconds=seconds)
        return SchemaChecker(engine).check(OBJECTS, Versions())

    return check


def answering(text: str, status: int = 0) -> str:
    return f"cat <<'END'\n{text}\nEND\nexit {status}"


@pytest.mark.parametrize(
    ("script", "message"),
    [
        pytest.param(f"echo 'panic: out of memory' >&2; {answering(BOTH, 2)}", "kubeconform exited with 2: panic: out of memory", id="crashed"),
        pytest.param("kill -9 $$", "kubeconform was ended by signal 9", id="killed"),
        pytest.param("exit 0", "kubeconform gave no report that can be read", id="says nothing"),
        pytest.param(answering(BOTH[:40], 1), "kubeconform gave no report that can be read", id="half a report"),
        pytest.param(answering("[]"), "kubeconform gave no report that can be read", id="another report"),
        pytest.param("echo 'unknown flag -strict' >&2; exit 1", "kubeconform gave no report that can be read: unknown flag -strict", id="bad flag"),
        pytest.param(answering(report(entry("000000.json"), valid=2)), "kubeconform gave a report whose parts do not add up", id="counts more than it tells"),
        pytest.param(answering(report(entry("000000.json"), entry("000000.json"), valid=2)), "kubeconform reported one file twice", id="one file twice"),
        pytest.param(
            answering(report(entry("000000.json", "statusError", "could not find schema for ConfigMap"), errors=1), 1),
            "kubeconform cannot read the schema of v1 ConfigMap that it was given",
            id="a schema that it does not understand counts as missing",
        ),
    ],
)  # fmt: skip
def test_a_run_that_went_wrong_is_no_verdict(checked: Check, script: str, message: str) -> None:
    with pytest.raises(GitopsgenError) as error:
        checked(script)
    assert str(error.value) == message


def test_a_run_without_end_is_ended(checked: Check) -> None:
    with pytest.raises(GitopsgenError, match="did not end within"):
        checked("exec sleep 20", seconds=0.2)


def test_one_that_is_too_old_is_refused(checked: Check) -> None:
    with pytest.raises(GitopsgenError, match=r"kubeconform v0\.6\.6 is too old"):
        checked(answering(BOTH), version="v0.6.6")


@pytest.mark.parametrize(
    ("script", "reasons"),
    [
        pytest.param(answering(BOTH), [], id="all is well"),
        pytest.param(answering(report(entry("000001.json"), valid=1)), ["kubeconform said nothing of it"], id="left out"),
        pytest.param(
            answering(report(entry("000000.json", "statusError", "429"), entry("000001.json"), valid=1, errors=1), 1),
            ["kubeconform: 429"],
            id="an error of its own",
        ),
        pytest.param(
            answering(report(entry("000000.json", "statusSkipped"), entry("000001.json"), valid=1, skipped=1)),
            ["kubeconform answered `statusSkipped`, which means nothing known"],
            id="skipped",
        ),
        pytest.param(
            answering(report(entry("000000.json", ""), entry("000001.json"), valid=1)),
            ["kubeconform answered ``, which means nothing known"],
            id="found it empty",
        ),
    ],
)  # fmt: skip
def test_what_was_not_judged_is_not_checked(checked: Check, script: str, reasons: list[str]) -> None:
    verdict = checked(script)
    assert verdict.faults == []
    assert [one.reason for one in verdict.not_checked] == reasons


def test_an_object_that_is_invalid_for_a_reason_unknown_here_is_a_fault(checked: Check) -> None:
    answer = entry("000000.json", "statusInvalid", "jsonschema: at '/metadata/name': too plain")
    verdict = checked(answering(report(answer, entry("000001.json"), valid=1, invalid=1), 1))
    [fault] = verdict.faults
    assert (fault.rule, fault.message) == ("schema/invalid-value", f"{answer['msg']} (kubeconform)")


def test_without_it_the_run_cannot_be_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.yaml").write_text("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run(["lint", "-C", str(tmp_path), "a.yaml", "--schema-engine", "kubeconform"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: kubeconform is not installed")
    assert "go install github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0" in said
