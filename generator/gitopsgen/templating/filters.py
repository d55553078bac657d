"""The filters that templates have beside Jinja2's own."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

import jinja2

from gitopsgen.source.emitter import emit, emit_inline

_UNITS: Final = {"ms": Decimal("0.001"), "s": Decimal(1), "m": Decimal(60), "h": Decimal(3600)}
_PART: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)")
_LABEL_LENGTH: Final = 63


def to_yaml(value: object, indent: int | None = None) -> str:
    """Return ``value`` as YAML that may stand after ``key:``: in flow style, or as a block indented by ``indent``."""
    try:
        if indent is None or not isinstance(value, Mapping | list | tuple) or not value:
            return emit_inline(value)
        margin = " " * indent
        return "".join(f"\n{margin}{line}" if line else "\n" for line in emit(value).splitlines())
    except TypeError:
        _require_set(value)
        raise


def to_json(value: object) -> str:
    """Return ``value`` as JSON on one line, with its keys in order."""
    try:
        return json.dumps(value, ensure_ascii=False)
    except TypeError:
        _require_set(value)
        raise


def _require_set(value: object) -> None:
    """Raise what is to be said of the first name in ``value`` that nothing sets."""
    if isinstance(value, jinja2.Undefined):
        str(value)
    elif isinstance(value, Mapping | list | tuple):
        inner: Iterable[object] = value.values() if isinstance(value, Mapping) else value
        for one in inner:
            _require_set(one)


def to_seconds(value: object) -> int | float:
    """Return a duration (``90s``, ``1h30m``, ``500ms``, or a number of seconds) in seconds.

    Raises:
        ValueError: it is no duration.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    text = str(value)
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{text!r} is no duration such as 30s, 10m or 1h30m")
    total = sum((Decimal(number) * _UNITS[unit] for number, unit in parts), Decimal(0))
    return int(total) if total == total.to_integral_value() else float(total)


def to_duration(value: object) -> str:
    """Return a duration in Go's canonical form without empty units: ``90s`` and ``90`` become ``1m30s``.

    Raises:
        ValueError: it is no duration.
    """
    seconds = Decimal(str(to_seconds(value)))
    if seconds != seconds.to_integral_value():
        return f"{format((seconds * 1000).normalize(), 'f')}ms"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    text = "".join(f"{amount}{unit}" for amount, unit in ((hours, "h"), (minutes, "m"), (rest, "s")) if amount)
    return text or "0s"


def to_quantity(value: object) -> str:
    """Return a Kubernetes quantity as a string: ``1``, ``0.5`` and ``256Mi`` as they are written.

    Raises:
        ValueError: it is no quantity.
    """
    text = emit_inline(value).strip('"')
    number = text.rstrip("mkKMGTPEi")
    try:
        Decimal(number)
    except InvalidOperation:
        raise ValueError(f"{text!r} is no quantity such as 100m or 256Mi") from None
    return text


def to_sha256(value: object) -> str:
    """Return the SHA-256 of a string, or of any other value as canonical YAML, in hexadecimal."""
    try:
        text = value if isinstance(value, str) else emit(value)
    except TypeError:
        _require_set(value)
        raise
    return hashlib.sha256(text.encode()).hexdigest()


def to_dns_label(value: object) -> str:
    """Return ``value`` as a DNS-1123 label; one of more than 63 characters is cut and ends in a digest."""
    text = re.sub(r"[^a-z0-9]+", "-", str(value).lower()).strip("-")
    if len(text) <= _LABEL_LENGTH:
        return text
    return f"{text[: _LABEL_LENGTH - 9].rstrip('-')}-{to_sha256(text)[:8]}"


FILTERS: Final = {
    "yaml": to_yaml,
    "json": to_json,
    "seconds": to_seconds,
    "duration": to_duration,
    "quantity": to_quantity,
    "sha256": to_sha256,
    "dns_label": to_dns_label,
}
