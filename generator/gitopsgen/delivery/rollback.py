"""Which version a release goes back to."""

from typing import Final

from gitopsgen.delivery.history import VersionHistory
from gitopsgen.delivery.version import ImageVersion
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.suggest import did_you_mean, nearest

_UNSHALLOW: Final = "`git fetch --unshallow`, and run this again"


def version_before(history: VersionHistory, described: ImageVersion) -> ImageVersion:
    """Return the version that ``described``, the one by the descriptors now, took the place of.

    That is the last committed one, where they have another already. What was rolled back from does not come back:
    after v1, v2, v3 and back to v2, it is v1.

    Raises:
        GitopsgenError: git knows of none.
    """
    if history.current and history.current.version and history.current.version != described:
        return history.current.version
    lasting = _lasting(history)
    if len(lasting) > 1:
        return lasting[-2]
    if not history.complete:
        raise GitopsgenError(
            f"git knows of no version of {history.release} before this one: the clone is shallow", fix=_UNSHALLOW
        )
    now = lasting[-1] if lasting else None
    others = [f"`--to {name}`" for name in _names(history) if not now or name != _name(now)]
    raise GitopsgenError(
        f"{history.release} has had no version before {now or 'one that was never committed'}",
        fix=f"if it is meant: {' or '.join(others)}" if others else _deploy(history, "VERSION"),
    )


def _lasting(history: VersionHistory) -> list[ImageVersion]:
    """Return the version that is there now, behind those that it came after and that nobody has rolled back from."""
    standing: list[ImageVersion] = []
    withdrawn: set[ImageVersion] = set()
    for change in reversed(history.changes):
        version = change.version
        if version is None or version in standing[-1:]:
            continue
        if change.rollback and version in standing:
            kept = len(standing) - standing[::-1].index(version)
            withdrawn.update(standing[kept:])
            del standing[kept:]
        elif change.rollback and version not in withdrawn and not history.complete:
            withdrawn.update(standing)  # it went back over all of them, to before what the clone knows
            standing = [version]
        else:
            standing.append(version)
        withdrawn.discard(version)
    return [version for version in standing if version not in withdrawn]


def version_named(history: VersionHistory, wanted: ImageVersion) -> ImageVersion:
    """Return the version that ``wanted`` names, as the release had it last: its digest with its tag.

    Raises:
        GitopsgenError: it has never had it.
    """
    for version in _known(history):
        if all(
            not mine or mine == theirs for mine, theirs in ((wanted.tag, version.tag), (wanted.digest, version.digest))
        ):
            return version
    if not history.complete:
        raise GitopsgenError(
            f"{history.release} has never had {wanted}; the clone is shallow, and ends before its history does",
            fix=_UNSHALLOW,
        )
    names = _names(history)
    suggested = did_you_mean(_name(wanted), names)
    fix = suggested if nearest(_name(wanted), names) else f"{suggested}; {_deploy(history, wanted.whole)}".lstrip("; ")
    raise GitopsgenError(f"{history.release} has never had {wanted}", fix=fix)


def _known(history: VersionHistory) -> list[ImageVersion]:
    """Return every version that a release has had, the newest first."""
    return list(dict.fromkeys(change.version for change in history.changes if change.version is not None))


def _names(history: VersionHistory) -> list[str]:
    return list(dict.fromkeys(map(_name, _known(history))))


def _name(version: ImageVersion) -> str:
    return version.tag or version.digest


def _deploy(history: VersionHistory, version: str) -> str:
    environment, _, app = history.release.partition("/")
    return f"to bring one that it never had: `gitopsgen deploy {app} {version} --env {environment}`"
