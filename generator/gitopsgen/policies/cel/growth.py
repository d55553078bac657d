"""A bound on how large a value an expression can build, from its text alone.

The native engine stops after 10,000 loop steps, which bounds the time; nothing in it stops ``.map(x, x + x)`` from
doubling a value at each of many steps. So sizes are estimated before an expression may run.
"""

import re
from collections.abc import Mapping

from gitopsgen.policies.cel.syntax import Call, Comprehension, Constant, Identifier, Node, children

MAX_ESTIMATED_SIZE = 10**8
"""Characters, when every value that is bound has :data:`_BOUND_SIZE`."""

_BOUND_SIZE = 100
_BUILDS = re.compile(r"\+|\b(?:replace|join|format)\b")
_HARMLESS = 4
"""So many operations that build something multiply at most as often as the bound allows."""


def may_grow(text: str) -> bool:
    """Tell whether :func:`estimated_size` has to be asked: cheap, and true rather too often."""
    return len(_BUILDS.findall(text)) >= _HARMLESS


def estimated_size(node: Node, scope: Mapping[str, int] | None = None) -> int:
    """Return the size of the value of ``node`` in characters, were every bound value of a usual size.

    A loop's elements together are as large as what it goes through, so a step is counted once, over the whole.
    """
    names = scope or {}
    match node:
        case Constant():
            return len(node.raw)
        case Identifier():
            return names.get(node.name, _BOUND_SIZE)
        case Call(function="_?_:_"):
            return max(estimated_size(argument, names) for argument in node.arguments[1:])
        case Call(function="replace" | "join") if node.target is not None:
            inserted = node.arguments[0 if node.function == "join" else 1 :][:1]
            separators = sum(estimated_size(argument, names) for argument in inserted)
            return estimated_size(node.target, names) * (1 + separators)
        case Comprehension():
            size = estimated_size(node.range, names)
            inner = {**names, **dict.fromkeys(filter(None, node.variables), size)}
            inner[node.accumulator] = estimated_size(node.initial, inner)
            inner[node.accumulator] = estimated_size(node.step, inner)
            return estimated_size(node.result, inner)
        case _:
            return sum(estimated_size(child, names) for child in children(node))
