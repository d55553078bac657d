"""Why a key holds what it holds, and where a rendered line came from: for people and for machines."""

from collections.abc import Iterator
from typing import Any, Final

from gitopsgen.model.provenance import Contribution, Ingredient
from gitopsgen.reports.provenance import layers_data, location_data, provenance_data
from gitopsgen.source.emitter import emit_inline
from gitopsgen.source.location import Location, format_path
from gitopsgen.templating.explanation import LineExplanation, Manner
from gitopsgen.templating.keys import KeyExplanation, Use

_WIDTH: Final = 100
_SHOWN: Final = 40
_MANNERS: Final[dict[Manner, str]] = {
    "value": "it is part of {}",
    "decides": "it decides {}",
    "places": "it decides where {} stands",
}


def key_text(name: str, explanation: KeyExplanation) -> Iterator[str]:
    """Yield the lines that explain a key."""
    value = _short(explanation.value) if explanation.is_set else "not set"
    yield f"{name} {format_path(explanation.path)} = {value}"
    if explanation.description:
        yield f"  {explanation.description}"
    yield f"  rule: {explanation.rule}"
    yield from _layers(explanation.layers, "  ")
    if explanation.is_set and not explanation.layers:
        default = f"default at {explanation.default}" if explanation.default else "default of the field"
        yield f"  set by no layer: it is the {default}"
    for manner, words in _MANNERS.items():
        uses = [use for use in explanation.uses if use.manner == manner]
        if uses:
            count = "1 rendered value" if len(uses) == 1 else f"{len(uses)} rendered values"
            yield f"  {words.format(count)}"
            yield from _uses(uses)
    if not explanation.uses:
        yield "  no rendered value uses it"


def _uses(uses: list[Use]) -> Iterator[str]:
    for use in uses[:_SHOWN]:
        template = f"  ({use.templates[0]})" if use.templates else ""
        yield f"    {use.file}  {format_path(use.path)}{template}"
    if len(uses) > _SHOWN:
        yield f"    and {len(uses) - _SHOWN} more"


def line_text(file: str, line: int, explanation: LineExplanation | tuple[str, ...]) -> Iterator[str]:
    """Yield the lines that explain a line of a rendered file; one of the header by the descriptors that it names."""
    if isinstance(explanation, tuple):
        yield f"{file}:{line}  the header"
        yield "  the first line names the descriptors that the file came from, the second holds a digest of its text"
        for source in explanation:
            yield f"  descriptor: {source}:1:1"
        return
    found = explanation.provenance
    yield f"{file}:{line}  {format_path(explanation.path)} = {_short(explanation.value)}"
    for number, location in enumerate(found.templates):
        yield f"  {'through' if number else 'template:'} {location}"
    if not found.values:
        yield "  constant in the template"
    brief = isinstance(explanation.value, dict | list) and bool(explanation.value)
    if brief and found.values:
        yield "  in it are"
    for ingredient in found.values:
        yield from [_brief(ingredient)] if brief else _whole(ingredient)
    for title, group in (("decided by", found.decided_by), ("placed by", found.placed_by)):
        if group:
            yield f"  {title}"
            yield from map(_brief, group)


def _whole(ingredient: Ingredient) -> Iterator[str]:
    yield f"  {_named(ingredient)}"
    yield from _layers(ingredient.layers, "    ")
    if not ingredient.layers and not ingredient.is_key:
        yield "    set by no layer: it is the default of the field"


def _brief(ingredient: Ingredient) -> str:
    winner = next((one for one in reversed(ingredient.layers) if one.wins), None)
    return f"    {_named(ingredient)}  {winner.location if winner else ''}".rstrip()


def _named(ingredient: Ingredient) -> str:
    name = f"{ingredient.name} {format_path(ingredient.path)}".rstrip()
    if ingredient.is_key:
        return f"the key {name}"
    if ingredient.value is None:
        removed = any(one.wins and one.removed_by for one in ingredient.layers)
        return f"{name}, which is {'removed' if removed else 'not set'}"
    return f"{name} = {_short(ingredient.value)}"


def _layers(layers: tuple[Contribution, ...], indent: str) -> Iterator[str]:
    for layer in reversed(layers):
        verdict = "wins" if layer.wins else "loses"
        yield f"{indent}{verdict:<5}  {layer.location}  {layer.layer}: {_said(layer)}"


def _said(layer: Contribution) -> str:
    if layer.removed_by is None:
        return _short(layer.value)
    return f"`{format_path(layer.removed_by)}` removes it"


def _short(value: object) -> str:
    text = emit_inline(value)
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"


def key_data(name: str, explanation: KeyExplanation) -> dict[str, Any]:
    """Return the explanation of a key as plain data; the schema is ``gitopsgen schema output-explain``."""
    default = {"default": location_data(explanation.default)} if explanation.default else {}
    return {
        "schemaVersion": 1,
        "release": name,
        "key": format_path(explanation.path),
        "value": explanation.value,
        "set": explanation.is_set,
        "description": explanation.description,
        "rule": explanation.rule,
        "layers": layers_data(explanation.layers),
        **default,
        "uses": [
            {
                "file": use.file,
                "path": format_path(use.path),
                "manner": use.manner,
                "templates": _places(use.templates),
            }
            for use in explanation.uses
        ],
    }


def line_data(file: str, line: int, explanation: LineExplanation | tuple[str, ...]) -> dict[str, Any]:
    """Return the explanation of a rendered line as plain data, in the same schema."""
    if isinstance(explanation, tuple):
        places = _places(tuple(Location(source, 1, 1) for source in explanation))
        return {"schemaVersion": 1, "file": file, "line": line, "header": True, "descriptors": places}
    return {
        "schemaVersion": 1,
        "file": file,
        "line": line,
        "path": format_path(explanation.path),
        "value": explanation.value,
        **provenance_data(explanation.provenance),
    }


def _places(locations: tuple[Location, ...]) -> list[dict[str, Any]]:
    return [location_data(one) for one in locations]
