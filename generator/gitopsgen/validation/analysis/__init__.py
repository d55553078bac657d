"""What the controller makes of analyses: templates and their metrics, their use in Rollouts, Experiments."""

from collections.abc import Callable, Iterator
from typing import Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import ManifestSet
from gitopsgen.model.versions import Versions
from gitopsgen.validation.analysis.datadog import check_credentials, check_datadog
from gitopsgen.validation.analysis.endings import check_ending
from gitopsgen.validation.analysis.experiments import check_experiment, check_experiment_values
from gitopsgen.validation.analysis.given import check_arguments, check_placeholders
from gitopsgen.validation.analysis.jobs import check_job
from gitopsgen.validation.analysis.merging import check_merged, check_references
from gitopsgen.validation.analysis.metrics import check_metric
from gitopsgen.validation.analysis.other_providers import (
    check_address,
    check_interval,
    check_kayenta,
    check_plugin,
    check_query,
)
from gitopsgen.validation.analysis.prometheus import check_prometheus
from gitopsgen.validation.analysis.rules_for_metrics import check_rules
from gitopsgen.validation.analysis.runs import Metric, Run, run_of
from gitopsgen.validation.analysis.templates import GROUP, Template, Templates
from gitopsgen.validation.analysis.uses import use_of_run, use_of_template, uses_of_experiment, uses_of_rollout
from gitopsgen.validation.analysis.web import check_web

__all__ = ["check_analysis"]

_PROVIDERS: Final[dict[str, Callable[[Metric], Iterator[Fault]]]] = {
    "datadog": check_datadog,
    "job": check_job,
    "kayenta": check_kayenta,
    "prometheus": check_prometheus,
    "web": check_web,
}


def check_analysis(resources: ManifestSet, versions: Versions) -> Iterator[Fault]:
    """Yield every fault of analyses: of each use together with its templates, and of templates that nothing uses."""
    templates = Templates(resources)
    uses = [
        *(list(uses_of_rollout(rollout)) for rollout in resources.of_kind("Rollout", GROUP)),
        *(list(uses_of_experiment(experiment)) for experiment in resources.of_kind("Experiment", GROUP)),
        *([use_of_run(analysis_run)] for analysis_run in resources.of_kind("AnalysisRun", GROUP)),
    ]
    by_owner = [[run_of(use, templates) for use in of_owner] for of_owner in uses]
    by_owner += [[run] for run in _unused(templates, by_owner)]
    for experiment in resources.of_kind("Experiment", GROUP):
        yield from check_experiment(experiment, versions)
    said: set[tuple[str, int, object, str]] = set()
    seen: set[tuple[int, object]] = set()
    for runs in by_owner:
        steps = [run for run in runs if run.use.kind == "step"]
        for run in runs:
            for fault in (*_check_run(run, steps, templates), *_check_metrics(run, resources, seen)):
                # Two analyses with one template say the same of it.
                key = (fault.rule, id(fault.manifest), fault.path, fault.message)
                if key not in said:
                    said.add(key)
                    yield fault


def _check_run(run: Run, steps: list[Run], templates: Templates) -> Iterator[Fault]:
    yield from check_references(run, templates)
    yield from check_merged(run)
    yield from check_arguments(run)
    yield from check_experiment_values(run.use)
    yield from check_rules(run, steps if run.use.of_rollout else [])
    for metric in run.metrics:
        if metric.placeholders:
            yield from check_placeholders(metric)
        yield from check_ending(metric)


def _check_metrics(run: Run, resources: ManifestSet, seen: set[tuple[int, object]]) -> Iterator[Fault]:
    """Yield the faults of the run's metrics, but for those that were looked at with the same arguments before."""
    for metric in run.metrics:
        key = (id(metric.raw), metric.given)
        if key in seen:
            continue
        seen.add(key)
        yield from check_metric(metric)
        if len(metric.providers) == 1:
            yield from _check_provider(metric, metric.providers[0], resources)


def _check_provider(metric: Metric, provider: str, resources: ManifestSet) -> Iterator[Fault]:
    yield from check_query(metric, provider)
    yield from check_address(metric, provider)
    yield from check_interval(metric, provider)
    if provider in _PROVIDERS:
        yield from _PROVIDERS[provider](metric)
    if provider == "datadog":
        yield from check_credentials(metric, resources)
    if provider == "plugin":
        yield from check_plugin(metric, resources)


def _unused(templates: Templates, by_owner: list[list[Run]]) -> Iterator[Run]:
    """Yield the templates that nothing in the set uses, those that no other template names first."""
    covered = {id(template) for runs in by_owner for run in runs for template in run.templates}
    nested = {id(other) for template in templates.all for other in _nested(template, templates)}
    for template in sorted(templates.all, key=lambda one: id(one) in nested):
        if id(template) not in covered:
            run = run_of(use_of_template(template.manifest), templates)
            covered |= {id(one) for one in run.templates}
            yield run


def _nested(template: Template, templates: Templates) -> Iterator[Template]:
    for wanted in template.nested:
        other = templates.find(wanted, template.manifest)
        if other is not None and other is not template:
            yield other
