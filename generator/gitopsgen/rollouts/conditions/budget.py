"""What an evaluation may cost: the controller's own limit on memory, and ours on time."""

from typing import Final

from gitopsgen.rollouts.conditions.errors import NotJudged
from gitopsgen.rollouts.conditions.operators import OperandError

_MOST_STEPS: Final = 200_000
_MOST_MEMORY: Final = 10**6


class Budget:
    """Counts down; one for each evaluation."""

    def __init__(self) -> None:
        self._steps = _MOST_STEPS
        self._memory = _MOST_MEMORY

    def spend(self, steps: int = 1) -> None:
        """Take note of work.

        Raises:
            NotJudged: It is more than a check may take.
        """
        self._steps -= steps
        if self._steps < 0:
            raise NotJudged("it takes too long to be judged")

    def hold(self, size: int) -> None:
        """Take note of memory, in values held.

        Raises:
            OperandError: The controller gives up at that. Source: expr v1.15.5, vm/vm.go, MemoryBudget.
        """
        self._memory -= size
        if self._memory <= 0:
            raise OperandError("it needs more memory than the controller grants")
