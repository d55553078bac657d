"""Files to text, whatever they hold: bounded in size, and every fault a problem with a place."""

from pathlib import Path
from typing import Final

from gitopsgen.source.location import Location
from gitopsgen.source.reader import Problem

MAX_BYTES: Final = 16 * 1024 * 1024


def read_text(path: Path, file: str, limit: int = MAX_BYTES) -> tuple[str, Problem | None]:
    """Return the text of ``path``, without a byte order mark; or an empty text and what is wrong with the file.

    ``file`` is what the problem's location says. A file of more than ``limit`` bytes is not read.
    """
    try:
        if not path.is_file():
            return "", _problem("yaml/unreadable", "this is not a regular file", file)
        size = path.stat().st_size
        if size > limit:
            megabytes = f"{size / 1_000_000:.0f} MB"
            return "", _problem(
                "yaml/too-large", f"the file has {megabytes}; at most {limit // 1_000_000} MB are read", file
            )
        content = path.read_bytes()
    except OSError as error:
        return "", _problem("yaml/unreadable", f"the file cannot be read: {error.strerror}", file)
    try:
        return content.decode("utf-8-sig"), None
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", "replace")
        line, start = before.count("\n") + 1, before.rfind("\n") + 1
        location = Location(file, line, len(before) - start + 1)
        return "", Problem(
            rule="yaml/encoding",
            message=f"byte 0x{content[error.start]:02x} is not UTF-8",
            location=location,
            fix="save the file as UTF-8",
        )


def _problem(rule: str, message: str, file: str) -> Problem:
    return Problem(rule=rule, message=message, location=Location(file, 1, 1))
