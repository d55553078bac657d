"""Compiling an expression and evaluating it over plain data."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from gitopsgen.policies.cel.adapt import adapt, may_need_adapting
from gitopsgen.policies.cel.checked import parse
from gitopsgen.policies.cel.environment import checking_environment, running_environment
from gitopsgen.policies.cel.errors import CelEvaluationError, CelSyntaxError
from gitopsgen.policies.cel.growth import MAX_ESTIMATED_SIZE, estimated_size, may_grow
from gitopsgen.policies.cel.literals import literal_faults, may_need_checking
from gitopsgen.policies.cel.messages import evaluation_message, syntax_error
from gitopsgen.policies.cel.sharing import Shared
from gitopsgen.policies.cel.tags import untag


@dataclass(frozen=True, eq=False)
class Activation:
    """Bindings that are converted once, to be used by many expressions; they must not change while it is in use."""

    bindings: Mapping[str, object]
    shared: Shared | None = None

    @cached_property
    def native(self) -> Any:  # noqa: ANN401 - the native library is untyped
        """The engine's form of them; it converts a value when an expression first reads it."""
        return running_environment().Activation(dict(self.bindings))


def activation(bindings: Mapping[str, object], shared: Shared | None = None) -> Activation:
    """Return ``bindings`` for many expressions, beside ``shared`` ones."""
    return Activation(bindings, shared)


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """A compiled expression. ``result_type`` is what it is known to give: ``bool``, ``list<string>``, ``dyn``."""

    text: str
    result_type: str
    serialized: bytes
    _native: Any

    def evaluate(self, bindings: Mapping[str, object] | Activation, *, keep_opaque: bool = False) -> object:
        """Return the expression's value as plain data; an opaque value (a quantity, an IP address) as its text.

        With ``keep_opaque`` it is what another expression may be given for it.

        Raises:
            CelEvaluationError: it has no value: a missing key, a wrong type, a limit.
        """
        used = bindings if isinstance(bindings, Activation) else activation(bindings)
        try:
            return self._value(used, keep_opaque=keep_opaque)
        except CelEvaluationError as fault:
            if not fault.message.startswith("Integer value"):
                raise
        narrowed = {name: _with_large_integers_as_floats(value) for name, value in used.bindings.items()}
        return self._value(activation(narrowed, used.shared), keep_opaque=keep_opaque)

    def _value(self, used: Activation, *, keep_opaque: bool) -> object:
        try:
            if used.shared is not None and used.shared.is_mentioned(self.text):
                value = used.shared.evaluate(self.serialized, used.bindings)
            else:
                value = self._native.eval(used.native)
        except RecursionError:
            raise CelEvaluationError("a value is nested too deep") from None
        except RuntimeError as fault:
            raise CelEvaluationError(evaluation_message(str(fault))) from None
        kind = value.type().name()
        if kind == "BOOL":
            return value.value()
        if kind == "ERROR":
            raise CelEvaluationError(evaluation_message(str(value.value())))
        try:
            plain: object = value.plain_value()
            return plain if keep_opaque else untag(plain)
        except RecursionError:
            raise CelEvaluationError("a value is nested too deep") from None


@lru_cache(maxsize=4096)
def compile_expression(text: str, variables: tuple[str, ...]) -> Program:
    """Return ``text`` compiled over ``variables`` of any type.

    Raises:
        CelSyntaxError: it is no expression of Kubernetes' CEL.
    """
    return compile_typed(text, tuple((name, "dyn") for name in variables))


@lru_cache(maxsize=4096)
def compile_typed(text: str, variables: tuple[tuple[str, str], ...]) -> Program:
    """Return ``text`` compiled over ``variables``, given as name and type (``dyn``, ``list<string>`` …).

    Raises:
        CelSyntaxError: it is no expression of Kubernetes' CEL.
    """
    try:
        checked = checking_environment(variables).compile(text)
        serialized = checked.serialize()
        result_type = _type_name(checked.return_type().name())
        if may_need_checking(text):
            for position, message in literal_faults(parse(serialized)):
                raise CelSyntaxError(message, *_line_and_column(text, position))
        if may_grow(text) and estimated_size(parse(serialized).root) > MAX_ESTIMATED_SIZE:
            raise CelSyntaxError("may build a value that is too large: it is multiplied again and again")
        if may_need_adapting(text, result_type):
            syntax = parse(serialized)
            serialized = syntax.serialize(adapt(syntax, result_type))
        native = running_environment().deserialize(serialized)
    except RuntimeError as fault:
        raise syntax_error(str(fault)) from None
    return Program(text, result_type, serialized, native)


def _line_and_column(text: str, position: int) -> tuple[int, int]:
    before = text[:position]
    return before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1


def _type_name(native: str) -> str:
    """Return the engine's name of a type (``LIST<INT>``) as the language writes it."""
    return re.sub(r"\b[A-Z]+\b(?!\.)", lambda found: found[0].lower(), native).replace("null", "null_type")


def _with_large_integers_as_floats(value: object) -> object:
    """Return ``value`` with integers beyond 64 bits as floats, as Kubernetes reads them."""
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**63 else float(value)
    if isinstance(value, dict):
        return {key: _with_large_integers_as_floats(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_large_integers_as_floats(item) for item in value]
    return value
