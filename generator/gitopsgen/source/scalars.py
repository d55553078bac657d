"""What a plain YAML scalar is to Kubernetes, whose reader follows YAML 1.1 with amendments of its own.

Source: sigs.k8s.io/yaml v1.6 (goyaml.v2 resolve.go): y and n are booleans, numbers may hold underscores, a leading zero
is octal, base 60 numbers and dates stay strings.
"""

import math
import re
from typing import Final

_BOOLEANS: Final = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"), False),
}
_NULLS: Final = frozenset(("", "~", "null", "Null", "NULL"))
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INFINITIES: Final = frozenset(f"{sign}.{word}" for sign in ("", "+", "-") for word in ("inf", "Inf", "INF"))
_NANS: Final = frozenset((".nan", ".NaN", ".NAN"))
_MAY_BE_NUMBER: Final = frozenset("0123456789+-.")
_MIN_INTEGER: Final = -(2**63)
_MAX_INTEGER: Final = 2**64 - 1
_MAX_DIGITS: Final = len(str(_MAX_INTEGER))
_PREFIXES: Final = (("0b", 2), ("0x", 16), ("0X", 16), ("0o", 8), ("0O", 8))


def resolve_scalar(text: str) -> str | int | float | bool | None:
    """Return what the plain scalar ``text`` is to Kubernetes."""
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if text[0] not in _MAY_BE_NUMBER:
        return text
    return _resolve_number(text)


def _resolve_number(text: str) -> str | int | float:
    if text in _INFINITIES:
        return -math.inf if text.startswith("-") else math.inf
    if text in _NANS:
        return math.nan
    plain = text.replace("_", "")
    number = _resolve_integer(plain)
    if number is not None:
        return number
    if _FLOAT.fullmatch(plain):
        value = float(plain)
        return value if math.isfinite(value) else text
    return text


def _resolve_integer(plain: str) -> int | None:
    sign, digits = (-1, plain[1:]) if plain[:1] == "-" else (1, plain.removeprefix("+"))
    if not digits.isascii() or not digits[:1].isdigit():
        return None
    for prefix, base in _PREFIXES:
        if digits.startswith(prefix):
            return _integer(digits[2:], base, sign)
    if len(digits) > 1 and digits[0] == "0" and _integer(digits, 8, 1) is not None:
        return _integer(digits, 8, sign)
    number = sign * int(digits) if digits.isdigit() and len(digits) <= _MAX_DIGITS else None
    return number if number is not None and _MIN_INTEGER <= number <= _MAX_INTEGER else None  # beyond, it is a float


def _integer(digits: str, base: int, sign: int) -> int | None:
    if not digits.isalnum():  # int() would accept signs, spaces and underscores
        return None
    try:
        return sign * int(digits, base)
    except ValueError:
        return None


def is_ambiguous(text: str, value: object) -> bool:
    """Tell whether people or other readers would take the plain scalar ``text`` for something else than ``value``.

    ``yes``, ``on`` and ``n`` look like words, ``0777`` and ``1_000`` like decimal numbers, ``12:30`` and a date are
    strings to Kubernetes and numbers or dates to readers of YAML 1.1.
    """
    if isinstance(value, bool):
        return text.lower() not in ("true", "false")
    if isinstance(value, int):
        return text != str(value)
    if isinstance(value, str):
        return text[:1] in _MAY_BE_NUMBER and _LOOKS_TYPED.fullmatch(text) is not None
    return False


_LOOKS_TYPED: Final = re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?")


def is_plain_safe(text: str) -> bool:
    """Tell whether every reader, of YAML 1.1 or 1.2, takes ``text`` written plainly for this very string."""
    return (
        _SAFE.fullmatch(text) is not None
        and ": " not in text
        and " #" not in text
        and text not in _NULLS
        and text.lower() not in _WORDS
        and _NUMBER_LIKE.fullmatch(text) is None
    )


_SAFE: Final = re.compile(r"(?:[A-Za-z0-9_/.(+^$\\;<]|[-?](?=[A-Za-z0-9_/.]))(?:[ -~]*[!-9;-~])?")
_WORDS: Final = frozenset(
    ("y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "=", "<<", ".inf", "-.inf", "+.inf", ".nan")
)
# Whatever any reader might take for a number, a date or a time.
_NUMBER_LIKE: Final = re.compile(
    r"[-+.]?[0-9_][0-9_,]*(\.[0-9_]*)?([eE][-+]?[0-9_]*)?|[-+]?0[xXoObB][0-9a-fA-F_]*|[-+]?[0-9_]+(:[0-9_.]*)+"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt \t].*)?|[-+.]+"
)
