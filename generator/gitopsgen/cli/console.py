"""Where output goes: results to standard output, diagnostics to standard error, progress only to a terminal."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


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
