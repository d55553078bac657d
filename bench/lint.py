"""Measure linting documents of other tools beside kubeconform, which checks their schemas alone: ``bench/lint.py``."""

import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from documents import write_documents  # type: ignore[import-not-found] # beside this script
from gitopsgen.foreign import load_manifests
from gitopsgen.validation import embedded
from run import Cost, measure, median  # type: ignore[import-not-found] # beside this script

_LINT = (sys.executable, "-m", "gitopsgen.cli.main", "lint")
_FINDINGS = 1
"""The exit status of both where something is found: some documents have a fault."""
_KUBERNETES = "1.34"
_LAYOUT = "{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json"


def write_schemas(documents: Path, folder: Path) -> None:
    """Write the embedded schemas of the kinds that are there, for kubeconform to read without a network."""
    for manifest in load_manifests(documents, ["."], lambda: "").manifests:
        file = folder / (manifest.group or manifest.version) / f"{manifest.kind.lower()}_{manifest.version}.json"
        if not file.exists():
            schema = embedded.schema_of(manifest.group, manifest.version, manifest.kind, _KUBERNETES)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps({**(schema or {}), "$schema": "https://json-schema.org/draft/2020-12/schema"}))


def main() -> None:
    """Print a table: wall and CPU of each, and how many times kubeconform's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=10_000, help="how many documents, at least")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each, one after another")
    arguments = parser.parse_args()
    program = shutil.which("kubeconform")
    if program is None:
        sys.exit("kubeconform is not on PATH: it is what is compared with")
    with tempfile.TemporaryDirectory() as name:
        documents, schemas = Path(name) / "documents", Path(name) / "schemas"
        count = write_documents(documents, arguments.documents)
        files = sum(1 for path in documents.rglob("*") if path.is_file())
        write_schemas(documents, schemas)
        location = f"{schemas}/{_LAYOUT}"
        conform = (
            program,
            "-strict",
            "-summary",
            "-kubernetes-version",
            f"{_KUBERNETES}.0",
            "-schema-location",
            location,
        )
        commands = {
            "kubeconform, schemas alone": (*conform, str(documents)),
            "gitopsgen lint, every check": (*_LINT, str(documents)),
            "the same with one process": (*_LINT, str(documents), "--jobs", "1"),
            "the same with kubeconform for the schemas": (*_LINT, str(documents), "--schema-engine", "kubeconform"),
        }
        costs: dict[str, list[Cost]] = {what: [] for what in commands}
        for _ in range(arguments.rounds):
            for what, command in commands.items():
                costs[what].append(measure(command, dict(os.environ), allowed=(0, _FINDINGS)))
    print(
        f"{count} documents in {files} files\n\n| run | wall | CPU | wall against kubeconform | CPU against kubeconform | peak memory |"
    )
    print("|---|---:|---:|---:|---:|---:|")
    floor = median(costs["kubeconform, schemas alone"])
    for what, several in costs.items():
        cost = median(several)
        ratios = f"{cost.wall / floor.wall:.1f} × | {cost.cpu / floor.cpu:.1f} ×"  # noqa: RUF001 - the sign of times
        print(f"| {what} | {cost.wall:.2f} s | {cost.cpu:.2f} s | {ratios} | {cost.peak:.0f} MiB |")


if __name__ == "__main__":
    main()
