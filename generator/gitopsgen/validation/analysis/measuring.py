"""All that is checked of one metric: in its use, and whatever measures it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import ManifestSet
from gitopsgen.model.versions import Versions
from gitopsgen.validation.analysis.authentication import check_timeout
from gitopsgen.validation.analysis.datadog import check_credentials, check_datadog
from gitopsgen.validation.analysis.endings import check_ending
from gitopsgen.validation.analysis.given import check_placeholders
from gitopsgen.validation.analysis.jobs import check_job
from gitopsgen.validation.analysis.metrics import check_metric
from gitopsgen.validation.analysis.other_providers import (
    check_address,
    check_interval,
    check_kayenta,
    check_plugin,
    check_query_given,
)
from gitopsgen.validation.analysis.pins import check_pins
from gitopsgen.validation.analysis.prometheus import check_prometheus
from gitopsgen.validation.analysis.queries import ScrapeIntervals, check_query, check_query_text
from gitopsgen.validation.analysis.runs import Metric
from gitopsgen.validation.analysis.units import check_units
from gitopsgen.validation.analysis.web import check_web

_PROVIDERS: Final[Mapping[str, Callable[[Metric], Iterator[Fault]]]] = {
    "datadog": check_datadog,
    "job": check_job,
    "kayenta": check_kayenta,
    "prometheus": check_prometheus,
    "web": check_web,
}


class MetricChecks:
    """Checks metrics, each once for what is the same in several uses of it."""

    def __init__(self, resources: ManifestSet, versions: Versions) -> None:
        self._resources = resources
        self._versions = versions
        self._scrapes = ScrapeIntervals(resources)
        self._seen: set[tuple[object, ...]] = set()

    def check(self, metric: Metric) -> Iterator[Fault]:
        """Yield the faults of a metric in its run."""
        use, same = metric.run.use, (id(metric.raw), metric.given)
        if self._is_new(*same, use.kind, id(use.manifest)):
            yield from check_placeholders(metric)
            yield from check_ending(metric)
            yield from check_pins(metric)
        if self._is_new(*same):
            yield from check_metric(metric)
            if len(metric.providers) == 1:
                yield from self._check_provider(metric, metric.providers[0])
                yield from _check_conditions(metric, self._versions)

    def _is_new(self, *key: object) -> bool:
        is_new = key not in self._seen
        self._seen.add(key)
        return is_new

    def _check_provider(self, metric: Metric, provider: str) -> Iterator[Fault]:
        yield from check_query_given(metric, provider)
        yield from check_address(metric, provider)
        yield from check_interval(metric, provider)
        yield from check_timeout(metric, provider)
        if provider in _PROVIDERS:
            yield from _PROVIDERS[provider](metric)
        match provider:
            case "prometheus":
                yield from check_query_text(metric)
                yield from check_query(metric, self._scrapes, self._resources.series)
                yield from check_units(metric, self._versions)
            case "datadog":
                yield from check_credentials(metric, self._resources)
            case "plugin":
                yield from check_plugin(metric, self._resources)


def _check_conditions(metric: Metric, versions: Versions) -> Iterator[Fault]:
    from gitopsgen.validation.analysis.conditions import check_conditions  # noqa: PLC0415 - loaded for a metric

    yield from check_conditions(metric, versions)
