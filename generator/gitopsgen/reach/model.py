"""The releases, the Environments and the rendered files that something reaches."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from gitopsgen.model.release import Environment, Release

Unit = Release | Environment
"""What is rendered by itself: a release, or what an Environment renders once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """A release (``prod/api``) or an Environment (``prod``), and the files of it that are reached."""

    name: str
    files: tuple[str, ...]

    @property
    def environment(self) -> str:
        """The Environment's name."""
        return self.name.partition("/")[0]

    @property
    def app(self) -> str:
        """The App's name; empty for an Environment."""
        return self.name.partition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """All that is reached: files by the name of the release or the Environment that renders them."""

    files: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, found: Iterable[tuple[str, str]]) -> "Reach":
        """Return the reach of pairs of a release's or an Environment's name and a file."""
        files: defaultdict[str, set[str]] = defaultdict(set)
        for name, file in found:
            files[name].add(file)
        return cls(files={name: frozenset(some) for name, some in files.items()})

    def __or__(self, other: "Reach") -> "Reach":
        return Reach.of((name, file) for one in (self, other) for name, files in one.files.items() for file in files)

    def __bool__(self) -> bool:
        return bool(self.files)

    @property
    def releases(self) -> tuple[Reached, ...]:
        """The releases, in order."""
        return tuple(one for one in self._reached() if one.app)

    @property
    def environments(self) -> tuple[Reached, ...]:
        """The Environments whose own files are reached, in order."""
        return tuple(one for one in self._reached() if not one.app)

    def _reached(self) -> Iterator[Reached]:
        for name, files in sorted(self.files.items()):
            yield Reached(name=name, files=tuple(sorted(files)))
