"""The analyses of a Rollout as far as the Rollout itself says: that a template is named, whence arguments come.

Source: argo-rollouts v1.9.2, pkg/apis/rollouts/validation/validation.go, ValidateRolloutStrategyCanary;
rollout/analysis.go.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from gitopsgen.model.finding import Fault, Severity
from gitopsgen.model.manifest import list_at, map_at, text_at
from gitopsgen.source.location import Path
from gitopsgen.validation.argo_rollouts.pods.environment import is_field
from gitopsgen.validation.argo_rollouts.rollout import BLUE_GREEN, CANARY, STEPS, Rollout

_PROMOTION: Final = ("prePromotionAnalysis", "postPromotionAnalysis")


def check_arguments(rollout: Rollout) -> Iterator[Fault]:
    """Yield analyses without templates, and arguments that are taken from a field that is none."""
    for index, step in rollout.steps:
        if isinstance(body := step.get("analysis"), Mapping):
            yield from _check_analysis(rollout, body, (*STEPS, index, "analysis"), is_step=True)
        for at, analysis in enumerate(list_at(step, "experiment", "analyses")):
            yield from _check_fields(rollout, analysis, (*STEPS, index, "experiment", "analyses", at))
    if isinstance(body := rollout.canary.get("analysis"), Mapping):
        yield from _check_analysis(rollout, body, (*CANARY, "analysis"), is_step=False)
    for key in _PROMOTION:
        if isinstance(body := map_at(rollout.blue_green).get(key), Mapping):
            yield from _check_analysis(rollout, body, (*BLUE_GREEN, key), is_step=False)


def _check_analysis(rollout: Rollout, body: Mapping[str, Any], path: Path, *, is_step: bool) -> Iterator[Fault]:
    if not list_at(body, "templates"):
        yield rollout.fault(
            "analysis-without-templates",
            (*path, "templates"),
            "an analysis without templates never starts, and its step never ends"
            if is_step
            else "an analysis without templates measures nothing",
            "name an AnalysisTemplate",
            severity=None if is_step else Severity.WARNING,
        )
    yield from _check_fields(rollout, body, path)


def _check_fields(rollout: Rollout, analysis: object, path: Path) -> Iterator[Fault]:
    for index, argument in enumerate(list_at(analysis, "args")):
        field = text_at(argument, "valueFrom", "fieldRef", "fieldPath")
        if field.startswith("metadata") and not is_field(field, of_volume=True):
            yield rollout.fault(
                "argument-field-unsupported",
                (*path, "args", index, "valueFrom", "fieldRef", "fieldPath"),
                f"`{field}` is no field that an argument is taken from",
                "write metadata.name, metadata.namespace, metadata.uid, metadata.labels['KEY'] or "
                "metadata.annotations['KEY']",
            )
