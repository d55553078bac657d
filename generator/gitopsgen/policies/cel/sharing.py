"""Large bindings that many evaluations share: an environment's whole set of objects beside one object after another.

The engine converts everything that is bound, once an activation: 8 µs an object. So what is large is bound in one
activation for all, and what changes from object to object is fetched by a function of that activation.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import count
from typing import Any

from gitopsgen.policies.cel.checked import parse
from gitopsgen.policies.cel.environment import running_environment
from gitopsgen.policies.cel.syntax import Call, Comprehension, Identifier, Node, children, text_constant, with_children

_FETCH = "@bound"


@dataclass(frozen=True)
class Shared:
    """Bindings that stay as they are while others change. Not to be used by two threads at once."""

    bindings: Mapping[str, object]
    _current: dict[str, object] = field(default_factory=dict)

    def is_mentioned(self, text: str) -> bool:
        """Tell whether an expression may use one of the shared names."""
        return self._names.search(text) is not None

    def evaluate(self, serialized: bytes, bindings: Mapping[str, object]) -> Any:  # noqa: ANN401 - the native library is untyped
        """Return the native value of an expression over the shared bindings and ``bindings``."""
        program = _fetching(serialized, frozenset(bindings.keys() - self.bindings.keys()))
        self._current.clear()
        self._current.update(bindings)
        return program.eval(self._native)

    @cached_property
    def _native(self) -> Any:  # noqa: ANN401 - the native library is untyped
        from cel_expr_python import cel  # noqa: PLC0415 - loaded when there is an expression

        fetch = cel.Function(_FETCH, [cel.Type.STRING], is_member=False, impl=self._current.__getitem__)
        return running_environment().Activation(dict(self.bindings), [fetch])

    @cached_property
    def _names(self) -> re.Pattern[str]:
        return re.compile(rf"\b(?:{'|'.join(map(re.escape, self.bindings))})\b")


@lru_cache(maxsize=4096)
def _fetching(serialized: bytes, names: frozenset[str]) -> Any:  # noqa: ANN401 - the native library is untyped
    """Return the program that fetches ``names`` by a function and takes all else from its activation."""
    syntax = parse(serialized)
    fresh = count(2_000_000)

    def fetched(node: Node, free: frozenset[str]) -> Node:
        match node:
            case Identifier(name=name) if name in free:
                return Call(next(fresh), _FETCH, (text_constant(next(fresh), name),))
            case Comprehension():
                inner = free - {*node.variables, node.accumulator}
                return replace(
                    node,
                    range=fetched(node.range, free),
                    initial=fetched(node.initial, inner),
                    condition=fetched(node.condition, inner),
                    step=fetched(node.step, inner),
                    result=fetched(node.result, inner),
                )
            case _:
                return with_children(node, iter([fetched(child, free) for child in children(node)]))

    return running_environment().deserialize(syntax.serialize(fetched(syntax.root, names)))
