"""The wheel carries all that it needs: installed alone, it makes a repository, renders it and lints it clean."""

import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from what is committed or to be committed."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    if not (REPOSITORY / ".git").exists():
        pytest.skip("this is no git repository: what is to be packed cannot be told from what lies about")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    for file in listed.stdout.splitlines():
        if (REPOSITORY / file).is_file():
            (source / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / file, source / file)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(target), str(source)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return next(target.glob("*.whl"))


def test_it_carries_templates_policies_and_schemas(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        entry_points = next(archive.read(name).decode() for name in names if name.endswith("/entry_points.txt"))
    for folder in ("templates", "policies"):
        for path in (REPOSITORY / folder).rglob("*.*"):
            assert f"gitopsgen/library/{path.relative_to(REPOSITORY).as_posix()}" in names
    assert "gitopsgen/validation/data/kubernetes.json.gz" in names
    assert "gitopsgen/scaffold/environments/prod.yaml" in names
    assert "gitopsgen/py.typed" in names
    assert any(name.endswith("/licenses/NOTICE") for name in names)
    assert "gitopsgen = gitopsgen.cli.main:main" in entry_points


def test_installed_alone_it_renders_what_init_makes(wheel: Path, tmp_path: Path) -> None:
    """The dependencies come from this environment: what is installed alone is the package."""
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    dependencies = tmp_path / "dependencies"
    dependencies.mkdir()
    spec = importlib.util.find_spec("jinja2")
    assert spec
    assert spec.origin
    for path in Path(spec.origin).parent.parent.iterdir():
        if "gitopsgen" not in path.name:
            (dependencies / path.name).symlink_to(path)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join((str(installed), str(dependencies))),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    folder = tmp_path / "repository"
    where = "import gitopsgen; print(gitopsgen.__file__)"
    for command in (["-c", where], ["-m", "gitopsgen.cli.main", "init", str(folder)]):
        result = subprocess.run(
            [sys.executable, "-S", *command], env=environment, capture_output=True, text=True, check=False
        )
        assert result.returncode == 0, result.stderr
        if command[0] == "-c":
            assert result.stdout.strip() == str(installed / "gitopsgen" / "__init__.py")
    for command in (["render"], ["lint", "--fail-on", "warning"], ["verify"]):
        arguments = [sys.executable, "-S", "-m", "gitopsgen.cli.main", *command, "-C", str(folder)]
        result = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stdout + result.stderr
    assert (folder / "rendered/prod/hello/manifests/rollout-hello.yaml").is_file()
