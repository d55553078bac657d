"""Quantities and semantic versions in expressions.

Source: kubernetes v1.35, staging/src/k8s.io/apiserver/pkg/cel/library (quantity.go, semverlib.go) and
staging/src/k8s.io/apimachinery/pkg/api/resource; the version syntax is github.com/blang/semver/v4's.
"""

import re
from decimal import Context, Decimal
from functools import lru_cache

from gitopsgen.model.quantity import parse_quantity
from gitopsgen.policies.cel.declarations import QUANTITY, SEMVER
from gitopsgen.policies.cel.tags import Tagged, content_of, is_tagged, require_text, tag

_PRECISE = Context(prec=400)
_INT64 = 2**63
_SEMVER = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"
    r"(?:-((?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*))?"
    r"(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?",
    re.ASCII,
)


def quantity(value: object) -> Tagged:
    """``quantity(string)``."""
    return tag(QUANTITY, _canonical(require_text(value)))


def is_quantity(value: object) -> bool:
    """``isQuantity(string)``."""
    try:
        parse_quantity(require_text(value))
    except ValueError:
        return False
    return True


def sign(value: object) -> int:
    """``sign()``: -1, 0 or 1."""
    number = _number(value)
    return (number > 0) - (number < 0)


def is_integer(value: object) -> bool:
    """``isInteger()``: whether ``asInteger()`` has a value."""
    number = _number(value)
    return number == number.to_integral_value() and -_INT64 <= number < _INT64


def as_integer(value: object) -> int:
    """``asInteger()``."""
    if not is_integer(value):
        raise ValueError("cannot convert value to integer")
    return int(_number(value))


def as_approximate_float(value: object) -> float:
    """``asApproximateFloat()``."""
    return float(_number(value))


def add(value: object, other: object) -> Tagged:
    """``add(quantity or int)``."""
    return _tag(_PRECISE.add(_number(value), _operand(other)))


def sub(value: object, other: object) -> Tagged:
    """``sub(quantity or int)``."""
    return _tag(_PRECISE.subtract(_number(value), _operand(other)))


def semver(value: object, normalize: object = False) -> Tagged:  # noqa: FBT002 - CEL passes it by position
    """``semver(string)`` and ``semver(string, normalize)``."""
    text = require_text(value)
    if normalize:
        text = _normalized(text)
    if not _SEMVER.fullmatch(text):
        raise ValueError(f"no Major.Minor.Patch elements found in {text!r}")
    return tag(SEMVER, text)


def is_semver(value: object, normalize: object = False) -> bool:  # noqa: FBT002 - CEL passes it by position
    """``isSemver(string)`` and ``isSemver(string, normalize)``."""
    try:
        semver(value, normalize)
    except ValueError:
        return False
    return True


def major(value: object) -> int:
    """``major()``."""
    return _version(value)[0]


def minor(value: object) -> int:
    """``minor()``."""
    return _version(value)[1]


def patch(value: object) -> int:
    """``patch()``."""
    return _version(value)[2]


def compare_to(value: object, other: object) -> int:
    """``compareTo()`` of two quantities or two versions: -1, 0 or 1."""
    if is_tagged(SEMVER, value):
        left, right = _version(value), _version(other)
        return (left > right) - (left < right)
    mine, theirs = _number(value), _number(other)
    return (mine > theirs) - (mine < theirs)


def is_less_than(value: object, other: object) -> bool:
    """``isLessThan()`` of two quantities or two versions."""
    return compare_to(value, other) < 0


def is_greater_than(value: object, other: object) -> bool:
    """``isGreaterThan()`` of two quantities or two versions."""
    return compare_to(value, other) > 0


@lru_cache(maxsize=1024)
def _canonical(text: str) -> str:
    return _written(parse_quantity(text))


def _tag(number: Decimal) -> Tagged:
    return tag(QUANTITY, _written(number))


def _written(number: Decimal) -> str:
    return f"{number.normalize(_PRECISE):f}"


def _number(value: object) -> Decimal:
    return Decimal(content_of(QUANTITY, value))


def _operand(value: object) -> Decimal:
    return Decimal(value) if isinstance(value, int) else _number(value)


def _version(value: object) -> tuple[int, int, int, tuple[object, ...]]:
    """Return what versions compare by; a pre-release comes before its release, build metadata does not count."""
    found = _SEMVER.fullmatch(content_of(SEMVER, value))
    if found is None:
        raise TypeError("no such overload")
    release = int(found[1]), int(found[2]), int(found[3])
    if found[4] is None:
        return (*release, (1,))
    # numbers come before words, and compare as numbers
    parts = tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in found[4].split("."))
    return (*release, (0, *parts))


def _normalized(text: str) -> str:
    """Return ``v1.02`` as ``1.2.0``. Source: semverlib.go, normalizeAndParse."""
    text = text.removeprefix("v")
    parts = text.split(".", 2)
    for index, part in enumerate(parts):
        if len(part) > 1:
            stripped = part.lstrip("0")
            parts[index] = stripped if stripped[:1].isdigit() else f"0{stripped}"
    if len(parts) < 3:  # noqa: PLR2004 - major, minor, patch
        if set(parts[-1]) & set("+-"):
            raise ValueError(f"short version cannot contain pre-release or build metadata: {text!r}")
        parts += ["0"] * (3 - len(parts))
    return ".".join(parts)
