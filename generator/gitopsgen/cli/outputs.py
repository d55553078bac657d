"""A report to where it was asked for: standard output, files, and the summary that GitHub shows of a step."""

import contextlib
import os
import re
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from io import TextIOWrapper
from pathlib import Path
from typing import Final

from gitopsgen.cli.console import coloured, note
from gitopsgen.cli.options import Outputs
from gitopsgen.library import Library, builtin
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.finding import Severity
from gitopsgen.model.report import Report
from gitopsgen.policies.catalogue import Catalogue, load_catalogue
from gitopsgen.policies.policy import Policy
from gitopsgen.reports import Format, Style, format_report
from gitopsgen.reports.text_format import summary

_LINE_BREAK: Final = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Printer:
    """Prints the reports of one run. ``page`` gives the page of a rule; ``failing`` is what makes the run fail.

    ``edited`` are the texts of files that a report is about as they are not on disk yet. ``plain`` is never coloured.
    """

    root: Path
    outputs: Outputs
    command: str
    page: Callable[[str], Policy | None]
    failing: Severity = Severity.ERROR
    edited: Mapping[str, str] = field(default_factory=dict)
    plain: bool = False

    def emit(self, report: Report, *, diagnostics: bool = False) -> str:
        """Put ``report`` out in every format, and return what was printed; text is no result with ``diagnostics``.

        Raises:
            GitopsgenError: a file cannot be written.
        """
        self.write(report)
        if self.outputs.standard is None:
            written = ", ".join(str(file) for _, file in self.outputs.files)
            note(f"{summary(report)}: see {written}")
            return ""
        stream = sys.stderr if diagnostics and self.outputs.standard is Format.TEXT else sys.stdout
        if self.outputs.standard is not Format.TEXT and isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8")  # what a program reads does not depend on the locale
        text = format_report(report, self.outputs.standard, self._style(colour=coloured(stream) and not self.plain))
        stream.write(text)
        return text

    def write(self, report: Report) -> None:
        """Write ``report`` to the files, and for GitHub the summary of the step; nothing is printed.

        Raises:
            GitopsgenError: a file cannot be written.
        """
        for kind, file in self.outputs.files:
            write_whole(file, format_report(report, kind, self._style(colour=False)))
        if Format.GITHUB in (self.outputs.standard, *(kind for kind, _ in self.outputs.files)):
            self._summarise(report)

    def _style(self, *, colour: bool) -> Style:
        return Style(
            colour=colour,
            lines=line_reader(self.root, self.edited),
            page=self.page,
            command=self.command,
            failing=self.failing,
            folder=folder_in_work_tree(self.root),
        )

    def _summarise(self, report: Report) -> None:
        file = os.environ.get("GITHUB_STEP_SUMMARY")
        if not file:
            return
        text = format_report(report, Format.MARKDOWN, self._style(colour=False))
        try:
            with Path(file).open("a", encoding="utf-8", newline="\n") as stream:
                stream.write(text)
        except OSError as error:
            note(f"the summary of the step is not written: {file}: {error.strerror}")


def pages(library: Library) -> Callable[[str], Policy | None]:
    """Return what gives the page of a rule; the rules are loaded when the first one is asked for."""

    @cache
    def catalogue() -> Catalogue:
        return load_catalogue(*library.policies)[0]

    return lambda rule: catalogue().page(rule)


def line_reader(root: Path, edited: Mapping[str, str] | None = None) -> Callable[[str], list[str]]:
    """Return what gives the lines of a file of the repository, or of the built-in library; each file is read once."""

    @cache
    def lines(file: str) -> list[str]:
        if edited and file in edited:
            return _LINE_BREAK.split(edited[file])
        places = [root / file, *(builtin(folder).parent / file for folder in ("templates", "policies"))]
        found = next((place for place in places if place.is_file()), None)
        try:
            return _LINE_BREAK.split(found.read_bytes().decode("utf-8-sig", "replace")) if found else []
        except OSError:
            return []

    return lines


def write_whole(file: Path, text: str) -> None:
    """Write ``text`` to ``file``, whole or not at all; folders on the way to it are made.

    Raises:
        GitopsgenError: it cannot be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.is_symlink() or (file.exists() and not file.is_file()):
            # A device, a pipe or a link (such as /dev/stdout) stays what it is.
            file.write_text(text, encoding="utf-8", newline="\n")
            return
        handle, name = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
                stream.write(text)
            temporary.chmod(0o644)
            temporary.replace(file)
        finally:
            with contextlib.suppress(FileNotFoundError):
                temporary.unlink()
    except OSError as error:
        raise GitopsgenError(
            f"{file} cannot be written: {error.strerror}", fix="name a file in a writable folder"
        ) from error


def folder_in_work_tree(root: Path) -> str:
    """Return where ``root`` lies in the git work tree around it, with a slash at the end; empty at the top of one."""
    here = root.resolve()
    top = next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)
    inside = here.relative_to(top).as_posix()
    return "" if inside == "." else f"{inside}/"
