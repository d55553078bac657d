"""Why a value is what it is: the layers that set a key, and where a rendered line came from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gitopsgen.descriptors.app import SPEC as APP_SPEC
from gitopsgen.descriptors.environment import SPEC as ENVIRONMENT_SPEC
from gitopsgen.descriptors.fields import Schema
from gitopsgen.descriptors.provenance import Contribution, contributions, field_of
from gitopsgen.model.manifest import dig, walk
from gitopsgen.model.release import Environment, Layer, Release
from gitopsgen.source.location import Location, Path
from gitopsgen.source.reader import Document
from gitopsgen.templating.traced import Constant, Origin, sources_of
from gitopsgen.templating.tracing import Tracer


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A rendered value that a key went into: the file, the path in it, and the template's lines."""

    file: str
    path: Path
    templates: tuple[Location, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyExplanation:
    """A key of a release: what it holds, what each layer says, the rule that decided, and where it is used.

    ``layers`` are lowest first. Without one, the value is the default of the field, or there is none.
    """

    path: Path
    value: object
    is_set: bool
    rule: str
    description: str
    layers: tuple[Contribution, ...]
    uses: tuple[Use, ...]


def explain_key(release: Release, path: Path, tracer: Tracer) -> KeyExplanation | None:
    """Return why ``path`` of an App's merged spec is what it is; ``None`` when there is no such key."""
    field = field_of(APP_SPEC, path)
    parent = dig(release.spec, *path[:-1]) if path else release.spec
    value = dig(release.spec, *path)
    is_set = value is not None or (isinstance(parent, Mapping) and bool(path) and path[-1] in parent)
    layers = tuple(contributions(release.layers, path))
    if not field and not is_set and not layers:
        return None
    return KeyExplanation(
        path=path,
        value=value,
        is_set=is_set,
        rule=merge_rule(field, value),
        description=str(field.get("description", "")),
        layers=layers,
        uses=tuple(_uses(release, path, tracer)),
    )


def merge_rule(field: Schema, value: object) -> str:
    """Say how layers are laid over each other at a field."""
    rule = field.get("x-merge", "")
    if rule == "append":
        return "lists are appended, lower layers first"
    if rule.startswith("by: "):
        return f"items of lists are merged by their `{rule.removeprefix('by: ')}`"
    if isinstance(value, Mapping):
        return "maps merge key by key"
    return "the highest layer replaces"


def _uses(release: Release, path: Path, tracer: Tracer) -> list[Use]:
    found: list[Use] = []
    rendering = tracer.release(release)
    bodies = [(manifest.file, manifest.body) for manifest in rendering.manifests if not manifest.virtual]
    if rendering.values:
        bodies.append((rendering.values.file, rendering.values.values))
    for file, body in bodies:
        for leaf, value in walk(body):
            sources = sources_of(value)
            if any(isinstance(one, Origin) and one.scope == "app" and one.path[: len(path)] == path for one in sources):
                found.append(Use(file=file, path=leaf, templates=_templates(value)))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingredient:
    """A value of a descriptor that went into a rendered one: its name, what it holds, and its layers."""

    name: str
    path: Path
    value: object
    layers: tuple[Contribution, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineExplanation:
    """Where the values of a rendered line came from. Without ingredients it is constant in the template."""

    path: Path
    value: object
    templates: tuple[Location, ...]
    ingredients: tuple[Ingredient, ...]


def explain_value(body: Any, path: Path, release: Release | None, environment: Environment) -> LineExplanation:  # noqa: ANN401 - a traced body
    """Return where the value at ``path`` of a traced body came from; of a map or a list, all that is in it."""
    value = dig(body, *path)
    ingredients = [_ingredient(one, release, environment) for one in sources_of(value) if isinstance(one, Origin)]
    return LineExplanation(
        path=path,
        value=value,
        templates=_templates(value),
        ingredients=tuple(sorted(ingredients, key=lambda one: (one.name, str(one.path)))),
    )


def _templates(value: object) -> tuple[Location, ...]:
    return tuple(sorted(one.location for one in sources_of(value) if isinstance(one, Constant)))


def _ingredient(origin: Origin, release: Release | None, environment: Environment) -> Ingredient:
    layers: tuple[Layer, ...] = ()
    root: Mapping[str, Any] = {}
    schema: Schema = APP_SPEC
    name = origin.scope.replace("-metadata", "")
    match origin.scope:
        case "app":
            layers, root = (release.layers, release.spec) if release else ((), {})
        case "environment":
            layers, root, schema = environment.layers, environment.spec, ENVIRONMENT_SPEC
        case "app-metadata":
            return _metadata(name, origin.path, release.layers[0].document if release else None)
        case "environment-metadata":
            return _metadata(name, origin.path, environment.layers[-1].document)
    return Ingredient(
        name=name,
        path=origin.path,
        value=dig(root, *origin.path),
        layers=tuple(contributions(layers, origin.path, schema)),
    )


def _metadata(name: str, path: Path, document: Document | None) -> Ingredient:
    value = dig(document.data, "metadata", *path) if document else None
    layers: tuple[Contribution, ...] = ()
    if document:
        location = document.locate(("metadata", *path))
        layers = (Contribution(layer=f"{name.capitalize()} metadata", location=location, value=value, wins=True),)
    return Ingredient(name=f"{name} metadata", path=path, value=value, layers=layers)
