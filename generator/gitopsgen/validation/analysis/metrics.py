"""A metric's own fields: its numbers, its durations, and that one provider measures it.

Source: argo-rollouts v1.9.2, utils/analysis/factory.go, ValidateMetric; analysis/analysis.go, assessMetricStatus.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import dig, text_at
from gitopsgen.rollouts.durations import parse_go_duration
from gitopsgen.rollouts.steps import parse_integer
from gitopsgen.validation.analysis.placeholders import Unresolved
from gitopsgen.validation.analysis.runs import Metric

_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_DURATIONS: Final = ("interval", "initialDelay")
_NUMBERS: Final = ("count", "failureLimit", "inconclusiveLimit", "consecutiveErrorLimit", "consecutiveSuccessLimit")
_LEAST: Final = {"failureLimit": -1, "inconclusiveLimit": 0, "consecutiveErrorLimit": 0, "consecutiveSuccessLimit": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How often a metric is measured; ``None`` for a number that only the running analysis knows."""

    count: int | None
    failure_limit: int | None
    inconclusive_limit: int | None
    success_streak: int | None
    has_interval: bool | None

    @property
    def is_finite(self) -> bool | None:
        """Whether the measurements come to an end; ``None`` when that depends on an argument."""
        if self.has_interval is False:
            return True
        return None if self.count is None else self.count != 0


def schedule_of(body: Mapping[str, Any]) -> Schedule:
    """Return how often a metric is measured, with its arguments put in."""
    interval = body.get("interval")
    return Schedule(
        count=number(body, "count"),
        failure_limit=number(body, "failureLimit"),
        inconclusive_limit=number(body, "inconclusiveLimit"),
        success_streak=number(body, "consecutiveSuccessLimit"),
        has_interval=None if isinstance(interval, Unresolved) else bool(interval),
    )


def number(body: Mapping[str, Any], key: str) -> int | None:
    """Return a number of a metric as the controller reads it: 0 when it is left out, and for text that is none."""
    value = body.get(key)
    if isinstance(value, Unresolved):
        return None
    if isinstance(value, str):
        return int(value) if _WHOLE.fullmatch(value) else 0
    return parse_integer(value) or 0


def check_metric(metric: Metric) -> Iterator[Fault]:
    """Yield what ends an analysis with this metric before its first measurement, and numbers that do nothing."""
    schedule = schedule_of(metric.body)
    yield from _check_numbers(metric)
    yield from _check_limits(metric, schedule)
    yield from _check_durations(metric, schedule)
    if (found := len(metric.providers)) != 1 and isinstance(metric.raw.get("provider"), dict):
        yield metric.fault(
            "metric-provider-count",
            ("provider",),
            f"the metric `{metric.name}` has {' and '.join(metric.providers)} as providers"
            if found
            else f"the metric `{metric.name}` has no provider",
            "leave one" if found else "write one, such as `prometheus`",
        )


def _check_numbers(metric: Metric) -> Iterator[Fault]:
    for key in _NUMBERS:
        value = metric.body.get(key)
        if isinstance(value, str) and not isinstance(value, Unresolved) and not _WHOLE.fullmatch(value):
            yield metric.fault(
                "metric-number-not-numeric", (key,), f"`{value}` is no whole number: {key} is 0", "write a whole number"
            )
    for key, least in _LEAST.items():
        found = number(metric.body, key)
        if found is not None and found < least:
            off = ", or -1 for no limit" if least else ""
            yield metric.fault("metric-limit-below-zero", (key,), f"{key} is {found}", f"write 0 or more{off}")


def _check_limits(metric: Metric, schedule: Schedule) -> Iterator[Fault]:
    failures, streak, count = schedule.failure_limit, schedule.success_streak, schedule.count
    if failures == -1 and streak == 0:
        yield metric.fault(
            "metric-limits-off",
            ("failureLimit",),
            "failureLimit is off, and so is consecutiveSuccessLimit: the metric could not end",
            "write a failureLimit of 0 or more, or a consecutiveSuccessLimit",
        )
    if count is None or count <= 0:
        return
    if failures is not None and streak is not None and count < max(failures, 0) + streak:
        sums = f"failureLimit {failures} and consecutiveSuccessLimit {streak}" if streak else f"failureLimit {failures}"
        yield metric.fault(
            "metric-count-below-limits",
            ("count",),
            f"count {count} leaves no room for {sums}",
            f"write a count of {max(failures, 0) + streak} or more",
        )
    elif failures == count and not streak:
        yield _never_reached(metric, "failureLimit", count, "a metric that always fails counts as a success")
    inconclusive = schedule.inconclusive_limit
    if inconclusive is not None and count < inconclusive:
        yield metric.fault(
            "metric-count-below-limits",
            ("count",),
            f"count {count} is below inconclusiveLimit {inconclusive}",
            f"write a count of {inconclusive} or more",
        )
    elif inconclusive == count and metric.body.get("successCondition") and metric.body.get("failureCondition"):
        message = "a metric that is always inconclusive counts as a success"
        yield _never_reached(metric, "inconclusiveLimit", count, message)
    if count > 1 and schedule.has_interval is False:
        yield metric.fault(
            "metric-count-without-interval",
            ("count",),
            f"count {count} needs an interval between the measurements",
            "write an `interval`",
        )


def _never_reached(metric: Metric, key: str, count: int, message: str) -> Fault:
    return metric.fault(
        "metric-limit-never-exceeded",
        (key,),
        f"{key} {count} is never exceeded by {count} measurements: {message}",
        f"write a {key} below the count",
    )


def _check_durations(metric: Metric, schedule: Schedule) -> Iterator[Fault]:
    for key in _DURATIONS:
        text = text_at(metric.body, key)
        if not text or isinstance(text, Unresolved):
            continue
        seconds = parse_go_duration(text)
        if seconds is None:
            yield metric.fault(
                "metric-duration-invalid",
                (key,),
                f"`{text}` is no duration",
                "write hours, minutes and seconds like 1h30m, each with its unit",
            )
        elif key == "interval" and seconds <= 0 and schedule.count != 1 and dig(metric.body, "provider", "job") is None:
            yield metric.fault(
                "metric-interval-zero", (key,), f"with `{text}` it is measured without a pause", "write an interval"
            )
