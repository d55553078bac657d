"""What every release came to, kept from one run to the next: only those whose inputs have changed are rendered again.

Kept are, for each release and for each Environment's own objects, a digest of all that goes into them and the ids that
git would give to their files: the texts are in git, or in the work tree. Like the memory of whole runs this lies in
the user's cache folder, and may be deleted at any time.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from gitopsgen.cli.console import progress
from gitopsgen.cli.memo import keep, recall, tool_seen
from gitopsgen.delivery.review.trees import Committed, Recalled
from gitopsgen.descriptors.resolving import Fleet, load_fleet
from gitopsgen.descriptors.selecting import Selection, require_match
from gitopsgen.git.history import blob_id
from gitopsgen.model.finding import Finding, Severity
from gitopsgen.model.release import Environment, Release
from gitopsgen.tree.state import place_of

_NAME = "releases"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unit:
    """What one release, or one Environment's own objects, came to: the ids of its files by their path."""

    digest: str
    blobs: Mapping[str, str]


def keep_units(root: Path, fleet: Fleet, texts: Mapping[str, str]) -> None:
    """Keep what the releases whose ``texts`` are given came to, beside what is kept of others."""
    files: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for file, text in texts.items():
        files[place_of(file)][file] = blob_id(text)
    digests = _digests(fleet)
    kept = {name: unit for name, unit in _kept(root).items() if name in digests}
    kept |= {name: _Unit(digest=digests[name], blobs=blobs) for name, blobs in files.items() if name in digests}
    units = {name: [unit.digest, dict(unit.blobs)] for name, unit in sorted(kept.items())}
    keep(root, _NAME, {"tool": tool_seen(root), "units": units})


def render_changed(root: Path, base: Committed, selection: Selection, jobs: int) -> tuple[Recalled, list[Finding]]:
    """Return what would be written, and what is wrong with what it is rendered from.

    Rendered is what is not kept, and what is kept but lies nowhere to be read: neither in ``base`` nor
    in the work tree.
    """
    fleet, findings = load_fleet(root)
    require_match(selection, fleet, findings)
    digests = {name: digest for name, digest in _digests(fleet).items() if _is_selected(selection, name)}
    kept = _kept(root)
    known = {name for name, digest in digests.items() if name in kept and kept[name].digest == digest}
    blobs = {file: blob for name in sorted(known) for file, blob in kept[name].blobs.items()}
    tree = Recalled(root=root, base=base, blobs=blobs)
    unread = {place_of(file) for file in tree.unreadable()}
    wanted = [name for name in digests if name not in known or name in unread]
    if wanted:
        texts, faults = _render(root, fleet, wanted, jobs)
        tree = tree.with_texts(texts, without=wanted)
        findings += faults
        if not any(one.severity is Severity.ERROR for one in findings):
            keep_units(root, fleet, texts)
    return tree, findings


def _render(root: Path, fleet: Fleet, names: Collection[str], jobs: int) -> tuple[dict[str, str], list[Finding]]:
    """Return what some releases and Environments' own objects render to; neither checks nor policies are loaded."""
    from gitopsgen.library import Library  # noqa: PLC0415 - only where something is to be rendered
    from gitopsgen.templating.engine import Engine  # noqa: PLC0415 - the same
    from gitopsgen.templating.parallel import render_all  # noqa: PLC0415 - the same
    from gitopsgen.templating.rendering import Renderer  # noqa: PLC0415 - the same
    from gitopsgen.tree.texts import file_texts  # noqa: PLC0415 - the same

    renderer = Renderer(engine=Engine(Library(root=root).templates))
    releases = [one for one in fleet.releases if one.name in names]
    environments = {one.name: one for one in fleet.environments}
    with progress() as show:
        renderings = render_all(renderer, releases, jobs, lambda done: show("rendering", done, len(releases)))
    renderings += [renderer.environment(one) for name, one in environments.items() if name in names]
    texts = file_texts(
        (manifest for one in renderings for manifest in one.manifests),
        (one.values for one in renderings if one.values),
        {one.name: one for one in releases},
        environments,
    )
    return texts, [finding for one in renderings for finding in one.findings]


def _is_selected(selection: Selection, name: str) -> bool:
    environment, _, app = name.partition("/")
    return selection.has_environment(environment) and (not app or selection.has_app(app))


def _kept(root: Path) -> dict[str, _Unit]:
    memory = recall(root, _NAME)
    if not isinstance(memory, dict) or memory.get("tool") != tool_seen(root):
        return {}
    return {name: _Unit(digest=digest, blobs=blobs) for name, (digest, blobs) in memory["units"].items()}


def _digests(fleet: Fleet) -> dict[str, str]:
    """Return a digest of all that goes into each release, and into each Environment's own objects."""
    environments = {one.name: _digest(_environment_inputs(one)) for one in fleet.environments}
    releases = {
        one.name: _digest([environments[one.environment.name], *_release_inputs(one)]) for one in fleet.releases
    }
    return {**environments, **releases}


def _environment_inputs(environment: Environment) -> list[object]:
    files = [layer.document.file for layer in environment.layers]
    return [environment.name, environment.labels, environment.annotations, environment.spec, environment.lineage, files]


def _release_inputs(release: Release) -> list[object]:
    return [release.app, release.labels, release.annotations, release.spec, release.files]


def _digest(inputs: list[object]) -> str:
    text = json.dumps(inputs, ensure_ascii=True, default=str)  # keys in the order in which templates meet them
    return hashlib.sha256(text.encode("ascii")).hexdigest()
