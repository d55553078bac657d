"""Where analysis templates are used: around promotions, in steps, in the background, in experiments."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from gitopsgen.model.manifest import Manifest, dig, list_at, text_at
from gitopsgen.source.location import Path
from gitopsgen.validation.analysis.arguments import (
    Argument,
    declared_arguments,
    given_in_experiment,
    given_in_rollout,
)
from gitopsgen.validation.analysis.templates import Reference, metric_rules, reference, references

UseKind: TypeAlias = Literal[
    "prePromotion", "postPromotion", "step", "background", "experimentStep", "experiment", "run", "template"
]
RuleKind: TypeAlias = Literal["dryRun", "measurementRetention"]

CANARY: Final[Path] = ("spec", "strategy", "canary")
STEPS: Final[Path] = (*CANARY, "steps")
_BLUE_GREEN: Final[Path] = ("spec", "strategy", "blueGreen")
_PROMOTION: Final[Mapping[str, UseKind]] = {
    "prePromotionAnalysis": "prePromotion",
    "postPromotionAnalysis": "postPromotion",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Use:
    """One use of analysis templates.

    ``path`` leads to what uses them in ``manifest``: the analysis of a Rollout or an Experiment, or the object itself
    for an AnalysisRun and for a template that nothing uses. ``rules_path`` leads to the map with ``dryRun`` and
    ``measurementRetention``, which for an experiment is above the analysis.
    """

    kind: UseKind
    manifest: Manifest
    path: Path
    references: tuple[Reference, ...]
    arguments: tuple[Argument, ...]
    rules_path: Path

    @property
    def of_rollout(self) -> bool:
        """Whether the controller looks at it before it accepts a Rollout; it does not at those of experiments."""
        return self.kind in ("prePromotion", "postPromotion", "step", "background")

    @property
    def must_end(self) -> bool:
        """Whether a Rollout waits for it, so that the controller refuses one without an end."""
        return self.of_rollout and self.kind != "background"

    @property
    def name(self) -> str:
        """What it is called in a message."""
        match self.kind:
            case "step" | "experimentStep":
                return f"step {self.path[4]} of the Rollout `{self.manifest.name}`"
            case "background":
                return f"the background analysis of the Rollout `{self.manifest.name}`"
            case "prePromotion" | "postPromotion":
                return f"{self.path[-1]} of the Rollout `{self.manifest.name}`"
            case "experiment":
                return f"the analysis `{text_at(self.manifest.body, *self.path, 'name')}`"
            case _:
                return f"the {self.manifest.kind} `{self.manifest.name}`"

    def rules(self, kind: RuleKind) -> Iterator[tuple[str, Manifest, Path]]:
        """Yield the metric names of ``dryRun`` or ``measurementRetention``, each with its place."""
        yield from metric_rules(self.manifest, (*self.rules_path, kind))


def uses_of_rollout(rollout: Manifest) -> Iterator[Use]:
    """Yield the analyses of a Rollout in the order in which the controller looks at them, then those of experiments."""
    for key, kind in _PROMOTION.items():
        yield from _analysis(rollout, (*_BLUE_GREEN, key), kind)
    steps = list_at(rollout.body, *STEPS)
    for index in range(len(steps)):
        yield from _analysis(rollout, (*STEPS, index, "analysis"), "step")
    yield from _analysis(rollout, (*CANARY, "analysis"), "background")
    for index, step in enumerate(steps):
        path: Path = (*STEPS, index, "experiment")
        for at, entry in enumerate(list_at(step, "experiment", "analyses")):
            yield Use(
                kind="experimentStep",
                manifest=rollout,
                path=(*path, "analyses", at),
                references=(reference(rollout, (*path, "analyses", at), entry),),
                arguments=tuple(_in_experiment_step(rollout, (*path, "analyses", at, "args"))),
                rules_path=path,
            )


def uses_of_experiment(experiment: Manifest) -> Iterator[Use]:
    """Yield the analyses of an Experiment."""
    for at, entry in enumerate(list_at(experiment.body, "spec", "analyses")):
        path: Path = ("spec", "analyses", at)
        yield Use(
            kind="experiment",
            manifest=experiment,
            path=path,
            references=(reference(experiment, path, entry),),
            arguments=tuple(given_in_experiment(experiment, (*path, "args"))),
            rules_path=("spec",),
        )


def use_of_run(run: Manifest) -> Use:
    """Return the use that an AnalysisRun makes of its own metrics."""
    arguments = tuple(declared_arguments(run))
    return Use(kind="run", manifest=run, path=("spec",), references=(), arguments=arguments, rules_path=("spec",))


def use_of_template(template: Manifest) -> Use:
    """Return the use of a template that nothing in the set uses: nobody knows what will be given to it."""
    return Use(
        kind="template",
        manifest=template,
        path=("spec",),
        references=tuple(references(template, ("spec", "templates"))),
        arguments=(),
        rules_path=("spec",),
    )


def _analysis(rollout: Manifest, path: Path, kind: UseKind) -> Iterator[Use]:
    if isinstance(dig(rollout.body, *path), Mapping):
        yield Use(
            kind=kind,
            manifest=rollout,
            path=path,
            references=tuple(references(rollout, (*path, "templates"))),
            arguments=tuple(given_in_rollout(rollout, (*path, "args"))),
            rules_path=path,
        )


def _in_experiment_step(rollout: Manifest, path: Path) -> Iterator[Argument]:
    """Yield the arguments of an experiment step; the names of its pods are filled in while it runs."""
    for argument in given_in_rollout(rollout, path):
        runs_later = argument.text is not None and "{{" in argument.text
        yield replace(argument, text=None) if runs_later else argument
