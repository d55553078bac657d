"""What a check says: a fault of a manifest, and the finding that is made of it for a person."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from gitopsgen.model.manifest import Manifest, ObjectId
from gitopsgen.model.provenance import Provenance
from gitopsgen.source.location import Location, Path


class Severity(StrEnum):
    """How bad a finding is; an error blocks writing."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fault:
    """What a rule says of one manifest, before anybody knows which line to edit.

    ``path`` leads to the value at fault, or to where a missing key belongs: the part of it that exists is looked up.
    ``severity`` of ``None`` takes the one of the rule's page. ``key`` is the descriptor key that governs the value
    (``("health", "live")`` in an App's spec), for what is missing and therefore has no line. ``related`` are other
    manifests that have a part in it, each with a path. ``word`` is the part of a composed key that is at fault: where a
    descriptor has it as a key of its own, that is the line to edit.
    """

    rule: str
    manifest: Manifest
    path: Path
    message: str
    fix: str = ""
    severity: Severity | None = None
    key: Path = ()
    word: str = ""
    related: tuple[tuple[Manifest, Path], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """Another place that has a part in a finding, and what it is."""

    location: Location
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WaivedBy:
    """The waiver that takes a finding out of the verdict: where it stands, why it is there, and until which day."""

    location: Location
    reason: str
    owner: str
    expires: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to tell the user about their files.

    ``location`` is the line that a person would edit: in a descriptor, a template, a policy, or the manifest file
    itself where another tool wrote it. ``rendered`` is the line of the rendered file, ``object`` and ``path`` say what
    in it, and ``provenance`` where that came from: ``None`` where no descriptor is behind it. ``waived_by`` is ``None``
    for a finding that counts. ``fingerprint`` does not depend on line numbers.
    """

    policy: str
    severity: Severity
    message: str
    location: Location
    fix: str = ""
    release: str = ""
    object: ObjectId | None = None
    path: Path = ()
    rendered: Location | None = None
    related: tuple[Related, ...] = ()
    waived_by: WaivedBy | None = None
    fingerprint: str = ""
    docs: str = ""
    provenance: Provenance | None = field(default=None, compare=False)

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        """What findings are sorted by: file, line, column, policy, and the message to keep it total."""
        return (self.location.file, self.location.line, self.location.column, self.policy, self.message)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotChecked:
    """A check that could not run on an object, and why: reported, never counted as passed."""

    object: str
    reason: str
