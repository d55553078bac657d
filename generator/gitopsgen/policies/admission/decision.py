"""What an admission policy says of a request."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from gitopsgen.source.location import Path


class Action(StrEnum):
    """What a binding does with a denial."""

    DENY = "Deny"
    WARN = "Warn"
    AUDIT = "Audit"


class Outcome(StrEnum):
    """How the evaluation of one expression, or of a binding as a whole, ended.

    ``ERROR`` is an expression that cannot be evaluated or a faulty set-up; whether it denies the request is
    ``Decision.denies``. ``NOT_CHECKED`` is what only a cluster could answer.
    """

    ADMITTED = "admitted"
    DENIED = "denied"
    SKIPPED = "skipped"
    ERROR = "error"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What one validation of one policy says under one binding, with one parameter object.

    ``binding`` is empty when a policy was evaluated without any; ``param`` names the parameter object, if one was
    used. ``validation`` is the index in ``spec.validations``, ``None`` where the decision is about the whole policy or
    binding; ``path`` leads to the part of the policy that decided, ``field`` to what in the object made it deny (the
    last steps of it may be missing there). ``denies`` tells whether the API server would act
    on it, with ``actions``: under ``failurePolicy: Ignore`` an error admits.
    """

    policy: str
    binding: str
    outcome: Outcome
    denies: bool
    message: str = ""
    reason: str = ""
    validation: int | None = None
    path: Path = ()
    field: Path = ()
    actions: tuple[Action, ...] = ()
    param: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """All that the policies say of one request, in the order of policies, bindings, parameters and validations.

    ``annotations`` are what the API server would add to the audit event, as ``policy/key``.
    """

    decisions: tuple[Decision, ...]
    annotations: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def allowed(self) -> bool:
        """Tell whether the API server would let the request through."""
        return not any(decision.denies and Action.DENY in decision.actions for decision in self.decisions)

    @property
    def warnings(self) -> tuple[str, ...]:
        """The warnings that the API server would send back."""
        return tuple(
            f"Validation failed for ValidatingAdmissionPolicy '{decision.policy}' with binding "
            f"'{decision.binding}': {decision.message}"
            for decision in self.decisions
            if decision.denies and Action.WARN in decision.actions
        )
