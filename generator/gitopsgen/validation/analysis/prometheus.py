"""Metrics of Prometheus, but for the query itself.

Source: argo-rollouts v1.9.2, metricproviders/prometheus/prometheus.go.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import map_at, text_at
from gitopsgen.rollouts.durations import parse_go_duration
from gitopsgen.source.location import Path
from gitopsgen.validation.analysis.authentication import check_authentication
from gitopsgen.validation.analysis.placeholders import Unresolved
from gitopsgen.validation.analysis.range_time import time_fault
from gitopsgen.validation.analysis.runs import Metric
from gitopsgen.validation.analysis.urls import address_fault

_PROMETHEUS: Final[Path] = ("provider", "prometheus")


def check_prometheus(metric: Metric) -> Iterator[Fault]:
    """Yield what makes every query fail before Prometheus has seen it."""
    body = map_at(metric.body, *_PROMETHEUS)
    address = text_at(body, "address")
    if not address:
        yield metric.fault(
            "prometheus-address-missing",
            (*_PROMETHEUS, "address"),
            "without an address it depends on the controller's ARGO_ROLLOUTS_PROMETHEUS_ADDRESS",
            "write the `address` of Prometheus",
        )
    elif reason := address_fault(address):
        yield metric.fault(
            "metric-address-invalid",
            (*_PROMETHEUS, "address"),
            f"the address `{address}` {reason}",
            "write it like http://prometheus.monitoring:9090",
        )
    yield from check_authentication(metric, "prometheus")
    if isinstance(body.get("rangeQuery"), Mapping):
        yield from _check_range(metric, (*_PROMETHEUS, "rangeQuery"))


def _check_range(metric: Metric, path: Path) -> Iterator[Fault]:
    body = map_at(metric.body, *path)
    for key in ("start", "end"):
        text = text_at(body, key)
        if not isinstance(text, Unresolved) and (reason := time_fault(text)):
            fix = "write `now()`" if key == "end" else "write a time like `now() - duration('10m')`"
            yield _range_fault(metric, (*path, key), f"the {key} of the range {reason}", fix)
    step = text_at(body, "step")
    if not isinstance(step, Unresolved) and parse_go_duration(step) is None:
        message = f"the step of the range is `{step}`, which is no duration" if step else "the range has no step"
        yield _range_fault(metric, (*path, "step"), message, "write minutes and seconds like 1m30s")


def _range_fault(metric: Metric, path: Path, message: str, fix: str) -> Fault:
    return metric.fault("prometheus-range-invalid", path, message, fix)
