"""``gitopsgen cmp``: the commands of Argo CD's config management plugin, which reads what they print.

Standard output holds the result and nothing else, and nothing at all unless it is good; all else goes to standard
error, without colour. Nothing is written to disk.
"""

import json
import os
import shutil
import sys
from io import TextIOWrapper
from pathlib import Path

from gitopsgen.cli.console import note
from gitopsgen.cli.exit_status import CLEAN, FAULTS
from gitopsgen.cli.options import Outputs
from gitopsgen.cli.outputs import Printer, pages
from gitopsgen.descriptors.resolving import Fleet, load_fleet
from gitopsgen.library import Library
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.report import Report
from gitopsgen.plugin.announcing import announcement
from gitopsgen.plugin.request import default_request, find_root, read_request


def generate_command(folder: Path) -> int:
    """Print the manifests that the Application asks for; return 1, and print none, when a finding blocks.

    Raises:
        GitopsgenError: what is asked for cannot be told, does not exist, is drawn by a chart, or is nothing.
    """
    from gitopsgen.checking import Checker  # noqa: PLC0415 - an announcement needs no checks
    from gitopsgen.plugin.generating import generate  # noqa: PLC0415 - the same

    root = find_root(folder, os.environ)
    request = read_request(os.environ, _inside(folder, root))
    library = Library(root=root)
    kubeconform = shutil.which("kubeconform")

    def load_checker() -> Checker:
        # One process: a sidecar has few cores of its own, and runs several plugins at a time.
        return Checker.load(library, kubeconform=Path(kubeconform) if kubeconform else None)

    generation = generate(root, load_checker, request)
    _report(root, library, generation.report)
    if not generation.stream:
        note(f"nothing was generated for {request}, which {request.said} asks for")
        return FAULTS
    _put_out(generation.stream)
    return CLEAN


def parameters_command(folder: Path) -> int:
    """Print the announcement of the parameters; a repository with faults gets one too, so that Argo CD can show it."""
    fleet, default = Fleet(environments=(), releases=()), None
    try:
        root = find_root(folder, os.environ)
        fleet, findings = load_fleet(root)
        _report(root, Library(root=root), Report(findings=tuple(sorted(findings, key=lambda one: one.order))))
        default = default_request(os.environ, _inside(folder, root))
    except GitopsgenError as error:
        note(f"error: {error}\n   fix: {error.fix}")
    _put_out(f"{json.dumps(announcement(fleet, default), indent=2)}\n")
    return CLEAN


def _inside(folder: Path, root: Path) -> str:
    return folder.resolve().relative_to(root).as_posix()


def _report(root: Path, library: Library, report: Report) -> None:
    printer = Printer(root=root, outputs=Outputs(), command="cmp", page=pages(library), plain=True)
    printer.emit(report, diagnostics=True)


def _put_out(text: str) -> None:
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="strict")  # what a program reads depends on no locale
    sys.stdout.write(text)
