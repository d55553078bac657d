"""The types of an expression, and what they refuse.

Source: expr v1.15.5 and v1.17.7, checker/checker.go. Some parts are not looked at there (the arguments of something of
which nothing is known), and then not here either: a wrong name in them goes unnoticed until it runs.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final, assert_never

from gitopsgen.model.suggest import nearest
from gitopsgen.rollouts.conditions import syntax
from gitopsgen.rollouts.conditions.builtin_names import builtins
from gitopsgen.rollouts.conditions.calls import check_builtin, check_call
from gitopsgen.rollouts.conditions.dialect import Dialect
from gitopsgen.rollouts.conditions.errors import CompileError
from gitopsgen.rollouts.conditions.go_types import (
    ANY,
    BOOL,
    FLOAT,
    FUNCTION,
    INT,
    LIST,
    NIL,
    OBJECT,
    TEXT,
    Kind,
    Type,
    is_any,
    is_list,
)
from gitopsgen.rollouts.conditions.moments import METHODS
from gitopsgen.rollouts.conditions.operator_types import Operators
from gitopsgen.rollouts.conditions.patterns import pattern_error
from gitopsgen.rollouts.conditions.syntax import Node
from gitopsgen.rollouts.conditions.values import type_of

ENVIRONMENT: Final = "$env"
_FORGETFUL: Final = (syntax.Builtin, syntax.Conditional, syntax.Binary, syntax.Slice)
"""Parts after which the older dialect no longer knows what a list as written holds."""


def check(node: Node, environment: Mapping[str, Type], dialect: Dialect) -> Node:
    """Return the expression with the type of each part.

    Raises:
        CompileError: The types do not fit, or nothing has a name that it uses.
        NotJudged: It uses what is not modelled.
    """
    return Checker(environment, dialect).visit(node)


def type_in(node: Node) -> Type:
    """Return the type of a part that has been visited."""
    return node.type or ANY


@dataclass(frozen=True, slots=True)
class Scope:
    """What ``#`` and its names stand for in a predicate."""

    items: Type
    names: Mapping[str, Type]


