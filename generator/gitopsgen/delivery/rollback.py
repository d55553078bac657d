"""Which version a release goes back to."""

from gitopsgen.delivery.history import VersionHistory
from gitopsgen.delivery.version import ImageVersion
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.suggest import did_you_mean


def version_before(history: VersionHistory) -> ImageVersion:
    """Return the version that the current one took the place of.

    What was rolled back from does not come back: after v1, v2, v3 and back to v2, it is v1.

    Raises:
        GitopsgenError: git knows of none.
    """
    standing: list[ImageVersion] = []
    for change in reversed(history.changes):
        if change.version in standing:
            del standing[standing.index(change.version) + 1 :]
        elif change.version is not None:
            standing.append(change.version)
    if len(standing) > 1:
        return standing[-2]
    if not history.complete:
        raise GitopsgenError(
            f"git knows of no version of {history.release} before this one: the clone is shallow",
            fix="`git fetch --unshallow`, and run this again",
        )
    now = standing[-1] if standing else "one that was never committed"
    raise GitopsgenError(f"{history.release} has had no version before {now}", fix="name one with `--to VERSION`")


def version_named(history: VersionHistory, wanted: ImageVersion) -> ImageVersion:
    """Return the version that ``wanted`` names, as the release had it last: its digest with its tag.

    Raises:
        GitopsgenError: it has never had it.
    """
    known = [change.version for change in history.changes if change.version is not None]
    for version in known:
        if all(
            not mine or mine == theirs for mine, theirs in ((wanted.tag, version.tag), (wanted.digest, version.digest))
        ):
            return version
    tags = list(dict.fromkeys(version.tag or version.digest for version in known))
    fix = did_you_mean(wanted.tag or wanted.digest, tags) or "`gitopsgen history` lists what it has had"
    more = "" if history.complete else "; the clone is shallow, and ends before its history does"
    raise GitopsgenError(f"{history.release} has never had {wanted}{more}", fix=fix)
