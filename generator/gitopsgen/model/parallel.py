"""Work shared out to processes that are forked for it, with its results in order."""

import io
import multiprocessing
import os
import pickle
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")
_inherited: dict[str, "_Work"] = {}  # what a forked process was given; set there, once


def processes(jobs: int, amount: int, worthwhile: int) -> int:
    """Return how many processes to work on ``amount`` things with: ``jobs``, or 0 for one a core where that pays.

    It pays from ``worthwhile`` things on. Where processes cannot be forked, this one does all the work.
    """
    if "fork" not in multiprocessing.get_all_start_methods() or (jobs == 0 and amount < worthwhile):
        return 1
    return min(jobs or _cores(), amount or 1)


def shared_out(
    work: Callable[[T], R], items: Sequence[T], workers: int, *, same: Sequence[object] = (), chunk: int = 1
) -> Iterator[R]:
    """Yield what ``work`` makes of each of ``items``, in their order, with so many ``workers`` (see ``processes``).

    Results are copies, but for the objects in ``same``: where a result refers to one of these, so does what is yielded.
    """
    if workers <= 1 or len(items) <= 1:
        yield from map(work, items)
        return
    given = _Work(work=work, items=items, same=same)
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_start, initargs=(given,)) as pool:
        for packed in pool.map(_do, range(len(items)), chunksize=chunk):
            yield given.unpacked(packed)


@dataclass(frozen=True, kw_only=True)
class _Work:
    work: Callable[[Any], Any]
    items: Sequence[Any]
    same: Sequence[object]

    @cached_property
    def _numbers(self) -> dict[int, int]:
        return {id(one): number for number, one in enumerate(self.same)}

    def packed(self, index: int) -> bytes:
        """Return the result for an item as bytes."""
        stream = io.BytesIO()
        numbers = self._numbers

        class Packer(pickle.Pickler):
            def persistent_id(self, obj: object) -> int | None:
                return numbers.get(id(obj))

        Packer(stream, pickle.HIGHEST_PROTOCOL).dump(self.work(self.items[index]))
        return stream.getvalue()

    def unpacked(self, content: bytes) -> Any:  # noqa: ANN401 - whatever the work makes
        """Return a result out of bytes, with the objects that both sides have."""
        same = self.same

        class Unpacker(pickle.Unpickler):
            def persistent_load(self, pid: int) -> object:
                return same[pid]

        return Unpacker(io.BytesIO(content)).load()


def _start(given: _Work) -> None:
    _inherited["work"] = given


def _do(index: int) -> bytes:
    return _inherited["work"].packed(index)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
