"""A release rendered once more with traced values: what every leaf of its objects came from, and what decided it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

from gitopsgen.descriptors.app import SPEC as APP_SPEC
from gitopsgen.descriptors.environment import SPEC as ENVIRONMENT_SPEC
from gitopsgen.descriptors.fields import Schema
from gitopsgen.descriptors.provenance import contributions, field_of
from gitopsgen.model.manifest import Manifest, dig, walk
from gitopsgen.model.release import Environment, Release
from gitopsgen.source.location import Location, Path
from gitopsgen.source.reader import Document
from gitopsgen.templating.library import Template, TemplateLibrary
from gitopsgen.templating.parameters import Parameters
from gitopsgen.templating.release_run import ReleaseRun, Rendering
from gitopsgen.templating.rendering import Renderer, documents_of
from gitopsgen.templating.traced import (
    UNTRACED,
    Origin,
    Origins,
    Scope,
    Trace,
    TracedMap,
    because,
    carried,
    concat,
    decided,
    own,
    traced,
    traced_tree,
    untraced,
)
from gitopsgen.templating.traced_documents import traced_data
from gitopsgen.templating.tracing_engine import TracingEngine

_DERIVED: Final[Mapping[str, tuple[Scope, Path]]] = {
    "labels": ("app-metadata", ("labels",)),
    "annotations": ("app-metadata", ("annotations",)),
    "main_port": ("app", ("ports",)),
    "probes": ("app", ("health",)),
    "pod_security": ("app", ("securityContext",)),
    "container_security": ("app", ("securityContext",)),
}
"""What templates see of an App under another name than descriptors have it, and where in them it is written."""


@dataclass(kw_only=True)
class TracingRenderer(Renderer):
    """A renderer whose documents hold traced values."""

    engine: TracingEngine
    checks_parameters: bool = False

    def release_context(self, release: Release, analyses: list[str]) -> dict[str, Any]:
        """Return what the templates of ``release`` see, traced."""
        context = super().release_context(release, analyses)
        app = context["app"]
        for name, value in app.items():
            scope, path = _DERIVED.get(name, ("app", (name,)))
            app[name] = _completed(value, scope, path)
        context["environment"] = _environment_values(context["environment"])
        image = release.spec["image"]
        version = carried(context["release"]["version"], image.get("tag") or image.get("digest"))
        context["release"] = {"name": concat((release.environment.name, "/", release.app)), "version": version}
        return context

    def environment_context(self, environment: Environment) -> dict[str, Any]:
        """Return what the templates see that ``environment`` renders once, traced."""
        context = super().environment_context(environment)
        context["environment"] = _environment_values(context["environment"])
        return context

    def parameter_values(self, parameters: Parameters, release: Release, path: Path) -> dict[str, Any]:
        """Return a template's parameters, traced: a default to its line in the template's head."""
        values = super().parameter_values(parameters, release, path)
        given = dig(release.spec, *path) or {}
        for name, value in values.items():
            origin = Origin("app", (*path, name))
            place = parameters.place_of_default(name)
            known = value if given.get(name) is not None else _by_default(value, frozenset((origin,)), place)
            values[name] = _completed(known, "app", origin.path)
        return values

    def because(self, value: Any, *reasons: object) -> Any:  # noqa: ANN401 - the value, whatever it is
        """Return ``value``, decided by ``reasons``."""
        for reason in map(own, reasons):
            value = because(value, reason)
        return value

    def spared(self, body: Mapping[str, Any], patch: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return ``body``, of which the target of ``patch`` decides that it does not change it."""
        origins = frozenset().union(*(own(one).reasons for one in patch["target"].values()))
        for path, _ in walk(patch["merge"]):
            body = _decided_at(body, path, origins)
        return body

    def documents(self, template: Template, context: Mapping[str, Any]) -> tuple[Document, ...]:
        """Return the documents that ``template`` yields, traced.

        Raises:
            TemplateError: it fails.
        """
        text = self.engine.render(template, context)
        documents = documents_of(template, str.__str__(text), lambda: text)
        return tuple(replace(document, data=traced_data(document, text)) for document in documents)


def _completed(value: Any, scope: Scope, path: Path) -> Any:  # noqa: ANN401 - any value
    """Return a value with traces on the maps in it, which were made anew, and on what is not set."""
    if isinstance(value, dict):
        items = {key: _completed(item, scope, (*path, untraced(key))) for key, item in value.items()}
        return TracedMap(items, _origin(scope, path))
    return traced(value, _origin(scope, path)) if value is None else value


def _by_default(value: Any, absent: Origins, place: Location | None) -> Any:  # noqa: ANN401 - any value
    """Return a parameter that is not given: one of the App's objectives, or the default at ``place``."""
    if own(value).reasons or value is None:
        return decided(value, absent)
    trace = Trace(deciders=absent, places=(place,) if place else ())
    return traced_tree(value, lambda _: trace, lambda _: UNTRACED)


def _environment_values(values: dict[str, Any]) -> TracedMap:
    labels = _completed(values["labels"], "environment-metadata", ("labels",))
    completed: TracedMap = _completed({key: item for key, item in values.items() if key != "labels"}, "environment", ())
    return TracedMap({**completed, "labels": labels}, completed.trace)


