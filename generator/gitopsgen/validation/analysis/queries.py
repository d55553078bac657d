"""Queries of Prometheus in an analysis: that they can be asked, and that they tell of the new version.

Source: Prometheus v3.7, promql/parser and web/api/v1; argo-rollouts v1.9.2, metricproviders/prometheus/prometheus.go,
processResponse.
"""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cached_property
from typing import Final

from gitopsgen.model.finding import Fault, Severity
from gitopsgen.model.manifest import Manifest, ManifestSet, dig, list_at, text_at
from gitopsgen.model.suggest import nearest
from gitopsgen.rollouts.durations import parse_go_duration
from gitopsgen.source.location import Path
from gitopsgen.validation.analysis.metrics import schedule_of
from gitopsgen.validation.analysis.placeholders import Unresolved
from gitopsgen.validation.analysis.promql import Query, Selector, query_error, read_query
from gitopsgen.validation.analysis.promql_functions import FUNCTIONS
from gitopsgen.validation.analysis.promql_place import is_about_meaning, place_of_error
from gitopsgen.validation.analysis.query_text import query_text
from gitopsgen.validation.analysis.runs import Metric

QUERY: Final[Path] = ("provider", "prometheus", "query")
_MONITORS: Final = (("ServiceMonitor", "endpoints"), ("PodMonitor", "podMetricsEndpoints"))
_OPERATOR: Final = "monitoring.coreos.com"
# VictoriaMetrics answers the same API, and reads more than PromQL.
_OTHER_LANGUAGE: Final = re.compile(r"victoria|vmselect|vmsingle|vmauth|:8428\b|:8481\b", re.IGNORECASE)
_UNKNOWN: Final = re.compile(r"unknown function with name '([^']*)'")
# Expressions that only Go reads.
_ONLY_IN_GO: Final = re.compile(r"illegal regex for .*(?:\\[QEC]|\{,)", re.DOTALL)
_OF_SAMPLES: Final = frozenset(("rate", "irate", "increase", "delta", "idelta", "deriv", "predict_linear"))
# What does not come from the App's own monitor.
_ELSEWHERE: Final = re.compile(r"(container|kube|kubelet|node|nginx_ingress|istio|envoy|traefik|haproxy|gateway)_")
_SHORTEST_SECONDS: Final = 15.0
_FEWEST_SAMPLES, _ENOUGH_SAMPLES = 2, 4
_SUFFIX: Final = re.compile(r"_(?:bucket|sum|count|total|created)\Z")
_NEARLY: Final = 0.88
_DECIDES_NAN: Final = re.compile(r"\bisNaN\s*\(")


class ScrapeIntervals:
    """How often the monitors of a set scrape."""

    def __init__(self, resources: ManifestSet) -> None:
        self._resources = resources

    def of(self, near: Manifest) -> float | None:
        """Return the seconds between scrapes of what belongs to ``near``; ``None`` when that is not known."""
        seconds = [
            interval
            for monitor, interval in self._monitors
            if (monitor.release == near.release if near.release else monitor.file == near.file)
        ]
        return min(seconds, default=None)

    @cached_property
    def _monitors(self) -> tuple[tuple[Manifest, float], ...]:
        return tuple(
            (monitor, seconds)
            for kind, key in _MONITORS
            for monitor in self._resources.of_kind(kind, _OPERATOR)
            for endpoint in list_at(monitor.body, "spec", key)
            if (seconds := parse_go_duration(text_at(endpoint, "interval"))) is not None
        )


def check_query_text(metric: Metric) -> Iterator[Fault]:
    """Yield a query that Prometheus would refuse."""
    text = query_text(text_at(metric.raw, *QUERY), metric.run.texts, mark=False)
    address = text_at(metric.body, "provider", "prometheus", "address")
    if not text.text.strip() or not text.is_certain or _OTHER_LANGUAGE.search(address):
        return
    found = read_query(text.text)
    if isinstance(found, str):
        yield from _unreadable(metric, text.text, found)
    elif found is not None:
        yield from _check_result(metric, found)


def check_query(metric: Metric, scrapes: ScrapeIntervals, series: frozenset[str]) -> Iterator[Fault]:
    """Yield what a query may miss: series, samples, time, and an answer when there is no traffic."""
    text = query_text(text_at(metric.raw, *QUERY), metric.run.texts, mark=True)
    query = read_query(text.text) if text.is_certain else None
    if isinstance(query, Query):
        if dig(metric.body, "provider", "prometheus", "rangeQuery") is None:
            yield from _check_ranges(metric, query, scrapes)
        yield from _check_nan(metric, query)
        yield from _check_names(metric, query, series)


def _check_names(metric: Metric, query: Query, series: frozenset[str]) -> Iterator[Fault]:
    """Yield the names that are nearly those of series that an App says it has."""
    for name in dict.fromkeys(selector.name for selector in query.selectors):
        same = bool(_SUFFIX.search(name)) and _stem(name) in map(_stem, series)
        if not name or name in series or same:
            continue
        if near := get_close_matches(name, sorted(series), n=1, cutoff=_NEARLY):
            yield metric.fault(
                "promql-metric-misspelt",
                QUERY,
                f"no App has `{name}` among its metrics, but one has `{near[0]}`",
                f"write `{near[0]}`, or correct `metrics` in the App",
            )


