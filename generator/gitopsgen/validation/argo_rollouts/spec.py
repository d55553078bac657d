"""``spec`` of a Rollout: replicas, selector, deadlines, the strategy, and the workload it may refer to.

Source: argo-rollouts v1.9.2, pkg/apis/rollouts/validation/validation.go, ValidateRolloutSpec.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from gitopsgen.model.finding import Fault, Severity
from gitopsgen.model.manifest import Manifest, map_at, text_at
from gitopsgen.model.suggest import did_you_mean
from gitopsgen.rollouts.steps import parse_integer
from gitopsgen.source.location import Path
from gitopsgen.validation.argo_rollouts.references import absent
from gitopsgen.validation.argo_rollouts.rollout import TEMPLATE, Rollout, api_group, is_workload_kind
from gitopsgen.validation.argo_rollouts.selectors import selector_problems
from gitopsgen.validation.references.selectors import label_selector

_DEADLINE: Final = 600
_RESTARTS: Final = ("rollouts.argoproj.io/restartedAt", "kubectl.kubernetes.io/restartedAt")
_SCALE_DOWN: Final = ("never", "onsuccess", "progressively")
_REFUSED_BELOW_ZERO: Final = ("replicas", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds")


def check_spec(rollout: Rollout) -> Iterator[Fault]:
    """Yield what is wrong with a Rollout's spec outside of its strategy and its pods."""
    yield from _check_numbers(rollout)
    yield from _check_selector(rollout)
    yield from _check_workload_reference(rollout)
    yield from _check_strategy(rollout)
    yield from _check_restart(rollout)


def _check_numbers(rollout: Rollout) -> Iterator[Fault]:
    spec = rollout.spec
    for key in _REFUSED_BELOW_ZERO:
        number = parse_integer(spec.get(key))
        if number is not None and number < 0:
            yield rollout.fault("negative-number", ("spec", key), f"{key} is {number}", f"write a `{key}` of 0 or more")
    ready = parse_integer(spec.get("minReadySeconds")) or 0
    deadline = parse_integer(spec.get("progressDeadlineSeconds"))
    seconds = _DEADLINE if deadline is None else deadline
    if seconds <= ready and ready >= 0:
        key = "minReadySeconds" if deadline is None else "progressDeadlineSeconds"
        default = " by default" if deadline is None else ""
        yield rollout.fault(
            "deadline-before-ready",
            ("spec", key),
            f"pods are ready after {ready} s at the earliest, and the deadline for that is {seconds} s{default}",
            f"write a `progressDeadlineSeconds` above {ready}",
        )


def _check_selector(rollout: Rollout) -> Iterator[Fault]:
    path: Path = ("spec", "selector")
    selector = rollout.spec.get("selector")
    refers = isinstance(rollout.spec.get("workloadRef"), Mapping)
    at = rollout.manifest
    related: tuple[tuple[Manifest, Path], ...] = ()
    # A PodTemplate has no selector that the Rollout could take.
    if selector is None and refers and text_at(rollout.spec, "workloadRef", "kind") != "PodTemplate":
        if rollout.workload is None:
            return
        at, selector = rollout.workload, map_at(rollout.workload.body, "spec").get("selector")
        related = ((rollout.manifest, ("spec", "workloadRef")),)
    if selector is None:
        yield rollout.fault(
            "selector-missing", path, "there is no selector", "write `selector: {matchLabels: …}` with the pods' labels"
        )
        return
    if not isinstance(selector, Mapping):
        return
    problems = list(selector_problems(selector))
    for inner, message in problems:
        yield rollout.fault("selector-invalid", (*path, *inner), message, at=at, related=related)
    asked = label_selector(selector)
    if not selector.get("matchLabels") and not selector.get("matchExpressions"):
        yield rollout.fault(
            "selector-empty",
            path,
            "an empty selector selects every pod",
            "write the labels of the pod template",
            at=at,
            related=related,
        )
    elif not problems and (template := rollout.template) and not asked.matches(template.labels):
        key = next((key for key, value in asked.labels.items() if template.labels.get(key) != value), None)
        yield rollout.fault(
            "selector-not-matching-template",
            (*path, "matchLabels", key) if key else (*path, "matchExpressions"),
            f"the selector asks for `{asked}`" + (f", and the pod template has {template.label(key)}" if key else ""),
            "write a label that the pod template has",
            at=at,
            related=((template.manifest, (*template.path, "metadata", "labels")), *related),
        )


