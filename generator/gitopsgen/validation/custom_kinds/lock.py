"""Pulled schemas in the repository: one file each under ``schemas/``, locked by digest in ``schemas/schemas.lock``."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from gitopsgen.descriptors.fields import Schema as Declared
from gitopsgen.descriptors.fields import listing, record, text
from gitopsgen.descriptors.validation import Validator
from gitopsgen.model.finding import Finding, Severity
from gitopsgen.source.emitter import emit
from gitopsgen.source.files import read_text
from gitopsgen.source.location import Location
from gitopsgen.source.reader import Document, read
from gitopsgen.validation.embedded import Schema
from gitopsgen.validation.subjects import Identity

FOLDER: Final = "schemas"
LOCK: Final = "schemas.lock"
_HEADER: Final = "# written by `gitopsgen schemas pull`: commit it together with the files that it names\n"
_MISSING: Final = "schema-lock/missing"
_CHANGED: Final = "schema-lock/changed"
_UNLISTED: Final = "schema-lock/unlisted"
_INVALID: Final = "schema-lock/invalid"
_LOCK_SCHEMA: Final[Declared] = record(
    "What was pulled.",
    {
        "apiVersion": {"const": "gitopsgen.io/v1", "description": "Always this."},
        "kind": {"const": "SchemaLock", "description": "Always this."},
        "schemas": listing(
            "The schemas.",
            record(
                "One schema.",
                {
                    "file": text(
                        "The file, counted from the lock.", pattern=r"^[A-Za-z0-9][-.\w]*/[A-Za-z0-9][-.\w]*\.json$"
                    ),
                    "apiVersion": text("Group and version.", pattern="^[^/]+/[^/]+$"),
                    "kind": text("The kind."),
                    "source": text("Where it was pulled from."),
                    "sha256": text("The digest of the file.", pattern="^[0-9a-f]{64}$"),
                },
                required=("file", "apiVersion", "kind", "source", "sha256"),
            ),
        ),
    },
    required=("apiVersion", "kind", "schemas"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """One pulled schema: its identity, where it came from, and its file's digest."""

    identity: Identity
    source: str
    sha256: str

    @property
    def file(self) -> str:
        """Where it lies under ``schemas/``: as in the CRDs catalogue, so that other tools find it too."""
        return schema_file(self.identity)


