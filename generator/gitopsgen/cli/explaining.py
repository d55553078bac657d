"""``gitopsgen explain``: why a key holds what it holds, where a rendered line came from, or the page of a rule."""

import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any, Final

from gitopsgen.cli.console import say
from gitopsgen.cli.exit_status import CLEAN
from gitopsgen.descriptors.app import SPEC as APP_SPEC
from gitopsgen.descriptors.loading import load_descriptors
from gitopsgen.descriptors.provenance import field_of
from gitopsgen.descriptors.resolving import Fleet, resolve
from gitopsgen.library import Library
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.manifest import dig
from gitopsgen.model.release import Release
from gitopsgen.model.suggest import did_you_mean, nearest
from gitopsgen.policies.catalogue import load_catalogue, parameters
from gitopsgen.policies.policy import Policy
from gitopsgen.policies.settings import Settings
from gitopsgen.reports.explanation import key_data, key_text, line_data, line_text
from gitopsgen.source.location import Path, format_path, parse_path
from gitopsgen.source.reader import Document
from gitopsgen.templating.explanation import LineExplanation, explain_key, explain_value
from gitopsgen.templating.tracing import Tracer
from gitopsgen.traced_tree import TracedFile, files_of, traced_files, unit_of
from gitopsgen.tree.header import HEADER_LINES
from gitopsgen.tree.state import TREE

_WIDTH: Final = 100
_LINE: Final = re.compile(r"(?P<file>.+\.ya?ml):(?P<line>[0-9]+)(:[0-9]+)?")


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
    releases = {release.name: release for release in _fleet(root).releases}
    release = releases.get(target)
    if release is None:
        raise GitopsgenError(f"there is no release {target}", fix=did_you_mean(target, releases))
    path = _parse(key)
    tracer = Tracer(library=Library(root=root).templates)
    if tracer.release(release).findings:
        raise GitopsgenError(f"{target} does not render", fix="run `gitopsgen lint`")
    explanation = explain_key(release, path, tracer)
    if explanation is None:
        raise _unknown_key(release, path)
    if output_format == "json":
        yield json.dumps(key_data(target, explanation), indent=2, ensure_ascii=False)
    else:
        yield from key_text(target, explanation)


def _unknown_key(release: Release, path: Path) -> GitopsgenError:
    """Return the error for a key that there is not: with the nearest one in the deepest part of it that there is."""
    known = path[:-1]
    while known and not field_of(APP_SPEC, known):
        known = known[:-1]
    message = f"{release.name} has no key `{format_path(path)}`"
    inside = dig(release.spec, *known)
    if isinstance(inside, list):
        return GitopsgenError(message, fix=f"`{format_path(known)}` is a list: write `{format_path((*known, 0))}`")
    words = {*field_of(APP_SPEC, known).get("properties", {}), *(inside if isinstance(inside, Mapping) else ())}
    if match := nearest(str(path[len(known)]), words):
        return GitopsgenError(message, fix=f"did you mean `{format_path((*known, match, *path[len(known) + 1 :]))}`?")
    return GitopsgenError(message, fix="`gitopsgen schema app` prints all keys")


def _explain_line(root: FilePath, file: str, line: int, output_format: str) -> Iterator[str]:
    file = FilePath(file).as_posix()
    if not file.startswith(f"{TREE}/"):
        raise GitopsgenError(f"{file} is no file under {TREE}/", fix=f"write {TREE}/ENV/…/FILE.yaml:LINE")
    fleet = _fleet(root)
    unit = unit_of(fleet, file)
    found = traced_files(Tracer(library=Library(root=root).templates), unit) if unit else {}
    if file not in found:
        raise GitopsgenError(f"nothing renders {file}", fix=did_you_mean(file, found))
    one = found[file]
    if not 1 <= line <= one.text.count("\n"):
        raise GitopsgenError(f"{file} has {one.text.count(chr(10))} lines", fix="name one of them")
    explanation = explain_file_line(one, line)
    if output_format == "json":
        yield json.dumps(line_data(file, line, explanation), indent=2, ensure_ascii=False)
    else:
        yield from line_text(file, line, explanation)


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


def _fleet(root: FilePath) -> Fleet:
    return resolve(load_descriptors(root)[0])[0]


def _parse(key: str) -> Path:
    try:
        return parse_path(key.removeprefix("spec."))
    except ValueError as error:
        raise GitopsgenError(f"`{key}` is no key: {error}", fix='write a.b[0].c, or a["b.c"]') from error


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
