"""Times and durations of an expression, with the methods that Go gives them.

Source: Go, package time; expr v1.15.5 and v1.17.7, builtin/builtin.go.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from gitopsgen.rollouts.conditions.errors import NotJudged
from gitopsgen.rollouts.conditions.go_types import (
    ANY,
    BOOL,
    DURATION,
    FLOAT,
    INT,
    INT64,
    MONTH,
    TEXT,
    TIME,
    WEEKDAY,
    Type,
    function,
)
from gitopsgen.rollouts.conditions.values import Int64, Moment, NamedNumber, Span, Value, wrapped
from gitopsgen.rollouts.durations import parse_go_duration

_SECOND: Final = 1_000_000_000
_DATE: Final = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)(?: (?P<clock>\d\d:\d\d:\d\d)|T(?P<time>\d\d:\d\d:\d\d)"
    r"(?:[.,](?P<fraction>\d+))?(?P<zone>Z|[+-]\d\d:\d\d))?",
    re.ASCII,
)
_TIME_OF_DAY: Final = re.compile(r"(\d?\d):(\d\d):(\d\d)", re.ASCII)
_UNITS: Final = {"Hours": 3600 * _SECOND, "Minutes": 60 * _SECOND, "Seconds": _SECOND}
_PARTS: Final = {"Milliseconds": 1_000_000, "Microseconds": 1_000, "Nanoseconds": 1}
_SHORT: Final = {"Unix": _SECOND, "UnixMilli": 1_000_000, "UnixMicro": 1_000, "UnixNano": 1}


@dataclass(frozen=True, slots=True)
class Method:
    """A method's type without its receiver, and what it does with the receiver before the arguments.

    ``call`` is ``None`` where it is known to be there and not modelled.
    """

    type: Type
    call: Callable[..., Value] | None


def calendar(moment: Moment) -> datetime:
    """Return the date and time of day.

    Raises:
        NotJudged: Before the year 1 or after 9999.
    """
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment.nanoseconds // 1000)
    except OverflowError as error:
        raise NotJudged("a time far away is not modelled") from error


def parse_duration(text: str) -> Span:
    """Return a duration.

    Raises:
        ValueError: It is none.
    """
    seconds = parse_go_duration(text)
    if seconds is None:
        message = f"{text!r} is no duration"
        raise ValueError(message)
    return Span(round(seconds * _SECOND))


def parse_date(text: str) -> Moment:
    """Return a date in one of the forms that are tried without a layout.

    Raises:
        ValueError: It is in none of them.
        NotJudged: It may be in one that names months or zones.
    """
    if _TIME_OF_DAY.fullmatch(text) or re.search(r"[A-Z][a-z]{2}|[A-Z]{3}", text):
        raise NotJudged("a date in words is not modelled")
    found = _DATE.fullmatch(text)
    if found is None:
        message = f"{text!r} is no date"
        raise ValueError(message)
    base = datetime.fromisoformat(f"{found['date']}T{found['clock'] or found['time'] or '00:00:00'}+00:00")
    fraction = int((found["fraction"] or "0").ljust(9, "0")[:9])
    seconds = int((base - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) - _zone_seconds(found["zone"])
    return Moment(seconds * _SECOND + fraction)


def _zone_seconds(zone: str | None) -> int:
    if not zone or zone == "Z":
        return 0
    hours, minutes = zone[1:].split(":")
    return (int(hours) * 3600 + int(minutes) * 60) * (-1 if zone[0] == "-" else 1)


def _unit(size: int) -> Callable[..., Value]:
    return lambda span: span.nanoseconds // size + (span.nanoseconds % size) / size


def _whole(size: int) -> Callable[..., Value]:
    return lambda span: Int64(int(span.nanoseconds / size) if size > 1 else span.nanoseconds)


def _since(size: int) -> Callable[..., Value]:
    return lambda moment: Int64(moment.nanoseconds // size)


def _part(name: str) -> Callable[..., Value]:
    return lambda moment: int(getattr(calendar(moment), name))


def _shift(moment: Moment, span: Span) -> Value:
    return Moment(moment.nanoseconds + span.nanoseconds)


def difference(later: Moment, earlier: Moment) -> Span:
    """Return the time between two moments, at most what 64 bits hold."""
    return Span(max(-(2**63), min(2**63 - 1, later.nanoseconds - earlier.nanoseconds)))


def _methods(parameters: tuple[Type, ...], result: Type, **calls: Callable[..., Value] | None) -> dict[str, Method]:
    return {name: Method(function(*parameters, result=result), call) for name, call in calls.items()}


_TIME: Final = {
    **_methods(
        (),
        INT,
        Year=_part("year"),
        Day=_part("day"),
        Hour=_part("hour"),
        Minute=_part("minute"),
        Second=_part("second"),
        Nanosecond=lambda moment: moment.nanoseconds % _SECOND,
        YearDay=lambda moment: calendar(moment).timetuple().tm_yday,
    ),
    **_methods((), INT64, **{name: _since(size) for name, size in _SHORT.items()}),
    **_methods((), MONTH, Month=lambda moment: NamedNumber(MONTH, calendar(moment).month)),
    **_methods((), WEEKDAY, Weekday=lambda moment: NamedNumber(WEEKDAY, calendar(moment).isoweekday() % 7)),
    **_methods((), BOOL, IsZero=lambda _: False, IsDST=None),
    **_methods((), TIME, UTC=lambda moment: moment, Local=lambda moment: moment),
    **_methods(
        (TIME,),
        BOOL,
        Before=lambda one, other: one.nanoseconds < other.nanoseconds,
        After=lambda one, other: one.nanoseconds > other.nanoseconds,
        Equal=lambda one, other: one.nanoseconds == other.nanoseconds,
    ),
    **_methods((TIME,), INT, Compare=lambda one, other: (one > other) - (one < other)),
    **_methods((TIME,), DURATION, Sub=difference),
    **_methods((DURATION,), TIME, Add=_shift, Truncate=None, Round=None),
    **_methods((INT, INT, INT), TIME, AddDate=None),
    **_methods((), TEXT, String=None, GoString=None),
    **_methods((TEXT,), TEXT, Format=None),
    **_methods((), ANY, ISOWeek=None, Zone=None, Location=None, MarshalJSON=None, MarshalText=None, MarshalBinary=None),
}
_DURATION: Final = {
    **_methods((), FLOAT, **{name: _unit(size) for name, size in _UNITS.items()}),
    **_methods((), INT64, **{name: _whole(size) for name, size in _PARTS.items()}),
    **_methods((), DURATION, Abs=lambda span: Span(wrapped(abs(span.nanoseconds)))),
    **_methods((DURATION,), DURATION, Round=None, Truncate=None),
    **_methods((), TEXT, String=None),
}
METHODS: Final[dict[str, dict[str, Method]]] = {
    TIME.name: _TIME,
    DURATION.name: _DURATION,
    MONTH.name: _methods((), TEXT, String=lambda month: f"{datetime(2000, month.value, 1, tzinfo=UTC):%B}"),
    WEEKDAY.name: _methods((), TEXT, String=lambda day: f"{datetime(2000, 1, 2 + day.value, tzinfo=UTC):%A}"),
}
"""By the name of the type."""
