"""ServiceMonitors that scrape the pods of one Rollout through both of its Services."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import Manifest, list_at, map_at, text_at
from gitopsgen.validation.references.index import ROLLOUTS, Index, Object
from gitopsgen.validation.references.monitors import namespaces_of
from gitopsgen.validation.references.selectors import label_selector

_PAIRS: Final = (("canary", "stableService", "canaryService"), ("blueGreen", "activeService", "previewService"))
_TEMPLATES: Final = ("AnalysisTemplate", "ClusterAnalysisTemplate")
# A query that tells the Services apart needs both of them to be scraped.
_TELLS_APART: Final = re.compile(r"\b(?:service|job)\s*(?:=~?|!=|!~)|\b(?:by|on)\s*\([^)]*\b(?:service|job)\b")


def check_scraped_twice(index: Index) -> Iterator[Fault]:
    """Yield the monitors of both Services of a Rollout, unless they or an analysis tell one from the other."""
    pairs = [pair for found in index.of_kind("Rollout") if found.group == ROLLOUTS for pair in _services(index, found)]
    if not pairs or _is_told_apart(index):
        return
    for monitor in index.of_kind("ServiceMonitor"):
        selector = label_selector(map_at(monitor.manifest.body, "spec", "selector"))
        selected = {
            id(service) for place in namespaces_of(monitor) for service in index.services.select(selector, place)
        }
        for rollout, first, second in pairs:
            if {id(first), id(second)} <= selected and _scrapes_both(monitor.manifest, first, second):
                yield Fault(
                    rule="reference/pods-scraped-twice",
                    manifest=monitor.manifest,
                    path=("spec", "selector"),
                    message=f"`{first.name}` and `{second.name}` are both selected: outside of an update they have the "
                    f"same pods of the Rollout `{rollout.name}`, which are scraped and counted twice",
                    fix="give one Service a label that the other has not, and select that",
                    related=((second, ("metadata", "labels")),),
                )


def _services(index: Index, rollout: Object) -> Iterator[tuple[Object, Manifest, Manifest]]:
    for strategy, *keys in _PAIRS:
        body = map_at(rollout.manifest.body, "spec", "strategy", strategy)
        names = [text_at(body, key) for key in keys]
        first, second = (index.find("Service", name, rollout.namespace) if name else None for name in names)
        if first is not None and second is not None and first is not second:
            yield rollout, first, second


def _scrapes_both(monitor: Manifest, first: Manifest, second: Manifest) -> bool:
    """Tell whether one endpoint is at both Services, and nothing in it drops targets."""
    ports = [{text_at(port, "name") for port in list_at(service.body, "spec", "ports")} for service in (first, second)]
    return any(
        all(text_at(endpoint, "port") in names for names in ports)
        for endpoint in list_at(monitor.body, "spec", "endpoints")
        if text_at(endpoint, "port") and not _drops(list_at(endpoint, "relabelings"))
    )


def _drops(relabelings: Sequence[Any]) -> bool:
    return any(text_at(entry, "action").lower() not in ("", "replace", "labelmap") for entry in relabelings)


def _is_told_apart(index: Index) -> bool:
    return any(
        _TELLS_APART.search(text_at(metric, "provider", "prometheus", "query"))
        for kind in _TEMPLATES
        for template in index.of_kind(kind)
        for metric in list_at(template.manifest.body, "spec", "metrics")
        if isinstance(metric, Mapping)
    )
