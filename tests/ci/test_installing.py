"""The commands by which the GitHub Action and the GitLab template install the tool, run as they are."""

import os
import shutil
import subprocess
import venv
from pathlib import Path

import pytest

from tests.ci.test_templates import ACTION, GITLAB, REPOSITORY
from tests.delivery.repositories import start

NO_INDEX = ("NewConnectionError", "NameResolutionError")
REF = str(GITLAB["variables"]["GITOPSGEN_REF"])


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """This work tree as a repository of its own, with the tag that the template asks for."""
    folder = tmp_path / "released"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    for file in filter(None, listed.stdout.split("\0")):
        if (REPOSITORY / file).is_file():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / file, folder / file)
    repository = start(folder)
    repository.commit("release")
    repository.git("tag", REF)
    return folder


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """The Python of a runner: one with pip, and nothing of this environment."""
    venv.create(tmp_path / "python", with_pip=True)
    return tmp_path / "python" / "bin"


def run(script: str, *shell: str, path: Path, **variables: str) -> None:
    environment = {"HOME": os.environ["HOME"], "PATH": f"{path}{os.pathsep}{os.environ['PATH']}", **variables}
    result = subprocess.run([*shell, script], env=environment, capture_output=True, text=True, check=False)
    if any(sign in result.stderr for sign in NO_INDEX):
        pytest.skip("needs the package index, which cannot be reached")
    assert result.returncode == 0, result.stdout + result.stderr


def installed(program: Path) -> str:
    asked = subprocess.run(
        [program, "--version"], capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin"}
    )
    return asked.stdout + asked.stderr


def test_the_action_installs(tmp_path: Path, released: Path, python: Path) -> None:
    step = next(step for step in ACTION["runs"]["steps"] if step["id"] == "install")
    shell = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c")
    temporary, added = tmp_path / "temporary files", tmp_path / "path"
    temporary.mkdir()
    for _ in range(2):  # twice in a job, for two folders
        run(
            step["run"],
            *shell,
            path=python,
            PYTHON=str(python / "python"),
            GITHUB_ACTION_PATH=str(released),
            RUNNER_TEMP=str(temporary),
            GITHUB_PATH=str(added),
        )
    assert installed(Path(added.read_text().splitlines()[-1]) / "gitopsgen").startswith("gitopsgen ")


def test_the_template_installs(tmp_path: Path, released: Path, python: Path) -> None:
    script = "\n".join(GITLAB["before_script"])
    run(script, "sh", "-ec", path=python, TMPDIR=str(tmp_path), GITOPSGEN_REF=REF, GITOPSGEN_SOURCE=str(released))
    assert installed(python / "gitopsgen").startswith("gitopsgen ")
