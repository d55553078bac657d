"""``gitopsgen schemas``: schemas of custom kinds fetched from where they are published, locked, and listed."""

import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

from gitopsgen.cli.console import note, say
from gitopsgen.cli.exit_status import CLEAN, FAULTS
from gitopsgen.cli.fetching import cluster_definitions, fetch, is_address, without_user
from gitopsgen.cli.options import Outputs, PullOptions
from gitopsgen.cli.outputs import Printer, pages
from gitopsgen.foreign import load_manifests
from gitopsgen.library import Library
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.finding import Severity
from gitopsgen.model.manifest import Manifest
from gitopsgen.model.report import Report
from gitopsgen.model.versions import Versions
from gitopsgen.policies.catalogue import load_catalogue
from gitopsgen.source.reader import read
from gitopsgen.validation.custom_kinds.catalogue import CRDS_CATALOGUE, address, read_schema
from gitopsgen.validation.custom_kinds.definitions import DEFINITION, kinds_of
from gitopsgen.validation.custom_kinds.lock import (
    FOLDER,
    LockedSchemas,
    kind_argument,
    load_lock,
    lock_files,
    schema_file,
)
from gitopsgen.validation.embedded import Schema
from gitopsgen.validation.known import fault_of
from gitopsgen.validation.schemas import unknown_kinds
from gitopsgen.validation.subjects import Identity, Subject, subjects_of

Pulled: TypeAlias = dict[Identity, tuple[Schema, str]]
"""Schemas, each with where it came from."""
_KIND: Final = re.compile(r"([a-z0-9][-a-z0-9.]*)/(v[a-z0-9]+)/([A-Z][A-Za-z0-9]*)")
_RENDERED: Final = "rendered"


@dataclass(kw_only=True)
class _Request:
    """What the command line asks for: places that hold definitions, and kinds."""

    places: list[str] = field(default_factory=list)
    kinds: list[Identity] = field(default_factory=list)


def pull_command(options: PullOptions) -> int:
    """Fetch schemas, write them with the lock, and say what changed; 1 when one is nowhere to be found."""
    locked = load_lock(options.root)
    request = _request(options, locked)
    pulled: Pulled = {}
    for place in request.places:
        pulled |= _from_place(options.root, place)
    if options.cluster:
        pulled |= _from_cluster(options, request.kinds)
    elif request.kinds:
        pulled |= _from_catalogue(_catalogue(options), request.kinds)
    _require_usable(pulled)
    _write(options.root / FOLDER, locked, pulled)
    missing = [kind_argument(identity) for identity in request.kinds if identity not in pulled]
    for name in missing:
        note(f"not found: {name}; pull it from its CustomResourceDefinition: `gitopsgen schemas pull FILE-OR-ADDRESS`")
    if not pulled and not missing:
        say(f"nothing to pull: every kind under {_RENDERED}/ has a schema")
    return FAULTS if missing else CLEAN


def list_command(root: Path) -> int:
    """Print the locked schemas; 1 when one is not as it was locked."""
    locked = load_lock(root)
    for identity, entry in sorted(locked.entries.items()):
        say(f"{kind_argument(identity)}  {FOLDER}/{entry.file}  {entry.source}")
    printer = Printer(root=root, outputs=Outputs(), command="schemas list", page=pages(Library(root=root)))
    printer.emit(Report(findings=locked.findings), diagnostics=True)
    return FAULTS if locked.findings else CLEAN


def _request(options: PullOptions, locked: LockedSchemas) -> _Request:
    request = _Request()
    for argument in options.sources:
        named = _KIND.fullmatch(argument)
        if named and not (options.root / argument).exists():
            group, version, kind = named.groups()
            request.kinds.append((group, version, kind))
        else:
            request.places.append(argument)
    if not options.sources and not options.every:
        request.kinds += _needed(options.root, locked)
    return request


