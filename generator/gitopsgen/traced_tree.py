"""The files that one release or Environment renders to, each with its text and where everything in it came from."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gitopsgen.descriptors.resolving import Fleet
from gitopsgen.model.release import Environment, Release
from gitopsgen.source.emitter import emit
from gitopsgen.source.reader import Document, read
from gitopsgen.templating.paths import TREE
from gitopsgen.templating.traced import untraced
from gitopsgen.templating.tracing import Tracer
from gitopsgen.tree.header import with_header


@dataclass(frozen=True, kw_only=True)
class TracedFile:
    """A file of the rendered tree: its text as it is written, and its values, traced."""

    text: str
    body: Any
    unit: Release | Environment

    @cached_property
    def document(self) -> Document:
        """The file as it reads, with the place of every value."""
        return read(self.text, "").documents[0]


def files_of(unit: Release | Environment) -> tuple[str, ...]:
    """Return the descriptors that a release or an Environment comes from."""
    if isinstance(unit, Release):
        return unit.files
    return tuple(dict.fromkeys(layer.document.file for layer in unit.layers))


def unit_of(fleet: Fleet, file: str) -> Release | Environment | None:
    """Return the release or the Environment that renders a file of the tree, by the file's name."""
    match file.split("/"):
        case [folder, environment, "argocd", "apps", name] if folder == TREE:
            wanted = f"{environment}/{name.removesuffix('.yaml')}"
        case [folder, environment, "argocd", *_] if folder == TREE:
            wanted = environment
        case [folder, environment, app, *_] if folder == TREE:
            wanted = f"{environment}/{app}"
        case _:
            return None
    units: tuple[Release | Environment, ...] = (*fleet.releases, *fleet.environments)
    return next((unit for unit in units if unit.name == wanted), None)


def traced_files(tracer: Tracer, unit: Release | Environment) -> dict[str, TracedFile]:
    """Return the files that a release or an Environment renders to, by their name."""
    rendering = tracer.rendering(unit)
    bodies = [(one.file, one.body) for one in rendering.manifests if not one.virtual]
    if rendering.values:
        bodies.append((rendering.values.file, rendering.values.values))
    return {
        file: TracedFile(text=with_header(emit(untraced(body)), files_of(unit)), body=body, unit=unit)
        for file, body in bodies
    }
