"""Releases rendered by several processes, in the order that they were given."""

import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Final

from gitopsgen.model.release import Release
from gitopsgen.templating.rendering import Renderer, Rendering

WORTHWHILE: Final = 100
"""The number of releases from which on starting processes pays."""
_CHUNK: Final = 25
_inherited: dict[str, tuple[Renderer, list[Release]]] = {}  # what a forked process was given; set there, once


def render_all(renderer: Renderer, releases: list[Release], jobs: int, done: Callable[[int], None]) -> list[Rendering]:
    """Return what ``releases`` render to; ``jobs`` processes work on it, 0 for as many as there are cores.

    ``done`` is called with the number of releases that are rendered. Where processes cannot be forked, or it does not
    pay, this one does all the work: the result is the same.
    """
    workers = min(jobs or _cores(), len(releases) // _CHUNK or 1)
    worthwhile = jobs > 1 or len(releases) >= WORTHWHILE
    if workers <= 1 or not worthwhile or "fork" not in multiprocessing.get_all_start_methods():
        return list(_counted((renderer.release(release) for release in releases), done))
    _ = renderer.engine.environment  # made before the fork, so that each process has it
    renderer.release(releases[0])
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_start, initargs=(renderer, releases)) as pool:
        return list(_counted(pool.map(_render, range(len(releases)), chunksize=_CHUNK), done))


def _counted(renderings: Iterator[Rendering], done: Callable[[int], None]) -> Iterator[Rendering]:
    for number, rendering in enumerate(renderings, 1):
        yield rendering
        done(number)


def _start(renderer: Renderer, releases: list[Release]) -> None:
    _inherited["work"] = renderer, releases


def _render(index: int) -> Rendering:
    renderer, releases = _inherited["work"]
    return renderer.release(releases[index])


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
