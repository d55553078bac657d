"""What a review comes to: values that every output shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Final, Literal, TypeAlias

from gitopsgen.model.manifest import Manifest
from gitopsgen.rollouts.planned import Plan


class Level(StrEnum):
    """How much a change puts at risk."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Level).index(self)


class Absent(Enum):
    """What stands where there is no value."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT
Became: TypeAlias = Literal["added", "removed", "changed", "renamed"]


class Item(str):
    """A step of a path into a list: the name of the item, or its place."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """A value that differs, at a path of keys and Items; ``ABSENT`` where there is none on one side."""

    path: tuple[str, ...]
    before: object
    after: object

    @property
    def label(self) -> str:
        """The path as people write it: ``spec.template.spec.containers[api].image``."""
        return label(self.path)


def label(path: tuple[str, ...]) -> str:
    """Return a path as people write it; a key with a dot in it stands in brackets."""
    parts: list[str] = []
    for step in path:
        if isinstance(step, Item) or "." in step or "/" in step:
            parts.append(f"[{step}]")
        else:
            parts.append(f".{step}" if parts else step)
    return "".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """What a change puts at risk; ``policy`` is the rule that ``explain`` has a page on, if there is one.

    ``path`` is that of the FieldChange which it is about, empty for the object as a whole.
    """

    level: Level
    message: str
    policy: str = ""
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ObjectChange:
    """One object: added, removed, changed, or (``renamed``) gone under one name and there under another."""

    became: Became
    before: Manifest | None
    after: Manifest | None
    fields: tuple[FieldChange, ...] = ()
    concerns: tuple[Concern, ...] = ()

    @property
    def manifest(self) -> Manifest:
        """The object as it is now, or as it was when it is gone."""
        found = self.after or self.before
        assert found is not None  # noqa: S101 - one of the two is there by the meaning of the class
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing to read: ``key`` is the same for releases in which the same happened.

    ``policy`` is the rule that ``explain`` has a page on; ``detail`` are lines of a text diff. ``of_plan`` tells that
    the plans show it.
    """

    level: Level
    text: str
    key: str
    policy: str = ""
    detail: str = ""
    of_plan: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReleaseChange:
    """What happens to one release, or to the objects of an Environment that belong to none (``release`` is its name).

    The plans are given where they differ; ``None`` on the side on which there is no Rollout.
    """

    release: str
    became: Became
    objects: tuple[ObjectChange, ...]
    lines: tuple[Line, ...]
    plans: tuple[Plan | None, Plan | None] | None = None

    @property
    def level(self) -> Level:
        """That of the worst line."""
        return min((line.level for line in self.lines), key=lambda level: level.rank, default=Level.LOW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The same lines in one or many releases, the worst first."""

    releases: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def level(self) -> Level:
        """That of the worst line."""
        return self.lines[0].level


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """The whole change against the commit ``base``, ranked; ``total`` releases are there now.

    ``head`` is the commit that is compared, empty for what is (or would be) rendered. ``unreadable`` are files that
    hold no YAML. ``left_out`` are releases and Environments that are not compared, for a fault in what people wrote.
    """

    base: str
    head: str
    releases: tuple[ReleaseChange, ...]
    groups: tuple[Group, ...]
    total: int
    unreadable: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def by_name(self) -> Mapping[str, ReleaseChange]:
        """The changes by release."""
        return {one.release: one for one in self.releases}

    def reaches(self, level: Level) -> bool:
        """Tell whether a change is at least as risky as ``level``."""
        return any(one.level.rank <= level.rank for one in self.releases)
