"""The expressions of a policy, compiled: each over the variables that Kubernetes declares for its place.

Source: kubernetes v1.35, staging/src/k8s.io/apiserver/pkg/admission/plugin/cel (compile.go, composition.go) and
plugin/policy/validating/plugin.go.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from gitopsgen.policies.admission.policy import IDENTIFIER, AdmissionPolicy, NamedExpression
from gitopsgen.policies.cel import CelSyntaxError, Program, compile_typed
from gitopsgen.policies.cel.declarations import AUTHORIZER, RESOURCE_CHECK
from gitopsgen.policies.cel.members import member_names
from gitopsgen.source.location import Path

_BASE = (
    ("namespaceObject", "dyn"),
    ("object", "dyn"),
    ("oldObject", "dyn"),
    ("request", "dyn"),
    ("request.dryRun", "bool"),
)
_AUTHORIZER = (("authorizer", AUTHORIZER), ("authorizer.requestResource", RESOURCE_CHECK))
_PLAIN_TYPES = re.compile(r"(?:(?:list|map)<|[<>, ]|bool|int|double|string|bytes|duration|timestamp|dyn)+")
_HAS = re.compile(r"\bhas\s*\(\s*((?:variables|request)\.\w+)\s*\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """One expression: its program, or why there is none. ``path`` leads to it in the policy.

    ``uses`` are the variables it mentions, in the order of their declaration.
    """

    name: str
    text: str
    path: Path
    program: Program | None
    fault: CelSyntaxError | None
    uses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledPolicy:
    """A policy with its compiled expressions; ``messages`` has one entry a validation."""

    policy: AdmissionPolicy
    conditions: tuple[Compiled, ...]
    variables: Mapping[str, Compiled]
    validations: tuple[Compiled, ...]
    messages: tuple[Compiled | None, ...]
    annotations: tuple[Compiled, ...]

    @property
    def faults(self) -> Iterator[Compiled]:
        """The expressions that do not compile, in the order of the policy."""
        messages = (message for message in self.messages if message is not None)
        everything: Iterable[Compiled] = (
            *self.conditions,
            *self.variables.values(),
            *self.validations,
            *messages,
            *self.annotations,
        )
        return (compiled for compiled in everything if compiled.fault is not None)


def compile_policy(policy: AdmissionPolicy) -> CompiledPolicy:
    """Return ``policy`` with every expression compiled; those that do not compile say why."""
    params = (("params", "dyn"),) if policy.param_kind is not None else ()
    silent = _Scope((*_BASE, *params), {})
    scope = _Scope((*_BASE, *params, *_AUTHORIZER), {})
    conditions = tuple(scope.compiled(item, "bool") for item in policy.conditions)
    for variable in policy.variables:
        compiled = scope.compiled(variable)
        scope = scope.with_variable(compiled)
        silent = silent.with_variable(compiled)
    return CompiledPolicy(
        policy=policy,
        conditions=conditions,
        variables=scope.known,
        validations=tuple(
            scope.compiled(
                NamedExpression(name="", expression=item.expression, path=(*item.path, "expression")), "bool"
            )
            for item in policy.validations
        ),
        messages=tuple(
            silent.compiled(
                NamedExpression(name="", expression=item.message_expression, path=(*item.path, "messageExpression")),
                "string",
            )
            if item.message_expression
            else None
            for item in policy.validations
        ),
        annotations=tuple(scope.compiled(item, "string", "null_type") for item in policy.annotations),
    )


@dataclass(frozen=True, slots=True)
class _Scope:
    """What an expression may refer to: names with their types, and the policy's variables so far."""

    names: tuple[tuple[str, str], ...]
    known: Mapping[str, Compiled]

    def with_variable(self, variable: Compiled) -> "_Scope":
        """Return this with one variable more; nothing can refer to one whose name is no identifier."""
        if not IDENTIFIER.fullmatch(variable.name):
            return self
        program = variable.program
        kind = program.result_type if program and _PLAIN_TYPES.fullmatch(program.result_type) else "dyn"
        names = self.names if self.known else (*self.names, ("variables", "map<string, dyn>"))
        return _Scope((*names, (f"variables.{variable.name}", kind)), {**self.known, variable.name: variable})

    def compiled(self, item: NamedExpression, *expected: str) -> Compiled:
        """Compile one expression, whose type must be one of ``expected``; any is right when there are none."""
        try:
            program = self._program(item.expression)
            uses = self._uses(program)
            if expected and program.result_type not in expected:
                return _faulty(item, f"must evaluate to {' or '.join(expected)} but got {program.result_type}")
            unknown = sorted(uses - self.known.keys())
            if unknown:
                return _faulty(item, f"undefined field {unknown[0]!r}: no variable of this name comes before")
            inlined = self._with_unbindable_variables_inlined(item.expression, uses)
            if inlined != item.expression:
                program = self._program(inlined)
                uses = self._uses(program)
        except CelSyntaxError as fault:
            return Compiled(name=item.name, text=item.expression, path=item.path, program=None, fault=fault)
        return Compiled(
            name=item.name,
            text=item.expression,
            path=item.path,
            program=program,
            fault=None,
            uses=tuple(name for name in self.known if name in uses),
        )

    def _program(self, text: str) -> Program:
        """Compile over the names that ``text`` may mention: few environments then serve many policies."""
        tested = set(_HAS.findall(text))  # the engine reads has(a.b) as the value of a variable that is called a.b
        names = (item for item in self.names if all(part in text for part in item[0].split(".")))
        return compile_typed(text, tuple(item for item in names if item[0] not in tested))

    def _uses(self, program: Program) -> frozenset[str]:
        return member_names(program, "variables") if self.known else frozenset()

    def _with_unbindable_variables_inlined(self, text: str, uses: frozenset[str]) -> str:
        """Return ``text`` with the expression in the place of every variable whose value cannot be handed over.

        An optional or an unsigned integer would come back as a plain value.
        """
        for name in reversed([name for name in self.known if name in uses]):
            variable = self.known[name]
            if variable.program and re.search(r"\boptional_type\b|\buint\b", variable.program.result_type):
                text = re.sub(rf"\bvariables\s*\.\s*{name}\b", _constant(f"({variable.text}\n)"), text)
        return text


def _constant(text: str) -> Callable[[re.Match[str]], str]:
    """Return a replacement that is put in as it is, backslashes and all."""
    return lambda _: text


def _faulty(item: NamedExpression, message: str) -> Compiled:
    return Compiled(name=item.name, text=item.expression, path=item.path, program=None, fault=CelSyntaxError(message))
