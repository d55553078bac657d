"""Labels and selectors in a pod, as affinity and spread have them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import list_at, map_at, text_at
from gitopsgen.source.location import Path
from gitopsgen.validation.argo_rollouts.pods.template import Pod
from gitopsgen.validation.argo_rollouts.selectors import selector_problems
from gitopsgen.validation.names import key_problem

_VALUE: Final = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")


def check_label(pod: Pod, key: str, value: object, path: Path) -> Iterator[Fault]:
    """Yield a key of a label that is none, or a value that it cannot have."""
    if problem := key_problem(key):
        yield pod.fault("pod-name-invalid", path, f"`{key[:80]}` {problem}")
    elif isinstance(value, str) and not _VALUE.fullmatch(value):
        yield pod.fault("pod-name-invalid", path, f"`{value[:80]}` is no value of a label")


def check_selector(pod: Pod, selector: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    """Yield what is wrong with a selector of pods or namespaces."""
    for inner, problem in selector_problems(selector):
        yield pod.fault("pod-selector-invalid", (*path, *inner), problem)


def check_label_keys(pod: Pod, body: Mapping[str, Any], key: str, path: Path) -> Iterator[Fault]:
    """Yield keys whose values are to be added to the ``labelSelector``, and cannot be."""
    keys, selector = list_at(body, key), map_at(body, "labelSelector")
    if keys and body.get("labelSelector") is None:
        yield pod.fault(
            "pod-value-missing", (*path, "labelSelector"), f"{key} need a labelSelector", "write `labelSelector`"
        )
    asked = {str(label) for label in map_at(selector, "matchLabels")}
    asked |= {text_at(entry, "key") for entry in list_at(selector, "matchExpressions")}
    for index, label in enumerate(keys):
        if isinstance(label, str):
            yield from check_label(pod, label, "", (*path, key, index))
        if label in asked and key == "matchLabelKeys":
            yield pod.fault(
                "pod-settings-exclude",
                (*path, key, index),
                f"the labelSelector asks for `{label}` already",
                "delete one of them",
            )
