"""Quoted texts of an expression, and what they say.

Source: expr v1.15.5 and v1.17.7, parser/lexer/lexer.go and utils.go.
"""

from typing import Final

from gitopsgen.rollouts.conditions.errors import CompileError

_SIMPLE: Final = {
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "\\": "\\",
    "'": "'",
    '"': '"',
}
_HEXADECIMAL_DIGITS: Final = {"x": 2, "u": 4, "U": 8}
_LONGEST_BRACED: Final = 6


def read_text(source: str, start: int, *, newer: bool) -> tuple[str, int]:
    """Return what the text quoted at ``start`` says, and where it ends.

    Raises:
        CompileError: It is not closed on its line, or has an escape that the language does not have.
    """
    quote, position = source[start], start + 1
    parts: list[str] = []
    while position < len(source) and source[position] not in (quote, "\n"):
        if source[position] == "\\":
            part, position = _escape(source, position, quote, newer=newer)
        else:
            part, position = source[position], position + 1
            part = "\n" if part == "\r" else part
        parts.append(part)
    if source[position : position + 1] != quote:
        raise CompileError("the text is not closed by its quotation mark", min(position, len(source) - 1))
    return "".join(parts), position + 1


def read_raw_text(source: str, start: int) -> tuple[str, int]:
    """Return what the text in backticks at ``start`` says, and where it ends; a doubled backtick is one.

    Raises:
        CompileError: It is not closed.
    """
    position = start + 1
    while True:
        end = source.find("`", position)
        if end < 0:
            raise CompileError("the text is not closed by its backtick", len(source) - 1)
        if not source.startswith("``", end):
            return source[start + 1 : end].replace("``", "`"), end + 1
        position = end + 2


def _escape(source: str, start: int, quote: str, *, newer: bool) -> tuple[str, int]:
    letter, position = source[start + 1 : start + 2], start + 2
    # A quotation mark of the other kind is no escape: `'\"'` is refused.
    if letter in _SIMPLE and (letter == quote or letter not in "'\""):
        return _SIMPLE[letter], position
    if letter == "u" and newer and source.startswith("{", position):
        end = source.find("}", position)
        digits = source[position + 1 : end] if end > 0 else ""
        if len(digits) <= _LONGEST_BRACED:
            return _character(digits, 16, start), end + 1
    elif letter in _HEXADECIMAL_DIGITS:
        end = position + _HEXADECIMAL_DIGITS[letter]
        if end <= len(source):
            return _character(source[position:end], 16, start), end
    elif letter and letter in "0123" and len(source) >= start + 4:
        return _character(source[start + 1 : start + 4], 8, start), start + 4
    raise CompileError(f"`\\{letter}` is no escape", start)


def _character(digits: str, base: int, start: int) -> str:
    allowed = "0123456789abcdefABCDEF" if base == 16 else "01234567"  # noqa: PLR2004 - the base itself
    number = int(digits, base) if digits and all(digit in allowed for digit in digits) else -1
    if not 0 <= number <= 0x10FFFF:  # noqa: PLR2004 - the last character of Unicode
        raise CompileError(f"`\\{digits}` is no character", start)
    return "\ufffd" if 0xD800 <= number <= 0xDFFF else chr(number)  # noqa: PLR2004 - half a surrogate pair
