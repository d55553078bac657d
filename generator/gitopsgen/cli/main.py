"""The entry point: starts fast, and turns every way a run can end into an exit status."""

import errno
import gc
import os
import sys
from io import TextIOWrapper
from typing import Final

from gitopsgen import __version__
from gitopsgen.cli.console import unread
from gitopsgen.cli.exit_status import CLEAN, INTERRUPTED, NOT_DONE, UNREAD
from gitopsgen.model.errors import GitopsgenError

_OBJECTS: Final = 200_000
"""New objects between two looks for garbage: a run makes millions that it keeps, and next to no cycles."""


def main() -> None:
    """Run the command line and exit with its status."""
    gc.set_threshold(_OBJECTS)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a locale without a character shows its number
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run the command line ``arguments`` and return the exit status: 0 clean, 1 faults, 2 not done."""
    if arguments in (["version"], ["--version"]):
        sys.stdout.write(
            f"gitopsgen {__version__}\n"
        )  # without the 50 ms that the command line library takes to import
        return CLEAN
    try:
        return _dispatch(arguments)
    except GitopsgenError as error:
        sys.stderr.write(f"error: {error}\n")
        if error.fix:
            sys.stderr.write(f"   fix: {error.fix}\n")
        return NOT_DONE
    except KeyboardInterrupt:
        sys.stderr.write("interrupted: nothing is half written\n")
        return INTERRUPTED
    except BrokenPipeError:
        unread()
        return UNREAD
    except Exception as error:
        if os.environ.get("GITOPSGEN_DEBUG"):
            raise
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            unread()
            sys.stderr.write(
                f"error: not all could be written: {error.strerror}\n   fix: make room, and run this again\n"
            )
            return NOT_DONE
        sys.stderr.write(
            f"error: gitopsgen itself failed: {type(error).__name__}: {error}\n"
            "   fix: run again with GITOPSGEN_DEBUG=1 for the traceback, and report it\n"
        )
        return NOT_DONE


def _dispatch(arguments: list[str]) -> int:
    import typer  # noqa: PLC0415 - see run()

    from gitopsgen.cli.application import application  # noqa: PLC0415 - see run()

    try:
        status = application(args=arguments, prog_name="gitopsgen", standalone_mode=False)
    except typer.Abort as error:  # what the library makes of Ctrl-C, or else the status of that
        raise KeyboardInterrupt from error
    except SystemExit as error:  # what it makes of an output that nobody reads
        if isinstance(error.__context__, BrokenPipeError):
            raise error.__context__ from None
        raise
    except Exception as error:
        # A usage error shows itself; its class lies in click, or in a part of newer Typers that is not public.
        show = getattr(error, "show", None)
        if show is None:
            raise
        show()
        return NOT_DONE
    if status == INTERRUPTED:
        raise KeyboardInterrupt
    sys.stdout.flush()  # what cannot be printed is found out here, and not by Python at its end
    return status if isinstance(status, int) else CLEAN


if __name__ == "__main__":
    main()
