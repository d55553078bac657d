"""What a Prometheus of the set takes in: the rules, monitors and probes that its selectors ask for."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import Manifest, map_at
from gitopsgen.validation.references.index import Index, Object
from gitopsgen.validation.references.selectors import label_selector

_OPERATOR: Final = "monitoring.coreos.com"
_SCRAPERS: Final = ("Prometheus", "PrometheusAgent")
# Each kind, the beginning of its selectors' names, and who has them.
_TAKEN_IN: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "PodMonitor": ("podMonitor", _SCRAPERS),
    "Probe": ("probe", _SCRAPERS),
    "PrometheusRule": ("rule", ("Prometheus", "ThanosRuler")),
    "ScrapeConfig": ("scrapeConfig", _SCRAPERS),
    "ServiceMonitor": ("serviceMonitor", _SCRAPERS),
}


def check_prometheuses(index: Index) -> Iterator[Fault]:
    """Yield what no Prometheus of the set takes in, where there is one that says by label what it does."""
    for kind, (prefix, takers) in _TAKEN_IN.items():
        selecting = [
            (found, selector)
            for taker in takers
            for found in index.of_kind(taker)
            if found.group == _OPERATOR
            and isinstance(selector := map_at(found.manifest.body, "spec").get(f"{prefix}Selector"), Mapping)
        ]
        for found in index.of_kind(kind) if selecting else ():
            near = [one for one in selecting if _may_see(index, one[0], found, prefix)]
            labels = map_at(found.manifest.body, "metadata", "labels")
            if near and not any(label_selector(selector).matches(labels) for _, selector in near):
                yield _not_taken_in(found, *near[0], f"{prefix}Selector")


def _may_see(index: Index, prometheus: Object, found: Object, prefix: str) -> bool:
    """Tell whether a Prometheus may look into the namespace of an object."""
    namespaces = map_at(prometheus.manifest.body, "spec").get(f"{prefix}NamespaceSelector")
    if not isinstance(namespaces, Mapping):
        return not prometheus.namespace or not found.namespace or prometheus.namespace == found.namespace
    selector = label_selector(namespaces)
    namespace = index.find("Namespace", found.namespace, "")
    # Kubernetes adds the label with the name, and a Namespace of another set may have any.
    labels = (
        {**map_at(namespace.body, "metadata", "labels"), "kubernetes.io/metadata.name": found.namespace}
        if (namespace)
        else None
    )
    return labels is None or selector.matches(labels)


def _not_taken_in(found: Object, prometheus: Object, selector: Mapping[str, Any], key: str) -> Fault:
    asked = label_selector(selector)
    owner: Manifest = prometheus.manifest
    return Fault(
        rule="reference/not-selected-by-prometheus",
        manifest=found.manifest,
        path=("metadata", "labels"),
        message=f"the {owner.kind} `{owner.name}` takes in what has the labels `{asked}`, and this has not: "
        "it is never loaded",
        fix=f"add the label `{asked}`" if not asked.expressions else f"write labels that its `{key}` asks for",
        related=((owner, ("spec", key)),),
    )
