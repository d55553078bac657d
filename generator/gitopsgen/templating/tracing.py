"""A release rendered once more with traced values: what every leaf of its objects came from."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from gitopsgen.model.manifest import Manifest
from gitopsgen.model.release import Environment, Release
from gitopsgen.source.location import Location, Path
from gitopsgen.source.reader import Document, read
from gitopsgen.templating.library import Template, TemplateLibrary
from gitopsgen.templating.marking import MarkedText, MarkingEngine
from gitopsgen.templating.rendering import Renderer, Rendering
from gitopsgen.templating.traced import Constant, Origin, Sources, trace_tree


@dataclass(kw_only=True)
class TracingRenderer(Renderer):
    """A renderer whose documents hold traced values."""

    engine: MarkingEngine
    checks_parameters: bool = False

    def documents(self, template: Template, context: Mapping[str, Any]) -> tuple[Document, ...]:
        """Return the documents that ``template`` yields, every leaf traced.

        Raises:
            TemplateError: it fails.
        """
        marked = self.engine.marked(template, context)
        starts = _line_starts(marked.text)
        place = Constant(location=Location(template.file, 1, 1))
        return tuple(_traced_document(document, marked, starts, place) for document in read(marked.text, "").documents)


def _traced_document(document: Document, marked: MarkedText, starts: list[int], place: Constant) -> Document:
    data = trace_tree(document.data, lambda path: _sources(marked, starts, document, path, place))
    return replace(document, data=data)


def _line_starts(text: str) -> list[int]:
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    return starts


def _sources(marked: MarkedText, starts: list[int], document: Document, path: Path, place: Constant) -> Sources:
    mark = document.marks.get(path)
    stretch = marked.at(starts[mark.line - 1] + mark.column - 1) if mark else None
    if stretch is None:
        return frozenset((place,))
    constants = (Constant(location=location) for location in stretch.template[:1])
    return frozenset((*stretch.sources, *constants))


@dataclass(kw_only=True)
class Tracer:
    """Traces releases and Environments when they are asked for, each once."""

    library: TemplateLibrary
    _renderings: dict[str, Rendering] = field(default_factory=dict)

    def release(self, release: Release) -> Rendering:
        """Return what ``release`` renders to, with traced values in its objects."""
        if release.name not in self._renderings:
            traced = replace(
                release,
                app=trace_tree(release.app, lambda _: _origin("app-metadata", ("name",))),
                labels=_traced(release.labels, "app-metadata", ("labels",)),
                annotations=_traced(release.annotations, "app-metadata", ("annotations",)),
                spec=_traced(release.spec, "app", ()),
                environment=_traced_environment(release.environment),
            )
            self._renderings[release.name] = self._renderer.release(traced)
        return self._renderings[release.name]

    def environment(self, environment: Environment) -> Rendering:
        """Return what ``environment`` renders to once, with traced values in its objects."""
        if environment.name not in self._renderings:
            self._renderings[environment.name] = self._renderer.environment(_traced_environment(environment))
        return self._renderings[environment.name]

    @cached_property
    def _renderer(self) -> TracingRenderer:
        return TracingRenderer(engine=MarkingEngine(self.library))

    def body(self, manifest: Manifest, release: Release | None, environment: Environment | None) -> Any:  # noqa: ANN401
        """Return the body of ``manifest`` with traced values; ``None`` when a traced render does not yield it."""
        if release:
            rendering = self.release(release)
        elif environment:
            rendering = self.environment(environment)
        else:
            return None
        return next(
            (one.body for one in rendering.manifests if (one.file, one.id) == (manifest.file, manifest.id)), None
        )


def _traced_environment(environment: Environment) -> Environment:
    return replace(
        environment,
        name=trace_tree(environment.name, lambda _: _origin("environment-metadata", ("name",))),
        labels=_traced(environment.labels, "environment-metadata", ("labels",)),
        spec=_traced(environment.spec, "environment", ()),
    )


def _traced(value: Mapping[str, Any], scope: Any, path: Path) -> Any:  # noqa: ANN401 - one of Origin's scopes
    return trace_tree(value, lambda inner: _origin(scope, (*path, *inner)))


def _origin(scope: Any, path: Path) -> Sources:  # noqa: ANN401 - one of Origin's scopes
    return frozenset((Origin(scope=scope, path=path),))