@dataclass(kw_only=True)
class LockedSchemas:
    """What a repository has pulled: what the lock says, and the text of each file that is as it says."""

    entries: Mapping[Identity, Locked] = field(default_factory=dict)
    contents: Mapping[Identity, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    def schema(self, identity: Identity) -> Schema:
        """Return a schema that is as it was locked; one that allows nothing where the file is no JSON."""
        try:
            schema: object = json.loads(self.contents[identity])
        except ValueError:
            schema = None
        return schema if isinstance(schema, dict) else {"not": {}}


def schema_file(identity: Identity) -> str:
    """Return the file of a kind under ``schemas/``."""
    group, version, kind = identity
    return f"{group}/{kind.lower()}_{version}.json"


def schema_text(schema: Schema) -> str:
    """Return a schema as it is written: the same bytes each time."""
    return json.dumps(schema, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def load_lock(root: Path) -> LockedSchemas:
    """Return the pulled schemas of a repository; each file's digest is compared with the lock."""
    folder = root / FOLDER
    place = f"{FOLDER}/{LOCK}"
    if not (folder / LOCK).is_file():
        return LockedSchemas()
    content, problem = read_text(folder / LOCK, place)
    if problem:
        return LockedSchemas(findings=(_finding(_INVALID, problem.message, problem.location, problem.fix),))
    stream = read(content, place)
    findings = [_finding(_INVALID, one.message, one.location, one.fix) for one in stream.problems]
    if not stream.documents or findings:
        return LockedSchemas(findings=tuple(findings))
    document = stream.documents[0]
    faults = list(Validator(_LOCK_SCHEMA).faults(document.data, document.written))
    if faults:
        found = (_finding(_INVALID, one.message, document.locate(one.path), one.fix) for one in faults)
        return LockedSchemas(findings=tuple(found))
    return _verified(folder, document)


def _verified(folder: Path, document: Document) -> LockedSchemas:
    entries: dict[Identity, Locked] = {}
    contents: dict[Identity, str] = {}
    findings: list[Finding] = []
    for index, written in enumerate(document.data["schemas"]):
        group, _, version = written["apiVersion"].partition("/")
        entry = Locked(identity=(group, version, written["kind"]), source=written["source"], sha256=written["sha256"])
        place = document.locate(("schemas", index))
        if written["file"] != entry.file or entry.identity in entries:
            message = f"the entry of {written['apiVersion']} {written['kind']} names {written['file']}, or stands twice"
            findings.append(_finding(_INVALID, message, place, f"it lies in {entry.file}, and stands once"))
            continue
        entries[entry.identity] = entry
        content, problem = read_text(folder / entry.file, f"{FOLDER}/{entry.file}")
        again = f"`git checkout` it, or pull it again: `gitopsgen schemas pull {kind_argument(entry.identity)}`"
        if problem:
            message = f"{FOLDER}/{entry.file} is locked, and cannot be read: {problem.message}"
            findings.append(_finding(_MISSING, message, place, again))
        elif digest(content) != entry.sha256:
            message = f"{FOLDER}/{entry.file} is not what was locked: nothing is checked by it"
            findings.append(_finding(_CHANGED, message, Location(f"{FOLDER}/{entry.file}", 1, 1), again))
        else:
            contents[entry.identity] = content
    findings += _unlisted(folder, {entry.file for entry in entries.values()})
    return LockedSchemas(entries=entries, contents=contents, findings=tuple(findings))


def _unlisted(folder: Path, known: set[str]) -> Iterable[Finding]:
    for path in sorted(folder.glob("*/*.json")):
        file = path.relative_to(folder).as_posix()
        if file not in known:
            message = f"{FOLDER}/{file} is in no lock: nothing is checked by it"
            place = Location(f"{FOLDER}/{file}", 1, 1)
            fix = "pull it with `gitopsgen schemas pull`, or move it out of schemas/"
            yield _finding(_UNLISTED, message, place, fix, Severity.WARNING)


def _finding(rule: str, message: str, place: Location, fix: str, severity: Severity = Severity.ERROR) -> Finding:
    return Finding(policy=rule, severity=severity, message=message, location=place, fix=fix)


def kind_argument(identity: Identity) -> str:
    """Return how a kind is named on the command line: ``keda.sh/v1alpha1/ScaledObject``."""
    return "/".join(identity)


def digest(content: str) -> str:
    """Return the digest of a file's text, however its lines end."""
    return hashlib.sha256(content.replace("\r\n", "\n").encode()).hexdigest()


def lock_files(locked: LockedSchemas, pulled: Mapping[Identity, tuple[Schema, str]]) -> dict[str, str]:
    """Return the files to write under ``schemas/`` when ``pulled``, each with its source, is added to what there is."""
    files = {schema_file(identity): schema_text(schema) for identity, (schema, _) in pulled.items()}
    entries: dict[Identity, Locked] = dict(locked.entries)
    for identity, (_, source) in pulled.items():
        entries[identity] = Locked(identity=identity, source=source, sha256=digest(files[schema_file(identity)]))
    files[LOCK] = _lock_text(entry for _, entry in sorted(entries.items()))
    return files


def _lock_text(entries: Iterable[Locked]) -> str:
    lines: list[dict[str, Any]] = [
        {
            "file": entry.file,
            "apiVersion": "/".join(entry.identity[:2]),
            "kind": entry.identity[2],
            "source": entry.source,
            "sha256": entry.sha256,
        }
        for entry in entries
    ]
    return _HEADER + emit({"apiVersion": "gitopsgen.io/v1", "kind": "SchemaLock", "schemas": lines})
