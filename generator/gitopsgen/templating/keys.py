"""Why a key holds what it holds: what each layer says of it, the rule that decided, which rendered values use it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from gitopsgen.descriptors.app import SPEC as APP_SPEC
from gitopsgen.descriptors.environment import SPEC as ENVIRONMENT_SPEC
from gitopsgen.descriptors.fields import Schema
from gitopsgen.descriptors.provenance import contributions, field_of
from gitopsgen.model.manifest import dig
from gitopsgen.model.provenance import Contribution
from gitopsgen.model.release import Environment, Release
from gitopsgen.source.location import Location, Path
from gitopsgen.templating.explanation import Manner, manner_of
from gitopsgen.templating.leaves import leaves
from gitopsgen.templating.library import TemplateLibrary
from gitopsgen.templating.parameters import Parameters, parameters_of
from gitopsgen.templating.release_run import Rendering
from gitopsgen.templating.traced import Scope

_HEAD: Final = len(("rollout", "with"))
"""How long the path is of what is given to a profile, or to an analysis."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A rendered value that a key had a say about: the file, the path in it, how, and the template's lines."""

    file: str
    path: Path
    manner: Manner
    templates: tuple[Location, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyExplanation:
    """A key of a release or an Environment: what it holds, what each layer says, the rule, and where it is used.

    ``layers`` are lowest first. Without one, the value is the default of the field, or there is none; ``default`` is
    where a template says what a parameter of its own is by default.
    """

    path: Path
    value: object
    is_set: bool
    rule: str
    description: str
    layers: tuple[Contribution, ...]
    uses: tuple[Use, ...]
    default: Location | None = None


def explain_key(
    unit: Release | Environment, path: Path, library: TemplateLibrary, renderings: Iterable[Rendering]
) -> KeyExplanation | None:
    """Return why ``path`` of a merged spec is what it is, and where ``renderings`` use it; ``None`` for no such key."""
    schema, default = schema_of(unit), None
    field, layers = field_of(schema, path), tuple(contributions(unit.layers, path, schema))
    values: object = unit.spec
    parameters = parameters_at(unit, path, library)
    if parameters and len(path) > _HEAD:
        field = {**field_of(parameters.schema, path[_HEAD:]), **field}
        if not layers:
            default = parameters.place_of_default(str(path[_HEAD]))
            values = _nested(path[:_HEAD], parameters.complete({}, unit.spec.get("slo")))
    parent, value = dig(values, *path[:-1]), dig(values, *path)
    is_set = value is not None or (isinstance(parent, Mapping) and path[-1] in parent and not parameters)
    if list_without(values, path) or (not field and not is_set and all(layer.removed_by for layer in layers)):
        return None
    return KeyExplanation(
        path=path,
        value=value,
        is_set=is_set,
        rule=_rule(path, value, schema),
        description=str(field.get("description", "")).strip(),
        layers=layers,
        uses=tuple(_uses(renderings, path, "app" if isinstance(unit, Release) else "environment")),
        default=default,
    )


def schema_of(unit: Release | Environment) -> Schema:
    """Return the schema of the spec that a release or an Environment was merged to."""
    return APP_SPEC if isinstance(unit, Release) else ENVIRONMENT_SPEC


def parameters_at(unit: Release | Environment, path: Path, library: TemplateLibrary) -> Parameters | None:
    """Return the parameters of the profile or the analysis that a key gives one to."""
    match path:
        case ("rollout", "with", *_):
            template = library.find("rollouts", str(dig(unit.spec, "rollout", "profile")))
        case ("analysis", name, *_):
            template = library.find("analysis", str(name))
        case _:
            return None
    return parameters_of(template) if template and isinstance(unit, Release) else None


def list_without(values: object, path: Path) -> Path:
    """Return the path of the list that has no such item as ``path`` names; empty when there is none."""
    for depth, part in enumerate(path):
        inside = dig(values, *path[:depth])
        if isinstance(inside, list) and not (isinstance(part, int) and 0 <= part < len(inside)):
            return path[:depth]
    return ()


def _nested(path: Path, value: object) -> object:
    for part in reversed(path):
        value = {part: value}
    return value


def _rule(path: Path, value: object, schema: Schema) -> str:
    """Say how layers are laid over each other at a key, or at the list that an item is in."""
    rule = _list_rule(field_of(schema, path))
    if rule:
        return rule
    for length in range(len(path) - 1, 0, -1):
        if isinstance(path[length], int):
            rule = _list_rule(field_of(schema, path[:length])) or "the highest layer replaces the whole list"
            return f"an item of a list: {rule}"
    return "maps merge key by key" if isinstance(value, Mapping) else "the highest layer replaces"


def _list_rule(field: Schema) -> str:
    rule = field.get("x-merge", "")
    if rule == "append":
        return "lists are appended, lower layers first"
    if rule.startswith("by: "):
        return f"items of lists are merged by their `{rule.removeprefix('by: ')}`"
    return ""


def _uses(renderings: Iterable[Rendering], path: Path, scope: Scope) -> Iterator[Use]:
    for rendering in renderings:
        for leaf in leaves(rendering):
            manner = manner_of(leaf.trace, lambda origin: origin.scope == scope and origin.path[: len(path)] == path)
            if manner:
                yield Use(file=leaf.file, path=leaf.path, manner=manner, templates=leaf.trace.places)
