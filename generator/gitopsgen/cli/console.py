"""Where output goes: results to standard output, diagnostics to standard error, progress only to a terminal."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.report import Report
from gitopsgen.reports import Format, Style, format_report


def say(text: str) -> None:
    """Print a line of a result."""
    sys.stdout.write(f"{text}\n")


def note(text: str) -> None:
    """Print a line of a diagnostic."""
    sys.stderr.write(f"{text}\n")


def coloured(stream: object) -> bool:
    """Tell whether colour is wanted on a stream: it is a terminal, and NO_COLOR is not set."""
    isatty = getattr(stream, "isatty", None)
    return bool(isatty and isatty()) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def print_report(report: Report, kind: Format, root: Path, *, diagnostics: bool = False) -> str:
    """Print a report, and return what was printed; text goes to standard error with ``diagnostics``."""
    stream = sys.stderr if diagnostics and kind is Format.TEXT else sys.stdout
    style = Style(colour=coloured(stream), lines=_line_reader(root))
    text = format_report(report, kind, style)
    stream.write(text)
    return text


def write_report(report: Report, kind: Format, root: Path, file: Path) -> None:
    """Write a report to a file.

    Raises:
        GitopsgenError: the file cannot be written.
    """
    text = format_report(report, kind, Style(lines=_line_reader(root)))
    try:
        file.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise GitopsgenError(f"{file} cannot be written: {error.strerror}") from error


def _line_reader(root: Path) -> Callable[[str], list[str]]:
    """Return what gives the lines of a file of the repository, or of the built-in library; each file is read once."""
    from gitopsgen.library import builtin  # noqa: PLC0415 - only where a line is shown

    cache: dict[str, list[str]] = {}

    def lines(file: str) -> list[str]:
        if file not in cache:
            places = [root / file, *(builtin(folder).parent / file for folder in ("templates", "policies"))]
            found = next((place for place in places if place.is_file()), None)
            try:
                cache[file] = found.read_text("utf-8-sig", "replace").splitlines() if found else []
            except OSError:
                cache[file] = []
        return cache[file]

    return lines


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """Give what shows progress on a terminal, and nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _stage, _done, _total: None
        return
    shown = ""

    def show(stage: str, done: int, total: int) -> None:
        nonlocal shown
        text = f"{stage} {done}/{total}" if total > 1 else stage
        if done % max(total // 100, 1) == 0:
            sys.stderr.write("\r" + text.ljust(len(shown)))
            shown = text

    try:
        yield show
    finally:
        if shown:
            sys.stderr.write("\r" + " " * len(shown) + "\r")
