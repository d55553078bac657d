"""What is given to the arguments of an analysis, and what its placeholders ask for.

Source: argo-rollouts v1.9.2, pkg/apis/rollouts/validation/validation_references.go, ValidateAnalysisTemplateWithType;
utils/analysis/helpers.go, MergeArgs; utils/template/template.go.
"""

from collections.abc import Iterator
from typing import Final

from gitopsgen.model.finding import Fault, Severity
from gitopsgen.model.manifest import Manifest, dig, map_at, text_at
from gitopsgen.model.suggest import nearest
from gitopsgen.source.location import Path
from gitopsgen.validation.analysis.arguments import Argument, field_text
from gitopsgen.validation.analysis.placeholders import argument_of
from gitopsgen.validation.analysis.runs import Metric, Run
from gitopsgen.validation.analysis.uses import Use

# The controller writes these itself, so they need not be in the manifest.
_WRITTEN: Final = ("rollout.argoproj.io/", "notified.notifications.argoproj.io")
_FILLED_IN: Final = ("spec.replicas", "spec.template", "spec.selector")


def check_arguments(run: Run) -> Iterator[Fault]:
    """Yield arguments that are needed and not given, given and not needed, or that come out empty."""
    use = run.use
    if use.kind != "template" and run.is_complete:
        misspelt = set()
        for name in (name for name, argument in run.arguments.items() if not argument.is_supplied):
            near = _misspelt(run, name)
            misspelt.add(near)
            yield _not_given(run, name, near)
        for argument in use.arguments:
            if argument.name and argument.name not in run.arguments and argument not in misspelt:
                yield _not_declared(run, argument)
    for argument in use.arguments if use.kind != "run" else ():
        yield from _check_given(use, argument)
    for template in run.templates:
        for argument in template.arguments:
            yield from _check_declared(use, argument)


def check_placeholders(metric: Metric) -> Iterator[Fault]:
    """Yield the placeholders that nothing is put in for.

    Before it accepts a Rollout, the controller judges each template with its own arguments alone; an analysis in the
    background, and one of an experiment, may use those of the other templates too.
    """
    run = metric.run
    own = {argument.name for argument in metric.template.arguments}
    for path, placeholder in metric.placeholders:
        name = argument_of(placeholder)
        if name in own or (name in run.arguments and not run.use.must_end) or (name and not run.is_complete):
            continue
        near = nearest(name, [one for one in own if one]) if name else ""
        if near:
            fix = f"write `{{{{args.{near}}}}}`"
        elif name:
            fix = f"add `{{name: {name}}}` to the template's own `args`"
        else:
            fix = "only `{{args.NAME}}` may stand in double braces"
        yield metric.fault(
            "placeholder-unresolved",
            path,
            f"`{{{{{placeholder}}}}}` is no argument of the {metric.manifest.kind} `{metric.manifest.name}`",
            fix,
        )


def _misspelt(run: Run, name: str) -> Argument | None:
    """Return what is given under a name that no template has, and is most likely meant for ``name``."""
    given = {argument.name: argument for argument in run.use.arguments if argument.name not in run.arguments}
    return given.get(nearest(name, [one for one in given if one]))


def _not_given(run: Run, name: str, misspelt: Argument | None) -> Fault:
    use, argument = run.use, run.arguments[name]
    place: tuple[Manifest, Path]
    if misspelt is not None:
        place = misspelt.manifest, (*misspelt.path, "name")
    elif use.kind == "run":
        place = argument.manifest, argument.path
    elif dig(use.manifest.body, *use.path, "args"):
        place = use.manifest, (*use.path, "args")
    else:
        place = use.manifest, (*use.references[0].path, "templateName")
    if argument.has_source:
        message = f"the argument `{name}` has no value: only a Rollout can take one from a field"
    else:
        message = f"the argument `{name}` of `{argument.manifest.name}` has no value here, and no default"
    return Fault(
        rule="argo-rollouts/argument-not-given",
        manifest=place[0],
        path=place[1],
        message=message,
        fix=f"write `{name}` instead of `{misspelt.name}`" if misspelt else f"add `{{name: {name}, value: …}}` to args",
        related=((argument.manifest, argument.path),) if argument.manifest is not place[0] else (),
    )