def _decided_at(value: Any, path: Path, origins: frozenset[Origin]) -> Any:  # noqa: ANN401 - any value
    if not path:
        return decided(value, origins)
    if not isinstance(value, Mapping):
        return decided(value, origins)
    if path[0] not in value:
        return TracedMap(value, own(value).decided_by(origins))  # it could be there
    changed = {key: _decided_at(item, path[1:], origins) if key == path[0] else item for key, item in value.items()}
    return TracedMap(changed, own(value))


@dataclass(kw_only=True)
class Tracer:
    """Traces what it is asked for.

    Traces are large. Those of a whole rendering are the caller's to keep; of single manifests, those that were asked
    for are kept until another release is asked about.
    """

    library: TemplateLibrary
    _environments: dict[str, Rendering] = field(default_factory=dict)
    _latest: tuple[Release, ReleaseRun] | None = None

    def rendering(self, unit: Release | Environment) -> Rendering:
        """Return what a release renders to, or an Environment once, with traced values in its objects."""
        return self.release(unit) if isinstance(unit, Release) else self.environment(unit)

    def release(self, release: Release) -> Rendering:
        """Return what ``release`` renders to, with traced values in its objects."""
        return self._renderer.release(traced_release(release))

    def environment(self, environment: Environment) -> Rendering:
        """Return what ``environment`` renders to once, with traced values in its objects."""
        if environment.name not in self._environments:
            self._environments[environment.name] = self._renderer.environment(traced_environment(environment))
        return self._environments[environment.name]

    def body(self, manifest: Manifest, release: Release | None, environment: Environment | None) -> Any:  # noqa: ANN401
        """Return the body of ``manifest`` with traced values; ``None`` when a traced render does not yield it."""
        if release:
            manifests = self._run(release).manifests_of(manifest.template)
        elif environment:
            manifests = self.environment(environment).manifests
        else:
            return None
        return next((one.body for one in manifests if (one.file, one.id) == (manifest.file, manifest.id)), None)

    def values(self, release: Release) -> Mapping[str, Any] | None:
        """Return the Helm values of ``release``, traced; ``None`` when a traced render does not yield them."""
        values = self._run(release).values
        return values.values if values else None

    def _run(self, release: Release) -> ReleaseRun:
        if self._latest is None or self._latest[0] is not release:
            self._latest = release, ReleaseRun(self._renderer, traced_release(release))
        return self._latest[1]

    @cached_property
    def _renderer(self) -> TracingRenderer:
        return TracingRenderer(engine=TracingEngine(self.library))


def traced_release(release: Release) -> Release:
    """Return ``release`` with values that remember where in its layers they are from."""
    return replace(
        release,
        app=traced(release.app, _origin("app-metadata", ("name",))),
        labels=_traced(release.labels, "app-metadata", ("labels",)),
        annotations=_traced(release.annotations, "app-metadata", ("annotations",)),
        spec=_traced_spec(release),
        environment=traced_environment(release.environment),
    )


def traced_environment(environment: Environment) -> Environment:
    """Return ``environment`` with values that remember where in its layers they are from."""
    return replace(
        environment,
        name=traced(environment.name, _origin("environment-metadata", ("name",))),
        labels=_traced(environment.labels, "environment-metadata", ("labels",)),
        spec=_with_merge_keys(_traced(environment.spec, "environment", ()), "environment", ENVIRONMENT_SPEC),
    )


def _traced_spec(release: Release) -> Any:  # noqa: ANN401 - a traced map
    spec = _with_merge_keys(_traced(release.spec, "app", ()), "app", APP_SPEC)
    if "profile" in spec["rollout"] and not contributions(release.layers, ("rollout", "profile")):
        origins = frozenset((Origin("environment", ("tier",)), Origin("app", ("rollout", "profile"))))
        spec["rollout"]["profile"] = traced(spec["rollout"]["profile"], Trace(values=origins))
    return spec


def _with_merge_keys(value: Any, scope: Scope, schema: Schema, path: Path = ()) -> Any:  # noqa: ANN401 - a traced value
    """Return a value in which the keys decide that lists were merged by."""
    if isinstance(value, dict):
        items = {key: _with_merge_keys(item, scope, schema, (*path, untraced(key))) for key, item in value.items()}
        return TracedMap(items, own(value))
    rule = field_of(schema, path).get("x-merge", "") if isinstance(value, list) else ""
    if not rule.startswith("by: "):
        return value
    key = rule.removeprefix("by: ")
    return decided(value, frozenset(Origin(scope, (*path, index, key)) for index in range(len(value))))


def _traced(value: Mapping[str, Any], scope: Scope, path: Path) -> Any:  # noqa: ANN401 - a traced map
    return traced_tree(
        value,
        lambda inner: _origin(scope, (*path, *inner)),
        lambda inner: Trace(values=frozenset((Origin(scope, (*path, *inner), is_key=True),))),
    )


def _origin(scope: Scope, path: Path) -> Trace:
    return Trace(values=frozenset((Origin(scope, path),)))