def _stem(name: str) -> str:
    """Return what the series of one histogram or counter have in common."""
    return _SUFFIX.sub("", name)


def _unreadable(metric: Metric, text: str, error: str) -> Iterator[Fault]:
    if unknown := _UNKNOWN.match(error):
        if unknown[1] not in FUNCTIONS:
            near = nearest(unknown[1], FUNCTIONS)
            yield metric.fault(
                "promql-unknown-function",
                QUERY,
                f"{_place(text, text.find(unknown[1]))}Prometheus has no function `{unknown[1]}`",
                f"write `{near}`" if near else "write one of Prometheus' own functions",
                # What is like no known one may be of a newer Prometheus.
                severity=None if near else Severity.WARNING,
            )
    elif not _ONLY_IN_GO.match(error):
        place = None if is_about_meaning(error) else place_of_error(text, query_error)
        if error == "invalid promql query":
            token = "" if place is None else text[place:].split(maxsplit=1)[0] if text[place:].split() else ""
            error = f"`{token[:40]}` cannot stand there" if token else "there is something missing at the end"
        yield metric.fault(
            "promql-syntax", QUERY, f"{_place(text, place)}{error}", "write it as Prometheus' own page takes it"
        )


def _place(text: str, position: int | None) -> str:
    """Return how to say where in a query something is; for one of few words that goes without saying."""
    if position is None or position < 0:
        return ""
    before = text[:position]
    line = before.count("\n") + 1
    column = position - (before.rfind("\n") + 1) + 1
    return f"line {line}, column {column}: " if "\n" in text.strip() else f"column {column}: "


def _check_result(metric: Metric, query: Query) -> Iterator[Fault]:
    ranged = dig(metric.body, "provider", "prometheus", "rangeQuery") is not None
    if query.kind == "string":
        yield metric.fault(
            "promql-result-unsupported",
            QUERY,
            "the query gives text, which is no measurement",
            "write a query of series",
        )
    elif query.kind == "matrix" and ranged:
        yield metric.fault(
            "promql-result-unsupported",
            QUERY,
            "a query over a range of time cannot give ranges itself",
            "put a function such as `rate` around the selector, or delete `rangeQuery`",
        )


def _check_ranges(metric: Metric, query: Query, scrapes: ScrapeIntervals) -> Iterator[Fault]:
    ranges = [one for one in query.selectors if one.range_seconds is not None]
    if not ranges:
        return
    short = min((one for one in ranges if one.function in _OF_SAMPLES), key=_range, default=None)
    if short is not None:
        yield from _check_samples(metric, short, scrapes)
    schedule = schedule_of(metric.body)
    text = text_at(metric.body, "interval")
    interval = None if isinstance(text, Unresolved) else parse_go_duration(text)
    longest = max(map(_range, ranges))
    if interval is not None and schedule.count != 1 and interval > longest:
        yield metric.fault(
            "promql-gap-between-measurements",
            QUERY,
            f"it looks at the last {_short(longest)}, and is asked every {_short(interval)}: "
            f"of the time between, {_short(interval - longest)} are never looked at",
            "write a range as long as the interval, or a shorter interval",
        )


def _check_samples(metric: Metric, selector: Selector, scrapes: ScrapeIntervals) -> Iterator[Fault]:
    known = None if _ELSEWHERE.match(selector.name) else scrapes.of(metric.manifest)
    scrape = _SHORTEST_SECONDS if known is None else known
    length = _range(selector)
    if length < _FEWEST_SAMPLES * scrape:
        shortage = "fewer than two samples, which gives nothing"
    elif known is not None and length < _ENOUGH_SAMPLES * scrape:
        shortage = "less than four scrapes: one that is missed leaves a gap"
    else:
        return
    every = f"with a scrape every {_short(scrape)}" if known else f"even with a scrape every {_short(scrape)}"
    yield metric.fault(
        "promql-range-too-short",
        QUERY,
        f"`{selector.function}` over {_short(length)} sees, {every}, {shortage}",
        f"write a range of {_short(_ENOUGH_SAMPLES * scrape)} or more",
        severity=None if length < _FEWEST_SAMPLES * scrape else Severity.INFO,
    )


def _check_nan(metric: Metric, query: Query) -> Iterator[Fault]:
    conditions = {key: text_at(metric.body, key) for key in ("successCondition", "failureCondition")}
    written = [text for text in conditions.values() if text]
    if not query.may_be_nan or len(written) != 1 or _DECIDES_NAN.search(written[0]):
        return
    outcome = "fails" if conditions["successCondition"] else "is a success"
    yield metric.fault(
        "promql-may-be-nan",
        QUERY,
        f"without traffic {query.may_be_nan} gives NaN, no comparison with it holds, and so the measurement {outcome}",
        "say so with `isNaN(result[0])` in the condition, write both conditions, or divide by what is `> 0`",
    )


def _range(selector: Selector) -> float:
    return selector.range_seconds or 0.0


def _short(seconds: float) -> str:
    """Return a duration in few characters, ``90s`` or ``5m``."""
    whole = round(seconds)
    for unit, size in (("h", 3600), ("m", 60)):
        if whole and whole % size == 0:
            return f"{whole // size}{unit}"
    return f"{seconds:g}s"
