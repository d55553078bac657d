"""Whether an analysis ends when it must, and does not end before it should.

Source: argo-rollouts v1.9.2, pkg/apis/rollouts/validation/validation_references.go; Metric.EffectiveCount.
"""

from collections.abc import Iterator
from typing import Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import Manifest, dig, list_at, map_at, text_at
from gitopsgen.rollouts.durations import parse_go_duration, parse_pause_seconds
from gitopsgen.rollouts.steps import parse_integer
from gitopsgen.validation.analysis.metrics import Schedule, schedule_of
from gitopsgen.validation.analysis.placeholders import Unresolved, resolve
from gitopsgen.validation.analysis.runs import Metric
from gitopsgen.validation.analysis.uses import CANARY, STEPS

_TIMING: Final = ("interval", "count")
_DUMMY: Final = "dummy"
"""Stands for an argument without a default: no number, so that a count of it is 0."""


def check_ending(metric: Metric) -> Iterator[Fault]:
    """Yield a metric that a Rollout would wait for without end, or that leaves the end of a release unwatched."""
    use = metric.run.use
    if use.must_end:
        if not _ends_by_itself(metric):
            yield metric.fault(
                "metric-never-ends",
                ("count",) if metric.raw.get("count") is not None else ("interval",),
                f"the metric `{metric.name}` is measured without end, and {use.name} waits for it",
                "write a `count`; one that is an argument needs a number as its default",
                at_template=True,
            )
    elif use.kind in ("experiment", "experimentStep"):
        yield from _check_experiment(metric)
    elif use.kind == "background":
        yield from _check_background(metric, schedule_of(metric.body))


def _check_experiment(metric: Metric) -> Iterator[Fault]:
    """Yield a metric without end where nothing but its analysis ends the experiment."""
    use = metric.run.use
    is_required = dig(use.manifest.body, *use.path, "requiredForCompletion") is True
    has_duration = bool(dig(use.manifest.body, *use.rules_path, "duration"))
    if is_required and not has_duration and schedule_of(metric.body).is_finite is False:
        yield metric.fault(
            "experiment-never-ends",
            ("interval",),
            f"the metric `{metric.name}` is measured without end, and the experiment ends with its analysis",
            "write a `count`, or a `duration` for the experiment",
        )


def _ends_by_itself(metric: Metric) -> bool:
    """Tell whether the metric ends with nothing but the defaults of its own template put in."""
    if not any(path[0] in _TIMING for path, _ in metric.placeholders):
        return schedule_of(metric.raw).is_finite is not False
    texts = {
        argument.name: _DUMMY if argument.known_text is None else argument.known_text
        for argument in metric.template.arguments
    }
    timing = {key: resolve(metric.raw.get(key), texts) for key in _TIMING}
    return schedule_of(timing).is_finite is not False


def _check_background(metric: Metric, schedule: Schedule) -> Iterator[Fault]:
    count, streak = schedule.count, schedule.success_streak
    if count is None or schedule.has_interval is None or streak is None:
        return
    effective = count if count > 0 or schedule.has_interval else 1
    lasts = [measurements for measurements in (effective, streak) if measurements > 0]
    if not lasts:
        return
    measurements = min(lasts)
    needed = _release_seconds(metric.run.use.manifest)
    covered = _seconds(metric, "initialDelay") + (measurements - 1) * _seconds(metric, "interval")
    if needed is not None and covered >= needed > 0:
        return
    key = "consecutiveSuccessLimit" if measurements == streak != effective else "count"
    often = "one measurement" if measurements == 1 else f"{measurements} measurements"
    yield metric.fault(
        "background-analysis-ends-early",
        (key,),
        f"after {often} the metric `{metric.name}` is not measured any more, and the release goes on"
        + (" until a person ends it" if needed is None else f": its pauses alone take {needed}s" if needed else ""),
        "write an `interval`, and no count, for what runs in the background",
    )


def _release_seconds(rollout: Manifest) -> int | None:
    """Return the sum of the pauses from where the background analysis starts; ``None`` when one waits for a person."""
    start = parse_integer(dig(rollout.body, *CANARY, "analysis", "startingStep")) or 0
    total = 0
    for step in list_at(rollout.body, *STEPS)[max(start, 0) :]:
        pause = map_at(step).get("pause")
        if pause is None:
            continue
        seconds = parse_pause_seconds(map_at(pause).get("duration"))
        if seconds is None:
            return None
        total += seconds
    return total


def _seconds(metric: Metric, key: str) -> float:
    text = text_at(metric.body, key)
    return 0.0 if isinstance(text, Unresolved) else parse_go_duration(text) or 0.0
