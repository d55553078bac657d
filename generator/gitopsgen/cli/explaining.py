"""``gitopsgen explain``: why a key holds what it holds, where a rendered line came from, or the page of a rule."""

import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any, Final

from gitopsgen.cli.console import say
from gitopsgen.cli.main import CLEAN
from gitopsgen.descriptors.app import SPEC as APP_SPEC
from gitopsgen.descriptors.provenance import Contribution, field_of
from gitopsgen.library import Library
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.manifest import dig
from gitopsgen.model.suggest import did_you_mean, nearest
from gitopsgen.pipeline import Rendered, Selection, render
from gitopsgen.policies.catalogue import load_catalogue, parameters
from gitopsgen.policies.policy import Policy
from gitopsgen.policies.settings import Settings
from gitopsgen.source.emitter import emit_inline
from gitopsgen.source.location import Location, Path, format_path, parse_path
from gitopsgen.source.reader import Document, read
from gitopsgen.templating.explanation import (
    Ingredient,
    KeyExplanation,
    LineExplanation,
    explain_key,
    explain_value,
)
from gitopsgen.templating.traced import untrace
from gitopsgen.templating.tracing import Tracer
from gitopsgen.tree.header import HEADER_LINES

_WIDTH: Final = 100
_LINE: Final = re.compile(r"(?P<file>.+\.ya?ml):(?P<line>[0-9]+)(:[0-9]+)?")
_SHOWN_USES: Final = 40


def explain_command(root: FilePath, target: str, key: str, output_format: str) -> int:
    """Print the explanation of a key of a release, of a rendered line, or of a rule.

    Raises:
        GitopsgenError: there is no such thing.
    """
    if output_format not in ("text", "json"):
        raise GitopsgenError(f"there is no format `{output_format}`", fix="one of: text, json")
    if line := _LINE.fullmatch(target):
        lines = _explain_line(root, line["file"], int(line["line"]), output_format)
    elif key:
        lines = _explain_key(root, target, key, output_format)
    else:
        lines = _explain_rule(root, target, output_format)
    for text in lines:
        say(text)
    return CLEAN


def _explain_key(root: FilePath, target: str, key: str, output_format: str) -> Iterator[str]:
    environment, _, _ = target.partition("/")
    rendered = _render(root, environment)
    release = rendered.releases.get(target)
    if release is None:
        raise GitopsgenError(f"there is no release {target}", fix=did_you_mean(target, rendered.releases))
    path = _parse(key)
    explanation = explain_key(release, path, Tracer(library=rendered.library.templates))
    if explanation is None:
        known, fix = path[:-1], ""
        while known and not field_of(APP_SPEC, known):
            known = known[:-1]
        words = {*field_of(APP_SPEC, known).get("properties", {}), *(dig(release.spec, *known) or {})}
        wrong = str(path[len(known)])
        if match := nearest(wrong, map(str, words)):
            fix = f"did you mean `{format_path((*known, match, *path[len(known) + 1 :]))}`?"
        raise GitopsgenError(f"{target} has no key `{key}`", fix=fix or "`gitopsgen schema app` prints all keys")
    if output_format == "json":
        yield json.dumps(_key_data(target, explanation), indent=2, ensure_ascii=False)
        return
    yield f"{target} {format_path(path)} = {_short(explanation.value) if explanation.is_set else 'not set'}"
    if explanation.description:
        yield f"  {explanation.description}"
    yield f"  rule: {explanation.rule}"
    yield from _layers(explanation.layers, "  ")
    if not any(layer.wins for layer in explanation.layers) and explanation.is_set:
        yield "  set by no layer: it is the default of the field"
    yield f"  used by {len(explanation.uses)} rendered values"
    for use in explanation.uses[:_SHOWN_USES]:
        template = f"  ({use.templates[0]})" if use.templates else ""
        yield f"    {use.file}  {format_path(use.path)}{template}"
    if len(explanation.uses) > _SHOWN_USES:
        yield f"    and {len(explanation.uses) - _SHOWN_USES} more"


def _explain_line(root: FilePath, file: str, line: int, output_format: str) -> Iterator[str]:
    parts = FilePath(file).as_posix().split("/")
    if parts[0] != "rendered" or len(parts) < 3:  # noqa: PLR2004 - rendered/ENV/…
        raise GitopsgenError(f"{file} is no file under rendered/", fix="write rendered/ENV/…/FILE.yaml:LINE")
    rendered = _render(root, parts[1])
    text = rendered.texts.get(file)
    if text is None:
        raise GitopsgenError(f"nothing renders {file}", fix=did_you_mean(file, rendered.texts))
    if not 1 <= line <= text.count("\n"):
        raise GitopsgenError(f"{file} has {text.count(chr(10))} lines", fix="name one of them")
    if line <= HEADER_LINES:
        raise GitopsgenError(f"line {line} of {file} is the header: what the file came from, and its digest")
    document = read(text, file).documents[0]
    path = _path_at(document, line)
    body, release_name = _traced_body(rendered, file)
    release = rendered.releases.get(release_name)
    environment = release.environment if release else rendered.environments[parts[1]]
    explanation = explain_value(body, path, release, environment)
    if output_format == "json":
        yield json.dumps(_line_data(file, line, explanation), indent=2, ensure_ascii=False)
        return
    yield f"{file}:{line}  {format_path(path)} = {_short(untrace(explanation.value))}"
    for location in explanation.templates:
        yield f"  template: {location}"
    if not explanation.ingredients:
        yield "  constant in the template"
    for ingredient in explanation.ingredients:
        yield f"  {ingredient.name} {format_path(ingredient.path)} = {_short(untrace(ingredient.value))}"
        yield from _layers(ingredient.layers, "    ")
        if not ingredient.layers:
            yield "    set by no layer: it is the default of the field"


