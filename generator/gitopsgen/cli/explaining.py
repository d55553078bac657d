"""``gitopsgen explain``: why a key holds what it holds, where a rendered line came from, or the page of a rule."""

import json
import os
import re
import textwrap
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from pathlib import Path as FilePath
from typing import Any, Final

from gitopsgen.cli.console import note, say
from gitopsgen.cli.exit_status import CLEAN
from gitopsgen.descriptors.described import Described, unrenderable
from gitopsgen.descriptors.provenance import field_of
from gitopsgen.descriptors.resolving import Fleet
from gitopsgen.library import Library
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.manifest import dig
from gitopsgen.model.release import Environment, Release
from gitopsgen.model.suggest import nearest
from gitopsgen.policies.catalogue import load_catalogue, parameters
from gitopsgen.policies.policy import Policy
from gitopsgen.policies.settings import Settings
from gitopsgen.reports.explanation import key_data, key_text, line_data, line_text
from gitopsgen.source.files import read_text
from gitopsgen.source.location import Path, format_path, parse_path
from gitopsgen.source.reader import Document
from gitopsgen.templating.explanation import LineExplanation, explain_value
from gitopsgen.templating.keys import explain_key, list_without, parameters_at, schema_of
from gitopsgen.templating.library import TemplateLibrary
from gitopsgen.templating.release_run import Rendering
from gitopsgen.templating.tracing import Tracer
from gitopsgen.traced_tree import TracedFile, files_of, traced_files, unit_of
from gitopsgen.tree.header import HEADER_LINES
from gitopsgen.tree.state import TREE

_WIDTH: Final = 100
_UNMERGED: Final = ("apps", "defaults", "extends", "abstract")
_LINE: Final = re.compile(r"(?P<file>.+?):(?P<line>[0-9]+)(:[0-9]+)?")


def explain_command(root: FilePath, target: str, key: str, output_format: str) -> int:
    """Print the explanation of a key of a release or an Environment, of a rendered line, or of a rule.

    Raises:
        GitopsgenError: there is no such thing.
    """
    if output_format not in ("text", "json"):
        raise GitopsgenError(f"there is no format `{output_format}`", fix="one of: text, json")
    if not key and (line := _LINE.fullmatch(target)):
        lines = _explain_line(root, line["file"], int(line["line"]), output_format)
    elif key:
        lines = _explain_key(root, target, key, output_format)
    else:
        lines = _explain_rule(root, target, output_format)
    for text in lines:
        say(text)
    return CLEAN


def _explain_key(root: FilePath, target: str, key: str, output_format: str) -> Iterator[str]:
    described, library = Described.load(root), Library(root=root).templates
    unit = described.release(target) if "/" in target else described.environment(target)
    path = _parse(key)
    if isinstance(unit, Environment) and path[0] in _UNMERGED:
        raise GitopsgenError(f"`{path[0]}` of an Environment is for its Apps", fix=f"ask for {target}/APP KEY")
    explanation = explain_key(unit, path, library, _renderings(unit, described.fleet, Tracer(library=library)))
    if explanation is None:
        raise _unknown_key(unit, path, library)
    if output_format == "json":
        yield json.dumps(key_data(target, explanation), indent=2, ensure_ascii=False)
    else:
        yield from key_text(target, explanation)


def _renderings(unit: Release | Environment, fleet: Fleet, tracer: Tracer) -> Iterator[Rendering]:
    """Yield what sees the values of a release; of an Environment, what it renders once, and its releases."""
    releases = (one for one in fleet.releases if one.environment.name == unit.name)
    for one in (unit, *releases):
        rendering = tracer.rendering(one)
        if error := unrenderable(one.name, rendering.findings):
            raise error
        yield rendering


def _unknown_key(unit: Release | Environment, path: Path, library: TemplateLibrary) -> GitopsgenError:
    """Return the error for a key that there is not: with the nearest one in the deepest part of it that there is."""
    message = f"{unit.name} has no key `{format_path(path)}`"
    if above := list_without(unit.spec, path):
        length = len(dig(unit.spec, *above))
        named = f"`{format_path(above)}` is a list"
        if not length:
            return GitopsgenError(message, fix=f"{named}, and it is empty")
        last = f" to `{format_path((*above, length - 1))}`" if length > 1 else ""
        return GitopsgenError(message, fix=f"{named}: write `{format_path((*above, 0))}`{last}")
    if dotted := _with_dots(unit.spec, path):
        return GitopsgenError(message, fix=f"did you mean `{format_path(dotted)}`?")
    schema = schema_of(unit)
    known = path[:-1]
    while known and not field_of(schema, known):
        known = known[:-1]
    inside, rest = dig(unit.spec, *known), path[len(known) :]
    parameters = parameters_at(unit, path, library)
    words = {
        *field_of(schema, known).get("properties", {}),
        *(inside if isinstance(inside, Mapping) else ()),
        *(parameters.head.parameters if parameters else ()),
    }
    if match := nearest(str(rest[0]), words):
        return GitopsgenError(message, fix=f"did you mean `{format_path((*known, match, *rest[1:]))}`?")
    kind = "app" if isinstance(unit, Release) else "environment"
    return GitopsgenError(message, fix=f"`gitopsgen schema {kind}` prints all keys")


