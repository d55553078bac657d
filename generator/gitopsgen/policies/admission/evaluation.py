"""Evaluating one policy under one binding, with one parameter object.

Source: kubernetes v1.35, staging/src/k8s.io/apiserver/pkg/admission/plugin/policy/validating/validator.go and
plugin/webhook/matchconditions/matcher.go.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gitopsgen.model.manifest import Body
from gitopsgen.policies.admission.compilation import Compiled, CompiledPolicy
from gitopsgen.policies.admission.decision import Outcome
from gitopsgen.policies.admission.policy import Validation
from gitopsgen.policies.admission.request import AdmissionRequest
from gitopsgen.policies.cel import Activation, CelEvaluationError, activation, path_at_fault
from gitopsgen.source.location import Path

_MAX_MESSAGE_BYTES = 5 * 1024
_MAX_VALUE_SIZE = 1_000_000
_UNBOUND = re.compile(r"no such (?:attribute|key): (?:variables\.)?(\w+)[.\w]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How one expression of the policy turned out."""

    outcome: Outcome
    message: str = ""
    reason: str = ""
    validation: int | None = None
    source: Compiled | None = None
    field: Path = ()


class _UnanswerableError(Exception):
    """The expression asks the cluster's authorizer."""


@dataclass(frozen=True)
class RequestBindings:
    """What every policy's expressions see of a request, converted once for those without parameters."""

    request: AdmissionRequest

    @cached_property
    def names(self) -> dict[str, Any]:
        """The names that Kubernetes declares for every expression of a policy."""
        return {
            "object": self.request.object,
            "oldObject": self.request.old_object,
            "request": self.request.attributes,
            "request.dryRun": False,
            "namespaceObject": self.request.namespace_object,
        }

    @cached_property
    def converted(self) -> Activation:
        """The same, converted for the engine."""
        return activation(self.names)


