"""A policy made ready: its expressions compiled when first needed, and judged on one object after another.

As in a ValidatingAdmissionPolicy every validation is evaluated, a condition that is false decides over one that cannot
be evaluated, a variable is worked out where an expression reaches it, and a message that cannot be evaluated leaves the
verdict as it is. What differs: nothing is let through because it could not be evaluated.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from gitopsgen.descriptors.validation import Validator
from gitopsgen.model.finding import Fault
from gitopsgen.policies.cel import CelEvaluationError, CelSyntaxError, Program, compile_expression
from gitopsgen.policies.facts import OF_OBJECT, OF_RUN, OF_SPOT, VARIABLES, Facts
from gitopsgen.policies.paths import Spot
from gitopsgen.policies.policy import Policy, Validation
from gitopsgen.source.location import Path

_WORD: Final = re.compile(r"\b[A-Za-z_]\w*")
_VARIABLE: Final = re.compile(r"\bvariables\s*\.\s*\??\s*([A-Za-z_]\w*)\b(?!\s*\()")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an expression has no value; ``path`` leads to it in the policy's file."""

    path: Path
    message: str


@dataclass(slots=True)
class Judgement:
    """What a policy says of one object. ``applies`` is false where a matchCondition leaves the object out."""

    applies: bool = True
    faults: list[Fault] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


class CompiledPolicy:
    """A policy with its parameters."""

    def __init__(self, policy: Policy, params: Mapping[str, Any]) -> None:
        self.policy = policy
        self._params = dict(params)
        self._validator = Validator(dict(policy.schema["schema"])) if policy.schema else None
        self._conditions = [
            _Expression(text, ("spec", "matchConditions", index, "expression"))
            for index, (_, text) in enumerate(policy.conditions)
        ]
        self._variables = {
            name: _Expression(text, ("spec", "variables", index, "expression"))
            for index, (name, text) in enumerate(policy.variables)
        }
        self._validations = [_CompiledValidation(one) for one in policy.validations]
        self.asks = frozenset(name for one in self._expressions() for name in one.words if name in OF_OBJECT)

    def problems(self) -> Iterator[Problem]:
        """Yield the expressions that are none, whatever they are evaluated on."""
        for expression in self._expressions():
            try:
                expression.program()
            except CelSyntaxError as error:
                yield Problem(expression.path, _syntax_message(error))

    def judge(self, facts: Facts) -> Judgement:
        """Return what is broken on an object, and what cannot be evaluated on it."""
        judgement = Judgement()
        if self._validator:
            judgement.faults += self._schema_faults(facts, self._validator)
            return judgement
        scope = _Scope(facts, self._params, self._variables)
        judgement.applies = self._applies(scope, judgement)
        if judgement.applies:
            for validation in self._validations:
                if validation.sees_whole and scope.value(validation.expression, None, []) is True:
                    continue  # which it is nearly always: no place has to be looked for
                for at in validation.written.at:
                    for spot in facts.spots(at):
                        self._validate(validation, spot, scope, judgement)
        return judgement

    def _applies(self, scope: "_Scope", judgement: Judgement) -> bool:
        problems: list[Problem] = []
        for condition in self._conditions:
            held = scope.value(condition, None, problems)
            if held is False:
                return False
            if held is not True and not problems:
                problems.append(_no_boolean(condition, held))
        judgement.problems += problems
        return not problems

    def _validate(self, validation: "_CompiledValidation", spot: Spot, scope: "_Scope", judgement: Judgement) -> None:
        before = len(judgement.problems)
        held = scope.value(validation.expression, spot, judgement.problems)
        if held is True or len(judgement.problems) > before:
            return
        if held is not False:
            judgement.problems.append(_no_boolean(validation.expression, held))
            return
        written = validation.written
        message = written.message or self.policy.summary
        if validation.message:
            said = scope.value(validation.message, spot, judgement.problems)
            message = said if isinstance(said, str) and said.strip() else message
        judgement.faults.append(
            Fault(
                rule=self.policy.id,
                manifest=scope.facts.manifest,
                path=spot.path,
                message=message,
                fix=written.fix or self.policy.fix,
                key=written.key,
            )
        )

    def _schema_faults(self, facts: Facts, validator: Validator) -> Iterator[Fault]:
        schema = self.policy.schema or {}
        for spot in facts.spots(schema.get("at") or ""):
            for fault in validator.faults(spot.value, lambda _: None):
                yield Fault(
                    rule=self.policy.id,
                    manifest=facts.manifest,
                    path=(*spot.path, *fault.path),
                    message=schema.get("message") or fault.message,
                    fix=schema.get("fix") or self.policy.fix or fault.fix,
                )

    def _expressions(self) -> Iterator["_Expression"]:
        yield from self._conditions
        yield from self._variables.values()
        for validation in self._validations:
            yield validation.expression
            if validation.message:
                yield validation.message


