"""Measure the structural rules by family: ``bench/rules.py [--apps N] [ROOT]``, CPU milliseconds a release."""

import argparse
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from fleet import write_fleet  # type: ignore[import-not-found] # beside this script
from gitopsgen.library import Library
from gitopsgen.model.manifest import Manifest, ManifestSet
from gitopsgen.model.versions import Versions
from gitopsgen.pipeline import Selection, render
from gitopsgen.validation.structural import Check, structural_checks

_ROUNDS: Final = 30


def main() -> None:
    """Render a repository, the example or a fleet, and print what its releases' checks cost alone and all together."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", nargs="?", type=Path, default=Path(__file__).resolve().parent.parent)
    parser.add_argument("--apps", type=int, help="measure a synthetic fleet of so many Apps instead")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root: Path = arguments.root
        if arguments.apps:
            root = Path(folder)
            write_fleet(root, arguments.apps)
        sets = [resources for _, resources in render(root, Library(root=root), Selection()).sets()]
    print(
        "| family | one release alone, the dearest | all releases of an environment together, each |\n|---|---:|---:|"
    )
    alone = [ManifestSet(manifests) for resources in sets for manifests in _by_release(resources).values()]
    for check in structural_checks():
        dearest = max(_milliseconds(check, resources) for resources in alone[: 3 * len(sets)])
        each = [_milliseconds(check, resources, rounds=3) / len(_by_release(resources)) for resources in sets]
        print(f"| {check.__name__.removeprefix('check_')} | {dearest:.2f} ms | {max(each):.2f} ms |")


def _by_release(resources: ManifestSet) -> Mapping[str, tuple[Manifest, ...]]:
    found: defaultdict[str, tuple[Manifest, ...]] = defaultdict(tuple)
    for manifest in resources:
        if manifest.release:
            found[manifest.release] += (manifest,)
    return found


def _milliseconds(check: Check, resources: ManifestSet, rounds: int = _ROUNDS) -> float:
    """Return the least CPU time of a number of runs, which other work on the machine disturbs least."""
    return min(_costs(check, resources, rounds)) * 1000


def _costs(check: Check, resources: ManifestSet, rounds: int) -> Iterator[float]:
    for _ in range(rounds):
        start = time.process_time()
        list(check(resources, Versions()))
        yield time.process_time() - start


if __name__ == "__main__":
    main()
