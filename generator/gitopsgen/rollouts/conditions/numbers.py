"""Arithmetic as Go does it: 64 bits, no error but for a remainder by zero.

Source: expr v1.15.5 and v1.17.7, vm/runtime; Go, package math and the conversions of amd64.
"""

import math
import re
from typing import Final

from gitopsgen.rollouts.conditions.values import wrapped

_LEAST: Final = -(2**63)
_INTEGER: Final = re.compile(r"[+-]?[0-9]+", re.ASCII)
_FLOAT: Final = re.compile(
    r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|inf(?:inity)?|nan)", re.ASCII | re.IGNORECASE
)
_SIGNED_NAN: Final = re.compile(r"[+-]nan", re.IGNORECASE)
_LONGEST_DIGITS: Final = 400


def divided(left: float, right: float) -> float:
    """Return the quotient, infinite or NaN where the divisor is zero."""
    left, right = float(left), float(right)
    if right:
        return left / right
    if left == 0 or math.isnan(left):
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1, right)


def remainder(left: int, right: int) -> int:
    """Return the remainder, with the sign of ``left``; ``right`` is not zero."""
    return int(math.copysign(1, left)) * (abs(left) % abs(right))


def power(left: float, right: float) -> float:
    """Return ``left`` to the power of ``right``."""
    try:
        return math.pow(left, right)
    except OverflowError:
        odd = math.fmod(right, 2) != 0
        return -math.inf if left < 0 and odd else math.inf
    except ValueError:
        if left == 0:  # to a negative power
            odd = float(right).is_integer() and math.fmod(right, 2) != 0
            return math.copysign(math.inf, left) if odd else math.inf
        return math.nan


def truncated(number: float) -> int:
    """Return a fraction as a whole number; what does not fit becomes the least one, as on amd64."""
    if math.isnan(number) or not _LEAST <= number < -_LEAST:
        return _LEAST
    return int(number)


def rounded(number: float) -> float:
    """Return the nearest whole number, halves away from zero."""
    if not math.isfinite(number):
        return number
    whole = math.trunc(number)
    return math.copysign(float(abs(whole) + (abs(number - whole) >= 0.5)), number)  # noqa: PLR2004 - a half


def read_integer(text: str) -> int:
    """Return the whole number in ``text``.

    Raises:
        ValueError: It is none, or too large.
    """
    if len(text) < _LONGEST_DIGITS and _INTEGER.fullmatch(text) and wrapped(int(text)) == int(text):
        return int(text)
    message = f"{text!r} is no whole number"
    raise ValueError(message)


def read_float(text: str) -> float:
    """Return the number in ``text``, which may be infinite or NaN.

    Raises:
        ValueError: It is none, or too large.
    """
    if _FLOAT.fullmatch(text) and not _SIGNED_NAN.fullmatch(text):
        number = float(text)
        if math.isfinite(number) or "n" in text.lower():
            return number
    message = f"{text!r} is no number"
    raise ValueError(message)
