"""Measure cold renders, and runs without a change and with one, beside the floor: ``bench/run.py [--apps N …]``."""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import yaml

from fleet import write_fleet  # type: ignore[import-not-found] # beside this script

_HERE = Path(__file__).resolve().parent
_GITOPSGEN = (sys.executable, "-m", "gitopsgen.cli.main")
_CHEAP_RUNS = 11


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one run cost: seconds, seconds of all its processes, and MiB at the peak of the largest of them."""

    wall: float
    cpu: float
    peak: float


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One row: the medians over its runs, and the least CPU time of them against the floor's least."""

    releases: int
    what: str
    runs: int
    median: Cost
    floors: float | None


class Bench:
    """The measurements of one fleet, in a folder and with a cache of their own."""

    def __init__(self, folder: Path, apps: int) -> None:
        self.root = folder / "repository"
        self.floor = folder / "floor"
        self.releases: int = write_fleet(self.root, apps)
        self.environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache")}
        self.costs: dict[str, list[Cost]] = {}
        self._edits = 0

    def figures(self, rounds: int, runs: int) -> list[Figure]:
        """Measure everything: ``rounds`` times what is dear, ``runs`` times what is cheap."""
        for _ in range(rounds):
            shutil.rmtree(self.floor, ignore_errors=True)
            self._measure(
                "floor: rendered once, unchecked",
                (sys.executable, str(_HERE / "floor.py"), str(self.root), str(self.floor)),
            )
            shutil.rmtree(self.root / "rendered", ignore_errors=True)
            self._measure("cold: all checks, every file new", self._render("--no-cache"))
        require_same(self.floor / "rendered", self.root / "rendered")
        for _ in range(rounds):
            self._measure("no change, nothing remembered", self._render("--no-cache"))
        for _ in range(rounds):
            self._edit_one_release()
            self._measure("one release changed", self._render())
        for _ in range(runs):
            self._measure("no change", self._render())
        floor = least(self.costs["floor: rendered once, unchecked"])
        return [
            Figure(
                releases=self.releases,
                what=what,
                runs=len(costs),
                median=median(costs),
                floors=least(costs) / floor,
            )
            for what, costs in self.costs.items()
        ]

    def _render(self, *options: str) -> tuple[str, ...]:
        return (*_GITOPSGEN, "render", "-C", str(self.root), *options)

    def _measure(self, what: str, command: tuple[str, ...]) -> None:
        cost = measure(command, self.environment)
        self.costs.setdefault(what, []).append(cost)
        print(
            f"{self.releases:>6} {what:<34} {cost.wall:8.2f} s wall {cost.cpu:8.2f} s CPU {cost.peak:6.0f} MiB",
            file=sys.stderr,
            flush=True,
        )

    def _edit_one_release(self) -> None:
        release = self.root / "environments" / "prod" / "app-00000.yaml"
        old, self._edits = self._edits, self._edits + 1
        before = "tag: v" if not old else f"tag: v{old}00"
        release.write_text(release.read_text().replace(before, f"tag: v{self._edits}00", 1))


def measure(command: tuple[str, ...], environment: dict[str, str], allowed: tuple[int, ...] = (0,)) -> Cost:
    """Return what a command cost, with all the processes that it started and waited for; the ``allowed`` statuses.

    Compiled modules are kept as they are for users, also where the machine's Python is told to keep none.
    """
    environment = {name: value for name, value in environment.items() if name != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment) as process:
        said = process.stderr.read() if process.stderr else b""
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in allowed:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}:\n{said.decode()[-2000:]}")
    return Cost(wall=wall, cpu=used.ru_utime + used.ru_stime, peak=used.ru_maxrss / 1024)


def median(costs: list[Cost]) -> Cost:
    """Return the median of each part of ``costs``."""
    part: Callable[[str], float] = lambda name: statistics.median(getattr(cost, name) for cost in costs)  # noqa: E731 - three times below
    return Cost(wall=part("wall"), cpu=part("cpu"), peak=part("peak"))


def least(costs: list[Cost]) -> float:
    """Return the least CPU time of ``costs``: the one that other work on the machine has disturbed least."""
    return min(cost.cpu for cost in costs)


def require_same(floor: Path, rendered: Path) -> None:
    """Stop when the floor wrote other objects than the tool: then the two cannot be compared."""
    texts = [
        {path.relative_to(top).as_posix(): path.read_text() for path in top.rglob("*.yaml")}
        for top in (floor, rendered)
    ]
    if texts[0].keys() != texts[1].keys():
        sys.exit(f"the floor and the tool wrote different files: {sorted(texts[0].keys() ^ texts[1].keys())[:5]}")
    for file in sorted(texts[0])[:: max(1, len(texts[0]) // 2000)]:
        first, second = (yaml.load(text[file], yaml.CSafeLoader) for text in texts)
        if first != second:
            sys.exit(f"the floor and the tool wrote different objects to {file}")


def main() -> None:
    """Print a table of all figures, and write them as JSON when asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--apps", type=int, nargs="*", default=[167, 1000], help="Apps, each in three Environments")
    parser.add_argument("--rounds", type=int, default=3, help="runs of the floor and of whole renders")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    arguments = parser.parse_args()
    version = median([measure((*_GITOPSGEN, "version"), dict(os.environ)) for _ in range(_CHEAP_RUNS)])
    figures = [Figure(releases=0, what="version", runs=_CHEAP_RUNS, median=version, floors=None)]
    for apps in arguments.apps:
        with tempfile.TemporaryDirectory() as folder:
            figures += Bench(Path(folder), apps).figures(arguments.rounds, _CHEAP_RUNS)
    print("| releases | run | wall | CPU | CPU against the floor | peak memory |\n|---:|---|---:|---:|---:|---:|")
    for one in figures:
        ratio = f"{one.floors:.2f} ×" if one.floors is not None else ""  # noqa: RUF001 - the sign of times
        cost = f"{one.median.wall:.2f} s | {one.median.cpu:.2f} s | {ratio} | {one.median.peak:.0f} MiB"
        print(f"| {one.releases or ''} | {one.what} | {cost} |")
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(figure) for figure in figures], indent=1) + "\n")


if __name__ == "__main__":
    main()
