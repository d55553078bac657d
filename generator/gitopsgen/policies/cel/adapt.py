"""Rewriting a checked expression, so that the native engine can run what it only type-checks.

Opaque values are maps at run time (see :mod:`~gitopsgen.policies.cel.tags`), optionals cannot come from a Python
function, and a list must not be made longer than the engine may walk. Expressions, and who writes them, notice nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count

from gitopsgen.policies.cel.checked import Syntax
from gitopsgen.policies.cel.declarations import OPAQUE_TYPES
from gitopsgen.policies.cel.syntax import (
    Call,
    Constant,
    Identifier,
    MapLiteral,
    Node,
    Select,
    children,
    null_constant,
    text_constant,
    with_children,
)

_MAY_NEED_IT = re.compile(r"\b(?:format|validate|type|string|lists|sum|net|kubernetes)\b|\{")


def may_need_adapting(text: str, result_type: str) -> bool:
    """Tell whether :func:`adapt` could change the expression: cheap, and true rather too often."""
    return result_type.startswith("optional_type") or _MAY_NEED_IT.search(text) is not None


def adapt(syntax: Syntax, result_type: str) -> Node:
    """Return the tree to run in place of ``syntax``'s."""
    adapter = _Adapter(syntax)
    root = adapter.adapted(syntax.root)
    if result_type.startswith("optional_type"):
        return Call(next(adapter.fresh), "orValue", (null_constant(next(adapter.fresh)),), root)
    return root


@dataclass(frozen=True, slots=True)
class _Adapter:
    syntax: Syntax
    fresh: Iterator[int] = field(default_factory=lambda: count(1_000_000))

    def adapted(self, node: Node) -> Node:
        name, overloads = self.syntax.references.get(node.id, ("", ()))
        if isinstance(node, Identifier | Select) and name in OPAQUE_TYPES:
            return text_constant(node.id, name)
        node = with_children(node, iter([self.adapted(child) for child in children(node)]))
        match node:
            case Call():
                return self._call(node, overloads)
            case MapLiteral():
                return _without_overwritten_entries(node)
            case _:
                return node

    def _call(self, call: Call, overloads: tuple[str, ...]) -> Node:
        arguments = call.arguments if call.target is None else (call.target, *call.arguments)
        match overloads:
            case ("k8s__format_named_string",):
                return self._optional(Call(next(self.fresh), "@named", call.arguments))
            case ("k8s_kubernetes_NamedFormat_validate_string",):
                return self._optional(Call(next(self.fresh), "@validate", arguments))
            case ("list_range",):
                return Call(next(self.fresh), "@range", arguments)
            case ("k8s__string_net_IP" | "k8s__string_net_CIDR",):
                return Call(next(self.fresh), "@string", arguments)
            case ("k8s_list_duration__sum_",):
                return Call(next(self.fresh), "@sumDurations", arguments)
        if call.function == "type" and self.syntax.types.get(call.arguments[0].id) in OPAQUE_TYPES:
            return Call(next(self.fresh), "@type", arguments)
        if call.function == "range" and self.syntax.types.get(call.id) == "list<int>" and call.target is not None:
            return Call(next(self.fresh), "@range", call.arguments)
        return call

    def _optional(self, call: Call) -> Call:
        """Return an optional that is empty when the call gives an empty list or map."""
        return Call(next(self.fresh), "optional.ofNonZeroValue", (call,))


def _without_overwritten_entries(literal: MapLiteral) -> MapLiteral:
    """Return the literal without entries whose constant key comes again: the last one counts."""
    last = {entry.key.raw: index for index, entry in enumerate(literal.entries) if isinstance(entry.key, Constant)}
    kept = [
        entry
        for index, entry in enumerate(literal.entries)
        if not isinstance(entry.key, Constant) or last[entry.key.raw] == index
    ]
    return replace(literal, entries=tuple(kept))
