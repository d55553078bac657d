"""The user's git: one command, and what it says."""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from gitopsgen.model.errors import GitopsgenError

_TRUST: Final = re.compile(r"git config --global --add safe\.directory .+")
"""What git proposes where another user owns the repository, in every language."""


class GitFailed(GitopsgenError):  # noqa: N818 - says what is so, as GitopsgenError is the error
    """Git refused; the message is its own."""


class GitDistrusts(GitopsgenError):  # noqa: N818 - the same
    """Another user owns the repository, and git says nothing of it: not that it is none."""


def run(root: Path, *arguments: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None) -> bytes:
    """Return what ``git arguments`` in the folder ``root`` prints; ``environment`` is added to the process' own.

    Raises:
        GitopsgenError: git is not installed.
        GitDistrusts: another user owns the repository.
        GitFailed: it exits with another status than 0.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 - git, with arguments of our own
            ["git", "-C", str(root), *arguments],  # noqa: S607 - the user's git
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "GIT_TERMINAL_PROMPT": "0", **(environment or {})},
        )
    except OSError as error:
        raise GitopsgenError(f"git cannot be run: {error.strerror}", fix="install git") from error
    with process:
        try:
            printed, complained = process.communicate(stdin)
        except BaseException:
            process.terminate()  # not kill: git takes its locks away first
            raise
    if process.returncode:
        said = decode(complained).strip() or f"it exited with {process.returncode}"
        if trust := _TRUST.search(said):
            raise GitDistrusts(f"git does not read {root.resolve()}: another user owns it", fix=f"`{trust[0]}`")
        raise GitFailed(f"git {_command(arguments)}: {said.removeprefix('fatal: ').removeprefix('error: ')}")
    return printed


def _command(arguments: tuple[str, ...]) -> str:
    """Return the command among git's arguments, which may have options of git itself before it."""
    rest = iter(arguments)
    for argument in rest:
        if argument == "-c":
            next(rest)
        elif not argument.startswith("-"):
            return argument
    return ""


def ask(root: Path, *arguments: str) -> str | None:
    """Return what ``git arguments`` prints; ``None`` when it says no, or is not installed.

    Raises:
        GitDistrusts: another user owns the repository.
    """
    try:
        return decode(run(root, *arguments))
    except GitDistrusts:
        raise
    except GitopsgenError:
        return None


def decode(output: bytes) -> str:
    """Return git's output as text; what is no UTF-8 keeps its bytes."""
    return output.decode("utf-8", "surrogateescape")
