"""Text that nobody prepared, made fit to print: what a terminal, a parser or a log would act on is shown instead."""

import json
import re
import unicodedata
from typing import Final
from urllib.parse import quote

LIVE: Final = re.compile(r"[@#]|://|www\.|GH-|mailto:|xmpp:|[!$~%&^][\w\"]", re.IGNORECASE)
"""What GitHub and GitLab make a mention, a reference or a link of by itself, unless it is code."""


def printable(text: str) -> str:
    r"""Return ``text`` on one line, with what is no visible character written out: a newline as ``\n``.

    Escape sequences, and marks that turn the direction of writing, would else change what a person sees.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(one if one.isprintable() else _escaped(one) for one in text)


def well_formed(text: str) -> str:
    """Return ``text`` with U+FFFD for halves of surrogate pairs, which no encoding of Unicode has."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def json_text(data: object) -> str:
    """Return ``data`` as indented JSON that every reader takes."""
    return well_formed(json.dumps(data, indent=2, ensure_ascii=False)) + "\n"


def cells(text: str) -> int:
    """Return how many columns of a terminal ``text`` takes.

    By the East Asian Width of Unicode's Standard Annex 11; marks that are drawn over the character before take none.
    """
    if text.isascii():
        return len(text)
    return sum(
        0
        if unicodedata.combining(one) or unicodedata.category(one) in ("Mn", "Me", "Cf")
        else 2
        if unicodedata.east_asian_width(one) in "WF"
        else 1
        for one in text
    )


def shortened(text: str, length: int) -> str:
    """Return ``text`` in at most ``length`` characters; what is left out is marked."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


def comment_mark(command: str, folder: str = "") -> str:
    """Return the first line of a comment, by which the next run finds it; each ``folder`` (``deploy/``) has its own."""
    where = f" {quote(folder.rstrip('/'))}" if folder else ""
    return f"<!-- gitopsgen {command}{where} -->"


def counted(number: int, word: str) -> str:
    """Return ``1 error``, ``2 errors``."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
