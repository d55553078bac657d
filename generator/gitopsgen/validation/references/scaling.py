"""Autoscalers and disruption budgets: the workloads they are for."""

from collections.abc import Iterator
from typing import Final

from gitopsgen.model.finding import Fault, Severity
from gitopsgen.model.manifest import dig, text_at
from gitopsgen.validation.references.index import Index, Object, missing
from gitopsgen.validation.references.selectors import label_selector
from gitopsgen.validation.references.services import difference, nearest_workload

_SCALABLE: Final = ("Rollout", "Deployment", "StatefulSet", "ReplicaSet", "ReplicationController")


def check_scaling(index: Index) -> Iterator[Fault]:
    """Yield the autoscalers without a target, and the disruption budgets without pods."""
    for kind in ("HorizontalPodAutoscaler", "ScaledObject", "VerticalPodAutoscaler"):
        key = "targetRef" if kind == "VerticalPodAutoscaler" else "scaleTargetRef"
        for found in index.of_kind(kind):
            yield from _check_target(index, found, key)
    for found in index.of_kind("PodDisruptionBudget"):
        yield from _check_budget(index, found)


def _check_target(index: Index, found: Object, key: str) -> Iterator[Fault]:
    target = dig(found.manifest.body, "spec", key)
    kind = text_at(target, "kind") or "Deployment"
    name = text_at(target, "name")
    if not name or index.is_there(kind, name, found.namespace):
        return
    other = next((each for each in _SCALABLE if index.find(each, name, found.namespace)), "")
    yield missing(
        "scale-target-not-in-set",
        found.manifest,
        ("spec", key, "kind" if other and text_at(target, "kind") else "name"),
        f"there is no {kind} `{name}`" + (f", but a {other} of this name" if other else " in the set"),
        f"write `kind: {other}` with its apiVersion"
        if other
        else f"correct it, or declare `{kind}/{name}` as an external",
        foreign=Severity.WARNING if other else Severity.INFO,
    )


def _check_budget(index: Index, found: Object) -> Iterator[Fault]:
    selector = label_selector(dig(found.manifest.body, "spec", "selector"))
    if selector.is_empty or next(index.pods.select(selector, found.namespace), None) is not None:
        return
    near = nearest_workload(index, found.name, found.namespace)
    yield missing(
        "disruption-budget-selects-nothing",
        found.manifest,
        ("spec", "selector"),
        f"no pod has the labels `{selector}`" + (f": {difference(selector, near)}" if near else ""),
        "write the labels of the pod template",
        foreign=Severity.WARNING if near else Severity.INFO,
        related=((near.manifest, (*near.path, "metadata", "labels")),) if near else (),
    )