class _Expression:
    """One expression of a policy's file, and the words that it uses."""

    def __init__(self, text: str, path: Path) -> None:
        self.text = text
        self.path = path
        self.words = frozenset(_WORD.findall(text))
        self.of_run = self.words & OF_RUN.keys()
        self.sees_spot = not self.words.isdisjoint(OF_SPOT)
        self.uses = tuple(dict.fromkeys(_VARIABLE.findall(text))) if "variables" in self.words else ()
        self._program: Program | None = None

    def program(self) -> Program:
        """Return the expression compiled.

        Raises:
            CelSyntaxError: it is no CEL.
        """
        if self._program is None:
            self._program = compile_expression(self.text, VARIABLES)
        return self._program


class _CompiledValidation:
    """One validation and its two expressions."""

    def __init__(self, written: Validation) -> None:
        self.written = written
        place: Path = ("spec", "validations", written.index)
        self.expression = _Expression(written.expression, (*place, "expression"))
        self.sees_whole = not self.expression.sees_spot
        """Whether it says the same of the object wherever it is reported."""
        self.message = (
            _Expression(written.message_expression, (*place, "messageExpression"))
            if written.message_expression
            else None
        )


class _Scope:
    """What the expressions of one policy see on one object."""

    def __init__(self, facts: Facts, params: Mapping[str, Any], variables: Mapping[str, _Expression]) -> None:
        self.facts = facts
        self._params = params
        self._variables = variables
        self._memory: dict[str, tuple[object, str]] = {}

    def value(self, expression: _Expression, spot: Spot | None, problems: list[Problem]) -> object:
        """Return an expression's value; where it has none, ``None``, and why is added to ``problems``."""
        try:
            return self._value(expression, spot)
        except CelSyntaxError as error:
            problems.append(Problem(expression.path, _syntax_message(error)))
        except CelEvaluationError as error:
            problems.append(Problem(expression.path, self._explained(expression, error.message)))
        return None

    def _value(self, expression: _Expression, spot: Spot | None, *, keep_opaque: bool = False) -> object:
        own: dict[str, object] = {}
        if "params" in expression.words:
            own["params"] = self._params
        if "variables" in expression.words:
            own["variables"] = {
                name: value for name in expression.uses for value, fault in (self._variable(name),) if not fault
            }
        # What looks at the whole object shares one conversion of it, wherever it is reported.
        used = self.facts.activation(spot if expression.sees_spot else None, own, expression.of_run)
        return expression.program().evaluate(used, keep_opaque=keep_opaque)

    def _variable(self, name: str) -> tuple[object, str]:
        """Return a variable's value, and why it has none; worked out once for an object."""
        if name not in self._memory:
            self._memory[name] = (None, "it refers to itself")
            expression = self._variables.get(name)
            if expression is None:
                self._memory[name] = (None, "there is no such variable")
            else:
                try:
                    self._memory[name] = (self._value(expression, None, keep_opaque=True), "")
                except (CelSyntaxError, CelEvaluationError) as error:
                    self._memory[name] = (None, error.message)
        return self._memory[name]

    def _explained(self, expression: _Expression, message: str) -> str:
        """Return why there is no value: of a variable that is missing, why that has none."""
        for name in expression.uses:
            fault = self._variable(name)[1]
            if fault and name in message:
                return f"the variable {name} has no value: {fault}"
        return message


def _no_boolean(expression: _Expression, value: object) -> Problem:
    return Problem(expression.path, f"it gives {value!r:.60}, and must give true or false")


def _syntax_message(error: CelSyntaxError) -> str:
    where = f" (line {error.line}, column {error.column})" if error.line > 1 or error.column > 1 else ""
    return f"{error.message}{where}"
