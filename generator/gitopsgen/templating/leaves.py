"""Every value of what a traced render wrote: its file, its path, and all that had a say about it."""

from collections.abc import Iterator
from dataclasses import dataclass

from gitopsgen.model.manifest import dig, walk
from gitopsgen.source.location import Path
from gitopsgen.templating.release_run import Rendering
from gitopsgen.templating.traced import Origin, Trace, own, untraced, whole

_ENVIRONMENT = Origin("environment-metadata", ("name",))
_APP = Origin("app-metadata", ("name",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A scalar, or an empty list or map, of a rendered file."""

    file: str
    path: Path
    value: object
    trace: Trace


def leaves(rendering: Rendering) -> Iterator[Leaf]:
    """Yield every leaf of every file of a traced rendering; what its file is named after has placed it."""
    for manifest in rendering.manifests:
        if not manifest.virtual:
            folder = (_ENVIRONMENT, _APP) if manifest.release else (_ENVIRONMENT,)
            name = own(dig(manifest.body, "kind")).reasons | own(dig(manifest.body, "metadata", "name")).reasons
            yield from _leaves(manifest.file, manifest.body, Trace(placers=name | frozenset(folder)))
    if rendering.values:
        yield from _leaves(
            rendering.values.file, rendering.values.values, Trace(placers=frozenset((_ENVIRONMENT, _APP)))
        )


def file_traces(rendering: Rendering) -> Iterator[tuple[str, Trace]]:
    """Yield every file of a traced rendering, with all that had a say about anything in it, or about what is not."""
    for manifest in rendering.manifests:
        if not manifest.virtual:
            yield manifest.file, whole(manifest.body) | Trace(placers=frozenset((_ENVIRONMENT, _APP)))
    if rendering.values:
        yield rendering.values.file, whole(rendering.values.values) | Trace(placers=frozenset((_ENVIRONMENT, _APP)))


def _leaves(file: str, body: object, placed: Trace) -> Iterator[Leaf]:
    for path, value in walk(body):
        yield Leaf(file=file, path=tuple(map(_plain, path)), value=untraced(value), trace=own(value) | placed)


def _plain(part: str | int) -> str | int:
    return part if isinstance(part, int) else str.__str__(part)
