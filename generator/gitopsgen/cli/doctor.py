"""``gitopsgen doctor``: what is installed, what is missing, and what to do."""

import platform
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from gitopsgen import __version__
from gitopsgen.cli.console import say
from gitopsgen.cli.exit_status import CLEAN, FAULTS
from gitopsgen.library import Library
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.validation import embedded
from gitopsgen.validation.custom_kinds.lock import load_lock

_NEEDED: Final = (
    *("cel-expr-python", "deepdiff", "jinja2", "jsonschema", "jsonschema-rs", "promql-parser", "pyyaml", "rich"),
    *("ruamel.yaml", "typer"),
)
_TOOLS: Final = {
    "git": ("--version", "with it a change is compared with the commit that it starts from"),
    "pre-commit": ("--version", "to run the hooks before each commit"),
    "kubeconform": ("-v", "for `--schema-engine kubeconform`; the embedded schemas do without"),
    "kubectl": ("version --client", "for `schemas pull --cluster`"),
    "helm": ("version --short", "to check what charts draw from the generated values"),
}


def doctor_command(root: Path) -> int:
    """Print one line a thing; return 1 when something that is needed is missing."""
    say(f"ok       gitopsgen {__version__}, Python {platform.python_version()}")
    broken = False
    for name in _NEEDED:
        try:
            say(f"ok       {name} {version(name)}")
        except PackageNotFoundError:
            broken = True
            say(f"missing  {name}: install gitopsgen again")
    try:
        library = Library(root=root)
        say(f"ok       {len(library.templates.templates)} templates, policies in {library.policies[0].name}/")
    except GitopsgenError as error:
        broken = True
        say(f"missing  {error}: {error.fix}")
    say(_schemas(root))
    for tool, (arguments, purpose) in _TOOLS.items():
        say(_tool(tool, arguments.split(), purpose))
    where = root / "environments"
    say(f"ok       {where}" if where.is_dir() else f"missing  {where}: run `gitopsgen init`, or say where with -C")
    return FAULTS if broken else CLEAN


def _schemas(root: Path) -> str:
    """Tell which schemas there are, and whether the pulled ones are as they were locked."""
    releases, custom = embedded.index()["kubernetes"], embedded.index()["custom"]
    locked = load_lock(root)
    known = f"schemas of Kubernetes {releases[0]} to {releases[-1]} and {len(custom)} custom kinds"
    known += f"; {len(locked.contents)} pulled" if locked.entries else ""
    faults = len(locked.findings)
    return f"broken   {known}; {faults} not as locked: run `gitopsgen schemas list`" if faults else f"ok       {known}"


def _tool(name: str, arguments: list[str], purpose: str) -> str:
    path = shutil.which(name)
    if not path:
        return f"absent   {name}: optional, {purpose}"
    try:
        result = subprocess.run([path, *arguments], capture_output=True, text=True, timeout=10, check=False)  # noqa: S603 - a tool found on PATH
    except (OSError, subprocess.TimeoutExpired):
        return f"broken   {name} at {path}: it does not answer"
    lines = (result.stdout or result.stderr).strip().splitlines()
    return f"ok       {name} ({lines[0] if lines else 'no version told'})"
