"""Functions that ask something of each item of a list.

Source: expr v1.15.5 and v1.17.7, compiler/compiler.go.
"""

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from functools import cmp_to_key
from typing import TYPE_CHECKING, Final, TypeAlias

from gitopsgen.rollouts.conditions import syntax
from gitopsgen.rollouts.conditions.go_types import ANY, LIST, map_of
from gitopsgen.rollouts.conditions.operators import OperandError, computed, ordered
from gitopsgen.rollouts.conditions.values import Byte, List, Map, Value, key_of, type_of

if TYPE_CHECKING:
    from gitopsgen.rollouts.conditions.evaluator import Evaluator

_Predicate: TypeAlias = "Callable[[Evaluator, syntax.Builtin], Value]"
_SHORT_LIST: Final = 12
_GROUPS: Final = map_of(ANY, LIST)


@dataclass(slots=True)
class Scope:
    """The list that a predicate goes through, where it is, and what ``reduce`` has so far.

    ``items`` is ``None`` for a map, which can be gone through only by what does not look at its items.
    """

    items: Sequence[Value] | None
    length: int
    index: int = 0
    accumulated: Value = None

    def pointer(self, name: str) -> Value:
        """Return what ``#`` and its names stand for.

        Raises:
            OperandError: A map has no items.
        """
        match name:
            case "index":
                return self.index
            case "acc":
                return self.accumulated
            case _ if self.items is None:
                raise OperandError("a list is needed, not an object")
            case _ if not 0 <= self.index < self.length:
                raise OperandError("the list is empty")
            case _:
                return self.items[self.index]


def _scope(value: Value) -> Scope:
    match value:
        case List(items=items):
            return Scope(items, len(items))
        case Map(items=entries):
            return Scope(None, len(entries))
        case str():
            encoded = value.encode(errors="surrogateescape")
            return Scope([Byte(one) for one in encoded], len(encoded))
        case _:
            raise OperandError(f"a list is needed, not {type_of(value).words}")


def _visits(evaluator: "Evaluator", scope: Scope, indexes: Iterable[int]) -> Generator[Scope, None, None]:
    evaluator.scopes.append(scope)
    try:
        for index in indexes:
            evaluator.budget.spend()
            scope.index = index
            yield scope
    finally:
        evaluator.scopes.pop()


def _each(evaluator: "Evaluator", node: syntax.Builtin, *, backwards: bool = False) -> Generator[Scope, None, None]:
    """Yield the scope of each item in turn, for as long as it is asked for."""
    scope = _scope(evaluator.value(node.arguments[0]))
    return _visits(evaluator, scope, range(scope.length - 1, -1, -1) if backwards else range(scope.length))


def _until(answer: bool, result: bool) -> _Predicate:  # noqa: FBT001 - one says when to stop, the other what it is then
    def predicate(evaluator: "Evaluator", node: syntax.Builtin) -> Value:
        visits = _each(evaluator, node)
        for _ in visits:
            if evaluator.truth(node.arguments[1]) is answer:
                visits.close()
                return result
        return not result

    return predicate


def _count_kept(evaluator: "Evaluator", node: syntax.Builtin) -> int:
    question = node.arguments[1] if len(node.arguments) > 1 else syntax.Pointer(offset=node.offset, name="")
    return sum(evaluator.truth(question) for _ in _each(evaluator, node))


def _one(evaluator: "Evaluator", node: syntax.Builtin) -> Value:
    return _count_kept(evaluator, node) == 1


def _kept(evaluator: "Evaluator", node: syntax.Builtin) -> Value:
    items = [
        evaluator.value(node.then) if node.then else scope.pointer("")
        for scope in _each(evaluator, node)
        if evaluator.truth(node.arguments[1])
    ]
    evaluator.budget.hold(len(items))
    return List(LIST, items)


def _mapped(evaluator: "Evaluator", node: syntax.Builtin) -> Value:
    items = [evaluator.value(node.arguments[1]) for _ in _each(evaluator, node)]
    evaluator.budget.hold(len(items))
    return List(LIST, items)


