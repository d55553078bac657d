"""The analysis templates of a set, and those that one use of them comes to, nested ones included.

Source: argo-rollouts v1.9.2, rollout/controller.go, getReferencedAnalysisTemplatesFromRef; utils/analysis/helpers.go,
FilterUniqueTemplates.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from gitopsgen.model.manifest import Manifest, ManifestSet, list_at, map_at, text_at
from gitopsgen.source.location import Path
from gitopsgen.validation.analysis.arguments import Argument, declared_arguments
from gitopsgen.validation.analysis.placeholders import placeholders
from gitopsgen.validation.argo_rollouts.lookup import Lookup

GROUP: Final = "argoproj.io"
METRICS: Final[Path] = ("spec", "metrics")
KINDS: Final = {False: "AnalysisTemplate", True: "ClusterAnalysisTemplate"}
_MOST: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A template by name; ``path`` leads to the entry in ``manifest`` that names it."""

    name: str
    cluster_scope: bool
    manifest: Manifest
    path: Path

    @property
    def kind(self) -> str:
        """The kind that is meant."""
        return KINDS[self.cluster_scope]


def metric_rules(manifest: Manifest, path: Path) -> Iterator[tuple[str, Manifest, Path]]:
    """Yield the metric names that a list of rules is for, each with the place of its rule."""
    for index, entry in enumerate(list_at(manifest.body, *path)):
        yield text_at(entry, "metricName"), manifest, (*path, index)


def references(manifest: Manifest, path: Path) -> list[Reference]:
    """Return the templates that a list names."""
    return [reference(manifest, (*path, index), entry) for index, entry in enumerate(list_at(manifest.body, *path))]


def reference(manifest: Manifest, path: Path, entry: object) -> Reference:
    """Return the template that one entry names."""
    return Reference(
        name=text_at(entry, "templateName"),
        cluster_scope=map_at(entry).get("clusterScope") is True,
        manifest=manifest,
        path=path,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class WrittenMetric:
    """A metric as it is written; ``path`` leads to it in ``manifest``."""

    manifest: Manifest
    path: Path
    raw: Mapping[str, Any]

    @cached_property
    def placeholders(self) -> tuple[tuple[Path, str], ...]:
        """Its placeholders, each with the path of its text in the metric."""
        return tuple(placeholders(self.raw))


@dataclass(frozen=True, kw_only=True, eq=False)
class Template:
    """A template, or an AnalysisRun, read once for all of its uses."""

    manifest: Manifest

    @cached_property
    def arguments(self) -> tuple[Argument, ...]:
        """The arguments that it declares."""
        return tuple(declared_arguments(self.manifest))

    @cached_property
    def metrics(self) -> tuple[WrittenMetric, ...]:
        """Its own metrics."""
        return tuple(
            WrittenMetric(manifest=self.manifest, path=(*METRICS, index), raw=raw)
            for index, raw in enumerate(list_at(self.manifest.body, *METRICS))
            if isinstance(raw, Mapping)
        )

    @cached_property
    def nested(self) -> tuple[Reference, ...]:
        """The templates that it names in turn."""
        return tuple(references(self.manifest, ("spec", "templates")))

    def rules(self, kind: str) -> list[tuple[str, Manifest, Path]]:
        """Return the metric names of its ``dryRun`` or ``measurementRetention``, each with the place of its rule."""
        return self._rules[kind]

    @cached_property
    def _rules(self) -> Mapping[str, list[tuple[str, Manifest, Path]]]:
        return {kind: list(metric_rules(self.manifest, ("spec", kind))) for kind in ("dryRun", "measurementRetention")}


class Templates:
    """Finds templates by name, as other objects are found."""

    def __init__(self, resources: ManifestSet) -> None:
        self.resources = resources
        self._lookup = Lookup(resources)
        self._read: dict[int, Template] = {}

    @property
    def all(self) -> list[Template]:
        """Every template of the set, those of a namespace first."""
        return [self.read(found) for kind in KINDS.values() for found in self.resources.of_kind(kind, GROUP)]

    def read(self, manifest: Manifest) -> Template:
        """Return a template, or an AnalysisRun, the same each time."""
        return self._read.setdefault(id(manifest), Template(manifest=manifest))

    def find(self, wanted: Reference, near: Manifest) -> Template | None:
        """Return the template that ``near`` means, ``None`` when there is none or no telling which."""
        found = self._lookup.find(near, wanted.kind, wanted.name, (GROUP,), _namespace(wanted, near))
        return self.read(found) if found else None

    def is_known(self, wanted: Reference, near: Manifest) -> bool:
        """Tell whether a template of this name is somewhere in the set, or said to be in the cluster."""
        if self.resources.has_external(wanted.kind, wanted.name):
            return True
        return bool(self._lookup.named(wanted.kind, wanted.name, (GROUP,), _namespace(wanted, near)))


def _namespace(wanted: Reference, near: Manifest) -> str:
    return "" if wanted.cluster_scope else near.namespace


@dataclass(kw_only=True)
class Collected:
    """The templates of a use, in the order in which they are merged, and what went wrong on the way.

    ``cycles`` are references to a template from below itself.
    """

    templates: list[Template] = field(default_factory=list)
    missing: list[Reference] = field(default_factory=list)
    cycles: list[Reference] = field(default_factory=list)


def collect(
    wanted: Iterable[Reference], near: Manifest, templates: Templates, *, root: Template | None = None
) -> Collected:
    """Return the templates that ``near`` uses: cluster-wide ones last, each once.

    ``root`` is the object with metrics that names the ``wanted`` ones itself, and comes before them.
    """
    collected = Collected(templates=[] if root is None else [root])
    seen: set[int] = set() if root is None else {id(root)}
    above = list(seen)
    waiting: list[Reference | None] = list(reversed(list(wanted)))
    while waiting and len(seen) < _MOST:
        next_one = waiting.pop()
        if next_one is None:  # everything below the innermost template has been visited
            above.pop()
            continue
        found = templates.find(next_one, near)
        if found is None:
            collected.missing.append(next_one)
        elif id(found) in above:
            collected.cycles.append(next_one)
        elif id(found) not in seen:
            seen.add(id(found))
            above.append(id(found))
            collected.templates.append(found)
            waiting.append(None)
            waiting += reversed(found.nested)
    collected.templates.sort(key=lambda template: template.manifest.kind == KINDS[True])
    return collected
