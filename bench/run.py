"""Measure cold renders, and runs without a change and with one, beside the floor: ``bench/run.py [--apps N …]``."""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from fleet import write_fleet  # type: ignore[import-not-found] # beside this script

_HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measurement: medians over its runs, in seconds; the peak of memory in MiB."""

    releases: int
    what: str
    runs: int
    wall: float
    cpu: float


def measure(command: list[str], runs: int, environment: dict[str, str]) -> tuple[float, float]:
    """Return the medians of wall and CPU time of a command."""
    walls: list[float] = []
    cpus: list[float] = []
    for _ in range(runs):
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        walls.append(time.perf_counter() - start)
        cpus.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(walls), statistics.median(cpus)


def fleet_figures(apps: int, runs: int) -> list[Figure]:
    """Return the figures of a fleet of ``apps`` Apps in three Environments."""
    with tempfile.TemporaryDirectory() as folder:
        root, floor = Path(folder, "repository"), Path(folder, "floor")
        releases = write_fleet(root, apps)
        environment = {**os.environ, "XDG_CACHE_HOME": str(Path(folder, "cache"))}
        gitopsgen = [sys.executable, "-m", "gitopsgen.cli.main"]
        render = [*gitopsgen, "render", "-C", str(root)]
        figures: list[Figure] = []

        def add(what: str, command: list[str], times: int) -> None:
            wall, cpu = measure(command, times, environment)
            figures.append(Figure(releases=releases, what=what, runs=times, wall=wall, cpu=cpu))
            print(f"{releases:>6} {what:<32} {wall:8.2f} s wall {cpu:8.2f} s CPU", flush=True)

        add("floor: rendered once, unchecked", [sys.executable, str(_HERE / "floor.py"), str(root), str(floor)], runs)
        shutil.rmtree(floor)
        add("cold: all checks, everything new", [*render, "--no-cache"], 1)
        add("again, nothing remembered", [*render, "--no-cache"], runs)
        measure(render, 1, environment)
        add("again, nothing changed", render, 5)
        release = root / "environments" / "prod" / "app-00000.yaml"
        release.write_text(release.read_text().replace("tag: v1.", "tag: v2."))
        add("one release changed", render, 1)
        return figures


def main() -> None:
    """Print a table of all figures, and write them as JSON when asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--apps", type=int, nargs="*", default=[167, 1000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    version = measure([sys.executable, "-m", "gitopsgen.cli.main", "version"], 11, dict(os.environ))
    print(f"version {version[0] * 1000:.0f} ms wall")
    figures = [figure for apps in arguments.apps for figure in fleet_figures(apps, arguments.runs)]
    print("\n| releases | run | wall | CPU | CPU against the floor |\n|---|---|---|---|---|")
    for figure in figures:
        floor = next(one.cpu for one in figures if one.releases == figure.releases)
        ratio = f"{figure.cpu / floor:.2f} x"
        print(f"| {figure.releases} | {figure.what} | {figure.wall:.2f} s | {figure.cpu:.2f} s | {ratio} |")
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(figure) for figure in figures], indent=1) + "\n")


if __name__ == "__main__":
    main()