def _with_dots(values: object, path: Path) -> Path:
    """Return ``path`` with names put together that are one key with dots in it; empty when there is no such key."""
    for depth in range(len(path)):
        inside = dig(values, *path[:depth])
        for end in range(len(path), depth + 1, -1):
            if isinstance(inside, Mapping) and (key := ".".join(map(str, path[depth:end]))) in inside:
                return (*path[:depth], key, *path[end:])
    return ()


def _explain_line(root: FilePath, file: str, line: int, output_format: str) -> Iterator[str]:
    # Not resolved: a link is known by the name that it has in the repository.
    file = FilePath(os.path.relpath(FilePath.cwd() / root / file, FilePath.cwd() / root)).as_posix()
    if not file.startswith(f"{TREE}/"):
        fix = f"write {TREE}/ENV/…/FILE.yaml:LINE"
        if (root / file).is_file():
            fix = f"`gitopsgen affected {file}:{line}` tells what it reaches; {fix}"
        raise GitopsgenError(f"{file} is no file under {TREE}/", fix=fix)
    described = Described.load(root)
    unit = unit_of(described.fleet, file)
    found = traced_files(Tracer(library=Library(root=root).templates), unit) if unit else {}
    if file not in found:
        raise described.unrendered(file, list(found))
    one = found[file]
    explanation = explain_file_line(one, _line_now(root / file, file, one.text, line))
    if output_format == "json":
        yield json.dumps(line_data(file, line, explanation), indent=2, ensure_ascii=False)
    else:
        yield from line_text(file, line, explanation)


def _line_now(path: FilePath, file: str, text: str, line: int) -> int:
    """Return the number that a line of a file has in ``text``, which would be written to it now.

    Raises:
        GitopsgenError: there is no such line, or it would be another.
    """
    now = text.splitlines()
    there = read_text(path, file)[0].splitlines() if path.is_file() else now
    if not 1 <= line <= len(there):
        raise GitopsgenError(f"{file} has {len(there)} lines", fix="name one of them")
    if there == now or line <= HEADER_LINES:
        return line
    for block in SequenceMatcher(None, there, now, autojunk=False).get_matching_blocks():
        if block.a < line <= block.a + block.size:
            note(f"{file} is not as it is rendered now; this line is: run `gitopsgen render --check`")
            return line - block.a + block.b
    raise GitopsgenError(
        f"{file}:{line} is rendered otherwise, or not at all: `{there[line - 1].strip()}`",
        fix="it was edited by hand, or a descriptor was since it was rendered: run `gitopsgen render --check`",
    )


def explain_file_line(file: TracedFile, line: int) -> LineExplanation | tuple[str, ...]:
    """Return where a line of a rendered file came from; of the header, the descriptors that the file came from."""
    if line <= HEADER_LINES:
        return files_of(file.unit)
    path = _path_at(file.document, line)
    release = file.unit if isinstance(file.unit, Release) else None
    environment = file.unit.environment if isinstance(file.unit, Release) else file.unit
    within = line - file.document.marks[path].line - 1 if path else -1
    return explain_value(file.body, path, release, environment, line=within if within >= 0 else None)


def _path_at(document: Document, line: int) -> Path:
    """Return the path of what stands on a line: the deepest that starts there, or that it goes on with."""
    before = [
        (mark.key_line, len(path), path) for path, mark in document.marks.items() if mark.key_line <= line and path
    ]
    return max(before, key=lambda one: one[:2])[2] if before else ()


def _parse(key: str) -> Path:
    try:
        return parse_path(key.removeprefix("spec."))
    except ValueError as error:
        raise GitopsgenError(f"`{key}` is no key: {error}", fix='write a.b[0].c, or a["b.c"]') from error


def _explain_rule(root: FilePath, target: str, output_format: str) -> Iterator[str]:
    catalogue, _ = load_catalogue(*Library(root=root).policies)
    page = catalogue.page(target)
    if page is None:
        if target.startswith(f"{TREE}/") or (root / target).is_file():
            raise GitopsgenError(f"which line of {target}?", fix=f"`gitopsgen explain {target}:LINE`")
        fleet = Described.load(root).fleet
        units: tuple[Release | Environment, ...] = (*fleet.releases, *fleet.environments)
        if unit := next((one for one in units if one.name == target), None):
            fix = f"`gitopsgen explain {target} KEY`, such as {next(iter(unit.spec))}"
            raise GitopsgenError(f"which key of {target}?", fix=fix)
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
