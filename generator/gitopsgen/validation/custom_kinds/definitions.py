"""Custom kinds as CustomResourceDefinitions declare them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gitopsgen.model.manifest import Body, dig, list_at, text_at
from gitopsgen.validation.custom_kinds.structural import closed
from gitopsgen.validation.embedded import Schema
from gitopsgen.validation.subjects import Identity

# What the API server accepts; a file is named after them.
_GROUP: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_VERSION: Final = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_KIND: Final = re.compile(r"[A-Za-z]([-A-Za-z0-9]*[A-Za-z0-9])?")
DEFINITION: Final = ("apiextensions.k8s.io", "v1", "CustomResourceDefinition")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CustomKind:
    """One version of a custom kind; ``structural`` is its schema as the CustomResourceDefinition has it.

    ``warning`` is what the API server says of a version that is deprecated; ``None`` for one that is not.
    """

    group: str
    version: str
    kind: str
    structural: Mapping[str, Any]
    warning: str | None = None

    @property
    def identity(self) -> Identity:
        """Group, version and kind."""
        return self.group, self.version, self.kind

    @property
    def schema(self) -> Schema:
        """The schema of an object, closed."""
        schema = closed(self.structural)
        return schema if self.warning is None else {**schema, "deprecated": True, "x-deprecation-warning": self.warning}


def served_versions(definition: Body) -> tuple[str, ...]:
    """Return the versions that a CustomResourceDefinition serves, in its order."""
    versions = [one for one in list_at(definition, "spec", "versions") if isinstance(one, dict)]
    return tuple(text_at(one, "name") for one in versions if one.get("served", True) is True)


def kinds_of(definition: Body) -> Iterator[CustomKind]:
    """Yield every version that a CustomResourceDefinition serves and has a schema of."""
    group, kind = text_at(definition, "spec", "group"), text_at(definition, "spec", "names", "kind")
    for version in list_at(definition, "spec", "versions"):
        name, structural = text_at(version, "name"), dig(version, "schema", "openAPIV3Schema")
        named = _GROUP.fullmatch(group) and _KIND.fullmatch(kind) and _VERSION.fullmatch(name)
        if named and name in served_versions(definition) and isinstance(structural, dict):
            warning = text_at(version, "deprecationWarning") if dig(version, "deprecated") is True else None
            yield CustomKind(group=group, version=name, kind=kind, structural=structural, warning=warning)