@dataclass(frozen=True)
class Evaluation:
    """One policy, one request, one parameter object (``None`` when the binding names none)."""

    compiled: CompiledPolicy
    request: AdmissionRequest
    plain: RequestBindings
    params: Body | None

    def verdicts(self) -> Iterator[Verdict]:
        """Yield a verdict a validation; one alone when a match condition decides."""
        precondition = self._precondition()
        if precondition is not None:
            yield precondition
            return
        for index, (validation, condition) in enumerate(
            zip(self.compiled.policy.validations, self.compiled.validations, strict=True)
        ):
            yield self._validated(index, validation, condition)

    def annotations(self) -> Iterator[tuple[Compiled, str]]:
        """Yield the audit annotations that have a value, with it."""
        for item in self.compiled.annotations:
            try:
                value = self._value(item)
            except (CelEvaluationError, _UnanswerableError):
                continue
            if isinstance(value, str) and value.strip():
                yield item, value.strip()

    def annotation_faults(self) -> Iterator[Verdict]:
        """Yield the audit annotations that cannot be evaluated."""
        for item in self.compiled.annotations:
            try:
                self._value(item)
            except CelEvaluationError as fault:
                yield Verdict(outcome=Outcome.ERROR, message=fault.message, source=item)
            except _UnanswerableError as fault:
                yield Verdict(outcome=Outcome.NOT_CHECKED, message=str(fault), source=item)

    def _precondition(self) -> Verdict | None:
        """Return what the match conditions decide; ``None`` lets the validations go on.

        Any that is false skips the policy, even when another one cannot be evaluated.
        """
        faults: list[Verdict] = []
        for item in self.compiled.conditions:
            try:
                if self._value(item) is False:
                    return Verdict(outcome=Outcome.SKIPPED, message=f"match condition {item.name!r} is false")
            except CelEvaluationError as fault:
                faults.append(Verdict(outcome=Outcome.ERROR, message=fault.message, source=item))
            except _UnanswerableError as fault:
                faults.append(Verdict(outcome=Outcome.NOT_CHECKED, message=str(fault), source=item))
        return faults[0] if faults else None

    def _validated(self, index: int, validation: Validation, item: Compiled) -> Verdict:
        try:
            holds = self._value(item)
        except CelEvaluationError as fault:
            return Verdict(outcome=Outcome.ERROR, message=fault.message, validation=index, source=item)
        except _UnanswerableError as fault:
            return Verdict(outcome=Outcome.NOT_CHECKED, message=str(fault), validation=index, source=item)
        if holds is True:
            return Verdict(outcome=Outcome.ADMITTED, validation=index, source=item)
        return Verdict(
            outcome=Outcome.DENIED,
            message=self._message(index, validation),
            reason=validation.reason,
            validation=index,
            source=item,
            field=self._field_at_fault(item),
        )

    def _field_at_fault(self, item: Compiled) -> Path:
        """Return what in the object makes a validation false."""
        if item.program is None:
            return ()
        values, _ = self._variables_for(tuple(self.compiled.variables))
        bindings = {
            **self._names,
            **{f"variables.{name}": value for name, value in values.items()},
            "variables": values,
        }
        programs = {
            f"variables.{name}": variable.program
            for name, variable in self.compiled.variables.items()
            if variable.program
        }
        return path_at_fault(
            item.program, bindings, "object" if self.request.object is not None else "oldObject", programs
        )

    def _message(self, index: int, validation: Validation) -> str:
        """Return what a denial says; a message expression that gives nothing usable is as if it were not there."""
        said: object = ""
        item = self.compiled.messages[index]
        if item is not None:
            try:
                said = self._value(item)
            except (CelEvaluationError, _UnanswerableError):
                said = ""
        text = said.strip() if isinstance(said, str) else ""
        if "\n" in text or len(text.encode()) > _MAX_MESSAGE_BYTES:
            text = ""
        return text or validation.message.strip() or f"failed expression: {validation.expression.strip()}"

    def _value(self, item: Compiled) -> object:
        """Evaluate one expression.

        Raises:
            CelEvaluationError: it does not compile, or has no value here.
            _UnanswerableError: it asks the cluster's authorizer.
        """
        if item.program is None:
            raise CelEvaluationError(f"compilation error: {item.fault}")
        bindings, faults = self._variables_for(item.uses)
        try:
            return item.program.evaluate(self._activation(bindings) if item.uses else self._base)
        except CelEvaluationError as fault:
            raise _explained(item.text, fault, faults) from None

    def _variables_for(self, names: tuple[str, ...]) -> tuple[dict[str, object], dict[str, str]]:
        """Return the values of the named variables, and why those without a value have none."""
        values: dict[str, object] = {}
        faults: dict[str, str] = {}
        for name in names:
            value = self._variable(name)
            if isinstance(value, CelEvaluationError):
                faults[name] = value.message
            else:
                values[name] = value
        return values, faults

    def _variable(self, name: str) -> object:
        """Return a variable's value, or the error that it has in place of one; worked out once, when first used."""
        if name not in self._memory:
            item = self.compiled.variables[name]
            self._memory[name] = _sized(name, self._variable_value(item))
        return self._memory[name]

    def _variable_value(self, item: Compiled) -> object:
        if item.program is None:
            return CelEvaluationError(f'composited variable "{item.name}" fails to compile: {item.fault}')
        bindings, faults = self._variables_for(item.uses)
        used = self._activation(bindings) if item.uses else self._base
        try:
            return item.program.evaluate(used, keep_opaque=True)
        except CelEvaluationError as fault:
            try:
                reason = _explained(item.text, fault, faults).message
            except _UnanswerableError as unanswerable:
                reason = str(unanswerable)
            return CelEvaluationError(f'composited variable "{item.name}" fails to evaluate: {reason}')

    def _activation(self, variables: Mapping[str, object]) -> Activation:
        named = {f"variables.{name}": value for name, value in variables.items()}
        return activation({**self._names, **named, "variables": dict(variables)})

    @cached_property
    def _base(self) -> Activation:
        return self.plain.converted if self.compiled.policy.param_kind is None else activation(self._names)

    @cached_property
    def _memory(self) -> dict[str, object]:
        return {}

    @cached_property
    def _names(self) -> dict[str, Any]:
        return {**self.plain.names, "params": self.params}


def _explained(text: str, fault: CelEvaluationError, variables: Mapping[str, str]) -> CelEvaluationError:
    """Return the error as Kubernetes words it: with the expression, and why a variable has no value.

    Raises:
        _UnanswerableError: the expression asked the authorizer.
    """
    unbound = _UNBOUND.fullmatch(fault.message)
    if unbound and unbound[1] == "authorizer":
        raise _UnanswerableError("it asks the cluster's authorizer")
    reason = variables.get(unbound[1], fault.message) if unbound else fault.message
    return CelEvaluationError(f"expression '{text.strip()}' resulted in error: {reason}")


def _sized(name: str, value: object) -> object:
    """Return ``value`` unless it is so large that a chain of variables could be doubling it without end."""
    if isinstance(value, str | list | dict) and len(value) > _MAX_VALUE_SIZE:
        return CelEvaluationError(f'composited variable "{name}" is larger than {_MAX_VALUE_SIZE:,}')
    return value