def _find(*, backwards: bool = False, index: bool = False) -> _Predicate:
    def predicate(evaluator: "Evaluator", node: syntax.Builtin) -> Value:
        visits = _each(evaluator, node, backwards=backwards)
        for scope in visits:
            if backwards:
                evaluator.stack.append(True)
            if evaluator.truth(node.arguments[1]):
                found = evaluator.value(node.then) if node.then else scope.pointer("index" if index else "")
                visits.close()
                return found
        if node.must_find:
            raise OperandError("no item is left of the list")
        if backwards:
            evaluator.stack.append(False)
        return None

    return predicate


def _grouped(evaluator: "Evaluator", node: syntax.Builtin) -> Value:
    groups: dict[object, tuple[Value, list[Value]]] = {}
    for scope in _each(evaluator, node):
        value = evaluator.value(node.arguments[1])
        key = key_of(value)
        if key is None:
            raise OperandError(f"{type_of(value).words} can be no key")
        groups.setdefault(key, (value, []))[1].append(scope.pointer(""))
    return Map(_GROUPS, {key: (value, List(LIST, items)) for key, (value, items) in groups.items()})


def _sum(evaluator: "Evaluator", node: syntax.Builtin) -> Value:
    total: Value = 0
    for scope in _each(evaluator, node):
        item = evaluator.value(node.arguments[1]) if len(node.arguments) > 1 else scope.pointer("")
        total = computed("+", item, total)
    return total


def sorted_values(pairs: list[tuple[Value, Value]], order: Value) -> list[Value]:
    """Return the second of each pair, in the order of the first.

    Raises:
        OperandError: They have no order, or ``order`` is neither ``asc`` nor ``desc``.
    """
    if order not in ("asc", "desc"):
        raise OperandError("the order is `asc` or `desc`")

    before = ">" if order == "desc" else "<"
    if len(pairs) <= _SHORT_LIST:
        return _inserted(pairs, before)

    def compare(one: tuple[Value, Value], other: tuple[Value, Value]) -> int:
        return ordered(before, other[0], one[0]) - ordered(before, one[0], other[0])

    return [item for _, item in sorted(pairs, key=cmp_to_key(compare))]


def _inserted(pairs: list[tuple[Value, Value]], before: str) -> list[Value]:
    """Sort as Go does a short list, which shows where NaN is in it."""
    placed: list[tuple[Value, Value]] = []
    for pair in pairs:
        position = len(placed)
        while position and ordered(before, pair[0], placed[position - 1][0]):
            position -= 1
        placed.insert(position, pair)
    return [item for _, item in placed]


def _sorted(evaluator: "Evaluator", node: syntax.Builtin) -> Value:
    order = evaluator.value(node.arguments[2]) if len(node.arguments) > 2 else "asc"  # noqa: PLR2004 - the third one
    pairs = [(evaluator.value(node.arguments[1]), scope.pointer("")) for scope in _each(evaluator, node)]
    evaluator.budget.spend(8 * len(pairs))
    items = sorted_values(pairs, order)
    evaluator.budget.hold(len(items))
    return List(LIST, items)


def _reduced(evaluator: "Evaluator", node: syntax.Builtin) -> Value:
    scope = _scope(evaluator.value(node.arguments[0]))
    first = 0
    if len(node.arguments) > 2:  # noqa: PLR2004 - the third one is what it begins with
        evaluator.scopes.append(scope)
        scope.accumulated = evaluator.value(node.arguments[2])
        evaluator.scopes.pop()
    else:
        scope.accumulated = scope.pointer("")
        first = 1
    for _ in _visits(evaluator, scope, range(first, scope.length)):
        scope.accumulated = evaluator.value(node.arguments[1])
    return scope.accumulated


PREDICATES: Final[dict[str, _Predicate]] = {
    "all": _until(answer=False, result=False),
    "none": _until(answer=True, result=False),
    "any": _until(answer=True, result=True),
    "one": _one,
    "count": _count_kept,
    "filter": _kept,
    "map": _mapped,
    "find": _find(),
    "findIndex": _find(index=True),
    "findLast": _find(backwards=True),
    "findLastIndex": _find(backwards=True, index=True),
    "groupBy": _grouped,
    "sum": _sum,
    "sortBy": _sorted,
    "reduce": _reduced,
}
