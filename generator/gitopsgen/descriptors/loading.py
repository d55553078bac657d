"""Files under ``environments/`` to descriptors; every fault of every file in one run."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, Final

from gitopsgen.descriptors.fields import Schema
from gitopsgen.descriptors.schema import API_VERSION, KINDS, document_schema
from gitopsgen.descriptors.validation import SchemaFault, Validator
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.finding import Finding, Severity
from gitopsgen.model.manifest import text_at
from gitopsgen.model.suggest import nearest
from gitopsgen.source.emitter import emit_inline
from gitopsgen.source.files import read_text
from gitopsgen.source.location import Location, Path, format_path
from gitopsgen.source.reader import Document, Problem, read

FOLDER: Final = "environments"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Descriptor:
    """One App, Environment or Release as it was written: one layer, valid by itself."""

    kind: str
    name: str
    environment: str
    document: Document
    data: Mapping[str, Any]

    @property
    def spec(self) -> Mapping[str, Any]:
        """Its spec, empty when there is none."""
        return self.data.get("spec") or {}

    @property
    def place(self) -> Location:
        """Where its name stands."""
        return self.document.locate(("metadata", "name"))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Descriptors:
    """All descriptors of a repository, by name; Releases by Environment and App.

    ``texts`` are the whole texts of the files that could be read: a document has only the part that it stands in.
    ``left_out`` are kind and name of those that have faults; without ``whole`` there may be others, in a file that
    cannot be read as YAML.
    """

    apps: Mapping[str, Descriptor]
    environments: Mapping[str, Descriptor]
    releases: Mapping[tuple[str, str], Descriptor]
    texts: Mapping[str, str]
    left_out: frozenset[tuple[str, str]]
    whole: bool


_VALIDATORS: Final = {kind: Validator(document_schema(kind)) for kind in KINDS}


def load_descriptors(root: FilePath, edited: Mapping[str, str] | None = None) -> tuple[Descriptors, list[Finding]]:
    """Return the descriptors of the repository ``root``, and the faults of their files.

    A file with faults in its text, or a document that is no valid descriptor, is left out of the descriptors.
    ``edited`` are texts that take the place of what is on disk, by file.

    Raises:
        GitopsgenError: there is no folder ``environments``, or it cannot be read.
    """
    folder = root / FOLDER
    if not folder.is_dir():
        raise GitopsgenError(
            f"there is no folder {FOLDER}/ in {root}", fix="run `gitopsgen init`, or say where with `-C DIR`"
        )
    loading = _Loading()
    for path in descriptor_files(folder):
        file = path.relative_to(root).as_posix()
        text, problem = (edited[file], None) if edited and file in edited else read_text(path, file)
        if problem:
            loading.tell(problem)
        else:
            loading.read(text, file)
    return loading.descriptors(), loading.findings


def descriptor_files(folder: FilePath) -> list[FilePath]:
    """Return the YAML files below ``folder`` in a fixed order; hidden files and folders are left out."""
    try:
        paths = [path for suffix in ("*.yaml", "*.yml") for path in folder.rglob(suffix)]
    except OSError as error:
        raise GitopsgenError(f"{folder} cannot be read: {error.strerror}") from error
    visible = (
        path
        for path in paths
        if not any(part.startswith(".") for part in path.relative_to(folder).parts) and not path.is_dir()
    )
    return sorted(visible, key=lambda path: path.relative_to(folder).parts)


class _Loading:
    """What the files hold that have been read so far."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self._found: list[Descriptor] = []
        self._texts: dict[str, str] = {}
        self._left_out: set[tuple[str, str]] = set()
        self._whole = True

    def tell(self, problem: Problem) -> None:
        self.findings.append(_finding(problem.rule, problem.message, problem.location, problem.fix))
        self._whole = False

    def read(self, text: str, file: str) -> None:
        stream = read(text, file)
        self._texts[file] = text
        for problem in stream.problems:
            self.tell(problem)
        if not stream.documents and not stream.problems:
            said, fix = "the file holds no descriptor", "write one, or delete the file"
            self.findings.append(_finding("descriptor/empty-file", said, Location(file, 1, 1), fix))
        ambiguous = {problem.location for problem in stream.problems}
        for document in stream.documents:
            found = [*load_document(document, ambiguous)]
            self.findings += [one for one in found if isinstance(one, Finding)]
            descriptors = [one for one in found if isinstance(one, Descriptor)]
            self._found += descriptors
            if not descriptors:
                self._left_out.add((text_at(document.data, "kind"), text_at(document.data, "metadata", "name")))

    def descriptors(self) -> Descriptors:
        indices: dict[str, dict[Any, Descriptor]] = {kind: {} for kind in KINDS}
        for descriptor in self._found:
            is_release = descriptor.kind == "Release"
            key = (descriptor.environment, descriptor.name) if is_release else descriptor.name
            first = indices[descriptor.kind].setdefault(key, descriptor)
            if first is not descriptor:
                name = f"{descriptor.environment}/{descriptor.name}" if is_release else descriptor.name
                said = f"the {descriptor.kind} {name} is already described at {first.place}"
                fix = "keep one of the two, or rename one"
                self.findings.append(_finding("descriptor/duplicate", said, descriptor.place, fix))
        return Descriptors(
            apps=indices["App"],
            environments=indices["Environment"],
            releases=indices["Release"],
            texts=self._texts,
            left_out=frozenset(self._left_out),
            whole=self._whole,
        )


