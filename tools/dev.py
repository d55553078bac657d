#!/usr/bin/env python3
"""Set up and run everything: `tools/dev.py example` renders the shipped example, `tools/dev.py test` runs every check.

It needs Python 3.11 or later with venv and pip, and nothing else; what it installs lies in .venv. Go, where it is
there, builds the kubeconform, helm, linter and language of Argo Rollouts that the tests use, and npm, where it is
there, installs a validator of SARIF, into a cache folder that later runs find again.
"""

import argparse
import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
VENV: Final = ROOT / ".venv"
SCRIPTS: Final = VENV / ("Scripts" if os.name == "nt" else "bin")
TOOLS: Final = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gitopsgen-tools" / "bin"
KUBECONFORM: Final = "github.com/yannh/kubeconform/cmd/kubeconform"
GO_TOOLS: Final = {
    "kubeconform": f"{KUBECONFORM}@v0.8.0",
    "kubeconform-0.7.0/kubeconform": f"{KUBECONFORM}@v0.7.0",
    "kubeconform-0.6.7/kubeconform": f"{KUBECONFORM}@v0.6.7",
    "helm": "helm.sh/helm/v3/cmd/helm@v3.22.0",
}
CONDITIONS: Final = ROOT / "tests" / "real" / "conditions"
ROLLOUTS: Final = ("github.com/argoproj/argo-rollouts", "v1.9.2", "cmd/kubectl-argo-rollouts")
NPM: Final = TOOLS.parent / "npm"
SARIF_VALIDATOR: Final = f"@microsoft/sarif-multitool-{sys.platform}"
SARIF_VERSION: Final = "5.7.0"
PATIENCE_SECONDS: Final = 300
CHECKED: Final = ("generator", "tests", "tools", "bench")


