"""What judges objects by their schemas: the interface, and the engine that needs nothing but this package."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from gitopsgen.descriptors.validation import SchemaFault, Validator
from gitopsgen.validation.known import KnownSchemas
from gitopsgen.validation.subjects import Identity, Subject


@dataclass(frozen=True, slots=True)
class NoSchema:
    """No schema of the object's kind is known."""


@dataclass(frozen=True, slots=True)
class Unjudged:
    """There is a schema, and the object could not be held against it."""

    reason: str


Judgement: TypeAlias = tuple[SchemaFault, ...] | NoSchema | Unjudged


class SchemaEngine(Protocol):
    """Judges objects by their schemas."""

    @property
    def contained(self) -> bool:
        """Tell whether the same repository gives the same judgements."""
        ...

    def judge(self, subjects: Sequence[Subject], schemas: KnownSchemas) -> Sequence[Judgement]:
        """Return one judgement for each of ``subjects``, in their order.

        Raises:
            GitopsgenError: the engine cannot be run.
        """
        ...


class EmbeddedEngine:
    """Judges inside this process."""

    contained: Final = True

    def judge(self, subjects: Sequence[Subject], schemas: KnownSchemas) -> Sequence[Judgement]:
        """Return one judgement for each of ``subjects``, in their order."""
        validators: dict[Identity, Validator | None] = {}
        judgements: list[Judgement] = []
        for subject in subjects:
            identity = subject.identity
            if identity not in validators:
                validators[identity] = schemas.validator(identity)
            validator = validators[identity]
            judgements.append(tuple(faults_by(validator, subject)) if validator else NoSchema())
        return judgements


def faults_by(validator: Validator, subject: Subject) -> list[SchemaFault]:
    """Return the faults of an object, each once: two parts of a schema may say the same of one value."""
    found: dict[tuple[object, str], SchemaFault] = {}
    for fault in validator.faults(dict(subject.body), lambda _: None):
        missing = fault.message if fault.rule.endswith("/missing-key") else ""
        found.setdefault((fault.path, missing), fault)
    return list(found.values())