def load_document(document: Document, ambiguous: set[Location]) -> Iterator[Descriptor | Finding]:
    """Yield the descriptor that ``document`` holds, or its faults; those at ``ambiguous`` places are told already."""
    data = document.data
    if not isinstance(data, dict):
        said = "a list" if isinstance(data, list) else f"`{emit_inline(data)[:40]}`"
        yield _finding(
            "descriptor/not-a-map",
            f"a descriptor is a map with apiVersion, kind, metadata and spec, not {said}",
            document.locate(()),
            "one document for each descriptor, separated by `---`",
        )
        return
    kind = text_at(data, "kind")
    if kind not in KINDS:
        message = f"unknown kind `{emit_inline(data['kind'])[:40]}`" if "kind" in data else "the key `kind` is missing"
        match = nearest(kind, KINDS)
        yield _finding(
            "descriptor/unknown-kind",
            message,
            document.locate(("kind",)),
            f"did you mean `{match}`?"
            if match
            else f"add `apiVersion: {API_VERSION}` and `kind:` one of {', '.join(KINDS)}",
        )
        return
    faults = list(_VALIDATORS[kind].faults(data, document.written))
    faults += rival_faults(data, document_schema(kind))
    data, unclear = with_strings(data, document_schema(kind), document)
    kept = [fault for fault in (*faults, *unclear) if document.locate_value(fault.path) not in ambiguous]
    for fault in kept:
        yield _finding(fault.rule, fault.message, document.locate(fault.path), fault.fix)
    if not faults and not unclear:
        yield Descriptor(
            kind=kind,
            name=text_at(data, "metadata", "name"),
            environment=text_at(data, "metadata", "environment"),
            document=document,
            data=data,
        )


def with_strings(data: dict[str, Any], schema: Schema, document: Document) -> tuple[dict[str, Any], list[SchemaFault]]:
    """Return ``data`` with numbers and booleans as strings where a string is meant and they read as written."""
    faults: list[SchemaFault] = []

    def convert(value: Any, field: Schema, path: Path) -> Any:  # noqa: ANN401 - any value of a document
        if field.get("x-string") and isinstance(value, bool | int | float):
            text, written = emit_inline(value), document.written(path)
            if written not in (None, text):
                faults.append(_unclear(path, str(written), value))
            return text
        if isinstance(value, dict):
            fields, other = _keys_of(field)
            return {
                key: convert(item, fields.get(key) or other, (*path, key)) if isinstance(item, _CONVERTED) else item
                for key, item in value.items()
            }
        return value

    return convert(data, schema, ()), faults


_CONVERTED: Final = (dict, bool, int, float)


def _keys_of(field: Schema) -> tuple[Mapping[str, Schema], Schema]:
    forms = field.get("anyOf", (field,))
    fields: dict[str, Schema] = {}
    for form in forms:
        fields |= form.get("properties", {})
    others = [form["additionalProperties"] for form in forms if isinstance(form.get("additionalProperties"), dict)]
    strings = [form for form in forms if form.get("x-string")]
    other = others[0] if others else {}
    if "anyOf" in other:
        scalar = [form for form in other["anyOf"] if form.get("x-string")]
        maps = {key: value for form in other["anyOf"] for key, value in form.get("properties", {}).items()}
        other = {**(scalar[0] if scalar else {}), "properties": maps}
    return fields, other or (strings[0] if strings else {})


def _unclear(path: Path, written: str, value: object) -> SchemaFault:
    return SchemaFault(
        rule="yaml/ambiguous-scalar",
        path=path,
        message=f"`{written}` is {emit_inline(value)} to Kubernetes where `{format_path(path)}` wants a string",
        fix=f'write `"{written}"`',
    )


def rival_faults(value: Any, schema: Schema, path: Path = ()) -> Iterator[SchemaFault]:  # noqa: ANN401 - any value
    """Yield a fault for every map that holds keys that exclude each other."""
    if not isinstance(value, Mapping):
        return
    given = [first for first, *_ in schema.get("x-one-of", ()) if value.get(first) is not None]
    if len(given) > 1:
        yield SchemaFault(
            rule="descriptor/contradiction",
            path=(*path, given[1]),
            message=f"`{given[0]}` and `{given[1]}` exclude each other in `{format_path(path)}`",
            fix="keep one of the two",
        )
    fields: Mapping[str, Schema] = schema.get("properties", {})
    other = schema.get("additionalProperties")
    for key, item in value.items():
        yield from rival_faults(item, fields.get(key) or (other if isinstance(other, dict) else {}), (*path, key))


def group_faults(value: Any, schema: Schema, path: Path = ()) -> Iterator[SchemaFault]:  # noqa: ANN401 - any value
    """Yield a fault for every merged map that has not all keys of one of the groups that it needs one of."""
    if not isinstance(value, Mapping):
        return
    groups: list[list[str]] = schema.get("x-one-of", []) if schema.get("x-needs-one") else []
    given = next((group for group in groups if group[0] in value), [])
    missing = [[key] for key in given if key not in value]
    if groups and not given:
        missing = [[group[0] for group in groups]]
    for keys in missing:
        named = " or ".join(f"`{format_path((*path, key))}`" for key in keys)
        fix = f"add {' or '.join(f'`{key}`' for key in keys)}"
        yield SchemaFault(rule="descriptor/missing-key", path=path, message=f"the key {named} is missing", fix=fix)
    fields: Mapping[str, Schema] = schema.get("properties", {})
    for key, item in value.items():
        yield from group_faults(item, fields.get(key, {}), (*path, key))


def _finding(rule: str, message: str, location: Location, fix: str = "") -> Finding:
    return Finding(policy=rule, severity=Severity.ERROR, message=message, location=location, fix=fix)
