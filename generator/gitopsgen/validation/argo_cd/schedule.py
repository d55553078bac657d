"""Cron schedules and durations of sync windows, by the parsers that Argo CD uses (robfig/cron, Go's time package)."""

import re
from functools import lru_cache

_MONTHS = {
    name: number
    for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)  # noqa: SIM905 - reads as a row
}
_DAYS = {"sun": 0, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6}
_FIELDS: tuple[tuple[str, int, int, dict[str, int]], ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of month", 1, 31, {}),
    ("month", 1, 12, _MONTHS),
    ("day of week", 0, 6, _DAYS),
)
_LONGEST_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_DURATION = re.compile(r"[-+]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)", re.ASCII)
_DURATION_PART = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


@lru_cache(maxsize=1024)
def cron_error(schedule: str) -> str:
    """Return why ``schedule`` is no five-field cron schedule; empty when it is one."""
    fields = schedule.split()
    if not fields:
        return "is empty"
    if fields[0].startswith(("TZ=", "CRON_TZ=")):
        fields = fields[1:]
    if fields and fields[0].startswith("@"):
        return "is a descriptor, and only five fields are read"
    if len(fields) != len(_FIELDS):
        return f"has {len(fields)} fields instead of five"
    for text, (name, low, high, names) in zip(fields, _FIELDS, strict=True):
        for part in text.split(","):
            if problem := _part_error(part, low, high, names):
                return f"has {problem} as its {name}"
    return _never(fields)


def parse_duration(text: str) -> float | None:
    """Return a Go duration in seconds; ``None`` when it is none (``1d``, ``8``, an empty text)."""
    if not _DURATION.fullmatch(text):
        return None
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in _DURATION_PART.findall(text))
    return -seconds if text.startswith("-") else seconds


def _part_error(part: str, low: int, high: int, names: dict[str, int]) -> str:
    span, slash, step = part.partition("/")
    if slash and not (step.isascii() and step.isdigit() and int(step) > 0):
        return f"the step `{step}`"
    if span in ("*", "?"):
        return ""
    start_text, dash, end_text = span.partition("-")
    start = _number(start_text, names)
    end = _number(end_text, names) if dash else start
    if start is None or end is None:
        return f"`{span}`"
    if not low <= start <= high or not low <= end <= high:
        return f"`{span}` (allowed are {low} to {high})"
    return f"the backward range `{span}`" if start > end else ""


def _number(text: str, names: dict[str, int]) -> int | None:
    if text.isascii() and text.isdigit() and len(text) <= 4:  # noqa: PLR2004 - no field has more digits
        return int(text)
    return names.get(text.lower())


def _never(fields: list[str]) -> str:
    """Return why a valid schedule never comes: a day that none of its months has."""
    days, months, weekdays = fields[2], fields[3], fields[4]
    if not days.isdigit() or not months.isdigit() or weekdays not in ("*", "?"):
        return ""
    return "names a day that its month does not have" if int(days) > _LONGEST_MONTH[int(months) - 1] else ""
