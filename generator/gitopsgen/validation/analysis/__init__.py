"""What the controller makes of analyses: templates and their metrics, their use in Rollouts, Experiments."""

from collections.abc import Iterator

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import ManifestSet
from gitopsgen.model.versions import Versions
from gitopsgen.validation.analysis.experiments import check_experiment, check_experiment_values
from gitopsgen.validation.analysis.given import check_arguments
from gitopsgen.validation.analysis.measuring import MetricChecks
from gitopsgen.validation.analysis.merging import check_merged, check_references
from gitopsgen.validation.analysis.rules_for_metrics import check_rules
from gitopsgen.validation.analysis.runs import Run, Runs
from gitopsgen.validation.analysis.templates import GROUP, Template, Templates
from gitopsgen.validation.analysis.uses import use_of_run, use_of_template, uses_of_experiment, uses_of_rollout

__all__ = ["check_analysis"]


def check_analysis(resources: ManifestSet, versions: Versions) -> Iterator[Fault]:
    """Yield every fault of analyses: of each use together with its templates, and of templates that nothing uses."""
    templates = Templates(resources)
    uses = [
        *(list(uses_of_rollout(rollout)) for rollout in resources.of_kind("Rollout", GROUP)),
        *(list(uses_of_experiment(experiment)) for experiment in resources.of_kind("Experiment", GROUP)),
        *([use_of_run(analysis_run)] for analysis_run in resources.of_kind("AnalysisRun", GROUP)),
    ]
    runs_of = Runs(templates)
    by_owner = [[runs_of.of(use) for use in of_owner] for of_owner in uses]
    by_owner += [[run] for run in _unused(templates, runs_of, by_owner)]
    for experiment in resources.of_kind("Experiment", GROUP):
        yield from check_experiment(experiment, versions)
    measuring = MetricChecks(resources, versions)
    said: set[tuple[str, int, object, str]] = set()
    for runs in by_owner:
        steps = [run for run in runs if run.use.kind == "step"]
        for run in runs:
            of_metrics = (fault for metric in run.metrics for fault in measuring.check(metric))
            for fault in (*_check_run(run, steps, templates), *of_metrics):
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


def _unused(templates: Templates, runs_of: Runs, by_owner: list[list[Run]]) -> Iterator[Run]:
    """Yield the templates that nothing in the set uses, those that no other template names first."""
    covered = {id(template) for runs in by_owner for run in runs for template in run.templates}
    nested = {id(other) for template in templates.all for other in _nested(template, templates)}
    for template in sorted(templates.all, key=lambda one: id(one) in nested):
        if id(template) not in covered:
            run = runs_of.of(use_of_template(template.manifest))
            covered |= {id(one) for one in run.templates}
            yield run


def _nested(template: Template, templates: Templates) -> Iterator[Template]:
    for wanted in template.nested:
        other = templates.find(wanted, template.manifest)
        if other is not None and other is not template:
            yield other
