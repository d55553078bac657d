"""The lower bounds of the dependencies hold: with the oldest release of each, the example's every check runs."""

import subprocess
import venv
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
COMMANDS = (
    ("render", "--check", "--no-cache"),
    ("lint", "--format", "json"),
    ("verify",),
    ("policy", "test"),
    ("plan", "prod/sample-api"),
    ("explain", "prod/sample-api", "replicas"),
    ("schema", "--help"),
)


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with requirements-lowest.txt, which `tools/dev.py pin` makes from pyproject.toml's bounds."""
    folder = tmp_path_factory.mktemp("lowest")
    venv.create(folder, with_pip=True)
    python = next(path for path in (folder / "bin" / "python", folder / "Scripts" / "python.exe") if path.exists())
    command = [str(python), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", "requirements-lowest.txt"]
    result = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if "NewConnectionError" in result.stderr or "NameResolutionError" in result.stderr:
        pytest.skip("needs the package index, which cannot be reached")
    assert result.returncode == 0, result.stderr
    return python


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_oldest_releases_do(python: Path, command: tuple[str, ...]) -> None:
    result = subprocess.run(
        [python, "-m", "gitopsgen.cli.main", *command],
        cwd=REPOSITORY,
        env={"PYTHONPATH": str(REPOSITORY / "generator"), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
