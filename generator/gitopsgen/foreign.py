"""Manifests that other tools wrote: files, folders and standard input to manifests, with the faults of their text."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from gitopsgen.descriptors.loading import load_document
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.finding import Finding, Severity
from gitopsgen.model.manifest import Manifest, text_at
from gitopsgen.source.files import read_text
from gitopsgen.source.location import Location
from gitopsgen.source.reader import Document, Problem, read
from gitopsgen.validation.custom_kinds.lock import LOCK

STANDARD_INPUT: Final = "-"
_SUFFIXES: Final = (".yaml", ".yml", ".json")
_LIMIT: Final = 512 * 1024 * 1024
_OURS: Final = "gitopsgen.io/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """What the given files hold: manifests with their documents, and the faults of the text and of descriptors.

    ``empty`` are the paths in which there is nothing to check.
    """

    manifests: tuple[Manifest, ...]
    documents: dict[Manifest, Document] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    empty: tuple[str, ...] = ()


def load_manifests(root: Path, paths: Iterable[str], standard_input: Callable[[], str]) -> Foreign:
    """Return the manifests in ``paths``: files, folders (walked), or ``-``; relative ones count from ``root``.

    Raises:
        GitopsgenError: a path does not exist.
    """
    documents: dict[Manifest, Document] = {}
    findings: list[Finding] = []
    empty: list[str] = []
    for path in paths:
        held = False
        for name, text, problem in _texts(root, path, standard_input):
            stream = read(text, name)
            problems = [problem, *stream.problems] if problem else stream.problems
            findings.extend(map(_finding, problems))
            told = {one.location for one in problems}
            held = held or bool(problems)
            for document in stream.documents:
                if text_at(document.data, "apiVersion").startswith(_OURS):
                    held = True
                    findings.extend(_descriptor_findings(document, told))
                    continue
                for one in _objects(document):
                    held = True
                    documents[_manifest(one)] = one
        if not held:
            empty.append(path)
    return Foreign(manifests=tuple(documents), documents=documents, findings=tuple(findings), empty=tuple(empty))


def _objects(document: Document) -> Iterator[Document]:
    """Yield the objects of a document: itself, or what a List holds, as kubectl and Argo CD take it apart."""
    data = document.data
    items = data.get("items") if isinstance(data, dict) else None
    is_list = isinstance(data, dict) and data.get("apiVersion") == "v1" and data.get("kind") == "List"
    if is_list and (items is None or isinstance(items, list)):
        for index, item in enumerate(items or ()):
            yield from _objects(document.part(("items", index), item))
    else:
        yield document


def _manifest(document: Document) -> Manifest:
    """Return the document as an object; one that is no map has nothing, for the schema check to say so."""
    body = document.data if isinstance(document.data, dict) else {}
    return Manifest(body=body, file=document.file, document=document.index)


def _descriptor_findings(document: Document, told: set[Location]) -> Iterator[Finding]:
    if text_at(document.data, "kind") in ("Policy", "PolicyConfig", "Waivers"):
        return  # those are read where policies are loaded
    for item in load_document(document, told):
        if isinstance(item, Finding):
            yield item


def _texts(root: Path, name: str, standard_input: Callable[[], str]) -> Iterator[tuple[str, str, Problem | None]]:
    if name == STANDARD_INPUT:
        yield "<stdin>", standard_input(), None
        return
    path = root / name
    if not path.exists():
        raise GitopsgenError(f"there is no file or folder {name}", fix="paths count from --repo, or from this folder")
    for file in _walk(path):
        shown = _shown(root, file)
        text, problem = read_text(file, shown, _LIMIT)
        yield shown, text, problem


def _walk(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for folder, folders, files in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if LOCK in files:
            folders.clear()  # what was pulled is no object
            continue
        for file in sorted(files):
            if file.lower().endswith(_SUFFIXES) and not file.startswith("."):
                yield Path(folder, file)


def _shown(root: Path, file: Path) -> str:
    try:
        return file.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return file.as_posix()


def _finding(problem: Problem) -> Finding:
    severity = Severity.ERROR
    if problem.rule == "yaml/ambiguous-scalar":
        # An octal file mode is what most numbers of this kind are; a word that is a boolean is hardly ever meant.
        severity = Severity.WARNING if isinstance(problem.value, bool) else Severity.INFO
    elif problem.rule == "yaml/key-type" and problem.value is not None:
        # Numbers and booleans become text on the way; a list, a map or nothing as a key is refused.
        severity = Severity.WARNING
    return Finding(
        policy=problem.rule, severity=severity, message=problem.message, location=problem.location, fix=problem.fix
    )
