"""The matrix of versions, for people, for a page and for machines."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from gitopsgen.delivery.status import Awaiting, ReleaseStatus, Status
from gitopsgen.reports.history import version_data
from gitopsgen.tree.state import State

_AWAITS: Final = "↑"
_AHEAD: Final = "↓"
_DRIFT: Final = "!"
_MOST_LINES: Final = 10
_BOLD, _RED, _YELLOW, _CYAN = "1", "31", "33", "36"


def status_text(status: Status, now: datetime, *, colour: bool) -> str:
    """Return the matrix, and a line for each thing to be done about it; ``now`` tells what has soaked."""

    def paint(text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if colour and code else text

    rows = _rows(status)
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for number, row in enumerate(rows):
        cells = [f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)]
        codes = [_colour(cell) if number and column else _BOLD * (number == 0) for column, cell in enumerate(row)]
        lines.append("  ".join(map(paint, cells, codes)).rstrip())
    for title, found in sections(status, now):
        lines += ["", paint(title, _BOLD), *(f"  {line}" for line in found)]
    lines += ["", summary(status)]
    return "".join(f"{line}\n" for line in lines)


def status_markdown(status: Status, now: datetime) -> str:
    """Return the matrix as a table of Markdown, and lists of what is to be done about it."""
    header, *rows = _rows(status)
    lines = [_row(header), _row(["---"] * len(header)), *(_row(row) for row in rows)]
    for title, found in sections(status, now):
        lines += ["", f"**{title.capitalize()}**", "", *(f"- {line}" for line in found)]
    lines += ["", summary(status)]
    return "".join(f"{line}\n" for line in lines)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _rows(status: Status) -> list[list[str]]:
    rows = [["", *status.environments]]
    for app in status.apps:
        found = (status.releases.get(f"{environment}/{app}") for environment in status.environments)
        rows.append([app, *(_cell(one) for one in found)])
    return rows


def _cell(release: ReleaseStatus | None) -> str:
    return " ".join((str(release.version), *marks_of(release))) if release else "-"


def marks_of(release: ReleaseStatus) -> tuple[str, ...]:
    """Return what marks a release in the matrix: ``↑`` awaits promotion, ``↓`` is ahead, ``!`` is not current."""
    marks = (_AWAITS if release.awaiting else "", _AHEAD if release.ahead else "", _DRIFT if release.drift else "")
    return tuple(filter(None, marks))


def _colour(cell: str) -> str:
    marks = {_DRIFT: _RED, _AHEAD: _YELLOW, _AWAITS: _CYAN}
    return next((code for mark, code in marks.items() if cell.endswith(mark)), "")


def sections(status: Status, now: datetime) -> Iterator[tuple[str, list[str]]]:
    """Yield what is to be done about the matrix: a title with its mark, and a line for each release or place."""
    releases = {
        f"{environment}/{app}": status.releases[f"{environment}/{app}"]
        for environment in status.environments
        for app in status.apps
        if f"{environment}/{app}" in status.releases
    }
    waiting = [_waiting(name, one, one.awaiting, now) for name, one in releases.items() if one.awaiting]
    ahead = [f"{name}: {one.version} is newer than what {one.ahead} has" for name, one in releases.items() if one.ahead]
    drift = [f"{name}: {_counts(one.drift)}" for name, one in releases.items() if one.drift]
    drift += [f"{place}: {_counts(found)}" for place, found in sorted(status.drift.items())]
    uncommitted = [f"{name}: {_files(one.uncommitted)}" for name, one in releases.items() if one.uncommitted]
    sections = (
        (f"awaits promotion {_AWAITS}", waiting),
        (f"ahead of where it is promoted from {_AHEAD}", ahead),
        (f"rendered/ is not what the descriptors say {_DRIFT}", drift),
        (
            "not committed",
            uncommitted if len(uncommitted) <= _MOST_LINES else [f"files of {len(uncommitted)} releases"],
        ),
    )
    yield from ((title, found) for title, found in sections if found)


def _waiting(name: str, release: ReleaseStatus, awaiting: Awaiting, now: datetime) -> str:
    line = f"{name}: {release.version} → {awaiting.version}, in {awaiting.source}"
    if awaiting.since is None:
        return line
    line += f" for {_span(now - awaiting.since)}"
    if awaiting.soaked and awaiting.soaked > now:
        line += f", soaks for {_span(awaiting.soaked - now)} more"
    return line


def _span(time: timedelta) -> str:
    """Return a span in its two largest units: ``2d 3h``."""
    minutes = max(int(time.total_seconds()) // 60, 0)
    parts = ((minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "m"))
    first = next((index for index, (amount, _) in enumerate(parts) if amount), len(parts) - 1)
    return " ".join(f"{amount}{unit}" for amount, unit in parts[first : first + 2] if amount) or "0m"


def _counts(drift: Mapping[State, int]) -> str:
    return ", ".join(f"{_files(drift[state])} {state}" for state in State if drift.get(state))


def _files(number: int) -> str:
    return f"{number} file{'s' * (number != 1)}"


def summary(status: Status) -> str:
    """Return how many releases there are, how many of them await promotion, and whether the tree is current."""
    waiting = sum(one.awaiting is not None for one in status.releases.values())
    parts = [f"{len(status.releases)} release{'s' * (len(status.releases) != 1)}"]
    parts += [f"{waiting} await{'s' * (waiting == 1)} promotion"] * bool(waiting)
    current = "the tree is current" if status.compared else "the tree is not compared"
    parts.append("the tree is not current: run `gitopsgen verify`" if status.drifted else current)
    return "; ".join(parts)


def status_data(status: Status) -> dict[str, Any]:
    """Return the status as plain data; the schema is ``gitopsgen schema output-status``."""
    return {
        "schemaVersion": 1,
        "environments": list(status.environments),
        "apps": list(status.apps),
        "releases": [
            {
                "release": name,
                "version": version_data(one.version),
                "awaiting": _awaiting_data(one.awaiting),
                "aheadOf": one.ahead or None,
                "drift": {state.value: number for state, number in one.drift.items()},
                "uncommitted": one.uncommitted,
            }
            for name, one in sorted(status.releases.items())
        ],
        "drift": {
            place: {state.value: number for state, number in found.items()}
            for place, found in sorted(status.drift.items())
        },
    }


def _awaiting_data(awaiting: Awaiting | None) -> dict[str, Any] | None:
    if awaiting is None:
        return None
    return {
        "version": version_data(awaiting.version),
        "from": awaiting.source,
        "since": awaiting.since.isoformat() if awaiting.since else None,
        "soaked": awaiting.soaked.isoformat() if awaiting.soaked else None,
    }
