"""Numbers as an expression writes them.

Source: expr v1.15.5 and v1.17.7, parser/parser.go; Go, strconv.ParseInt and ParseFloat.
"""

import math
from typing import Final

from gitopsgen.rollouts.conditions.errors import CompileError
from gitopsgen.rollouts.conditions.syntax import Float, Integer

_LARGEST: Final = 2**63 - 1
_BASES: Final = {"0x": 16, "0b": 2, "0o": 8}


def read_number(written: str, offset: int, *, newer: bool) -> Integer | Float:
    """Return the number that ``written`` is.

    Raises:
        CompileError: It is too large, or not whole in a base that has no fractions.
    """
    text = written.replace("_", "")
    # The older dialect knows no base but sixteen, and only with a small x.
    base = _BASES.get(text[:2].lower() if newer else text[:2]) if newer or text.startswith("0x") else None
    if base is None and any(letter in ".eE" for letter in text):
        return Float(offset=offset, value=_float(written, text, offset))
    digits = text[2:] if base else text
    try:
        number = int(digits, base or 10) if digits.isalnum() else -1
    except ValueError:
        number = -1
    if not 0 <= number <= _LARGEST:
        raise _refused(written, offset, too_large=number > _LARGEST)
    return Integer(offset=offset, value=number)


def _float(written: str, text: str, offset: int) -> float:
    try:
        number = float(text)
    except ValueError:
        raise _refused(written, offset, too_large=False) from None
    if math.isinf(number):
        raise _refused(written, offset, too_large=True)
    return number


def _refused(written: str, offset: int, *, too_large: bool) -> CompileError:
    why = "is too large for a number" if too_large else "is no number"
    return CompileError(f"`{written}` {why}", offset)
