"""Work that is shared out to processes: the same results, in the same order, of the same objects."""

import os

import pytest

from gitopsgen.model.parallel import processes, shared_out


class Thing:
    """An object that is equal to itself alone."""


@pytest.mark.parametrize("workers", [1, 3])
def test_results_come_in_order_and_of_the_objects_that_both_sides_have(workers: int) -> None:
    things = [Thing() for _ in range(100)]
    results = list(shared_out(lambda one: (one, os.getpid(), [one]), things, workers, same=things, chunk=7))
    assert [result[0] for result in results] == things
    assert all(result[2][0] is thing for result, thing in zip(results, things, strict=True))
    assert (os.getpid() in {result[1] for result in results}) == (workers == 1)


def test_a_fault_of_the_work_is_raised_here() -> None:
    with pytest.raises(ZeroDivisionError):
        list(shared_out(lambda number: 1 // number, [1, 0, 1], 2))


@pytest.mark.parametrize(
    ("jobs", "amount", "expected"),
    [(1, 1000, 1), (2, 1000, 2), (2, 1, 1), (2, 0, 1), (0, 99, 1)],
)
def test_how_many_processes(jobs: int, amount: int, expected: int) -> None:
    assert processes(jobs, amount, 100) == expected