def _not_declared(run: Run, argument: Argument) -> Fault:
    near = nearest(argument.name, run.arguments)
    names = ", ".join(f"`{template.manifest.name}`" for template in run.templates)
    return Fault(
        rule="argo-rollouts/argument-not-declared",
        manifest=argument.manifest,
        path=(*argument.path, "name"),
        message=f"no template ({names}) has an argument `{argument.name}`: it is not used",
        fix=f"did you mean `{near}`?" if near else "delete it, or declare it in the template",
    )


def _check_given(use: Use, argument: Argument) -> Iterator[Fault]:
    entry = map_at(use.manifest.body, *argument.path)
    source = map_at(entry, "valueFrom")
    if use.kind == "experiment":
        if source and entry.get("value") is None:
            yield _fault(
                argument,
                "argument-without-value",
                ("valueFrom",),
                f"an Experiment passes on values only: `{argument.name}` gets none",
                "write a `value`",
            )
        return
    if "{{" in text_at(entry, "value") and use.kind != "experimentStep":
        yield _fault(
            argument,
            "argument-with-placeholder",
            ("value",),
            f"nothing is put in for the placeholder: the argument `{argument.name}` is this very text",
            "write a value; only experiments fill in the names of their pods",
        )
    if entry.get("value") is None and not source:
        yield _fault(
            argument,
            "argument-without-value",
            (),
            f"the argument `{argument.name}` has no value: it is the empty text",
            "write a `value`, or a `valueFrom`",
        )
    if field := text_at(source, "fieldRef", "fieldPath"):
        yield from _check_field(use.manifest, argument, field)


def _check_field(rollout: Manifest, argument: Argument, field: str) -> Iterator[Fault]:
    text = field_text(rollout, field)
    keyed = field.partition("['")[2] or field.partition('["')[2]
    if text == "" and keyed and not keyed.startswith(_WRITTEN):
        message = f"the Rollout has no {field}: the argument `{argument.name}` is the empty text"
    elif text is None and field.startswith("spec") and not field.startswith(_FILLED_IN):
        message = f"the Rollout has no text or number at {field}: the analysis is never started"
    else:
        return
    yield _fault(
        argument,
        "argument-field-absent",
        ("valueFrom", "fieldRef", "fieldPath"),
        message,
        "write the path of a field that the Rollout has",
        severity=Severity.WARNING if text == "" else None,
    )


def _check_declared(use: Use, argument: Argument) -> Iterator[Fault]:
    if argument.has_value and argument.has_source and use.kind != "run":
        refused = use.must_end
        yield _fault(
            argument,
            "argument-with-two-values",
            (),
            f"the argument `{argument.name}` has a value, and a valueFrom"
            + (" as well" if refused else " that is used in its place"),
            "delete one of them",
            severity=None if refused else Severity.WARNING,
            related=((use.manifest, use.path),) if use.manifest is not argument.manifest else (),
        )
    if argument.text is not None and "{{" in argument.text:
        yield _fault(
            argument,
            "argument-with-placeholder",
            ("value",),
            f"nothing is put in for the placeholder: the argument `{argument.name}` is this very text",
            "write a value",
        )


def _fault(
    argument: Argument,
    rule: str,
    path: Path,
    message: str,
    fix: str,
    *,
    severity: Severity | None = None,
    related: tuple[tuple[Manifest, Path], ...] = (),
) -> Fault:
    return Fault(
        rule=f"argo-rollouts/{rule}",
        manifest=argument.manifest,
        path=(*argument.path, *path),
        message=message,
        fix=fix,
        severity=severity,
        related=related,
    )
