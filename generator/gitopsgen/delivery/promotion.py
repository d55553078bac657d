"""Whether a version may come to an Environment: from where, how old it is there, and what is there now."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from gitopsgen.delivery.history import VersionHistory, read_history
from gitopsgen.delivery.version import ImageVersion
from gitopsgen.descriptors.provenance import place_of
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.finding import Finding, NotChecked
from gitopsgen.model.release import Release
from gitopsgen.policies.catalogue import Catalogue
from gitopsgen.source.location import Location
from gitopsgen.source.location import Path as KeyPath
from gitopsgen.templating.filters import to_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A version that is to come to ``target`` at the time ``now``; ``source`` is the release that has it, if one does.

    ``past`` is the history of ``source``, ``None`` where git knows of none.
    """

    version: ImageVersion
    source: Release | None
    target: Release
    past: VersionHistory | None
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What is wrong with an arrival, and what could not be judged."""

    findings: tuple[Finding, ...] = ()
    not_checked: tuple[NotChecked, ...] = ()


def past_of(root: Path, release: str) -> VersionHistory | None:
    """Return the versions that a release has had; ``None`` outside of a repository, or before the first commit."""
    try:
        return read_history(root, (release,))[release]
    except GitopsgenError:
        return None


def judge_promotion(arrival: Arrival, catalogue: Catalogue) -> Judgement:
    """Judge a promotion from one Environment to another by every rule."""
    return _judged(
        [*_skipped(arrival), *_not_there(arrival), *_too_early(arrival), *_older(arrival)], arrival, catalogue
    )


def judge_deployment(arrival: Arrival, catalogue: Catalogue) -> Judgement:
    """Judge a deployment that nobody calls a promotion: a version that the source has soaks there all the same."""
    return _judged(list(_too_early(arrival)), arrival, catalogue)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fault:
    rule: str
    message: str
    fix: str
    key: KeyPath = ("promotesFrom",)


def _judged(told: list[_Fault | NotChecked], arrival: Arrival, catalogue: Catalogue) -> Judgement:
    findings = []
    for fault in told:
        if isinstance(fault, _Fault) and (severity := catalogue.severity(fault.rule, arrival.target.environment.tier)):
            place = _place(arrival.target, fault.key)
            page = catalogue.page(fault.rule)
            findings.append(
                Finding(
                    policy=fault.rule,
                    severity=severity,
                    message=fault.message,
                    location=place,
                    fix=fault.fix,
                    release=arrival.target.name,
                    docs=page.source if page else "",
                )
            )
    return Judgement(findings=tuple(findings), not_checked=tuple(one for one in told if isinstance(one, NotChecked)))


def _place(target: Release, key: KeyPath) -> Location:
    layers = target.layers if key[0] == "image" else target.environment.layers
    return place_of(layers, key) or target.place


def _skipped(arrival: Arrival) -> Iterator[_Fault | NotChecked]:
    here = arrival.target.environment.name
    due = arrival.target.environment.spec.get("promotesFrom")
    given = arrival.source.environment.name if arrival.source else ""
    if due == given:
        return
    app = arrival.target.app
    if not due:
        yield _Fault(
            rule="promotion/skipped-environment",
            message=f"{here} says of no Environment that it is promoted from it",
            fix=f"add `promotesFrom: {given}` to it, or `gitopsgen deploy {app} {arrival.version.tag} --env {here}`",
        )
        return
    yield _Fault(
        rule="promotion/skipped-environment",
        message=f"{here} is promoted from {due}, not from {given}",
        fix=f"`gitopsgen promote {app} --from {given} --to {due}` first, and from there to {here}",
    )


def _not_there(arrival: Arrival) -> Iterator[_Fault | NotChecked]:
    if arrival.source is None:
        return
    source = arrival.source.name
    if arrival.past is None:
        what = f"{arrival.target.name}: whether {source} has {arrival.version} now"
        yield NotChecked(object=what, reason="git knows of no commit here")
        return
    current = arrival.past.current
    if current is None or current.version != arrival.version:
        has = f"it has {current.version}" if current else "it has none"
        yield _Fault(
            rule="promotion/not-deployed",
            message=f"{source} does not have {arrival.version}: by the last commit {has}",
            fix=f"commit and deploy what {source} is to have first",
        )


def _too_early(arrival: Arrival) -> Iterator[_Fault | NotChecked]:
    soak = arrival.target.environment.spec.get("soak")
    if soak is None or arrival.source is None:
        return
    source, wanted = arrival.source.name, timedelta(seconds=float(to_seconds(soak)))
    since = arrival.past.since(arrival.version) if arrival.past else None
    if since is None:
        if arrival.past is None:
            yield _Fault(
                rule="promotion/soak",
                message=f"nobody knows since when {source} has {arrival.version}: git knows of no commit here",
                fix="run this in a clone with its history",
                key=("soak",),
            )
        return
    if arrival.now - since >= wanted:
        return
    has = f"{source} has had {arrival.version} for {_told(arrival.now - since)}, and must have it for {_told(wanted)}"
    first = arrival.past is not None and arrival.past.cut
    waits = f"in {_told(since + wanted - arrival.now)}, at {since + wanted:%Y-%m-%d %H:%M %Z}"
    yield _Fault(
        rule="promotion/soak",
        message=has + ("; the clone is shallow, and it may be longer" if first else ""),
        fix="`git fetch --unshallow`, and run this again" if first else f"promote it {waits}",
        key=("soak",),
    )


def _older(arrival: Arrival) -> Iterator[_Fault | NotChecked]:
    target = arrival.target
    current = ImageVersion.of(target.spec["image"])
    older = arrival.version.is_older_than(current)
    here = target.environment.name
    if older:
        yield _Fault(
            rule="promotion/downgrade",
            message=f"{here} has {current}, and {arrival.version} is older",
            fix=f"if it is meant: `gitopsgen rollback {target.app} --env {here} --to {arrival.version.tag}`",
            key=("image", "tag"),
        )
    elif older is None and arrival.version.tag != current.tag:
        what = f"{target.name}: whether {arrival.version} is older than {current}"
        yield NotChecked(object=what, reason="these tags are no versions that compare")


def _told(time: timedelta) -> str:
    """Return a time in its two largest units: ``1d 4h``, ``25m``."""
    minutes = max(int(time.total_seconds()) // 60, 0)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [f"{number}{unit}" for number, unit in ((days, "d"), (hours, "h"), (rest, "m")) if number]
    return " ".join(parts[:2]) or f"{max(int(time.total_seconds()), 0)}s"
