"""What runs: the metrics of all templates of a use, with the arguments put in.

Source: argo-rollouts v1.9.2, utils/analysis/helpers.go, NewAnalysisRunFromTemplates.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from gitopsgen.model.finding import Fault, Severity
from gitopsgen.model.manifest import Manifest, dig, map_at, text_at
from gitopsgen.source.location import Path
from gitopsgen.validation.analysis.arguments import Argument, flatten, merge
from gitopsgen.validation.analysis.placeholders import argument_of, resolve, sole_argument
from gitopsgen.validation.analysis.templates import Collected, Template, Templates, WrittenMetric, collect
from gitopsgen.validation.analysis.uses import RuleKind, Use

_Conflicts: TypeAlias = tuple[tuple[Argument, Argument], ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Run:
    """An analysis as it would be run for one use.

    ``conflicts`` are pairs of defaults that contradict each other.
    """

    use: Use
    collected: Collected
    arguments: Mapping[str, Argument]
    conflicts: _Conflicts

    @property
    def templates(self) -> list[Template]:
        """The templates, or the AnalysisRun itself."""
        return self.collected.templates

    @property
    def is_complete(self) -> bool:
        """Whether every template that it needs is in the set."""
        return not self.collected.missing

    @cached_property
    def texts(self) -> Mapping[str, str | None]:
        """The texts of the arguments that are known."""
        return {name: argument.known_text for name, argument in self.arguments.items()}

    @cached_property
    def metrics(self) -> tuple["Metric", ...]:
        """The metrics of all templates, with the arguments put in."""
        return tuple(
            Metric(run=self, template=template, written=written)
            for template in self.templates
            for written in template.metrics
        )

    def rules(self, kind: RuleKind) -> list[tuple[str, Manifest, Path]]:
        """Return the metric names of ``dryRun`` or ``measurementRetention``: of the use, then of the templates."""
        found = list(self.use.rules(kind)) if self.use.kind not in ("run", "template") else []
        return found + [rule for template in self.templates for rule in template.rules(kind)]


@dataclass(frozen=True, kw_only=True, eq=False)
class Metric:
    """One metric in a run."""

    run: Run
    template: Template
    written: WrittenMetric

    @property
    def manifest(self) -> Manifest:
        """What it is written in."""
        return self.written.manifest

    @property
    def path(self) -> Path:
        """Where it is in that."""
        return self.written.path

    @property
    def raw(self) -> Mapping[str, Any]:
        """The metric as it is written."""
        return self.written.raw

    @property
    def placeholders(self) -> tuple[tuple[Path, str], ...]:
        """Its placeholders, each with the path of its text in the metric."""
        return self.written.placeholders

    @cached_property
    def name(self) -> str:
        """Its name."""
        return text_at(self.raw, "name")

    @cached_property
    def body(self) -> Mapping[str, Any]:
        """The metric with the arguments put in."""
        return map_at(resolve(self.raw, self.run.texts)) if self.placeholders else self.raw

    @cached_property
    def given(self) -> tuple[object, ...]:
        """What is put in: two metrics that are written at one place and get the same are the same."""
        if not self.placeholders:
            return ()
        names = sorted({argument_of(placeholder) for _, placeholder in self.placeholders})
        arguments = [self.run.arguments.get(name) for name in names]
        return tuple(None if one is None else (one.known_text, one.side, one.name) for one in arguments)

    @cached_property
    def providers(self) -> tuple[str, ...]:
        """What measures it; a plugin as ``plugin``, once for each."""
        found = map_at(self.raw, "provider")
        names = [name for name, body in found.items() if body is not None and name != "plugin"]
        return (*names, *("plugin" for _ in map_at(found, "plugin")))

    def fault(
        self,
        rule: str,
        path: Path,
        message: str,
        fix: str = "",
        *,
        severity: Severity | None = None,
        at_template: bool = False,
    ) -> Fault:
        """Return a fault at ``path`` in the metric, or at the argument that gives the whole value there.

        ``at_template`` keeps it in the metric: what is wrong there does not depend on what is given.
        """
        place, at = self.manifest, (*self.path, *path)
        related: tuple[tuple[Manifest, Path], ...] = ()
        argument = self.run.arguments.get(sole_argument(dig(self.raw, *path)))
        if not at_template and argument is not None and argument.known_text is not None:
            place, at, related = argument.manifest, (*argument.path, "value"), ((self.manifest, at),)
        elif self.placeholders and self.run.use.kind not in ("run", "template"):
            related = ((self.run.use.manifest, self.run.use.path),)
        return Fault(
            rule=f"argo-rollouts/{rule}",
            manifest=place,
            path=at,
            message=message,
            fix=fix,
            severity=severity,
            related=related,
        )


class Runs:
    """Makes the analyses of uses; what several uses of the same templates have in common, once."""

    def __init__(self, templates: Templates) -> None:
        self._templates = templates
        self._merged: dict[tuple[object, ...], tuple[Collected, dict[str, Argument], _Conflicts]] = {}

    def of(self, use: Use) -> Run:
        """Return the analysis of a use."""
        collected, flat, conflicts = self._merge(use)
        return Run(use=use, collected=collected, arguments=merge(use.arguments, flat), conflicts=conflicts)

    def _merge(self, use: Use) -> tuple[Collected, dict[str, Argument], _Conflicts]:
        if use.kind in ("run", "template"):
            return self._collect(use, self._templates.read(use.manifest))
        key = (id(use.manifest), *((wanted.name, wanted.cluster_scope) for wanted in use.references))
        found = self._merged.get(key)
        if found is None:
            found = self._collect(use, None)
            # A template that is missing is told at each use, so each has to have its own place for it.
            if not found[0].missing and not found[0].cycles:
                self._merged[key] = found
        return found

    def _collect(self, use: Use, root: Template | None) -> tuple[Collected, dict[str, Argument], _Conflicts]:
        collected = collect(use.references, use.manifest, self._templates, root=root)
        flat, conflicts = flatten(argument for template in collected.templates for argument in template.arguments)
        return collected, flat, tuple(conflicts)
