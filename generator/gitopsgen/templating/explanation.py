"""Where a rendered value came from: the values that it is made of, and what decided about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from gitopsgen.descriptors.app import SPEC as APP_SPEC
from gitopsgen.descriptors.environment import SPEC as ENVIRONMENT_SPEC
from gitopsgen.descriptors.fields import Schema
from gitopsgen.descriptors.provenance import contributions
from gitopsgen.model.manifest import dig, nearest
from gitopsgen.model.provenance import Ingredient, Provenance
from gitopsgen.model.release import Environment, Layer, Release
from gitopsgen.source.location import Path
from gitopsgen.templating.traced import Origin, Origins, Scope, Trace, TracedText, own, untraced, whole
from gitopsgen.templating.traced_text import line_of

Manner: TypeAlias = Literal["value", "decides", "places"]
"""How a key is used: it went into the value, decided that the value is there or is this one, or where it stands."""


def manner_of(trace: Trace, concerns: Any) -> Manner | None:  # noqa: ANN401 - a predicate on origins
    """Return how the origins that a predicate names had a say about a value; ``None`` when they had none."""
    groups: tuple[tuple[Manner, Origins], ...] = (
        ("value", trace.values),
        ("decides", trace.deciders),
        ("places", trace.placers),
    )
    return next((manner for manner, origins in groups if any(map(concerns, origins))), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineExplanation:
    """A value of a rendered file, or a line of it: the path in the file, what is there, and where it came from."""

    path: Path
    value: object
    provenance: Provenance


def explain_value(
    body: Any,  # noqa: ANN401 - a traced body
    path: Path,
    release: Release | None,
    environment: Environment,
    *,
    line: int | None = None,
) -> LineExplanation:
    """Return where the value at ``path`` of a traced body came from; of a map or a list, what is in it went into it.

    With ``line`` it is about one line of a text, counted from 0.
    """
    value = dig(body, *path)
    if line is not None and isinstance(value, TracedText):
        value = line_of(value, line)
    is_container = isinstance(value, Mapping | list) and bool(value)
    key = _key_trace(body, path)
    trace = key | own(value) if is_container else own(value) | key  # what is on the line of the key goes first
    values = whole(value).values if is_container else trace.values
    return LineExplanation(
        path=path, value=untraced(value), provenance=_provenance(trace, values, release, environment)
    )


def provenance_of(body: Any, path: Path, release: Release | None, environment: Environment) -> Provenance:  # noqa: ANN401 - a traced body
    """Return where the scalar at ``path`` of a traced body came from, or what decided of a map or list there.

    Of what is missing it is what decided about the nearest map or list above it.
    """
    path = nearest(body, path)
    trace = own(dig(body, *path)) | _key_trace(body, path)
    return _provenance(trace, trace.values, release, environment)


def _provenance(trace: Trace, values: Origins, release: Release | None, environment: Environment) -> Provenance:
    def told(origins: Origins) -> tuple[Ingredient, ...]:
        found = (ingredient_of(one, release, environment) for one in origins)
        return tuple(sorted(found, key=lambda one: (one.name, str(one.path), one.is_key)))

    return Provenance(
        templates=trace.places,
        values=told(values),
        decided_by=told(trace.deciders - trace.values),
        placed_by=told(trace.placers - trace.deciders - trace.values),
    )


def _key_trace(body: Any, path: Path) -> Trace:  # noqa: ANN401 - a traced body
    """Return the trace of the last key of ``path``, as far as it is about where the value stands."""
    parent = dig(body, *path[:-1]) if path else None
    key = next((one for one in parent if one == path[-1]), "") if isinstance(parent, Mapping) else ""
    trace = own(key)
    return Trace(deciders=trace.deciders, placers=trace.values | trace.placers, places=trace.places)


_NAMES: Final[Mapping[Scope, str]] = {
    "app": "app",
    "environment": "environment",
    "app-metadata": "app metadata",
    "environment-metadata": "environment metadata",
}


def ingredient_of(origin: Origin, release: Release | None, environment: Environment) -> Ingredient:
    """Return what an origin names, what it holds, and what each layer says of it."""
    layers, schema, inner = layers_of(origin, release, environment)
    told = tuple(contributions(layers, (*inner, *origin.path), schema))
    if inner:
        value = next((one.value for one in reversed(told) if one.wins), None)
    else:
        value = dig(release.spec if origin.scope == "app" and release else environment.spec, *origin.path)
    return Ingredient(name=_NAMES[origin.scope], path=origin.path, value=value, is_key=origin.is_key, layers=told)


def layers_of(
    origin: Origin, release: Release | None, environment: Environment
) -> tuple[tuple[Layer, ...], Schema, Path]:
    """Return the layers that a value comes from, their schema, and where in them its scope begins."""
    match origin.scope:
        case "app":
            return (release.layers if release else ()), APP_SPEC, ()
        case "environment":
            return environment.layers, ENVIRONMENT_SPEC, ()
        case "app-metadata":
            layers = release.layers[:1] if release else ()
        case "environment-metadata":
            layers = environment.layers if origin.path[0] in ("labels", "annotations") else environment.layers[-1:]
    documents = (Layer(title=one.title, document=one.document, path=(), values=one.document.data) for one in layers)
    return tuple(documents), {}, ("metadata",)
