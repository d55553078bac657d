"""Services: the pods that a selector is for, and the ports that they have."""

from collections.abc import Iterator, Mapping
from typing import Final

from gitopsgen.model.finding import Fault, Severity
from gitopsgen.model.manifest import Manifest, dig, list_at, map_at, text_at
from gitopsgen.validation.references.index import Index, Object, is_ours, missing
from gitopsgen.validation.references.pods import Pods
from gitopsgen.validation.references.selectors import Selector, plain_selector

_SIDES: Final = ("-stable", "-canary", "-preview", "-active", "-headless")


def check_services(index: Index) -> Iterator[Fault]:
    """Yield the Services that select no pods, or a port that the pods do not have."""
    for found in index.of_kind("Service"):
        if found.group:
            continue
        selector = map_at(found.manifest.body, "spec", "selector")
        if not selector or text_at(found.manifest.body, "spec", "type") == "ExternalName":
            continue
        asked = plain_selector(selector)
        pods = list(index.pods.select(asked, found.namespace)) if not asked.is_empty else []
        if pods:
            yield from _check_ports(found.manifest, pods)
        elif not asked.is_empty and not index.resources.has_external("Service", found.name):
            yield _selects_nothing(index, found, asked)


def nearest_workload(index: Index, name: str, namespace: str) -> Pods | None:
    """Return the pods that an object of this name seems to be for."""
    stems = [name, *(name.removesuffix(side) for side in _SIDES)]
    return index.workload_named(stems, namespace)


def difference(selector: Selector, pods: Pods) -> str:
    """Return what ``pods`` have instead of the first label that ``selector`` asks for in vain."""
    for key, value in selector.labels.items():
        if pods.labels.get(key) != value:
            has = f"`{key}: {pods.labels[key]}`" if key in pods.labels else f"no label `{key}`"
            return f"the pods of the {pods.manifest.kind} `{pods.manifest.name}` have {has}"
    return f"the pods of the {pods.manifest.kind} `{pods.manifest.name}` have other labels"


def _selects_nothing(index: Index, found: Object, asked: Selector) -> Fault:
    near = nearest_workload(index, found.name, found.namespace)
    wrong = next((key for key in asked.labels if near and near.labels.get(key) != asked.labels[key]), None)
    return missing(
        "service-selects-nothing",
        found.manifest,
        ("spec", "selector", wrong) if wrong else ("spec", "selector"),
        f"no pod has the labels `{asked}`" + (f": {difference(asked, near)}" if near else ""),
        "write the labels of the pod template",
        foreign=Severity.WARNING if near else Severity.INFO,
        related=((near.manifest, (*near.path, "metadata", "labels")),) if near else (),
    )


def _check_ports(manifest: Manifest, pods: list[Pods]) -> Iterator[Fault]:
    for position, port in enumerate(list_at(manifest.body, "spec", "ports")):
        if not isinstance(port, Mapping):
            continue
        key = "port" if port.get("targetPort") in (None, "", 0) else "targetPort"
        target = port.get(key)
        if isinstance(target, str) and target.isdigit():
            target = int(target)
        if not isinstance(target, str | int) or any(target in each.ports for each in pods):
            continue
        first = pods[0]
        if isinstance(target, int) and not any(isinstance(known, int) for known in first.ports):
            continue
        known = ", ".join(sorted(map(str, first.ports))) or "none"
        yield Fault(
            rule="reference/target-port-not-on-pods",
            manifest=manifest,
            path=("spec", "ports", position, key),
            message=f"the pods of the {first.manifest.kind} `{first.manifest.name}` declare no port `{target}` "
            f"(they declare {known})",
            fix="write the name or number of a container's port",
            # A container may listen on a number that it does not declare; a name that none has leads nowhere.
            severity=Severity.ERROR if isinstance(target, str) and is_ours(manifest) else Severity.WARNING,
            related=((first.manifest, (*first.spec_path, "containers")),),
        )


def service_port(service: Manifest, port: str | int) -> bool:
    """Tell whether a Service has the port of this name or number; one without ports is taken to have it."""
    ports = list_at(service.body, "spec", "ports")
    key = "name" if isinstance(port, str) else "port"
    return not ports or any(dig(entry, key) == port for entry in ports)
