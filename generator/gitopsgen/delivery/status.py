"""Which version is where, what of it awaits promotion, and where the tree is not what the descriptors say."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from gitopsgen.delivery.history import read_history
from gitopsgen.delivery.version import ImageVersion
from gitopsgen.descriptors.resolving import Fleet
from gitopsgen.descriptors.selecting import Selection
from gitopsgen.git.command import ask
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.release import Environment, Release
from gitopsgen.templating.filters import to_seconds
from gitopsgen.tree.state import TREE, FileState, State, place_of

_TIERS: Final = ("development", "staging", "production")


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaiting:
    """A version that ``source``, which a release is promoted from, has and the release does not.

    ``since`` is when the source got it, ``None`` where git does not tell; ``soaked`` is when it will have been there
    for as long as it must, ``None`` where it need not, or where ``since`` is unknown.
    """

    version: ImageVersion
    source: str
    since: datetime | None
    soaked: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseStatus:
    """One release: its version by the descriptors, what awaits promotion to it, and its files that are not current.

    ``ahead`` names the Environment that it is promoted from when that has an older version. ``uncommitted`` counts the
    files of the release that git does not have as they are.
    """

    version: ImageVersion
    awaiting: Awaiting | None = None
    ahead: str = ""
    drift: Mapping[State, int]
    uncommitted: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The matrix: Environments in the order of promotion, Apps by name, and the releases that there are.

    ``drift`` counts the files of what is no release of these, by Environment or release. ``compared`` tells whether it
    is known what the tree should be.
    """

    environments: tuple[str, ...]
    apps: tuple[str, ...]
    releases: Mapping[str, ReleaseStatus]
    drift: Mapping[str, Mapping[State, int]]
    compared: bool = True

    @property
    def drifted(self) -> bool:
        """Tell whether a file of the tree is not current."""
        return bool(self.drift) or any(one.drift for one in self.releases.values())


def read_status(root: Path, fleet: Fleet, selection: Selection, states: Iterable[FileState] | None) -> Status:
    """Return the status of what is selected.

    ``states`` are the states of files of the tree, ``None`` where it is not known what they should be.
    """
    ordered = [one for one in _in_order(fleet.environments) if selection.has_environment(one.name)]
    selected = [release for release in fleet.releases if selection.covers(release.name)]
    drift = _by_place(states or ())
    uncommitted = _uncommitted(root)
    sources = _sources(fleet)
    differing = [
        (one, sources[one.name])
        for one in selected
        if one.name in sources and _version(sources[one.name]) != _version(one)
    ]
    ahead = {one.name: source.environment.name for one, source in differing if _is_older(source, one)}
    awaiting = _awaiting(root, (pair for pair in differing if pair[0].name not in ahead))
    return Status(
        environments=tuple(one.name for one in ordered),
        apps=tuple(sorted({one.app for one in selected})),
        releases={
            one.name: ReleaseStatus(
                version=_version(one),
                awaiting=awaiting.get(one.name),
                ahead=ahead.get(one.name, ""),
                drift=drift.pop(one.name, {}),
                uncommitted=uncommitted[one.name],
            )
            for one in selected
        },
        drift=drift,
        compared=states is not None,
    )


def _version(release: Release) -> ImageVersion:
    return ImageVersion.of(release.spec["image"])


def _is_older(release: Release, other: Release) -> bool:
    return _version(release).is_older_than(_version(other)) is True


def _in_order(environments: Iterable[Environment]) -> list[Environment]:
    """Return Environments so that each stands behind the one that it is promoted from, and by tier otherwise."""
    by_name = {one.name: one for one in environments}

    def depth(environment: Environment) -> int:
        seen = {environment.name}
        while (source := by_name.get(environment.spec.get("promotesFrom", ""))) and source.name not in seen:
            seen.add(source.name)
            environment = source
        return len(seen)

    return sorted(by_name.values(), key=lambda one: (depth(one), _TIERS.index(one.tier), one.name))


def _sources(fleet: Fleet) -> dict[str, Release]:
    """Return, by the name of a release, the one of the same App where it is promoted from."""
    by_name = {release.name: release for release in fleet.releases}
    found = ((one.name, f"{one.environment.spec.get('promotesFrom')}/{one.app}") for one in fleet.releases)
    return {name: by_name[source] for name, source in found if source in by_name}


def _awaiting(root: Path, waiting: Iterable[tuple[Release, Release]]) -> dict[str, Awaiting]:
    """Return what awaits promotion, by the name of the release; the pairs are a release and its source."""
    pairs = list(waiting)
    try:
        histories = read_history(root, tuple(sorted({source.name for _, source in pairs})))
    except GitopsgenError:  # no repository, or no commit: nobody knows since when
        histories = {}
    found: dict[str, Awaiting] = {}
    for release, source in pairs:
        version = _version(source)
        past = histories.get(source.name)
        since = past.since(version) if past and not past.cut else None
        soak = release.environment.spec.get("soak")
        found[release.name] = Awaiting(
            version=version,
            source=source.environment.name,
            since=since,
            soaked=since + timedelta(seconds=float(to_seconds(soak))) if since and soak else None,
        )
    return found


def _by_place(states: Iterable[FileState]) -> dict[str, Mapping[State, int]]:
    """Return how many files are in which state, by the release or else the Environment that they belong to."""
    found: dict[str, Counter[State]] = {}
    for state in states:
        if state.state is not State.CURRENT:
            found.setdefault(place_of(state.file), Counter())[state.state] += 1
    return dict(found)


def _uncommitted(root: Path) -> Counter[str]:
    """Return how many files of each release are not committed as they are on disk."""
    prefix = (ask(root, "rev-parse", "--show-prefix") or "").strip()
    listed = ask(root, "status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--", TREE) or ""
    files = [entry[3:].removeprefix(prefix) for entry in listed.split("\0") if entry]
    return Counter(map(place_of, files))
