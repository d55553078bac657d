"""What the language works out, or puts in other words, before it evaluates anything.

Some of it can be seen: ``result[5] > 1 or true`` is true although there is no sixth item, and ``x in ["a"]`` fails for
an ``x`` that is no text. Source: expr v1.15.5 and v1.17.7, optimizer.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeAlias

from gitopsgen.rollouts.conditions import syntax
from gitopsgen.rollouts.conditions.dialect import Dialect
from gitopsgen.rollouts.conditions.errors import CompileError
from gitopsgen.rollouts.conditions.go_types import BOOL, FLOAT, INT, LIST, TEXT, Kind, Type
from gitopsgen.rollouts.conditions.numbers import divided, power, remainder
from gitopsgen.rollouts.conditions.rewriting import REWRITES, REWRITES_NEWER
from gitopsgen.rollouts.conditions.syntax import Node
from gitopsgen.rollouts.conditions.values import List, Map, Value, wrapped

_Rule: TypeAlias = Callable[[Node], Node]
_SETS: Final = {
    kind: Type(
        kind=Kind.MAP, name=f"map[{type_.name}]struct {{}}", words=f"{type_.words} each", key=type_, element=BOOL
    )
    for kind, type_ in ((Kind.INT, INT), (Kind.TEXT, TEXT))
}


def fold(node: Node, dialect: Dialect) -> Node:
    """Return what is evaluated in place of a checked expression.

    Raises:
        CompileError: It divides a whole number by zero.
    """
    finish: Callable[[_Rule], _Rule] = (lambda rule: rule) if dialect.is_newer else _forgetting
    node = _everywhere(node, finish(_membership))
    while (folded := _everywhere(node, finish(_constants))) is not node:
        node = folded
    for rewrite in REWRITES_NEWER if dialect.is_newer else REWRITES:
        node = _everywhere(node, finish(rewrite))
    return node


def _everywhere(node: Node, rule: _Rule) -> Node:
    """Return ``node`` with ``rule`` applied to each part, the innermost first."""
    return rule(syntax.with_children(node, lambda child: _everywhere(child, rule)))


def _membership(node: Node) -> Node:
    """Return ``x in ["a", "b"]`` with a set in place of the list."""
    match node:
        case syntax.Binary(operator="in", right=syntax.ListOf(items=items) as written) if items:
            kind = node.left.type.kind if node.left.type else None
            if kind is Kind.INT and all(isinstance(item, syntax.Integer) for item in items):
                return replace(node, right=_set(written, INT))
            if all(isinstance(item, syntax.Text) for item in items):
                return replace(node, right=_set(written, TEXT))
    return node


def _set(written: syntax.ListOf, key: Type) -> Node:
    values: list[Value] = [item.value for item in written.items if isinstance(item, syntax.Integer | syntax.Text)]
    entries: dict[object, tuple[Value, Value]] = {(key.name, value): (value, True) for value in values}
    return syntax.Constant(offset=written.offset, value=Map(_SETS[key.kind], entries), type=_SETS[key.kind])


def _forgetting(rule: _Rule) -> _Rule:
    """Return a rule that leaves new parts without a type, as expr 1.15 does but for numbers."""

    def apply(node: Node) -> Node:
        changed = rule(node)
        is_number = isinstance(changed, syntax.Integer | syntax.Float) and getattr(node, "operator", "") != "%"
        is_new = changed is not node and all(changed is not child for child in syntax.children(node))
        return replace(changed, type=None) if is_new and not is_number else changed

    return apply


def _constants(node: Node) -> Node:
    match node:
        case syntax.Unary():
            return _unary(node)
        case syntax.Binary(operator="and" | "&&" | "or" | "||"):
            return _logic(node)
        case syntax.Binary():
            return _binary(node)
        case syntax.ListOf(items=items) if items:
            values: list[Value] = [
                item.value
                for item in items
                if isinstance(item, syntax.Integer | syntax.Float | syntax.Text | syntax.Boolean)
            ]
            if len(values) == len(items):
                return syntax.Constant(offset=node.offset, value=List(LIST, tuple(values)), type=LIST)
        case syntax.Builtin(name="filter", arguments=(syntax.Builtin(name="filter") as inner, outer)):
            return _filters(node, inner, outer)
    return node


def _filters(node: syntax.Builtin, inner: syntax.Builtin, outer: Node) -> Node:
    first = inner.arguments[1]
    if not isinstance(first, syntax.Predicate) or not isinstance(outer, syntax.Predicate):
        return node
    both = syntax.Binary(offset=outer.offset, operator="&&", left=first.body, right=outer.body)
    return replace(node, arguments=(inner.arguments[0], syntax.Predicate(offset=outer.offset, body=both)))


def _unary(node: syntax.Unary) -> Node:
    match node.operator, node.operand:
        case "-" | "+", syntax.Integer(value=number):
            return _integer(node, -number if node.operator == "-" else number)
        case "-" | "+", syntax.Float(value=fraction):
            return _float(node, -fraction if node.operator == "-" else fraction)
        case "!" | "not", syntax.Boolean(value=truth):
            return syntax.Boolean(offset=node.offset, value=not truth, type=BOOL)
    return node


def _logic(node: syntax.Binary) -> Node:
    neutral = node.operator in ("and", "&&")
    sides = [side.value if isinstance(side, syntax.Boolean) else None for side in (node.left, node.right)]
    if sides[0] is neutral:
        return node.right
    if sides[1] is neutral:
        return node.left
    if (not neutral) in sides:
        return syntax.Boolean(offset=node.offset, value=not neutral, type=BOOL)
    return node


def _binary(node: syntax.Binary) -> Node:
    match node.operator, node.left, node.right:
        case "==", (syntax.Integer(value=left) | syntax.Text(value=left) | syntax.Boolean(value=left)), (
            syntax.Integer(value=right) | syntax.Text(value=right) | syntax.Boolean(value=right)
        ) if type(node.left) is type(node.right):
            return syntax.Boolean(offset=node.offset, value=left == right, type=BOOL)
        case "+", syntax.Text(value=left), syntax.Text(value=right):
            return syntax.Text(offset=node.offset, value=left + right, type=TEXT)
        case "%", syntax.Integer(value=left), syntax.Integer(value=right):
            if right == 0:
                raise CompileError("it divides a whole number by zero", node.offset)
            return _integer(node, remainder(left, right))
        case operator, (syntax.Integer() | syntax.Float()) as left, (syntax.Integer() | syntax.Float()) as right:
            return _arithmetic(node, operator, left.value, right.value)
    return node


def _arithmetic(node: syntax.Binary, operator: str, left: float, right: float) -> Node:
    match operator:
        case "+":
            result = left + right
        case "-":
            result = left - right
        case "*":
            result = left * right
        case "/":
            return _float(node, divided(left, right))
        case "**" | "^":
            return _float(node, power(left, right))
        case _:
            return node
    return _integer(node, result) if isinstance(result, int) else _float(node, result)


def _integer(node: Node, value: int) -> Node:
    return syntax.Integer(offset=node.offset, value=wrapped(value), type=INT)


def _float(node: Node, value: float) -> Node:
    return syntax.Float(offset=node.offset, value=value if not math.isnan(value) else math.nan, type=FLOAT)
