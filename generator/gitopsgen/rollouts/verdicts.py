"""How long an analysis run takes, and when it can first say something.

Source: argo-rollouts v1.9.2, analysis/analysis.go. Measuring itself is taken to need no time.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from gitopsgen.model.manifest import Body, dig, list_at, map_at, text_at
from gitopsgen.rollouts.durations import parse_go_duration
from gitopsgen.rollouts.steps import Analysis, Experiment, parse_integer

TemplateLookup: TypeAlias = Callable[[str, bool], Body | None]
"""Gives an AnalysisTemplate by its name, or (``True``) a ClusterAnalysisTemplate; ``None`` when it is not known."""

_PLACEHOLDER: Final = re.compile(r"\{\{\s*args\.([^\s{}]+)\s*\}\}")
_LONGEST_SECONDS: Final = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RunBounds:
    """``min_seconds`` to success at the earliest, ``max_seconds`` when each measurement is needed.

    ``max_seconds`` is ``None`` when it cannot be told; ``verdict_seconds`` is the earliest second at which the run can
    end either way, ``None`` when it never can. ``detections`` are the metrics that can fail it, each with the earliest
    second at which it can.
    """

    min_seconds: int = 0
    max_seconds: int | None = None
    verdict_seconds: int | None = 0
    detections: tuple[tuple[str, int], ...] = ()


UNKNOWN: Final = RunBounds()
NEVER: Final = RunBounds(verdict_seconds=None)
AT_ONCE: Final = RunBounds(max_seconds=0, verdict_seconds=None)


def bound_analysis(analysis: Analysis, lookup: TemplateLookup | None) -> RunBounds:
    """Return the bounds of an analysis run; those of a template that is not known are open."""
    if not analysis.templates:
        return NEVER
    if lookup is None:
        return UNKNOWN
    templates = list(_collect(analysis.templates, lookup, set()))
    if None in templates:
        return UNKNOWN
    known = [template for template in templates if template is not None]
    arguments = {
        text_at(entry, "name"): text_at(entry, "value") for body in known for entry in list_at(body, "spec", "args")
    }
    arguments |= dict(analysis.arguments)
    ignored = {text_at(entry, "metricName") for body in known for entry in list_at(body, "spec", "dryRun")}
    metrics = [map_at(metric) for body in known for metric in list_at(body, "spec", "metrics")]
    return _bound_run(metrics, arguments, ignored) if metrics else UNKNOWN


def bound_experiment(experiment: Experiment, lookup: TemplateLookup | None) -> RunBounds:
    """Return the bounds of an experiment: its duration, or the analyses that are required for its completion."""
    runs = [bound_analysis(analysis, lookup) for analysis in experiment.analyses]
    verdict = min((run.verdict_seconds for run in runs if run.verdict_seconds is not None), default=None)
    detections = tuple(one for run in runs for one in run.detections)
    required = [bound_analysis(analysis, lookup) for analysis in experiment.required]
    earliest = max((run.min_seconds for run in required), default=None)
    seconds = experiment.seconds
    if seconds is None:
        longest = [run.max_seconds for run in required]
        known = [one for one in longest if one is not None]
        return RunBounds(
            min_seconds=earliest or 0,
            max_seconds=max(known) if known and len(known) == len(longest) else None,
            verdict_seconds=verdict,
            detections=detections,
        )
    return RunBounds(
        min_seconds=seconds if earliest is None else min(seconds, earliest),
        max_seconds=seconds,
        verdict_seconds=None if verdict is None or verdict > seconds else verdict,
        detections=tuple(one for one in detections if one[1] <= seconds),
    )


def _collect(
    templates: tuple[tuple[str, bool], ...], lookup: TemplateLookup, seen: set[tuple[str, bool]]
) -> Iterator[Body | None]:
    """Yield the templates and those they name in turn, each once; ``None`` for one that is not known."""
    waiting = list(reversed(templates))
    while waiting:
        reference = waiting.pop()
        if reference in seen:
            continue
        seen.add(reference)
        body = lookup(*reference)
        yield body
        nested = list_at(body, "spec", "templates")
        waiting += [(text_at(one, "templateName"), map_at(one).get("clusterScope") is True) for one in reversed(nested)]


def _bound_run(metrics: list[Mapping[str, object]], arguments: Mapping[str, str], ignored: set[str]) -> RunBounds:
    """Return the bounds of one run: its slowest metric ends it well, the first one that can fail ends it badly."""
    bounds = [_bound_metric(metric, arguments, judged=text_at(metric, "name") not in ignored) for metric in metrics]
    endless = any(one.min_seconds is None for one in bounds)
    earliest = max(one.min_seconds or 0 for one in bounds)
    longest = [one.max_seconds for one in bounds if one.max_seconds is not None]
    names = [text_at(metric, "name") for metric in metrics]
    detections = [(name, at) for name, one in zip(names, bounds, strict=True) if (at := one.failed_seconds) is not None]
    verdicts = [at for _, at in detections]
    if not endless:
        verdicts.append(earliest)
    return RunBounds(
        min_seconds=0 if endless else earliest,
        max_seconds=max(longest) if len(longest) == len(bounds) else None,
        verdict_seconds=min(verdicts, default=None),
        detections=tuple(detections),
    )


class _MetricBounds(NamedTuple):
    """When a metric can succeed, must have ended, and can first have failed; ``None`` for never or unknown."""

    min_seconds: int | None
    max_seconds: int | None
    failed_seconds: int | None


def _bound_metric(metric: Mapping[str, object], arguments: Mapping[str, str], *, judged: bool) -> _MetricBounds:
    interval = _seconds(metric.get("interval"), arguments)
    delay = _seconds(metric.get("initialDelay"), arguments) or 0.0
    count = _number(metric.get("count"), arguments) or 0
    if count <= 0 and metric.get("interval") is None:
        count = 1
    streak = _number(metric.get("consecutiveSuccessLimit"), arguments) or 0
    limit = _number(metric.get("failureLimit"), arguments) or 0

    def after(measurements: int) -> int:
        return min(int(delay + (measurements - 1) * (interval or 0.0)), _LONGEST_SECONDS)

    enough = min((number for number in (count, streak) if number > 0), default=None)
    timed = count == 1 or (count > 1 and interval is not None)
    can_fail = judged and limit >= 0 and (count <= 0 or limit < count)
    return _MetricBounds(
        min_seconds=None if enough is None else after(enough),
        # how long a Job takes is for the Job to say
        max_seconds=after(count) if timed and dig(metric, "provider", "job") is None else None,
        failed_seconds=after(limit + 1) if can_fail else None,
    )


def _seconds(value: object, arguments: Mapping[str, str]) -> float | None:
    if not isinstance(value, str):
        return None
    seconds = parse_go_duration(_resolve(value, arguments))
    return None if seconds is None else max(seconds, 0.0)


def _number(value: object, arguments: Mapping[str, str]) -> int | None:
    """Return an integer-or-string; text that is no number counts as 0, as the controller has it."""
    if isinstance(value, str):
        text = _resolve(value, arguments)
        return int(text) if re.fullmatch(r"[+-]?[0-9]{1,9}", text) else 0
    number = parse_integer(value)
    return None if number is None else max(min(number, _LONGEST_SECONDS), -1)


def _resolve(text: str, arguments: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: arguments.get(found[1], found[0]), text)
