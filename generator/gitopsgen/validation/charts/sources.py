"""The chart of a release as a file or folder at hand: in the repository, or in Helm's cache."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gitopsgen.model.suggest import did_you_mean
from gitopsgen.source.reader import read

CHARTS = "charts"
"""The folder of a repository in which charts lie."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart at hand: a folder or an archive; ``name`` is what its own Chart.yaml says, empty for an archive."""

    place: Path
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """A chart that is not at hand. ``expected`` tells that the repository itself should have it."""

    reason: str
    fix: str
    expected: bool = False


def find_chart(chart: Mapping[str, Any], root: Path, caches: tuple[Path, ...]) -> Chart | Absent:
    """Return where the chart of an App lies, or why it does not.

    A chart of a repository is looked for as a folder ``charts/NAME``, as an archive ``charts/NAME-VERSION.tgz``, and in
    ``caches``, the folders where Helm keeps what it has pulled.
    """
    if "path" in chart:
        return _in_repository(str(chart["path"]), root)
    name, version = str(chart["name"]), str(chart["version"])
    vendored = root / CHARTS / name
    said = _read_chart(vendored)
    if said and said.get("version") == version:
        return Chart(place=vendored, name=str(said.get("name", "")))
    archive = f"{name}-{version}.tgz"
    for folder in (root / CHARTS, *caches):
        if (folder / archive).is_file():
            return Chart(place=folder / archive)
    repository = str(chart["repoURL"])
    pulled = f"{repository}/{name}" if repository.startswith("oci://") else f"--repo {repository} {name}"
    return Absent(
        reason=f"the chart {name} {version} is not at hand",
        fix=f"helm pull {pulled} --version {version} --destination {CHARTS}/",
    )


def _in_repository(path: str, root: Path) -> Chart | Absent:
    place = root / path
    said = _read_chart(place)
    if said is not None and place.resolve().is_relative_to(root.resolve()):
        return Chart(place=place, name=str(said.get("name", "")))
    charts = sorted(str(found.parent.relative_to(root)) for found in (root / CHARTS).glob("*/Chart.yaml"))
    return Absent(
        reason=f"there is no chart at `{path}`",
        fix=did_you_mean(path, charts) or f"name a folder that holds a Chart.yaml, such as `{CHARTS}/NAME`",
        expected=True,
    )


def _read_chart(folder: Path) -> Mapping[str, Any] | None:
    """Return what the Chart.yaml of a folder says; ``None`` when there is none."""
    try:
        text = (folder / "Chart.yaml").read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
    documents = read(text, "Chart.yaml").documents
    return documents[0].data if documents and isinstance(documents[0].data, Mapping) else {}
