"""Phases of measurements, and what two conditions make of one.

Source: argo-rollouts v1.9.2, utils/evaluate/evaluate.go, EvaluateResult.
"""

from dataclasses import dataclass
from enum import StrEnum


class Phase(StrEnum):
    """How a measurement ends."""

    SUCCESSFUL = "Successful"
    FAILED = "Failed"
    INCONCLUSIVE = "Inconclusive"
    ERROR = "Error"
    CONTROLLER_CRASH = "controller-crash"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What a metric asks of its result; empty for a condition that it does not have."""

    success: str = ""
    failure: str = ""


def phase_of(success: bool | None, failure: bool | None) -> Phase:  # noqa: FBT001 - what the conditions say
    """Return the phase that two conditions make; ``None`` for one that is not there."""
    failed = not (success is None or success) if failure is None else failure
    succeeded = not failed if success is None else success
    if failed:
        return Phase.FAILED
    return Phase.SUCCESSFUL if succeeded else Phase.INCONCLUSIVE
