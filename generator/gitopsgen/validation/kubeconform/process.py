"""Running kubeconform on a folder, and reading what it says of each file."""

import json
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.versions import version_key

OLDEST: Final = "0.6.7"
NEWEST: Final = "0.8.0"
INSTALL: Final = (
    f"install it with `go install github.com/yannh/kubeconform/cmd/kubeconform@v{NEWEST}` or `brew install "
    "kubeconform`, or take `--schema-engine embedded`"
)
_COUNTED: Final = {
    "statusValid": "valid",
    "statusInvalid": "invalid",
    "statusError": "errors",
    "statusSkipped": "skipped",
}
_EMPTY: Final = ""
_SECONDS: Final = 60.0
_SECONDS_A_FILE: Final = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What kubeconform says of one file."""

    status: str
    message: str


def require_supported(program: Path) -> None:
    """Refuse a kubeconform that is too old.

    Raises:
        GitopsgenError: it is, or it cannot be run.
    """
    said = _run([str(program), "-v"], None, 20.0).stdout.strip()
    version = version_key(said)
    # What `go install` builds calls itself `development`: its report is held to the same form anyway.
    if version and version < version_key(OLDEST):
        raise GitopsgenError(f"kubeconform {said} is too old: {OLDEST} to {NEWEST} are supported", fix=INSTALL)


def run(
    program: Path, folder: Path, *, locations: Sequence[str], kubernetes: str, root: Path, seconds: float | None = None
) -> Mapping[str, Answer]:
    """Return kubeconform's answer for each file of ``folder``, by the file's name.

    ``locations`` are where it looks for schemas, in that order; relative ones count from ``root``. A file that it says
    nothing of is not in the result.

    Raises:
        GitopsgenError: it did not end in time, crashed, or its report is not whole.
    """
    expected = sum(1 for _ in folder.iterdir())
    command = [str(program), "-strict", "-verbose", "-summary", "-output", "json", "-kubernetes-version", kubernetes]
    for location in locations:
        command += ["-schema-location", location]
    result = _run([*command, str(folder)], root, seconds or _SECONDS + _SECONDS_A_FILE * expected)
    return _answers(result)


def _run(command: list[str], root: Path | None, seconds: float) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 - a program found on PATH, and no shell
            command,
            cwd=root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise GitopsgenError(
            f"kubeconform did not end within {seconds:g} seconds",
            fix="a schema location that does not answer makes it wait: see `schemas.locations` in policies/config.yaml",
        ) from None
    except OSError as error:
        raise GitopsgenError(f"kubeconform at {command[0]} cannot be run: {error.strerror}", fix=INSTALL) from None


def _answers(result: subprocess.CompletedProcess[str]) -> Mapping[str, Answer]:
    if result.returncode not in (0, 1):
        how = (
            f"was ended by signal {-result.returncode}" if result.returncode < 0 else f"exited with {result.returncode}"
        )
        raise _failed(how, result)
    try:
        report: dict[str, Any] = json.loads(result.stdout)
        resources, summary = report["resources"], report["summary"]
        told = [(Path(one["filename"]).name, Answer(status=one["status"], message=one["msg"])) for one in resources]
    except (ValueError, KeyError, TypeError):
        raise _failed("gave no report that can be read", result) from None
    counted = Counter(_COUNTED.get(answer.status, answer.status) for _, answer in told if answer.status != _EMPTY)
    if counted != +Counter({str(word): int(number) for word, number in summary.items()}):
        raise _failed("gave a report whose parts do not add up", result)
    answers = dict(told)
    if len(answers) != len(told):
        raise _failed("reported one file twice", result)
    return answers


def _failed(how: str, result: subprocess.CompletedProcess[str]) -> GitopsgenError:
    said = [line.strip() for line in result.stderr.splitlines() if line.strip()]
    return GitopsgenError(
        f"kubeconform {how}{f': {said[0]:.300}' if said else ''}",
        fix=f"supported are {OLDEST} to {NEWEST}; `--schema-engine embedded` does without it",
    )
