"""The schemas that objects are held against in one run, wherever they come from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from gitopsgen.descriptors.validation import Validator
from gitopsgen.model.versions import Versions
from gitopsgen.validation import embedded
from gitopsgen.validation.custom_kinds.lock import FOLDER, LockedSchemas
from gitopsgen.validation.embedded import Schema
from gitopsgen.validation.subjects import Identity, Subject


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KnownSchemas:
    """The schemas for a version of Kubernetes: those ``given`` by group, version and kind, then the embedded ones.

    ``unusable`` says why a schema that should be given is not. ``declared`` are the kinds that objects of the run
    declare, by group and kind: the file that does, and the versions that are served. The schemas of ``outspoken`` kinds
    ask for more than JSON Schema has words for.
    """

    kubernetes: str
    given: Mapping[Identity, Schema] = field(default_factory=dict)
    unusable: Mapping[Identity, str] = field(default_factory=dict)
    declared: Mapping[tuple[str, str], tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    outspoken: frozenset[Identity] = frozenset()

    @property
    def release(self) -> str:
        """The embedded release that speaks for the version."""
        return embedded.release_for(self.kubernetes)

    def find(self, identity: Identity) -> Schema | None:
        """Return the schema of a kind; ``None`` when there is none."""
        group, version, kind = identity
        if identity in self.given:
            return self.given[identity]
        if identity in self.unusable or (group, kind) in self.declared:
            return None
        return embedded.schema_of(group, version, kind, self.release)

    def validator(self, identity: Identity) -> Validator | None:
        """Return the same, ready to judge."""
        if identity in self.given:
            return Validator(dict(self.given[identity]))
        return _embedded_validator(identity, self.release) if self.find(identity) else None


@cache
def _embedded_validator(identity: Identity, release: str) -> Validator:
    return Validator(dict(embedded.schema_of(*identity, release) or {}))


def known_for(subjects: Iterable[Subject], versions: Versions, locked: LockedSchemas) -> KnownSchemas:
    """Return the schemas for ``subjects``: what they declare themselves, what is locked, and what is embedded."""
    subjects = list(subjects)
    wanted = {subject.identity for subject in subjects}
    given = {identity: locked.schema(identity) for identity in wanted & locked.contents.keys()}
    unusable = dict.fromkeys(
        wanted & locked.entries.keys() - locked.contents.keys(),
        f"its schema is not there, or not as it was locked: see {FOLDER}/",
    )
    declared: Mapping[tuple[str, str], tuple[str, tuple[str, ...]]] = {}
    if any(kind == "CustomResourceDefinition" for _, _, kind in wanted):
        from gitopsgen.validation.custom_kinds.declared import declared_in  # noqa: PLC0415 - few sets declare kinds

        found = declared_in(subjects)
        declared = found.versions
        given |= {identity: kind.schema for identity, kind in found.kinds.items() if identity in wanted}
    for identity in list(given):
        if reason := fault_of(given[identity]):
            unusable[identity] = f"its schema cannot be used: {reason}"
            del given[identity]
    return KnownSchemas(
        kubernetes=versions.kubernetes,
        given=given,
        unusable=unusable,
        declared=declared,
        outspoken=_outspoken(given) if given else frozenset(),
    )


def _outspoken(given: Mapping[Identity, Schema]) -> frozenset[Identity]:
    from gitopsgen.validation.custom_kinds.values import says_more  # noqa: PLC0415 - for kinds that are given

    return frozenset(identity for identity, schema in given.items() if says_more(schema))


def fault_of(schema: Schema) -> str:
    """Return why a schema is none; empty when it is one."""
    import jsonschema_rs  # noqa: PLC0415 - loaded when something is checked

    if far := [reference for reference in embedded.references(schema) if not reference.startswith("#")]:
        return f"it refers to {far[0]}"
    try:
        jsonschema_rs.validator_for(dict(schema))
    except ValueError as error:
        return str(error).splitlines()[0]
    return ""
