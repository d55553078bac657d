"""What argocd-cmp-server does with the commands of plugin.yaml, on this machine.

As Argo CD v3.2.6 does it (cmpserver/plugin/plugin.go, runCommand): the command and its arguments, in the path of the
Application inside a copy of the repository that lost its file modes, with the server's own variables and those that
argocd-repo-server sends.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

REPOSITORY: Final = Path(__file__).resolve().parents[2]
PLUGIN: Final[dict[str, Any]] = yaml.safe_load((REPOSITORY / "cmp" / "plugin.yaml").read_text())
COMMANDS: Final = {
    "generate": PLUGIN["spec"]["generate"],
    "parameters": PLUGIN["spec"]["parameters"]["dynamic"],
}


@dataclass(kw_only=True)
class Sidecar:
    """A copy of a repository in ``copy``; ``folder`` holds that, the programs on PATH, and TMPDIR."""

    folder: Path
    copy: Path
    variables: dict[str, str] = field(default_factory=dict)

    @classmethod
    def start(cls, folder: Path, repository: Path = REPOSITORY, *, left_out: tuple[str, ...] = ()) -> "Sidecar":
        """Return a sidecar that was sent ``repository`` without its .git, and without what is ``left_out``."""
        copy = folder / "_cmp_server" / "f00d"
        for name in ("environments", "templates", "policies", "charts", "rendered", "schemas"):
            if (repository / name).is_dir() and name not in left_out:
                shutil.copytree(repository / name, copy / name, copy_function=shutil.copyfile)
        (folder / "bin").mkdir()
        (folder / "tmp").mkdir()
        program = folder / "bin" / "gitopsgen"
        generator = REPOSITORY / "generator"
        program.write_text(f'#!/bin/sh\nPYTHONPATH={generator} exec {sys.executable} -m gitopsgen.cli.main "$@"\n')
        program.chmod(0o755)
        return cls(folder=folder, copy=copy)

    def run(
        self, command: str, path: str = ".", parameters: object = None, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run ``generate`` or ``parameters`` for an Application with this source path, parameters, and variables."""
        written = COMMANDS[command]
        environment = {
            "PATH": str(self.folder / "bin"),
            "TMPDIR": str(self.folder / "tmp"),
            "PYTHONDONTWRITEBYTECODE": "1",  # the image is compiled; this work tree is not
            "ARGOCD_APP_NAME": "sample",
            "ARGOCD_APP_NAMESPACE": "argocd",
            "ARGOCD_APP_PROJECT_NAME": "default",
            "ARGOCD_APP_REVISION": "4a3c" * 10,
            "ARGOCD_APP_SOURCE_PATH": path,
            "ARGOCD_APP_SOURCE_REPO_URL": "https://git.example.com/x.git",
            "ARGOCD_APP_SOURCE_TARGET_REVISION": "main",
            "KUBE_VERSION": "1.34.1",
            "KUBE_API_VERSIONS": "v1,apps/v1",
            "ARGOCD_APP_PARAMETERS": parameters if isinstance(parameters, str) else json.dumps(parameters),
            **self.variables,
            **variables,
        }
        return subprocess.run(
            [str(self.folder / "bin" / written["command"][0]), *written["command"][1:], *written.get("args", ())],
            cwd=self.copy / path,
            env=environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            stdin=subprocess.DEVNULL,
            check=False,
        )

    def edit(self, file: str, before: str, after: str) -> None:
        """Replace a text of the copy, which it has."""
        text = (self.copy / file).read_text()
        assert before in text
        (self.copy / file).write_text(text.replace(before, after))

    def files(self) -> dict[str, bytes]:
        """Return all files of the copy, and of the folder for temporary ones."""
        return {
            str(path): path.read_bytes()
            for folder in (self.copy, self.folder / "tmp")
            for path in folder.rglob("*")
            if path.is_file()
        }

    def committed(self, folder: str) -> list[Any]:
        """Return the objects that the repository's own files in a folder hold."""
        return [yaml.safe_load(path.read_text()) for path in sorted((REPOSITORY / folder).glob("*.yaml"))]


def objects(stream: str) -> list[Any]:
    """Return the objects of a stream, as another reader of YAML reads it."""
    return list(yaml.safe_load_all(stream))


def in_order(bodies: list[Any]) -> list[str]:
    """Return objects so that two sets of them can be compared."""
    return sorted(json.dumps(body, sort_keys=True) for body in bodies)


def is_root() -> bool:
    """Tell whether this process may write everywhere."""
    return hasattr(os, "geteuid") and os.geteuid() == 0
