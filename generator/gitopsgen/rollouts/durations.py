"""Durations as Argo Rollouts reads them: seconds, digits, or Go's ``1h30m``."""

import math
import re

_PART = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_DIGITS = re.compile(r"-?\d{1,11}\Z", re.ASCII)
_UNIT_SECONDS = {
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,
    "μs": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
}
_LONGEST_SECONDS = (2**63 - 1) / 1e9  # Go counts nanoseconds in 64 bits
_LONGEST_TEXT = 100
_LONGEST_PAUSE_SECONDS = 2**31 - 1  # a pause ends up in 32 bits


def parse_go_duration(text: str) -> float | None:
    """Return the seconds of a Go duration (``90s``, ``1h30m``), ``None`` when it is none; there are no days.

    Source: Go, time.ParseDuration.
    """
    if len(text) > _LONGEST_TEXT:
        return None
    rest = text[1:] if text[:1] in ("+", "-") else text
    if rest == "0":
        return 0.0
    seconds, position = 0.0, 0
    while position < len(rest):
        part = _PART.match(rest, position)
        if part is None:
            return None
        seconds += float(part[1]) * _UNIT_SECONDS[part[2]]
        position = part.end()
    if not rest or not seconds <= _LONGEST_SECONDS:
        return None
    return -seconds if text[0] == "-" else seconds


def parse_pause_seconds(value: object) -> int | None:
    """Return the whole seconds of a pause's ``duration``; ``None`` when the controller would refuse it.

    A bare number, quoted or not, is seconds; parts of a second are dropped.
    Source: argo-rollouts v1.9.2, RolloutPause.DurationSeconds.
    """
    seconds: float | None
    match value:
        case bool():
            return None
        case int():
            seconds = value
        case float() if value.is_integer():
            seconds = value
        case str() if _DIGITS.match(value):
            seconds = int(value)
        case str():
            seconds = parse_go_duration(value)
        case _:
            return None
    if seconds is None or not 0 <= seconds <= _LONGEST_PAUSE_SECONDS:
        return None
    return math.floor(seconds)
