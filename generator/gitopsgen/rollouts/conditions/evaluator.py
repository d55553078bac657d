"""The value of a checked and folded expression.

Source: expr v1.15.5 and v1.17.7, compiler/compiler.go and vm/vm.go.
"""

from collections.abc import Mapping, Sequence
from typing import Final, assert_never

from gitopsgen.rollouts.conditions import syntax
from gitopsgen.rollouts.conditions.access import contained, fetched, length_of, sliced
from gitopsgen.rollouts.conditions.budget import Budget
from gitopsgen.rollouts.conditions.dialect import Dialect
from gitopsgen.rollouts.conditions.errors import EvaluationError
from gitopsgen.rollouts.conditions.functions import FUNCTIONS, FUNCTIONS_NEWER
from gitopsgen.rollouts.conditions.go_types import INTEGERS, LIST, OBJECT, Kind
from gitopsgen.rollouts.conditions.methods import method_of
from gitopsgen.rollouts.conditions.operators import OperandError, computed, equal, negated, ordered, to_integer
from gitopsgen.rollouts.conditions.patterns import matches
from gitopsgen.rollouts.conditions.predicates import PREDICATES, Scope
from gitopsgen.rollouts.conditions.syntax import Node
from gitopsgen.rollouts.conditions.values import Function, List, Map, Value, is_nil, object_map, type_of, wrapped

_ENVIRONMENT: Final = "$env"


def evaluate(node: Node, environment: Mapping[str, Value], dialect: Dialect) -> Value:
    """Return the value of an expression.

    Raises:
        EvaluationError: It fails on these values.
        NotJudged: It takes too long, or uses what is not modelled.
    """
    return Evaluator(environment, dialect).value(node)


class _Nothing(Exception):  # noqa: N818 - no error: a `?.` has found nil
    """Leaves the chain that a ``?.`` is in."""


