"""The sync windows of an AppProject: when its Applications may be synced."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import Manifest, list_at, text_at
from gitopsgen.source.location import Path
from gitopsgen.validation.argo_cd.glob import matches
from gitopsgen.validation.argo_cd.schedule import cron_error, parse_duration
from gitopsgen.validation.argo_cd.spec import ApplicationSpec

_SELECTORS: Final = ("applications", "namespaces", "clusters")
_LONGEST_DESCRIPTION: Final = 255
_MINUTE: Final = 60
_ZONE: Final = re.compile(r"UTC|Local|GMT|[A-Z][A-Za-z0-9_+\-]*(/[A-Z][A-Za-z0-9_+\-]*)*")


def check_sync_windows(manifest: Manifest, applications: list[ApplicationSpec]) -> Iterator[Fault]:
    """Yield the windows of a project that cannot be read, or are for none of ``applications``, the project's own."""
    seen: set[str] = set()
    for index, window in enumerate(list_at(manifest.body, "spec", "syncWindows")):
        if not isinstance(window, Mapping):
            continue
        path: Path = ("spec", "syncWindows", index)
        yield from _check_window(manifest, path, window)
        identity = repr(
            sorted((key, value) for key, value in window.items() if key not in ("manualSync", "description"))
        )
        if identity in seen:
            yield _fault(manifest, "duplicate-sync-window", path, "the window is there already", "delete one of them")
        seen.add(identity)
        if applications and any(window.get(key) for key in _SELECTORS) and not _is_for_any(window, applications):
            yield _fault(
                manifest,
                "sync-window-matches-nothing",
                path,
                f"the window is for none of the {len(applications)} Applications of the project",
                "correct its applications, namespaces or clusters",
            )


def _check_window(manifest: Manifest, path: Path, window: Mapping[str, Any]) -> Iterator[Fault]:
    kind, schedule, duration = (text_at(window, key) for key in ("kind", "schedule", "duration"))
    if kind not in ("allow", "deny"):
        message = f"the kind `{kind}` makes the window ineffective"
        yield _fault(manifest, "sync-window-kind", (*path, "kind"), message, "write `allow` or `deny`")
    if problem := cron_error(schedule):
        message = f"the schedule `{schedule}` {problem}: every Application of the window is blocked"
        at = (*path, "schedule")
        yield _fault(manifest, "sync-window-schedule", at, message, "write minute, hour, day, month and weekday")
    seconds = parse_duration(duration)
    if seconds is None:
        message = f"the duration `{duration}` is none: every Application of the window is blocked"
        yield _fault(manifest, "sync-window-duration", (*path, "duration"), message, "write `1h`, or `30m`")
    elif seconds <= 0:
        message = f"the window is open for `{duration}`, which is never"
        yield _fault(manifest, "sync-window-never-open", (*path, "duration"), message, "write `1h`, or `30m`")
    elif kind == "deny" and schedule.split() == ["*"] * 5 and seconds >= _MINUTE:
        message = "the window begins each minute and lasts until the next one: nothing is ever synced"
        at = (*path, "schedule")
        yield _fault(manifest, "sync-window-always-denies", at, message, "name the hours, such as `0 22 * * *`")
    zone = text_at(window, "timeZone")
    if zone and not _is_time_zone(zone):
        message = f"there is no time zone `{zone}`, and UTC is taken"
        yield _fault(
            manifest, "sync-window-time-zone", (*path, "timeZone"), message, "write `Europe/London`, or the like"
        )
    if not any(window.get(key) for key in _SELECTORS):
        message = "the window names no applications, namespaces or clusters, and has no effect"
        yield _fault(manifest, "sync-window-without-selector", path, message, "add `applications: ['*']`")
    description = text_at(window, "description")
    if len(description) > _LONGEST_DESCRIPTION:
        message = f"the description has {len(description)} characters, and {_LONGEST_DESCRIPTION} are allowed"
        yield _fault(manifest, "description-too-long", (*path, "description"), message, "shorten it")


def _is_for_any(window: Mapping[str, Any], applications: list[ApplicationSpec]) -> bool:
    patterns = {key: [text for text in list_at(window, key) if isinstance(text, str)] for key in _SELECTORS}
    every = window.get("andOperator") is True
    for application in applications:
        clusters = {application.cluster, text_at(application.destination, "name")}
        values = {"applications": {application.name}, "namespaces": {application.namespace}, "clusters": clusters}
        found = [
            any(matches(pattern, value) for pattern in patterns[key] for value in values[key])
            for key in _SELECTORS
            if patterns[key]
        ]
        if all(found) if every else any(found):
            return True
    return False


@lru_cache(maxsize=256)
def _is_time_zone(name: str) -> bool:
    """Tell whether ``name`` is in the time zone database; without one on this machine, whether it looks like a name."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415 - few projects name a zone

    if name in ("UTC", "Local"):
        return True
    if not _ZONE.fullmatch(name):
        return False
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return not _has_zones()
    return True


def _has_zones() -> bool:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415 - few projects name a zone

    try:
        ZoneInfo("Europe/London")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _fault(manifest: Manifest, rule: str, path: Path, message: str, fix: str) -> Fault:
    return Fault(rule=f"argo-cd/{rule}", manifest=manifest, path=path, message=message, fix=fix)
