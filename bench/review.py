"""Measure ``gitopsgen diff`` of a fleet in which three Apps changed: ``bench/review.py [--apps N] [--rounds N]``."""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from fleet import write_fleet  # type: ignore[import-not-found] # beside this script
from run import Cost, least, measure, median  # type: ignore[import-not-found] # beside this script

_GITOPSGEN: Final = (sys.executable, "-m", "gitopsgen.cli.main")
_IDENTITY: Final = ("-c", "user.name=Bench", "-c", "user.email=bench@example.com", "-c", "commit.gpgsign=false")
_CHANGED: Final = ("app-00001", "app-00002", "app-00003")


def main() -> None:
    """Print a row for each way in which the tree can be known."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--apps", type=int, default=92)
    parser.add_argument("--rounds", type=int, default=11)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "repository")
        releases = write_fleet(root, arguments.apps)
        environment = {**os.environ, "XDG_CACHE_HOME": str(Path(folder, "cache"))}
        render = (*_GITOPSGEN, "render", "-C", str(root))
        diff = (*_GITOPSGEN, "diff", "-C", str(root))
        measure(render, environment)
        for command in (
            ("init", "--quiet", "--initial-branch", "main"),
            ("add", "."),
            ("commit", "--quiet", "-m", "base"),
        ):
            subprocess.run(["git", "-C", str(root), *_IDENTITY, *command], check=True)
        for app in _CHANGED:
            file = root / "environments" / "apps" / f"{app}.yaml"
            file.write_text(file.read_text().replace("LOG_LEVEL: info", "LOG_LEVEL: debug"))
        _row(releases, "three Apps edited, not rendered", [measure(diff, environment) for _ in range(arguments.rounds)])
        measure(render, environment)
        _row(releases, "three Apps edited and rendered", [measure(diff, environment) for _ in range(arguments.rounds)])
        two = (*diff, "--base", "HEAD", "--head", "HEAD")
        _row(releases, "two commits", [measure(two, environment) for _ in range(arguments.rounds)])
        caches = [{**environment, "XDG_CACHE_HOME": str(Path(folder, f"cache-{index}"))} for index in range(3)]
        _row(releases, "nothing known, all rendered", [measure(diff, cache) for cache in caches])


def _row(releases: int, what: str, costs: list[Cost]) -> None:
    cost = median(costs)
    walls = f"{cost.wall:.2f} s (least {min(one.wall for one in costs):.2f} s)"
    print(f"| {releases} | {what} | {walls} | {least(costs):.2f} s | {cost.peak:.0f} MiB |", flush=True)


if __name__ == "__main__":
    main()
