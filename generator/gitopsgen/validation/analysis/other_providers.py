"""Metrics of the other providers: CloudWatch, Graphite, InfluxDB, Kayenta, New Relic, SkyWalking, Wavefront, plugins.

Source: argo-rollouts v1.9.2, metricproviders/.
"""

from collections.abc import Iterator
from typing import Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import ManifestSet, list_at, map_at, text_at
from gitopsgen.model.suggest import did_you_mean
from gitopsgen.rollouts.durations import parse_go_duration
from gitopsgen.source.location import Path
from gitopsgen.validation.analysis.placeholders import Unresolved
from gitopsgen.validation.analysis.runs import Metric
from gitopsgen.validation.analysis.urls import address_fault
from gitopsgen.validation.argo_rollouts.plugins import CONFIG_MAP, plugin_config, registered

_WITH_QUERY: Final = ("graphite", "influxdb", "newRelic", "prometheus", "skywalking", "wavefront")
_ADDRESSED: Final = ("graphite", "kayenta", "skywalking")
_TIMED: Final = ("cloudWatch", "datadog", "skywalking")
_PLUGINS: Final = "metricProviderPlugins"


def check_query_given(metric: Metric, provider: str) -> Iterator[Fault]:
    """Yield a metric that asks for nothing."""
    if provider in _WITH_QUERY and not text_at(metric.body, "provider", provider, "query").strip():
        yield metric.fault(
            "metric-without-query", ("provider", provider, "query"), "there is no query to measure", "write a `query`"
        )


def check_address(metric: Metric, provider: str) -> Iterator[Fault]:
    """Yield an address that nothing is reached at."""
    if provider not in _ADDRESSED:
        return
    path: Path = ("provider", provider, "address")
    address = text_at(metric.body, *path)
    if reason := address_fault(address) if address else "is missing":
        named = f"the address `{address}` {reason}" if address else "the address is missing"
        yield metric.fault("metric-address-invalid", path, named, f"write it like http://{provider.lower()}:8080")


def check_interval(metric: Metric, provider: str) -> Iterator[Fault]:
    """Yield a span of data that is no duration."""
    path: Path = ("provider", provider, "interval")
    text = text_at(metric.body, *path)
    if provider not in _TIMED or isinstance(text, Unresolved):
        return
    if parse_go_duration(text) is None if text else provider == "skywalking":
        yield metric.fault(
            "metric-span-invalid",
            path,
            f"`{text}` is no duration" if text else "SkyWalking needs the interval that it is asked for",
            "write hours, minutes and seconds like 5m, each with its unit",
        )


def check_kayenta(metric: Metric) -> Iterator[Fault]:
    """Yield scopes whose two sides do not cover the same time."""
    path: Path = ("provider", "kayenta", "scopes")
    for index, scope in enumerate(list_at(metric.body, *path)):
        for key in ("start", "end"):
            sides = {side: text_at(scope, side, key) for side in ("controlScope", "experimentScope")}
            if bool(sides["controlScope"]) != bool(sides["experimentScope"]):
                without = next(side for side, text in sides.items() if not text)
                yield metric.fault(
                    "kayenta-scope-unpaired",
                    (*path, index, without),
                    f"one side of the scope has a {key}, and {without} has none",
                    f"write `{key}` in both, or in neither",
                )


def check_plugin(metric: Metric, resources: ManifestSet) -> Iterator[Fault]:
    """Yield a plugin that the controller's own ConfigMap does not register."""
    config = plugin_config(resources)
    if config is None:
        return
    known = registered(config, _PLUGINS)
    for name in map_at(metric.body, "provider", "plugin"):
        if name not in known:
            yield metric.fault(
                "plugin-not-registered",
                ("provider", "plugin", name),
                f"the ConfigMap `{CONFIG_MAP}` registers no plugin `{name}` under {_PLUGINS}",
                did_you_mean(str(name), known) or f"add it to `{_PLUGINS}` of the ConfigMap",
            )
