"""The real programs, built from their sources once: a module with replace directives cannot be installed by Go alone."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROLLOUTS: Final = "github.com/argoproj/argo-rollouts@v1.9.2"
ARGO_CD: Final = "github.com/argoproj/argo-cd/v3@v3.2.6"
KWOK: Final = "sigs.k8s.io/kwok@v0.8.0"
_KUBERNETES: Final = "k8s.io/kubernetes@v1.34.1"
_VERSION: Final = "k8s.io/component-base/version"
_SERVER_FLAGS: Final = f"-s -w -X {_VERSION}.gitVersion=v1.34.1 -X {_VERSION}.gitMajor=1 -X {_VERSION}.gitMinor=34"
_ETCD_MAIN: Final = """package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() { etcdmain.Main(os.Args) }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """Where the programs are, and the sources whose manifests are applied."""

    folder: Path
    rollouts: Path
    argo_cd: Path
    kwok: Path


def cache_folder() -> Path:
    """Return the folder that keeps what was built."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gitopsgen-real"


def build(folder: Path) -> Programs:
    """Return the programs, built into ``folder`` where they are not there yet: some ten minutes on two cores.

    Raises:
        RuntimeError: Go or redis-server is not installed.
        subprocess.CalledProcessError: something does not build.
    """
    for needed, source in (("go", "https://go.dev"), ("redis-server", "your distribution"), ("openssl", "the same")):
        if not shutil.which(needed):
            raise RuntimeError(f"{needed} is needed: install it from {source}")
    target = folder / "bin"
    target.mkdir(parents=True, exist_ok=True)
    if not (target / "kwok").exists():
        _go("install", f"{KWOK.replace('@', '/cmd/kwok@')}", environment={"GOBIN": str(target)})
    _build(folder, target, ROLLOUTS, ("cmd/kubectl-argo-rollouts", "cmd/rollouts-controller"))
    servers = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl")
    _build(folder, target, _KUBERNETES, [f"cmd/{server}" for server in servers], flags=_SERVER_FLAGS)
    if not (target / "argocd").exists():
        _build(folder, target, ARGO_CD, ("cmd",))
        (target / "cmd").rename(target / "argocd")
    if not (target / "etcd").exists():
        module = folder / "etcd"
        module.mkdir(exist_ok=True)
        (module / "go.mod").write_text("module local\n\ngo 1.26.0\n\nrequire go.etcd.io/etcd/server/v3 v3.6.6\n")
        (module / "main.go").write_text(_ETCD_MAIN)
        _go("build", "-o", str(target / "etcd"), ".", cwd=module)
    return Programs(folder=target, rollouts=_sources(ROLLOUTS), argo_cd=_sources(ARGO_CD), kwok=_sources(KWOK))


def _build(folder: Path, target: Path, module: str, packages: Iterable[str], flags: str = "") -> None:
    """Build packages of a module with the replacements that its own go.mod has."""
    path, _, version = module.partition("@")
    names = [package.rpartition("/")[2] for package in packages]
    if all((target / name).exists() for name in names):
        return
    work = folder / path.replace("/", "-")
    work.mkdir(parents=True, exist_ok=True)
    written = Path(_download(module)["GoMod"]).read_text()
    (work / "go.mod").write_text(
        f"module local\n\ngo 1.26.0\n\nrequire {path} {version}\n\n{_replaces(written, version)}"
    )
    imports = "".join(f'import _ "{path}/{package}"\n' for package in packages)
    (work / "tools.go").write_text(f"//go:build tools\n\npackage local\n\n{imports}")
    options = ("-ldflags", flags) if flags else ()
    _go("build", *options, "-o", f"{target}/", *(f"{path}/{package}" for package in packages), cwd=work)


def _replaces(written: str, version: str) -> str:
    """Return the replace directives of a go.mod; those of Kubernetes lead to folders, here to the released modules."""
    staged = re.findall(r"^\s*(k8s\.io/\S+) => \./staging", written, re.MULTILINE)
    if staged:
        release = version.replace("v1.", "v0.", 1)
        return "replace (\n" + "".join(f"\t{name} => {name} {release}\n" for name in staged) + ")\n"
    start = re.search(r"^replace", written, re.MULTILINE)
    return written[start.start() :] if start else ""


def _sources(module: str) -> Path:
    return Path(_download(module)["Dir"])


def _download(module: str) -> dict[str, str]:
    said = subprocess.run(["go", "mod", "download", "-json", module], capture_output=True, text=True, check=True)
    result: dict[str, str] = json.loads(said.stdout)
    return result


def _go(*arguments: str, cwd: Path | None = None, environment: dict[str, str] | None = None) -> None:
    variables = {**os.environ, "GOFLAGS": "-mod=mod", **(environment or {})}
    subprocess.run(["go", *arguments], cwd=cwd, env=variables, check=True)
