"""Experiments: their pods' templates, what ends them, and what they put into the arguments of their analyses.

Source: argo-rollouts v1.9.2, utils/conditions/experiments.go, VerifyExperimentSpec; experiments/experiment.go;
utils/template/template.go, ResolveExperimentArgsValue.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from gitopsgen.model.finding import Fault, Severity
from gitopsgen.model.manifest import Manifest, dig, list_at, map_at, text_at
from gitopsgen.model.suggest import nearest
from gitopsgen.model.versions import Versions
from gitopsgen.rollouts.durations import parse_go_duration
from gitopsgen.rollouts.steps import parse_integer
from gitopsgen.source.location import Path
from gitopsgen.validation.analysis.placeholders import placeholders
from gitopsgen.validation.analysis.uses import Use
from gitopsgen.validation.argo_rollouts.pods import check_pod
from gitopsgen.validation.argo_rollouts.pods.template import Pod
from gitopsgen.validation.argo_rollouts.rollout import PodTemplate, is_after_1_9
from gitopsgen.validation.references.selectors import label_selector

_TEMPLATES: Final[Path] = ("spec", "templates")
_DEADLINE_SECONDS: Final = 600
_OF_TEMPLATE: Final = ("podTemplateHash", "replicaset.name")


def check_experiment(experiment: Manifest, versions: Versions) -> Iterator[Fault]:
    """Yield what is wrong with an Experiment, but for its analyses."""
    spec = map_at(experiment.body, "spec")
    written = parse_integer(spec.get("progressDeadlineSeconds"))
    deadline = _DEADLINE_SECONDS if written is None else written
    names: set[str] = set()
    for index, template in enumerate(list_at(spec, "templates")):
        path: Path = (*_TEMPLATES, index)
        yield from _check_name(experiment, template, path, names)
        yield from _check_selector(experiment, template, path)
        yield from _check_pods(experiment, template, path, versions)
        seconds = parse_integer(map_at(template).get("minReadySeconds"))
        if seconds is not None and seconds > deadline:
            default = "" if written is not None else ", the default"
            yield _fault(
                experiment,
                "experiment-deadline-before-ready",
                (*path, "minReadySeconds"),
                f"its pods count as ready after {seconds}s, and progressDeadlineSeconds is {deadline}{default}",
                "write a smaller minReadySeconds, or a larger progressDeadlineSeconds",
            )
    yield from _check_end(experiment, spec)
    yield from _check_analyses(experiment)


def check_experiment_values(use: Use) -> Iterator[Fault]:
    """Yield placeholders in the arguments of an analysis that the experiment fills nothing into."""
    if use.kind not in ("experiment", "experimentStep"):
        return
    of_experiment = map_at(use.manifest.body, *use.rules_path)
    known = list(_known_placeholders(of_experiment))
    for path, placeholder in placeholders(list_at(use.manifest.body, *use.path, "args")):
        if path[-1] == "value" and placeholder not in known:
            near = nearest(placeholder, known)
            yield _fault(
                use.manifest,
                "experiment-placeholder-unknown",
                (*use.path, "args", *path),
                f"the experiment has nothing for `{{{{{placeholder}}}}}`",
                f"write `{{{{{near}}}}}`" if near else f"one of: {', '.join(known)}",
            )


def _known_placeholders(body: Mapping[str, Any]) -> Iterator[str]:
    for template in list_at(body, "templates"):
        if name := text_at(template, "name"):
            yield from (f"templates.{name}.{field}" for field in _OF_TEMPLATE)
    yield "experiment.availableAt"
    if body.get("duration"):
        yield "experiment.finishedAt"


def _check_name(experiment: Manifest, template: object, path: Path, names: set[str]) -> Iterator[Fault]:
    name = dig(template, "name")
    if name == "":
        yield _fault(experiment, "experiment-template-unnamed", (*path, "name"), "the name is empty", "write a name")
    elif isinstance(name, str) and name in names:
        message = f"two templates are called `{name}`"
        yield _fault(experiment, "experiment-template-twice", (*path, "name"), message, "rename one")
    if isinstance(name, str):
        names.add(name)


def _check_selector(experiment: Manifest, template: object, path: Path) -> Iterator[Fault]:
    body = dig(template, "selector")
    if not isinstance(body, Mapping):
        return
    if not any(body.values()):
        yield _fault(
            experiment,
            "experiment-selector-empty",
            (*path, "selector"),
            "the selector is empty" if not body else "the selector selects every pod of the namespace",
            "write the labels of the template's pods",
            severity=Severity.WARNING if body else None,
        )
        return
    labels = map_at(template, "template", "metadata", "labels")
    selector = label_selector(body)
    if not selector.matches(labels):
        yield _fault(
            experiment,
            "experiment-selector-not-matching",
            (*path, "selector"),
            f"the selector `{selector}` does not fit the labels of the template's own pods",
            "write the labels of the pods",
        )


def _check_pods(experiment: Manifest, template: object, path: Path, versions: Versions) -> Iterator[Fault]:
    body = dig(template, "template")
    if isinstance(body, Mapping):
        pods = PodTemplate(manifest=experiment, path=(*path, "template"), body=body)
        spec = map_at(body, "spec")
        yield from check_pod(Pod(owner=experiment, template=pods, spec=spec, is_after_1_9=is_after_1_9(versions)))


def _check_end(experiment: Manifest, spec: Mapping[str, Any]) -> Iterator[Fault]:
    duration = spec.get("duration")
    if isinstance(duration, str) and duration:
        if parse_go_duration(duration) is None:
            yield _fault(
                experiment,
                "experiment-duration-invalid",
                ("spec", "duration"),
                f"`{duration}` is no duration: the experiment never ends",
                "write hours, minutes and seconds like 1h30m, each with its unit",
            )
    elif not any(dig(entry, "requiredForCompletion") is True for entry in list_at(spec, "analyses")):
        yield _fault(
            experiment,
            "experiment-never-ends",
            ("spec", "duration"),
            "without a duration, and without an analysis that is required for completion, it never ends",
            "write `duration`, or `requiredForCompletion: true` at an analysis",
        )


def _check_analyses(experiment: Manifest) -> Iterator[Fault]:
    names: set[str] = set()
    for index, entry in enumerate(list_at(experiment.body, "spec", "analyses")):
        name = text_at(entry, "name")
        if name in names:
            yield _fault(
                experiment,
                "experiment-analysis-twice",
                ("spec", "analyses", index, "name"),
                f"two analyses are called `{name}`: the outcome of one of them is lost",
                "rename one",
            )
        names.add(name)


def _fault(
    manifest: Manifest, rule: str, path: Path, message: str, fix: str, *, severity: Severity | None = None
) -> Fault:
    return Fault(
        rule=f"argo-rollouts/{rule}", manifest=manifest, path=path, message=message, fix=fix, severity=severity
    )
