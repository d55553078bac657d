"""Whether the templates of an analysis are there, and whether they go together.

Source: argo-rollouts v1.9.2, pkg/apis/rollouts/validation/validation_references.go, ValidateAnalysisTemplatesWithType;
utils/analysis/helpers.go; analysis/analysis.go, reconcileAnalysisRun.
"""

from collections.abc import Iterator

from gitopsgen.model.finding import Fault, Severity
from gitopsgen.model.manifest import Manifest
from gitopsgen.model.suggest import nearest
from gitopsgen.source.location import Path
from gitopsgen.validation.analysis.runs import Metric, Run
from gitopsgen.validation.analysis.templates import Reference, Templates


def check_references(run: Run, templates: Templates) -> Iterator[Fault]:
    """Yield the templates that are not there, and those that name themselves."""
    for wanted in run.collected.missing:
        other = Reference(
            name=wanted.name, cluster_scope=not wanted.cluster_scope, manifest=wanted.manifest, path=wanted.path
        )
        if templates.find(other, run.use.manifest) is not None:
            yield _fault(
                run,
                "analysis-template-missing",
                wanted.manifest,
                (*wanted.path, "clusterScope" if wanted.cluster_scope else "templateName"),
                f"there is no {wanted.kind} `{wanted.name}`, but one of the kind {other.kind}",
                "delete `clusterScope`" if wanted.cluster_scope else "write `clusterScope: true`",
            )
        elif not templates.is_known(wanted, run.use.manifest):
            yield _absent(run, templates, wanted)
    for cycle in run.collected.cycles:
        yield _fault(
            run,
            "analysis-template-cycle",
            cycle.manifest,
            (*cycle.path, "templateName"),
            f"the {cycle.kind} `{cycle.name}` comes back to itself: the controller crashes",
            "delete the reference",
        )


def _absent(run: Run, templates: Templates, wanted: Reference) -> Fault:
    is_rendered = bool(run.use.manifest.environment)
    known = [one.manifest.name for one in templates.all]
    near = nearest(wanted.name, known) if wanted.name else ""
    fix = f"write `{near}`" if near else f"correct the name, or add the {wanted.kind}"
    if is_rendered:
        fix += f", or declare `{wanted.kind}/{wanted.name}` as an external"
    if is_rendered or not wanted.name:
        message = f"there is no {wanted.kind} `{wanted.name}`" if wanted.name else "no template is named"
        return _fault(run, "analysis-template-missing", wanted.manifest, (*wanted.path, "templateName"), message, fix)
    return _fault(
        run,
        "analysis-template-not-in-set",
        wanted.manifest,
        (*wanted.path, "templateName"),
        f"no {wanted.kind} `{wanted.name}` is among what was checked",
        fix,
    )


def check_merged(run: Run) -> Iterator[Fault]:
    """Yield metrics of one name, defaults that contradict each other, and an analysis that measures nothing."""
    owners: dict[str, Metric] = {}
    for metric in run.metrics:
        first = owners.setdefault(metric.name, metric)
        if first is not metric:
            same = "this template" if first.manifest is metric.manifest else f"`{first.manifest.name}`"
            yield _fault(
                run,
                "metric-twice",
                metric.manifest,
                (*metric.path, "name"),
                f"the metric `{metric.name}` is in {same} too",
                "rename one of them",
                related=((first.manifest, (*first.path, "name")),),
            )
    for before, argument in run.conflicts:
        yield _fault(
            run,
            "argument-defaults-conflict",
            argument.manifest,
            (*argument.path, "value"),
            f"the argument `{argument.name}` is `{argument.text}` here, and `{before.text}` in "
            f"`{before.manifest.name}`",
            "write one default in both, or leave it out in one of them",
            related=((before.manifest, (*before.path, "value")),),
        )
    if not owners and run.is_complete and run.templates:
        yield _fault(
            run,
            "analysis-without-metrics",
            run.templates[0].manifest,
            ("spec", "metrics"),
            f"{run.use.name} measures nothing" if run.use.kind == "run" else "there is no metric to measure",
            "write a metric",
            # Another template may bring the metrics.
            severity=Severity.WARNING if run.use.kind == "template" else None,
        )


def _fault(
    run: Run,
    rule: str,
    manifest: Manifest,
    path: Path,
    message: str,
    fix: str,
    *,
    severity: Severity | None = None,
    related: tuple[tuple[Manifest, Path], ...] = (),
) -> Fault:
    """Return a fault at a template of the run, or at its use; the use is told where it is another object."""
    if manifest is not run.use.manifest:
        related = (*related, (run.use.manifest, run.use.path))
    return Fault(
        rule=f"argo-rollouts/{rule}",
        manifest=manifest,
        path=path,
        message=message,
        fix=fix,
        severity=severity,
        related=related,
    )
