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
from gitopsgen.model.parallel import processes, shared_out
from gitopsgen.source.files import read_text
from gitopsgen.source.location import Location
from gitopsgen.source.reader import Document, Problem, Stream, read
from gitopsgen.validation.custom_kinds.lock import LOCK

STANDARD_INPUT: Final = "-"
_SUFFIXES: Final = (".yaml", ".yml", ".json")
_LIMIT: Final = 512 * 1024 * 1024
_OURS: Final = "gitopsgen.io/"
_WORTHWHILE: Final = 500
"""The number of files from which on starting processes to read them pays."""
_CHUNK: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """What the given files hold: manifests with their documents, and the faults of the text and of descriptors.

    ``empty`` are the paths in which there is nothing to check.
    """

    manifests: tuple[Manifest, ...]
    documents: dict[Manifest, Document] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    empty: tuple[str, ...] = ()


def load_manifests(root: Path, paths: Iterable[str], standard_input: Callable[[], str], jobs: int = 1) -> Foreign:
    """Return the manifests in ``paths``: files, folders (walked), or ``-``; relative ones count from ``root``.

    ``jobs`` processes read, 0 for as many as there are cores where there are many files.

    Raises:
        GitopsgenError: a path does not exist.
    """
    documents: dict[Manifest, Document] = {}
    findings: list[Finding] = []
    empty: list[str] = []
    for path in paths:
        held = False
        for stream in _streams(root, path, standard_input, jobs):
            findings.extend(map(_finding, stream.problems))
            told = {one.location for one in stream.problems}
            held = held or bool(stream.problems)
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


def _streams(root: Path, name: str, standard_input: Callable[[], str], jobs: int) -> Iterator[Stream]:
    if name == STANDARD_INPUT:
        yield read(standard_input(), "<stdin>")
        return
    path = root / name
    if not path.exists():
        raise GitopsgenError(f"there is no file or folder {name}", fix="paths count from --repo, or from this folder")
    files = list(_walk(root, path))
    workers = processes(jobs, len(files), _WORTHWHILE)
    yield from shared_out(_read_file, files, workers, chunk=_CHUNK)


def _read_file(file: tuple[Path, str]) -> Stream:
    path, shown = file
    text, problem = read_text(path, shown, _LIMIT)
    return Stream(documents=(), problems=(problem,)) if problem else read(text, shown)


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


def _walk(root: Path, path: Path) -> Iterator[tuple[Path, str]]:
    """Yield each file with its name as it is shown: counted from the repository where it lies inside."""
    top = root.resolve()
    if not path.is_dir():
        yield path, _shown(top, path.resolve())
        return
    for folder, folders, files in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if LOCK in files:
            folders.clear()  # what was pulled is no object
            continue
        shown = _shown(top, Path(folder).resolve())
        for file in sorted(files):
            if file.lower().endswith(_SUFFIXES) and not file.startswith("."):
                yield Path(folder, file), f"{shown}/{file}" if shown != "." else file


def _shown(top: Path, place: Path) -> str:
    return place.relative_to(top).as_posix() if place.is_relative_to(top) else place.as_posix()


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
