"""ServiceMonitors and PodMonitors: the Services and pods they scrape, and the ports that these have."""

from collections.abc import Iterator, Sequence

from gitopsgen.model.finding import Fault, Severity
from gitopsgen.model.manifest import dig, list_at, text_at
from gitopsgen.validation.references.index import Index, Object, is_ours, missing
from gitopsgen.validation.references.selectors import label_selector


def check_monitors(index: Index) -> Iterator[Fault]:
    """Yield the monitors that scrape nothing."""
    for found in index.of_kind("ServiceMonitor"):
        yield from _check_service_monitor(index, found)
    for found in index.of_kind("PodMonitor"):
        yield from _check_pod_monitor(index, found)


def _check_service_monitor(index: Index, found: Object) -> Iterator[Fault]:
    selector = label_selector(dig(found.manifest.body, "spec", "selector"))
    if selector.is_empty:
        return
    services = [service for namespace in namespaces_of(found) for service in index.services.select(selector, namespace)]
    if not services:
        near = index.find("Service", found.name, found.namespace)
        yield missing(
            "monitor-selects-nothing",
            found.manifest,
            ("spec", "selector"),
            f"no Service has the labels `{selector}`: nothing is scraped",
            "write the labels of the Service itself, which are not its selector",
            foreign=Severity.WARNING if near else Severity.INFO,
            related=((near, ("metadata", "labels")),) if near else (),
        )
        return
    names = {text_at(port, "name") for service in services for port in list_at(service.body, "spec", "ports")}
    for position, endpoint in enumerate(list_at(found.manifest.body, "spec", "endpoints")):
        port = text_at(endpoint, "port")
        if port and port not in names:
            yield _no_port(
                found, ("spec", "endpoints", position, "port"), f"the Service `{services[0].name}`", port, names
            )


def _check_pod_monitor(index: Index, found: Object) -> Iterator[Fault]:
    selector = label_selector(dig(found.manifest.body, "spec", "selector"))
    if selector.is_empty:
        return
    pods = [each for namespace in namespaces_of(found) for each in index.pods.select(selector, namespace)]
    if not pods:
        yield missing(
            "monitor-selects-nothing",
            found.manifest,
            ("spec", "selector"),
            f"no pod has the labels `{selector}`: nothing is scraped",
            "write the labels of the pod template",
        )
        return
    names = {port for each in pods for port in each.ports if isinstance(port, str)}
    for position, endpoint in enumerate(list_at(found.manifest.body, "spec", "podMetricsEndpoints")):
        port = text_at(endpoint, "port")
        if port and port not in names:
            owner = f"the {pods[0].manifest.kind} `{pods[0].manifest.name}`"
            yield _no_port(found, ("spec", "podMetricsEndpoints", position, "port"), owner, port, names)


def _no_port(found: Object, path: tuple[str | int, ...], owner: str, port: str, names: set[str]) -> Fault:
    known = ", ".join(sorted(name for name in names if name)) or "none with a name"
    return Fault(
        rule="reference/monitor-port-missing",
        manifest=found.manifest,
        path=path,
        message=f"{owner} has no port `{port}` (it has {known}): nothing is scraped",
        fix="write the name of one of its ports",
        severity=Severity.ERROR if is_ours(found.manifest) else Severity.WARNING,
    )


def namespaces_of(found: Object) -> Sequence[str | None]:
    """Return where a monitor looks; ``None`` for everywhere."""
    selector = dig(found.manifest.body, "spec", "namespaceSelector")
    if dig(selector, "any") is True:
        return (None,)
    names = [name for name in list_at(selector, "matchNames") if isinstance(name, str)]
    return names or (found.namespace,)