def main() -> int:
    """Run the task that the command line names."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this is where an older one is told
        sys.exit("gitopsgen needs Python 3.11 or later: run this with `python3.11 tools/dev.py …`")
    tasks: dict[str, Callable[[], None]] = {
        "example": example,
        "test": test,
        "setup": setup_development,
        "real": real,
        "pin": pin,
    }
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("task", choices=tasks, help="example, test, setup (what test installs), real, or pin")
    tasks[parser.parse_args().task]()
    return 0


def example() -> None:
    """Install what running needs, and render the example."""
    install("requirements.txt")
    run(SCRIPTS / "gitopsgen", "render")


def setup_development() -> None:
    """Install what the tests need, and the real tools where Go and npm are there."""
    install("requirements-dev.txt")
    build_tools()
    install_validator()


def test() -> None:
    """Run every check: format, lint, types, tests, and that the example renders without a difference."""
    setup_development()
    run(SCRIPTS / "ruff", "format", "--check", ".")
    run(SCRIPTS / "ruff", "check", ".")
    run(SCRIPTS / "mypy")
    run(SCRIPTS / "gitopsgen", "render", "--check", "--no-cache")
    run(SCRIPTS / "gitopsgen", "verify")
    run(SCRIPTS / "python", "-m", "pytest", "-n", "auto", "--maxfail", "50")


def real() -> None:
    """Run the story and the plugin on a real Argo CD and a real Rollouts controller, which the first run builds."""
    install("requirements-dev.txt")
    os.environ["GITOPSGEN_REAL"] = "1"
    run(SCRIPTS / "python", "-m", "pytest", "-x", "tests/real/test_story.py", "tests/real/test_plugin.py")


def pin() -> None:
    """Write the requirements files, with hashes and without addresses: the newest releases, and the oldest allowed."""
    uv = Path(shutil.which("uv") or sys.exit("pinning needs uv: pip install uv"))
    options = "--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate"
    for name in ("requirements", "requirements-dev"):
        run(uv, "pip", "compile", "-q", f"{name}.in", *options.split(), "-o", f"{name}.txt")
    lowest = ("--resolution", "lowest-direct", "-o", "requirements-lowest.txt")
    run(uv, "pip", "compile", "-q", "pyproject.toml", *options.split(), *lowest)


def install(requirements: str) -> None:
    """Make .venv hold exactly what a requirements file pins, and this package; nothing is done when it does."""
    stamp = VENV / f"installed-{requirements}"
    pinned = (ROOT / requirements).read_bytes() + (ROOT / "pyproject.toml").read_bytes()
    digest = hashlib.sha256(pinned).hexdigest()
    if stamp.is_file() and stamp.read_text() == digest:
        return
    if not (SCRIPTS / "python").exists() and not (SCRIPTS / "python.exe").exists():
        venv.create(VENV, with_pip=True)
    pip = (SCRIPTS / "python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
    run(*pip, "--require-hashes", "--requirement", requirements)
    run(*pip, "--no-deps", "--no-build-isolation", "--editable", ".")
    stamp.write_text(digest)


def build_tools() -> None:
    """Build the real tools where Go is there; the tests that need one say so when it is not."""
    go = shutil.which("go")
    for name, package in GO_TOOLS.items():
        if go and not (TOOLS / name).exists() and not shutil.which(name):
            folder = (TOOLS / name).parent
            folder.mkdir(parents=True, exist_ok=True)
            print(f"building {package}, once", flush=True)
            subprocess.run([go, "install", package], env={**os.environ, "GOBIN": str(folder)}, check=False)
    if go and not (TOOLS / "kubectl-argo-rollouts").exists() and not shutil.which("kubectl-argo-rollouts"):
        build_rollouts(go)
    if go and not (TOOLS / "gitopsgen-conditions").exists():
        build_conditions(go)


def build_conditions(go: str) -> None:
    """Build what judges conditions with the language that Argo Rollouts embeds."""
    print("building the language of conditions, once", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(CONDITIONS, folder, dirs_exist_ok=True)
        TOOLS.mkdir(parents=True, exist_ok=True)
        build = [go, "build", "-mod=mod", "-o", str(TOOLS / "gitopsgen-conditions"), "."]
        subprocess.run(build, cwd=folder, check=False)


def build_rollouts(go: str) -> None:
    """Build the kubectl plugin of Argo Rollouts, which has the linter.

    Go installs no module that replaces others; a module of our own that needs it and replaces the same is built.
    """
    module, version, program = ROLLOUTS
    print(f"building {module}/{program}@{version}, once, for some minutes", flush=True)
    download = [go, "mod", "download", "-json", f"{module}@{version}"]
    with tempfile.TemporaryDirectory() as folder:
        found = subprocess.run(download, cwd=folder, capture_output=True, text=True, check=False)
        if found.returncode:
            print(found.stderr, flush=True)
            return
        text = Path(json.loads(found.stdout)["GoMod"]).read_text(encoding="utf-8")
        replaced = text[text.index("\nreplace") :]
        language = next(line for line in text.splitlines() if line.startswith("go "))
        module_file = f"module tools\n\n{language}\n\nrequire {module} {version}\n{replaced}"
        (Path(folder) / "go.mod").write_text(module_file, encoding="utf-8")
        (Path(folder) / "tools.go").write_text(
            f'//go:build tools\n\npackage tools\n\nimport _ "{module}/{program}"\n', encoding="utf-8"
        )
        TOOLS.mkdir(parents=True, exist_ok=True)
        build = [go, "build", "-mod=mod", "-o", str(TOOLS), f"{module}/{program}"]
        subprocess.run(build, cwd=folder, check=False)


def install_validator() -> None:
    """Install the validator of SARIF where npm is there; the tests that need it say so when it is not."""
    npm = shutil.which("npm")
    folder = NPM / "node_modules" / SARIF_VALIDATOR
    if not npm or folder.is_dir():
        return
    print(f"installing {SARIF_VALIDATOR}, once", flush=True)
    options = ("--prefix", str(NPM), "--no-save", "--no-audit", "--no-fund", "--ignore-scripts")
    with contextlib.suppress(subprocess.TimeoutExpired):
        package = f"{SARIF_VALIDATOR}@{SARIF_VERSION}"
        subprocess.run([npm, "install", *options, package], check=False, timeout=PATIENCE_SECONDS)
    for program in folder.glob("Sarif.Multitool"):
        program.chmod(0o755)


def run(*command: Path | str) -> None:
    """Run a command in the repository; a failure ends the task with its status."""
    result = subprocess.run([str(part) for part in command], cwd=ROOT, check=False)
    if result.returncode:
        sys.exit(result.returncode)


if __name__ == "__main__":
    sys.exit(main())