def _needed(root: Path, locked: LockedSchemas) -> list[Identity]:
    """Return the kinds of what is rendered that have no schema."""
    if not (root / _RENDERED).is_dir():
        raise GitopsgenError(
            f"there is no {_RENDERED}/ to see which kinds need a schema",
            fix="name kinds (`keda.sh/v1alpha1/ScaledObject`), or files or addresses with CustomResourceDefinitions",
        )
    manifests = load_manifests(root, [_RENDERED], lambda: "").manifests
    return unknown_kinds(manifests, Versions(), locked)


def _catalogue(options: PullOptions) -> str:
    if options.catalogue:
        return options.catalogue
    catalogue, _ = load_catalogue(*Library(root=options.root).policies)
    return catalogue.settings.schema_catalogue or CRDS_CATALOGUE


def _from_catalogue(template: str, kinds: Iterable[Identity]) -> Pulled:
    pulled: Pulled = {}
    for identity in kinds:
        try:
            place = address(template, identity)
        except ValueError as error:
            raise GitopsgenError(f"the catalogue cannot be used: {error}") from None
        content, place = fetch(place), without_user(place)
        if content is None:
            continue
        try:
            pulled[identity] = read_schema(content), place
        except ValueError as error:
            raise GitopsgenError(f"{place} holds no schema of {kind_argument(identity)}: {error}") from None
    return pulled


def _from_place(root: Path, place: str) -> Pulled:
    """Return what a file, a folder or an address declares."""
    if is_address(place):
        content, place = fetch(place), without_user(place)
        if content is None:
            raise GitopsgenError(f"there is nothing at {place}")
        pulled = _declared(_manifests(content, place), place)
    else:
        foreign = load_manifests(root, [place], lambda: "")
        for finding in foreign.findings:
            if finding.severity is Severity.ERROR:
                raise GitopsgenError(f"{finding.location}: {finding.message}", fix=finding.fix)
        pulled = _declared(foreign.manifests, place)
    if not pulled:
        raise GitopsgenError(f"{place} holds no CustomResourceDefinition of {'/'.join(DEFINITION[:2])} with a schema")
    return pulled


def _from_cluster(options: PullOptions, kinds: list[Identity]) -> Pulled:
    content = cluster_definitions(shutil.which("kubectl"), options.context)
    source = f"cluster {options.context}".rstrip()
    pulled = _declared(_manifests(content, source), source)
    return pulled if options.every else {identity: pulled[identity] for identity in kinds if identity in pulled}


def _manifests(content: str, place: str) -> Iterator[Manifest]:
    stream = read(content, place)
    for problem in stream.problems:
        if problem.rule == "yaml/syntax":
            raise GitopsgenError(f"{problem.location}: {problem.message}")
    for document in stream.documents:
        if isinstance(document.data, dict):
            yield Manifest(body=document.data, file=place, document=document.index)


def _declared(manifests: Iterable[Manifest], source: str) -> Pulled:
    return {
        kind.identity: (kind.schema, source)
        for manifest in manifests
        for subject in subjects_of(manifest)
        if isinstance(subject, Subject) and subject.identity == DEFINITION
        for kind in kinds_of(subject.body)
    }


def _require_usable(pulled: Pulled) -> None:
    for identity, (schema, source) in pulled.items():
        if fault := fault_of(schema):
            raise GitopsgenError(f"the schema of {kind_argument(identity)} from {source} cannot be used: {fault}")


def _write(folder: Path, locked: LockedSchemas, pulled: Pulled) -> None:
    """Write the schemas, and the lock last: a run that is broken off leaves nothing that looks locked and is not."""
    if not pulled:
        return
    before = {identity: entry.sha256 for identity, entry in locked.entries.items()}
    try:
        for file, content in lock_files(locked, pulled).items():
            path = folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = path.with_name(f"{path.name}.new")
            temporary.write_text(content, encoding="utf-8", newline="\n")
            temporary.replace(path)
    except OSError as error:
        raise GitopsgenError(f"{folder} cannot be written: {error.strerror}") from error
    after = load_lock(folder.parent)
    for identity, (_, source) in sorted(pulled.items()):
        same = before.get(identity) == after.entries[identity].sha256
        say(f"{'as it was' if same else 'pulled'}  {FOLDER}/{schema_file(identity)}  {source}")