class Checker:
    """Visits an expression once; ``scopes`` are the predicates around the part that is visited."""

    def __init__(self, environment: Mapping[str, Type], dialect: Dialect) -> None:
        self.environment = environment
        self.dialect = dialect
        self.newer = dialect.is_newer
        self.operators = Operators(newer=self.newer)
        self._variables: list[tuple[str, Type]] = []
        self._scopes: list[Scope] = []

    def visit(self, node: Node) -> Node:
        """Return ``node`` and all below with their types.

        Raises:
            CompileError: They do not fit.
        """
        visited = self._visit(node)
        known = visited.type and visited.type.known_element
        if known and not self.newer and isinstance(visited, _FORGETFUL):
            return replace(visited, type=replace(type_in(visited), known_element=None))
        return visited

    def _visit(self, node: Node) -> Node:  # noqa: C901, PLR0911, PLR0912 - one case for each kind of part
        match node:
            case syntax.Nil():
                return replace(node, type=NIL)
            case syntax.Integer():
                return replace(node, type=INT)
            case syntax.Float():
                return replace(node, type=FLOAT)
            case syntax.Boolean():
                return replace(node, type=BOOL)
            case syntax.Text():
                return replace(node, type=TEXT)
            case syntax.Constant():
                return replace(node, type=type_of(node.value))
            case syntax.Name():
                return replace(node, type=self._name(node))
            case syntax.Unary():
                return self._unary(node)
            case syntax.Binary():
                return self._binary(node)
            case syntax.Chain():
                body = self.visit(node.body)
                return replace(node, body=body, type=body.type)
            case syntax.Member():
                return self._member(node)
            case syntax.Slice():
                return self._slice(node)
            case syntax.Call():
                return check_call(self, node)
            case syntax.Builtin():
                return check_builtin(self, node)
            case syntax.Predicate():
                return self._predicate(node)
            case syntax.Pointer():
                return replace(node, type=self._pointer(node))
            case syntax.Let():
                return self._let(node)
            case syntax.Sequence():
                parts = tuple(self.visit(part) for part in node.parts)
                return replace(node, parts=parts, type=parts[-1].type)
            case syntax.Conditional():
                return self._conditional(node)
            case syntax.ListOf():
                return self._list(node)
            case syntax.Entry():
                return replace(node, key=self.visit(node.key), value=self.visit(node.value), type=NIL)
            case syntax.MapOf():
                entries = tuple(
                    replace(entry, key=self.visit(entry.key), value=self.visit(entry.value), type=NIL)
                    for entry in node.entries
                )
                return replace(node, entries=entries, type=OBJECT)
            case _:
                assert_never(node)

    def named(self, name: str, offset: int, *, strict: bool = True, with_builtins: bool = True) -> Type:
        """Return the type of what the environment or the language calls ``name``.

        Raises:
            CompileError: Nothing is called so, and ``strict`` asks for it.
        """
        is_builtin = name in builtins(self.dialect) and with_builtins
        if is_builtin and not self.newer:
            return FUNCTION
        if name in self.environment:
            return self.environment[name]
        if is_builtin:
            return FUNCTION
        if not strict:
            return self.operators.unknown
        known = {*self.environment, *(variable for variable, _ in self._variables)}
        guess = nearest(name, known | builtins(self.dialect))
        message = f"nothing is called `{name}`{f'; did you mean `{guess}`?' if guess else ''}"
        raise CompileError(message, offset, unknown_name=name)

    @contextmanager
    def predicate_of(self, items: Type, **names: Type) -> Iterator[None]:
        """Have ``#`` stand for one of ``items`` meanwhile."""
        self._scopes.append(Scope(items, names))
        yield
        self._scopes.pop()

    def _name(self, node: syntax.Name) -> Type:
        for name, type_ in reversed(self._variables):
            if name == node.text:
                return type_
        if node.text == ENVIRONMENT:
            return self.operators.unknown if self.newer else OBJECT
        return self.named(node.text, node.offset)

    def _unary(self, node: syntax.Unary) -> Node:
        operand = self.visit(node.operand)
        result = self.operators.unary(node.operator, type_in(operand))
        if result is None:
            message = f"`{node.operator}` does not take {type_in(operand).words}"
            raise CompileError(message, node.offset)
        return replace(node, operand=operand, type=result)

    def _binary(self, node: syntax.Binary) -> Node:
        left, right = self.visit(node.left), self.visit(node.right)
        if node.operator == "matches" and isinstance(node.right, syntax.Text):
            problem = pattern_error(node.right.value)
            if problem:
                raise CompileError(f"the pattern is no regular expression: {problem}", node.right.offset)
        result = self.operators.binary(node.operator, type_in(left), type_in(right))
        if result is None:
            message = f"`{node.operator}` does not go between {type_in(left).words} and {type_in(right).words}"
            raise CompileError(message, node.offset)
        return replace(node, left=left, right=right, type=result)

    def _member(self, node: syntax.Member) -> Node:
        of_environment = isinstance(node.of, syntax.Name) and node.of.text == ENVIRONMENT
        if of_environment and self.newer:
            return replace(node, of=self.visit(node.of), type=self._of_environment(node))
        of, key = self.visit(node.of), self.visit(node.key)
        found = self._of_environment(node) if of_environment else self._found(node, type_in(of), type_in(key))
        return replace(node, of=of, key=key, type=found)

    def _of_environment(self, node: syntax.Member) -> Type:
        if not isinstance(node.key, syntax.Text):
            return self.operators.unknown
        return self.named(node.key.value, node.offset, strict=not node.optional, with_builtins=not self.newer)

    def _found(self, node: syntax.Member, of: Type, key: Type) -> Type:
        if self.newer and is_any(of):
            return self.operators.unknown
        name = node.key.value if isinstance(node.key, syntax.Text) else None
        if name is not None and of.kind is Kind.NIL:
            raise CompileError(f"nothing (nil) has no `{name}`", node.offset)
        if name is not None and (method := METHODS.get(of.name, {}).get(name)):
            return method.type
        return self._entry(node, of.element if of.kind is Kind.POINTER and of.element else of, key)

    def _entry(self, node: syntax.Member, of: Type, key: Type) -> Type:
        name = node.key.value if isinstance(node.key, syntax.Text) else None
        match of.kind:
            case Kind.ANY:
                return ANY
            case Kind.MAP:
                if not (is_any(key) or self.operators.fits(key, of.key or ANY)):
                    raise CompileError(f"{of.words} has no key that is {key.words}", node.key.offset)
                return self.operators.item(of)
            case Kind.LIST | Kind.ARRAY:
                if not (is_any(key) or self.operators.is_integer(key)):
                    raise CompileError(f"{of.words} takes a whole number in `[…]`, not {key.words}", node.key.offset)
                return self.operators.item(of)
            case Kind.STRUCT if name in dict(of.fields):
                return dict(of.fields)[str(name)]
            case _ if name is not None:
                raise CompileError(f"{of.words} has no `{name}`", node.offset)
            case _:
                raise CompileError(f"{of.words} takes no `[…]`", node.offset)

    def _slice(self, node: syntax.Slice) -> Node:
        of = self.visit(node.of)
        whole = type_in(of)
        if self.newer and is_any(whole):
            return replace(node, of=of, type=self.operators.unknown)
        if not is_any(whole) and whole.kind not in (Kind.TEXT, Kind.LIST, Kind.ARRAY):
            raise CompileError(f"{whole.words} takes no `[…:…]`", node.offset)
        ends = [self.visit(end) if end else None for end in (node.start, node.end)]
        for end in ends:
            if end and not (is_any(type_in(end)) or self.operators.is_integer(type_in(end))):
                raise CompileError(f"`[…:…]` takes whole numbers, not {type_in(end).words}", end.offset)
        return replace(node, of=of, start=ends[0], end=ends[1], type=whole)

    def _predicate(self, node: syntax.Predicate) -> Node:
        body = self.visit(node.body)
        if type_in(body).kind is Kind.NIL:
            raise CompileError("a predicate cannot be nil", body.offset)
        return replace(node, body=body, type=body.type)

    def _pointer(self, node: syntax.Pointer) -> Type:
        if not self._scopes:
            raise CompileError("`#` stands for an item, and there is no predicate around it", node.offset)
        scope = self._scopes[-1]
        if not node.name:
            if is_any(scope.items):
                return self.operators.unknown
            if scope.items.kind in (Kind.LIST, Kind.ARRAY):
                return self.operators.item(scope.items)
        if node.name in scope.names:
            return scope.names[node.name]
        raise CompileError(f"there is no `#{node.name}` here", node.offset)

    def _let(self, node: syntax.Let) -> Node:
        taken = {*self.environment, *builtins(self.dialect), *(name for name, _ in self._variables)}
        if node.name in taken:
            raise CompileError(f"`{node.name}` is the name of something else", node.offset)
        value = self.visit(node.value)
        self._variables.append((node.name, type_in(value)))
        body = self.visit(node.body)
        self._variables.pop()
        return replace(node, value=value, body=body, type=body.type)

    def _conditional(self, node: syntax.Conditional) -> Node:
        condition = self.visit(node.condition)
        if type_in(condition).kind is not Kind.BOOL and not is_any(type_in(condition)):
            raise CompileError(f"{type_in(condition).words} is no condition", condition.offset)
        yes, no = self.visit(node.yes), self.visit(node.no)
        return replace(node, condition=condition, yes=yes, no=no, type=self._either(type_in(yes), type_in(no)))

    def _either(self, yes: Type, no: Type) -> Type:
        if yes.kind is Kind.NIL:
            return no
        if no.kind is Kind.NIL:
            return yes
        if not self.operators.fits(yes, no):
            return self.operators.unknown
        if not self.newer or not (is_list(yes) and is_list(no)):
            return yes
        items = self.operators.item(yes), self.operators.item(no)
        return yes if self.operators.fits(*items) and self.operators.fits(*reversed(items)) else LIST

    def _list(self, node: syntax.ListOf) -> Node:
        items = tuple(self.visit(item) for item in node.items)
        kinds = [_comparable_kind(type_in(item), newer=self.newer) for item in items]
        alike = len(set(kinds)) <= 1 and (self.newer or Kind.NIL not in kinds[1:])
        last = type_in(items[-1]) if items else self.operators.unknown if self.newer else None
        return replace(node, items=items, type=replace(LIST, known_element=last if alike else None))


def _comparable_kind(one: Type, *, newer: bool) -> Kind:
    """Return the kind by which items count as alike; to the newer dialect nil and the unknown look the same."""
    return Kind.NIL if newer and one.kind is Kind.UNKNOWN else one.kind