def _check_workload_reference(rollout: Rollout) -> Iterator[Fault]:
    reference = rollout.spec.get("workloadRef")
    if not isinstance(reference, Mapping):
        return
    path: Path = ("spec", "workloadRef")
    if template := map_at(rollout.spec, "template"):
        metadata = map_at(template, "metadata")
        refused = bool(metadata.get("labels") or metadata.get("annotations"))
        yield rollout.fault(
            "template-beside-workload-reference",
            TEMPLATE,
            "the pod template is taken from the workload, and stands here too",
            "delete `template` or `workloadRef`",
            # Only labels and annotations are looked for; the rest of a template is overwritten without a word.
            severity=None if refused else Severity.WARNING,
        )
    yield from _check_workload(rollout, reference, path)
    scale_down = reference.get("scaleDown")
    if isinstance(scale_down, str) and scale_down and scale_down not in _SCALE_DOWN:
        yield rollout.fault(
            "unknown-scale-down",
            (*path, "scaleDown"),
            f"`{scale_down}` is taken for never: the workload keeps its pods beside those of the Rollout",
            did_you_mean(scale_down, _SCALE_DOWN),
        )


def _check_workload(rollout: Rollout, reference: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    version, kind, name = (text_at(reference, key) for key in ("apiVersion", "kind", "name"))
    if not is_workload_kind(reference):
        key = "kind" if version and kind else "apiVersion" if kind else "kind"
        yield rollout.fault(
            "workload-kind-unsupported",
            (*path, key),
            f"no pod template is taken from a `{kind}` of `{version}`",
            "write apps/v1 Deployment, apps/v1 ReplicaSet or v1 PodTemplate",
        )
    elif not name:
        yield rollout.fault("workload-missing", (*path, "name"), f"the {kind} has no name", "write its name")
    elif rollout.workload is None and not rollout.is_known(kind, name, api_group(version)):
        yield absent(rollout, "workload", kind, name, (*path, "name"), groups=(api_group(version),))


def _check_strategy(rollout: Rollout) -> Iterator[Fault]:
    strategy = rollout.spec.get("strategy")
    given = [key for key in ("canary", "blueGreen") if map_at(rollout.spec, "strategy").get(key) is not None]
    if not given and (strategy is None or isinstance(strategy, Mapping)):
        yield rollout.fault(
            "strategy-missing",
            ("spec", "strategy"),
            "there is neither a canary nor a blueGreen strategy",
            "write one of `canary`, `blueGreen`",
        )
    elif len(given) > 1:
        yield rollout.fault(
            "two-strategies",
            ("spec", "strategy", "blueGreen"),
            "there is a canary and a blueGreen strategy",
            "delete one of them",
        )


def _check_restart(rollout: Rollout) -> Iterator[Fault]:
    """Yield the annotation that restarts a Deployment's pods: of a Rollout it makes a new revision."""
    template = rollout.template
    # A Deployment that a Rollout refers to may have been restarted while it still had its pods.
    if template is None or template.manifest is not rollout.manifest:
        return
    for key in _RESTARTS:
        if key in map_at(template.body, "metadata", "annotations"):
            yield rollout.fault(
                "restart-by-annotation",
                (*TEMPLATE, "metadata", "annotations", key),
                "another time here is another pod template: it starts an update with all of its steps, not a restart",
                "delete it, and restart with `spec.restartAt`",
            )
