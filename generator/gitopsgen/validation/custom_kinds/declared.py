"""Custom kinds that are declared among the very objects that are checked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gitopsgen.model.manifest import text_at
from gitopsgen.validation.custom_kinds.definitions import DEFINITION, CustomKind, kinds_of, served_versions
from gitopsgen.validation.subjects import Identity, Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """Kinds by their identity, and the versions of each kind with the file that declares it."""

    kinds: Mapping[Identity, CustomKind]
    versions: Mapping[tuple[str, str], tuple[str, tuple[str, ...]]]


def declared_in(subjects: Iterable[Subject]) -> Declared:
    """Return what the CustomResourceDefinitions among ``subjects`` declare."""
    kinds: dict[Identity, CustomKind] = {}
    versions: dict[tuple[str, str], tuple[str, tuple[str, ...]]] = {}
    for subject in subjects:
        if subject.identity == DEFINITION:
            name = text_at(subject.body, "spec", "group"), text_at(subject.body, "spec", "names", "kind")
            versions[name] = subject.manifest.file, served_versions(subject.body)
            kinds |= {kind.identity: kind for kind in kinds_of(subject.body)}
    return Declared(kinds=kinds, versions=versions)