class Evaluator:
    """Evaluates one expression once; ``scopes`` are the predicates that it is in.

    Operands wait on a ``stack``, as they do upstream, where some functions leave something behind on it that the next
    operator then takes for its left side.
    """

    def __init__(self, environment: Mapping[str, Value], dialect: Dialect) -> None:
        self.newer = dialect.is_newer
        self.budget = Budget()
        self.scopes: list[Scope] = []
        self.stack: list[Value] = []
        self._environment = environment
        self._variables: list[tuple[str, Value]] = []
        self._functions = FUNCTIONS_NEWER if self.newer else FUNCTIONS

    def value(self, node: Node) -> Value:
        """Return the value of a part.

        Raises:
            EvaluationError: It fails.
        """
        self.budget.spend()
        try:
            return self._value(node)
        except OperandError as error:
            raise EvaluationError(str(error), node.offset) from None

    def _values(self, nodes: Sequence[Node]) -> tuple[Value, ...]:
        for node in nodes:
            self.stack.append(self.value(node))
        return tuple(reversed([self.stack.pop() for _ in nodes]))

    def truth(self, node: Node) -> bool:
        """Return the value of a part that must be true or false.

        Raises:
            EvaluationError: It is neither.
        """
        value = self.value(node)
        if not isinstance(value, bool):
            raise EvaluationError(f"it must be true or false, and is {type_of(value).words}", node.offset)
        return value

    def _value(self, node: Node) -> Value:  # noqa: C901, PLR0911, PLR0912 - one case for each kind of part
        match node:
            case syntax.Name():
                return self._name(node.text)
            case syntax.Integer() | syntax.Float() | syntax.Text() | syntax.Boolean() | syntax.Constant():
                return node.value
            case syntax.Binary():
                return self._binary(node)
            case syntax.Member():
                return self._member(node)
            case syntax.Builtin():
                return self._builtin(node)
            case syntax.Unary():
                return self._unary(node)
            case syntax.Call():
                return self._call(node)
            case syntax.Nil():
                return None
            case syntax.Chain():
                try:
                    return self.value(node.body)
                except _Nothing:
                    return None
            case syntax.Slice():
                return self._slice(node)
            case syntax.Predicate():
                return self.value(node.body)
            case syntax.Pointer():
                return self.scopes[-1].pointer(node.name)
            case syntax.Let():
                return self._let(node)
            case syntax.Sequence():
                return [self.value(part) for part in node.parts][-1]
            case syntax.Conditional():
                return self.value(node.yes if self.truth(node.condition) else node.no)
            case syntax.ListOf():
                self.budget.hold(len(node.items))
                return List(LIST, self._values(node.items))
            case syntax.MapOf():
                return self._map(node)
            case syntax.Entry():
                return self.value(node.value)
            case _:
                assert_never(node)

    def _name(self, name: str) -> Value:
        for variable, value in reversed(self._variables):
            if variable == name:
                return value
        return object_map(OBJECT, self._environment) if name == _ENVIRONMENT else self._environment.get(name)

    def _unary(self, node: syntax.Unary) -> Value:
        match node.operator:
            case "!" | "not":
                return not self.truth(node.operand)
            case "-":
                return negated(self.value(node.operand))
            case _:
                return self.value(node.operand)

    def _binary(self, node: syntax.Binary) -> Value:
        match node.operator:
            case "or" | "||":
                return True if self.truth(node.left) else self.value(node.right)
            case "and" | "&&":
                return self.value(node.right) if self.truth(node.left) else False
            case "??":
                value = self.value(node.left)
                return self.value(node.right) if is_nil(value) else value
        left, right = self._values((node.left, node.right))
        match node.operator:
            case "==" | "!=":
                if self.newer or node.operator == "==":
                    self._check_same(node, left, right)
                return equal(left, right, newer=self.newer) is (node.operator == "==")
            case "..":
                first = to_integer(left)
                size = max(0, wrapped(to_integer(right) - first + 1))
                self.budget.hold(size)
                return List(INTEGERS, range(first, first + size))
            case _:
                return self._operate(node.operator, left, right)

    def _operate(self, operator: str, left: Value, right: Value) -> Value:
        match operator:
            case "<" | ">" | "<=" | ">=":
                return ordered(operator, left, right)
            case "in":
                return contained(left, right, newer=self.newer)
            case "matches" | "contains" | "startsWith" | "endsWith":
                return self._text_test(operator, left, right)
            case _:
                return computed(operator, left, right)

    def _check_same(self, node: syntax.Binary, left: Value, right: Value) -> None:
        """Fail where ``==`` was compiled for two whole numbers or two texts, and one of them is something else."""
        types = (node.left.type, node.right.type)
        for kind, wanted in ((Kind.INT, int), (Kind.TEXT, str)):
            if all(one and one.kind is kind and not one.is_named for one in types):
                for value in (left, right):
                    if type(value) is not wanted:
                        raise OperandError(f"`{node.operator}` got {type_of(value).words} where another type was due")

    def _text_test(self, operator: str, left: Value, right: Value) -> bool:
        if self.newer and (left is None or right is None):
            return False
        if not isinstance(left, str) or not isinstance(right, str):
            raise OperandError(f"`{operator}` compares texts, not {type_of(left).words} with {type_of(right).words}")
        match operator:
            case "contains":
                return right in left
            case "startsWith":
                return left.startswith(right)
            case "endsWith":
                return left.endswith(right)
            case _:
                try:
                    return matches(right, left)
                except ValueError as error:
                    raise OperandError(f"the pattern is no regular expression: {error}") from None

    def _member(self, node: syntax.Member) -> Value:
        self.stack.append(self.value(node.of))
        if node.optional and is_nil(self.stack[-1]):
            self.stack.pop()
            raise _Nothing
        key = self.value(node.key)
        return fetched(self.stack.pop(), key, methods=method_of)

    def _slice(self, node: syntax.Slice) -> Value:
        self.stack.append(self.value(node.of))
        self.stack.append(self.value(node.end) if node.end else length_of(self.stack[-1]))
        start = self.value(node.start) if node.start else 0
        end = self.stack.pop()
        return sliced(self.stack.pop(), start, end)

    def _call(self, node: syntax.Call) -> Value:
        *arguments, function = self._values((*node.arguments, node.callee))
        if not isinstance(function, Function):
            raise OperandError(f"{type_of(function).words} cannot be called")
        parameters = function.type.parameters
        if len(arguments) != len(parameters):
            raise OperandError(f"it takes {len(parameters)} arguments, not {len(arguments)}")
        for argument, parameter in zip(arguments, parameters, strict=True):
            if parameter.kind is not Kind.ANY and type_of(argument).name != parameter.name:
                raise OperandError(f"it takes {parameter.words}, not {type_of(argument).words}")
        return function.call(*arguments)

    def _builtin(self, node: syntax.Builtin) -> Value:
        if node.name not in self._functions:
            return PREDICATES[node.name](self, node)
        arguments = self._values(node.arguments)
        return self._functions[node.name](self.budget, *arguments)

    def _let(self, node: syntax.Let) -> Value:
        self._variables.append((node.name, self.value(node.value)))
        try:
            return self.value(node.body)
        finally:
            self._variables.pop()

    def _map(self, node: syntax.MapOf) -> Map:
        self.budget.hold(len(node.entries))
        entries: dict[str, Value] = {}
        values = self._values([part for entry in node.entries for part in (entry.key, entry.value)])
        for key, value in zip(values[::2], values[1::2], strict=True):
            if not isinstance(key, str):
                raise OperandError(f"a key must be a text, not {type_of(key).words}")
            entries[key] = value
        return object_map(OBJECT, entries)
