"""Functions of lists that the language puts in the place of longer ones, each seen by what it leaves out.

``len(filter(…))`` counts, ``filter(…)[0]`` stops at the first one, ``all(…) && all(…)`` asks both of each item: what
would have failed on an item that is no longer looked at does not.
Source: expr v1.15.5 and v1.17.7, optimizer.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from gitopsgen.rollouts.conditions import syntax
from gitopsgen.rollouts.conditions.go_types import INTEGERS, Kind
from gitopsgen.rollouts.conditions.printing import print_expression
from gitopsgen.rollouts.conditions.syntax import Node
from gitopsgen.rollouts.conditions.values import List, wrapped

_LARGEST_RANGE: Final = 10**6


def _in_range(node: Node) -> Node:
    match node:
        case syntax.Binary(
            operator="in",
            left=left,
            right=syntax.Binary(operator="..", left=syntax.Integer() as first, right=syntax.Integer() as last),
        ) if left.type and left.type.kind is Kind.INT:
            least = syntax.Binary(offset=node.offset, operator=">=", left=left, right=first)
            most = syntax.Binary(offset=node.offset, operator="<=", left=left, right=last)
            return syntax.Binary(offset=node.offset, operator="and", left=least, right=most, type=node.type)
    return node


def _range(node: Node) -> Node:
    match node:
        case syntax.Binary(operator="..", left=syntax.Integer(value=first), right=syntax.Integer(value=last)):
            size = wrapped(last - first + 1)
            if size <= _LARGEST_RANGE:
                return syntax.Constant(offset=node.offset, value=List(INTEGERS, range(first, first + max(0, size))))
    return node


def _filter_map(node: Node) -> Node:
    match node:
        case syntax.Builtin(
            name="map", arguments=(syntax.Builtin(name="filter", then=None) as kept, syntax.Predicate(body=body))
        ):
            return replace(kept, offset=node.offset, then=body, type=node.type)
    return node


def _filter_map_newer(node: Node) -> Node:
    counts = isinstance(node, syntax.Builtin) and node.name == "map" and _counts_items(node.arguments[1])
    return node if counts else _filter_map(node)


def _counts_items(node: Node) -> bool:
    if isinstance(node, syntax.Pointer):
        return node.name == "index"
    return any(_counts_items(child) for child in syntax.children(node))


def _filter_len(node: Node) -> Node:
    match node:
        case syntax.Builtin(name="len", arguments=(syntax.Builtin(name="filter") as kept,)):
            return syntax.Builtin(offset=node.offset, name="count", arguments=kept.arguments, type=node.type)
    return node


def _filter_end(name: str, index: int, function: str) -> Callable[[Node], Node]:
    def rewrite(node: Node) -> Node:
        match node:
            case syntax.Member(of=syntax.Builtin(name="filter") as kept, key=syntax.Integer(value=value)) if (
                value == index and not node.optional
            ):
                return replace(kept, offset=node.offset, name=function, must_find=True, type=node.type)
            case syntax.Builtin(arguments=(syntax.Builtin(name="filter") as kept,)) if node.name == name:
                return replace(kept, offset=node.offset, name=function, type=node.type)
        return node

    return rewrite


_COMBINED: Final = {
    ("all", "and"): "and",
    ("all", "&&"): "&&",
    ("any", "or"): "or",
    ("any", "||"): "||",
    ("none", "and"): "or",
    ("none", "&&"): "||",
}


def _combined_predicates(node: Node) -> Node:
    match node:
        case syntax.Binary(
            left=syntax.Builtin(arguments=(items, syntax.Predicate(body=first))) as left,
            right=syntax.Builtin(arguments=(same, syntax.Predicate(body=second))) as right,
        ) if left.name == right.name and (operator := _COMBINED.get((left.name, node.operator))):
            if items.type != same.type or print_expression(items) != print_expression(same):
                return node
            both = _combined_predicates(syntax.Binary(offset=node.offset, operator=operator, left=first, right=second))
            predicate = syntax.Predicate(offset=node.offset, body=both)
            return replace(left, offset=node.offset, arguments=(items, predicate), type=node.type)
    return node


def _sum_of_written(node: Node) -> Node:
    match node:
        case syntax.Builtin(name="sum", arguments=(syntax.ListOf(items=items),)) if len(items) > 1:
            total: Node = items[-1]
            for item in reversed(items[:-1]):
                total = syntax.Binary(offset=node.offset, operator="+", left=item, right=total)
            return replace(total, type=node.type)
    return node


def _sum_of_map(node: Node) -> Node:
    match node:
        case syntax.Builtin(name="sum", arguments=(syntax.Builtin(name="map", arguments=arguments),)):
            return replace(node, arguments=arguments)
    return node


_LAST: Final = _filter_end("last", -1, "findLast")
_FIRST: Final = _filter_end("first", 0, "find")
REWRITES: Final = (_in_range, _range, _filter_map, _filter_len, _LAST, _FIRST)
"""In the order in which expr 1.15 makes them."""
REWRITES_NEWER: Final = (
    _in_range,
    _filter_map_newer,
    _filter_len,
    _LAST,
    _FIRST,
    _combined_predicates,
    _sum_of_written,
    _sum_of_map,
)
"""In the order in which expr 1.17 makes them."""
