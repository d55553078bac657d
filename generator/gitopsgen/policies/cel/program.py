"""Compiling an expression and evaluating it over plain data."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from gitopsgen.policies.cel.environment import checking_environment, running_environment
from gitopsgen.policies.cel.errors import CelEvaluationError, CelSyntaxError
from gitopsgen.policies.cel.tags import untag

_COMPILE_ERROR = re.compile(r"ERROR: .*?:(?P<line>\d+):(?P<column>\d+): (?P<message>.*)")


@dataclass(frozen=True, slots=True, eq=False)
class Activation:
    """Bindings that were converted once, to be used by many expressions."""

    native: Any


def activation(bindings: Mapping[str, object]) -> Activation:
    """Return ``bindings`` converted for the engine; they must not change while it is in use."""
    return Activation(running_environment().Activation(dict(bindings)))


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """A compiled expression. ``result_type`` is what it is known to give: ``bool``, ``list<string>``, ``dyn`` …"""

    text: str
    result_type: str
    _native: Any

    def evaluate(self, bindings: Mapping[str, object] | Activation) -> object:
        """Return the expression's value as plain data; an opaque value (a quantity, an IP address) as its text.

        Raises:
            CelEvaluationError: it has no value: a missing key, a wrong type, a limit.
        """
        native = (bindings if isinstance(bindings, Activation) else activation(bindings)).native
        try:
            value = self._native.eval(native)
        except RuntimeError as fault:
            raise CelEvaluationError(_evaluation_message(str(fault))) from None
        kind = value.type().name()
        if kind == "ERROR":
            raise CelEvaluationError(_evaluation_message(str(value.value())))
        if kind == "BOOL":
            return value.value()
        return untag(value.plain_value())


@lru_cache(maxsize=4096)
def compile_expression(text: str, variables: tuple[str, ...]) -> Program:
    """Return ``text`` compiled over ``variables`` of any type.

    Raises:
        CelSyntaxError: it is no expression of Kubernetes' CEL.
    """
    environment = checking_environment(tuple((name, "dyn") for name in variables))
    try:
        checked = environment.compile(text)
        native = running_environment().deserialize(checked.serialize())
    except RuntimeError as fault:
        raise _syntax_error(str(fault)) from None
    return Program(text, checked.return_type().name(), native)


def _syntax_error(text: str) -> CelSyntaxError:
    found = _COMPILE_ERROR.search(text)
    if found is None:
        return CelSyntaxError(_evaluation_message(text))
    return CelSyntaxError(
        found["message"].removesuffix(" [INVALID_ARGUMENT]"), int(found["line"]), int(found["column"])
    )


def _evaluation_message(text: str) -> str:
    """Return the engine's text without its status codes."""
    return re.sub(r"^[A-Z_]+: | \[[A-Z_]+\]$", "", text)
