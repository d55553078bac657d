"""Releases rendered by several processes, in the order that they were given."""

from collections.abc import Callable, Iterator
from typing import Final

from gitopsgen.model.parallel import processes, shared_out
from gitopsgen.model.release import Release
from gitopsgen.templating.release_run import Rendering
from gitopsgen.templating.rendering import Renderer

_WORTHWHILE: Final = 100
"""The number of releases from which on starting processes pays."""
_CHUNK: Final = 25


def render_all(renderer: Renderer, releases: list[Release], jobs: int, done: Callable[[int], None]) -> list[Rendering]:
    """Return what ``releases`` render to; ``jobs`` processes work on it, 0 for as many as there are cores.

    ``done`` is called with the number of releases that are rendered. Where processes cannot be forked, or it does not
    pay, this one does all the work: the result is the same.
    """
    workers = min(processes(jobs, len(releases), _WORTHWHILE), len(releases) // _CHUNK)
    if workers > 1:
        _ = renderer.engine.environment  # made before the fork, so that each process has it
        renderer.release(releases[0])
    return list(_counted(shared_out(renderer.release, releases, workers, chunk=_CHUNK), done))


def _counted(renderings: Iterator[Rendering], done: Callable[[int], None]) -> Iterator[Rendering]:
    for number, rendering in enumerate(renderings, 1):
        yield rendering
        done(number)
