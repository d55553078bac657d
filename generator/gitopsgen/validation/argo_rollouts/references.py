"""What a Rollout refers to by name, and how bad it is when that is not in the set.

A release renders all that its Rollout refers to. Of a file that another tool wrote, nobody can know what the cluster
already has; but a file that brings some of the objects of its Rollout is meant to bring the others.
"""

from collections.abc import Iterator
from typing import Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import list_at, map_at, text_at
from gitopsgen.source.location import Path
from gitopsgen.validation.argo_rollouts.lookup import INGRESS_GROUPS
from gitopsgen.validation.argo_rollouts.rollout import BLUE_GREEN, CANARY, ROUTING, Rollout

ISTIO: Final = "networking.istio.io"
_BLUE_GREEN_SERVICES: Final = ("activeService", "previewService")
_CANARY_SERVICES: Final = ("stableService", "canaryService")
_PING_PONG: Final = ("pingService", "pongService")


def service_references(rollout: Rollout) -> Iterator[tuple[str, Path]]:
    """Yield the Services that the controller switches, in the order in which it looks them up."""
    for key in _BLUE_GREEN_SERVICES:
        if name := text_at(rollout.blue_green, key):
            yield name, (*BLUE_GREEN, key)
    for key in _CANARY_SERVICES:
        if name := text_at(rollout.canary, key):
            yield name, (*CANARY, key)
    for key in _PING_PONG:
        if name := text_at(rollout.canary, "pingPong", key):
            yield name, (*CANARY, "pingPong", key)


def ingress_references(rollout: Rollout, router: str) -> Iterator[tuple[str, Path]]:
    """Yield the Ingresses of a router, ``nginx`` or ``alb``."""
    one, several = ("stableIngress", "stableIngresses") if router == "nginx" else ("ingress", "ingresses")
    body = map_at(rollout.routing, router)
    if name := text_at(body, one):
        yield name, (*ROUTING, router, one)
    for index, name in enumerate(list_at(body, several)):
        if isinstance(name, str) and name:
            yield name, (*ROUTING, router, several, index)


def virtual_service_references(rollout: Rollout) -> Iterator[tuple[str, str, Path]]:
    """Yield Istio's VirtualServices: name, namespace, and where the entry stands.

    Source: argo-rollouts v1.9.2, utils/istio/istio.go, GetVirtualServiceNamespaceName.
    """
    istio = map_at(rollout.routing, "istio")
    entries: list[tuple[object, Path]] = [(istio.get("virtualService"), (*ROUTING, "istio", "virtualService"))]
    entries += [
        (entry, (*ROUTING, "istio", "virtualServices", index))
        for index, entry in enumerate(list_at(istio, "virtualServices"))
    ]
    for entry, path in entries:
        if written := text_at(entry, "name"):
            name, dot, namespace = written.partition(".")
            yield name, namespace.partition(".")[0] if dot else rollout.namespace, path


def comes_with_its_objects(rollout: Rollout) -> bool:
    """Tell whether the Rollout's own file brings at least one of the objects that the Rollout refers to."""
    names: list[tuple[str, str, tuple[str, ...]]] = [
        ("Service", name, ("",)) for name, _ in service_references(rollout)
    ]
    names += [
        ("Ingress", name, INGRESS_GROUPS)
        for router in ("nginx", "alb")
        for name, _ in ingress_references(rollout, router)
    ]
    names += [("VirtualService", name, (ISTIO,)) for name, _, _ in virtual_service_references(rollout)]
    return any(
        found.file == rollout.manifest.file
        for kind, name, groups in names
        for found in rollout.lookup.named(kind, name, groups, rollout.namespace)
    )


def absent(
    rollout: Rollout, noun: str, kind: str, name: str, path: Path, *, groups: tuple[str, ...], comes_along: bool = True
) -> Fault:
    """Return the fault of an object that is not there: ``NOUN-missing`` where it should be, else ``NOUN-not-in-set``.

    A workload often lies with others of its kind, so only those tell that one is missed; all other objects come
    together, unless ``comes_along`` says that this one need not, as what is in another namespace.
    """
    if noun == "workload":
        same = [one for group in groups for one in rollout.lookup.resources.of_kind(kind, group)]
        certain = any(one.file == rollout.manifest.file for one in same)
    else:
        certain = comes_along and comes_with_its_objects(rollout)
    if rollout.is_rendered:
        fix = f"correct the name, add the {kind}, or declare `{kind}/{name}` as an external"
    else:
        fix = f"correct the name, or add the {kind}"
    if certain or rollout.is_rendered:
        return rollout.fault(f"{noun}-missing", path, f"there is no {kind} `{name}`", fix)
    return rollout.fault(f"{noun}-not-in-set", path, f"no {kind} `{name}` is among what was checked", fix)