def _path_at(document: Document, line: int) -> Path:
    """Return the path of what stands on a line: the deepest that starts there, or that it goes on with."""
    before = [
        (mark.key_line, len(path), path) for path, mark in document.marks.items() if mark.key_line <= line and path
    ]
    return max(before, key=lambda one: one[:2])[2] if before else ()


def _traced_body(rendered: Rendered, file: str) -> tuple[Any, str]:
    tracer = Tracer(library=rendered.library.templates)
    for manifest in rendered.manifests:
        if manifest.file == file and not manifest.virtual:
            release = rendered.releases.get(manifest.release)
            environment = rendered.environments.get(manifest.environment)
            return tracer.body(manifest, release, environment), manifest.release
    for values in rendered.values:
        if values.file == file:
            traced = tracer.release(rendered.releases[values.release]).values
            return (traced.values if traced else {}), values.release
    raise GitopsgenError(f"nothing renders {file}")


def _layers(layers: tuple[Contribution, ...], indent: str) -> Iterator[str]:
    for layer in reversed(layers):
        verdict = "wins" if layer.wins else "loses"
        value = "null, which removes it" if layer.value is None else _short(layer.value)
        yield f"{indent}{verdict:<5}  {layer.location}  {layer.layer}: {value}"


def _render(root: FilePath, environment: str) -> Rendered:
    rendered = render(root, Library(root=root), Selection(environments=(environment,)))
    if not rendered.manifests:
        raise GitopsgenError(f"{environment} does not render", fix="run `gitopsgen lint`")
    return rendered


def _parse(key: str) -> Path:
    try:
        return parse_path(key.removeprefix("spec."))
    except ValueError as error:
        raise GitopsgenError(f"`{key}` is no key: {error}", fix='write a.b[0].c, or a["b.c"]') from error


def _short(value: object) -> str:
    text = emit_inline(value)
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"


def _place(location: Location) -> dict[str, Any]:
    return {"file": location.file, "line": location.line, "column": location.column}


def _layer_data(layers: tuple[Contribution, ...]) -> list[dict[str, Any]]:
    return [
        {"layer": one.layer, "location": _place(one.location), "value": untrace(one.value), "wins": one.wins}
        for one in layers
    ]


def _key_data(release: str, explanation: KeyExplanation) -> dict[str, Any]:
    return {
        "schemaVersion": 1,
        "release": release,
        "key": format_path(explanation.path),
        "value": explanation.value,
        "set": explanation.is_set,
        "rule": explanation.rule,
        "layers": _layer_data(explanation.layers),
        "uses": [
            {"file": use.file, "path": format_path(use.path), "templates": [_place(one) for one in use.templates]}
            for use in explanation.uses
        ],
    }


def _line_data(file: str, line: int, explanation: LineExplanation) -> dict[str, Any]:
    def ingredient(one: Ingredient) -> dict[str, Any]:
        return {
            "of": one.name,
            "key": format_path(one.path),
            "value": untrace(one.value),
            "layers": _layer_data(one.layers),
        }

    return {
        "schemaVersion": 1,
        "file": file,
        "line": line,
        "path": format_path(explanation.path),
        "value": untrace(explanation.value),
        "templates": [_place(one) for one in explanation.templates],
        "values": [ingredient(one) for one in explanation.ingredients],
    }


def _explain_rule(root: FilePath, target: str, output_format: str) -> Iterator[str]:
    catalogue, _ = load_catalogue(*Library(root=root).policies)
    page = catalogue.page(target)
    if page is None:
        match = nearest(target, catalogue.all)
        raise GitopsgenError(
            f"there is no policy or rule `{target}`",
            fix=f"did you mean `{match}`?"
            if match
            else "`gitopsgen policy list` prints them all; a key needs ENV/APP KEY",
        )
    if output_format == "json":
        yield json.dumps({"schemaVersion": 1, **page.document.data}, indent=2, ensure_ascii=False)
    else:
        yield render_page(page, catalogue.settings)


def render_page(page: Policy, settings: Settings) -> str:
    """Return the page of a rule as text: what it says, why, what to type, and its examples."""
    severity = ", ".join(f"{word} in {tier}" if tier != "default" else word for tier, word in page.severity.items())
    parts = [f"{page.id} ({severity})", _wrapped(page.summary)]
    if page.why:
        parts.append(_wrapped(page.why))
    if page.fix:
        parts.append(_wrapped(f"Fix: {page.fix}"))
    values: Mapping[str, Any] = parameters(page, settings)
    for name, schema in page.params.items():
        about = str(schema.get("description", "")).strip()
        parts.append(_wrapped(f"Parameter {name}: {values[name]!r}. {about}".rstrip()))
    for word in ("fail", "pass"):
        texts = [str(example[word]) for example in page.examples if word in example]
        if texts:
            parts.append(f"{'Reported' if word == 'fail' else 'Fine'}:\n\n{textwrap.indent(texts[0].rstrip(), '    ')}")
    if page.source:
        numbers = f" ({', '.join(page.numbers)})" if page.numbers else ""
        parts.append(f"Source: {page.source}{numbers}")
    if not page.waivable:
        parts.append("No waiver applies.")
    return "\n\n".join(parts)


def _wrapped(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), _WIDTH)
