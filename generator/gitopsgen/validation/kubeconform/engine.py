"""Objects judged by kubeconform: written out one file each with the schemas they need, and accounted for one by one."""

import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from gitopsgen.descriptors.validation import SchemaFault, Validator
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.versions import version_key
from gitopsgen.validation import embedded
from gitopsgen.validation.embedded import Schema
from gitopsgen.validation.engine import Judgement, NoSchema, Unjudged, faults_by
from gitopsgen.validation.known import KnownSchemas
from gitopsgen.validation.kubeconform.message import faults_in, schema_file
from gitopsgen.validation.kubeconform.process import INSTALL, Answer, require_supported, run
from gitopsgen.validation.subjects import Identity, Subject

LAYOUT: Final = "{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json"
"""Where a schema lies in a folder, in kubeconform's words: the layout of the CRDs catalogue."""
_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_SAFE: Final = re.compile(r"[A-Za-z0-9][-.A-Za-z0-9]*")
# JSON is YAML except for these: in quotes YAML folds them, or does not allow them as they are.
_NOT_IN_YAML: Final = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


@dataclass(frozen=True, kw_only=True)
class KubeconformEngine:
    """Judges by kubeconform; ``locations`` are the repository's own schema locations, and come before ours.

    Relative locations count from ``root``. ``program`` is ``None`` where it is not installed. ``seconds`` bounds a run,
    ``None`` by the number of objects.
    """

    root: Path
    program: Path | None
    locations: tuple[str, ...] = ()
    seconds: float | None = None

    @property
    def contained(self) -> bool:
        """Tell whether no location of the repository's own leads out of what is watched."""
        return not self.locations

    @cached_property
    def _supported(self) -> Path:
        if self.program is None:
            raise GitopsgenError("kubeconform is not installed, and is to check the schemas", fix=INSTALL)
        require_supported(self.program)
        return self.program

    def judge(self, subjects: Sequence[Subject], schemas: KnownSchemas) -> Sequence[Judgement]:
        """Return one judgement for each of ``subjects``, in their order.

        Raises:
            GitopsgenError: kubeconform is not there, does not end, crashes, or cannot read a schema of ours.
        """
        program = self._supported
        with tempfile.TemporaryDirectory(prefix="gitopsgen-") as name:
            place = Path(name).resolve()
            written = _write_schemas(place / "schemas", subjects, schemas)
            sent = _write_objects(place / "objects", subjects)
            answers = run(
                program,
                place / "objects",
                locations=(*self.locations, f"{place}/schemas/{LAYOUT}"),
                kubernetes=_three_numbers(schemas.kubernetes),
                root=self.root,
                seconds=self.seconds,
            )
            judged = _Judged(written=written, answers=answers)
            return [judged.judgement(one, sent.get(number)) for number, one in enumerate(subjects)]


@dataclass(frozen=True, kw_only=True)
class _Judged:
    """What came back. ``written`` are the schemas that kubeconform was given, by their files."""

    written: Mapping[str, tuple[Identity, Schema]]
    answers: Mapping[str, Answer]
    _validators: dict[str, Validator | None] = field(default_factory=dict)

    def judgement(self, subject: Subject, file: str | None) -> Judgement:
        if file is None:
            return NoSchema()
        answer = self.answers.get(file)
        if answer is None:
            return Unjudged("kubeconform said nothing of it")
        match answer.status:
            case "statusValid":
                return ()
            case "statusInvalid":
                return tuple(self._located(subject, answer.message))
            case "statusError" if answer.message.startswith("could not find schema"):
                if any(identity == subject.identity for identity, _ in self.written.values()):
                    name = f"{subject.api_version} {subject.kind}"
                    raise GitopsgenError(f"kubeconform cannot read the schema of {name} that it was given")
                return NoSchema()
            case "statusError":
                return self._refused(subject, answer.message)
            case other:
                return Unjudged(f"kubeconform answered `{other}`, which means nothing known")

    def _refused(self, subject: Subject, message: str) -> Judgement:
        """Return what is wrong with an object that kubeconform did not get as far as judging: a name that is a map."""
        file = next((file for file, (identity, _) in self.written.items() if identity == subject.identity), "")
        validator = self._validator(file)
        found = faults_by(validator, subject) if validator else []
        return tuple(found) or Unjudged(f"kubeconform: {message}")

    def _located(self, subject: Subject, message: str) -> list[SchemaFault]:
        """Return the faults with their places, by the schema that kubeconform used; else by what it says."""
        validator = self._validator(schema_file(message))
        found: list[SchemaFault] = []
        if validator:
            with suppress(ValueError):  # a schema of the repository's own, in another draft
                found = faults_by(validator, subject)
        return found or list(faults_in(message, subject.body))

    def _validator(self, file: str) -> Validator | None:
        if file not in self._validators:
            schema = self._schema(file)
            self._validators[file] = Validator(dict(schema)) if schema else None
        return self._validators[file]

    def _schema(self, file: str) -> Schema | None:
        if file in self.written:
            return self.written[file][1]
        try:
            content: Any = json.loads(Path(file).read_text("utf-8")) if file else None
        except (OSError, ValueError):
            return None
        return content if isinstance(content, dict) and _stands_alone(content) else None


def _stands_alone(schema: Mapping[str, Any]) -> bool:
    return all(reference.startswith("#") for reference in embedded.references(schema))


def _write_schemas(
    folder: Path, subjects: Sequence[Subject], schemas: KnownSchemas
) -> Mapping[str, tuple[Identity, Schema]]:
    """Write the schema of every kind that is there, and return them by their files."""
    folder.mkdir()
    written: dict[str, tuple[Identity, Schema]] = {}
    for identity in dict.fromkeys(subject.identity for subject in subjects):
        schema = schemas.find(identity)
        if schema is None:
            continue
        group, version, kind = identity
        file = folder / (group or version) / f"{kind.lower()}_{version}.json"
        file.parent.mkdir(exist_ok=True)
        # kubeconform finds the schema of `deployment` for a Deployment: the kind is held to its own spelling.
        fields = {**schema.get("properties", {}), "kind": {"enum": [kind]}}
        whole = {**schema, "$schema": _DRAFT, "properties": fields}
        file.write_text(json.dumps(whole), encoding="utf-8")
        written[str(file)] = (identity, whole)
    return written


def _write_objects(folder: Path, subjects: Sequence[Subject]) -> Mapping[int, str]:
    """Write each object to a file of its own, and return their names by the place in ``subjects``.

    What kubeconform would take apart or look up outside of its folders is left out: no schema is known of it.
    """
    folder.mkdir()
    sent: dict[int, str] = {}
    for number, subject in enumerate(subjects):
        words = (*(part for part in subject.identity if part), subject.kind)
        if subject.kind.lower() == "list" or not all(map(_SAFE.fullmatch, words)):
            continue
        text = json.dumps(subject.body, ensure_ascii=False)
        text = _NOT_IN_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
        sent[number] = f"{number:06d}.json"
        (folder / sent[number]).write_text(text, encoding="utf-8")
    return sent


def _three_numbers(kubernetes: str) -> str:
    major, minor, patch, *_ = (*version_key(kubernetes), 0, 0, 0)
    return f"{major}.{minor}.{patch}"
