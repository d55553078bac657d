"""Where output goes: results to standard output, diagnostics to standard error, progress only to a terminal."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


def say(text: str) -> None:
    """Print a line of a result."""
    sys.stdout.write(f"{text}\n")


def note(text: str) -> None:
    """Print a line of a diagnostic."""
    sys.stderr.write(f"{text}\n")


def unread() -> None:
    """Let what is still to be printed go nowhere: nobody reads it any more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def coloured(stream: object) -> bool:
    """Tell whether colour is wanted on a stream: it is a terminal, and NO_COLOR is not set."""
    isatty = getattr(stream, "isatty", None)
    return bool(isatty and isatty()) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


@contextmanager
def ended_gently() -> Iterator[None]:
    """Take the end of a terminal, and being asked to end, for Ctrl-C: what is half done is taken back then."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    asking = [number for name in ("SIGTERM", "SIGHUP") if (number := getattr(signal, name, None)) is not None]
    before = {one: signal.signal(one, interrupt) for one in asking if signal.getsignal(one) is signal.SIG_DFL}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


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
