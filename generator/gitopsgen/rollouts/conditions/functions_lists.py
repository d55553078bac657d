"""The language's own functions of lists and maps.

Source: expr v1.15.5 and v1.17.7, builtin/builtin.go and sort.go.
"""

from typing import Final

from gitopsgen.rollouts.conditions.access import fetched, length_of
from gitopsgen.rollouts.conditions.budget import Budget
from gitopsgen.rollouts.conditions.functions_text import BuiltinFunction, text
from gitopsgen.rollouts.conditions.go_types import ANY_MAP, INTEGERS, LIST, NUMBERS, PAIR, TEXTS, list_of
from gitopsgen.rollouts.conditions.methods import method_of
from gitopsgen.rollouts.conditions.operators import OperandError, equal, to_integer
from gitopsgen.rollouts.conditions.predicates import sorted_values
from gitopsgen.rollouts.conditions.values import (
    NIL_LIST,
    Int64,
    List,
    Map,
    NamedNumber,
    Span,
    Struct,
    Value,
    get_entry,
    key_of,
    type_of,
)

_PAIRS: Final = list_of(PAIR)
_SORTABLE: Final = (LIST, INTEGERS, NUMBERS, TEXTS)


def _list(name: str, value: Value) -> List:
    if not isinstance(value, List):
        raise OperandError(f"`{name}` takes a list, not {type_of(value).words}")
    return value


def _map(name: str, value: Value) -> Map:
    if not isinstance(value, Map):
        raise OperandError(f"`{name}` takes an object, not {type_of(value).words}")
    return value


def _end(index: int) -> BuiltinFunction:
    return lambda budget, value: _get(budget, value, index)


def _get(_: Budget, value: Value, key: Value) -> Value:
    try:
        return fetched(value, key, methods=method_of)
    except OperandError:
        return None


def _get_newer(_: Budget, value: Value, key: Value) -> Value:
    """Return what is there, nil when nothing is; a key of the wrong type still fails."""
    match value:
        case None:
            return None
        case List() | str():
            index = to_integer(key)
            length = length_of(value)
            index += length if index < 0 else 0
            return fetched(value, index, methods=method_of) if 0 <= index < length else None
        case Map():
            try:
                entry = get_entry(value, key)
            except TypeError as error:
                raise OperandError(str(error)) from None
            return entry[1] if entry else None
        case Struct(fields=fields):
            return fields.get(text(key))
        case _:
            return method_of(value, key) if isinstance(key, str) else None


def _take(_: Budget, value: Value, number: Value) -> Value:
    source = _list("take", value)
    count = number.value if isinstance(number, NamedNumber) else number
    count = count.nanoseconds if isinstance(count, Span) else count
    if isinstance(count, bool) or not isinstance(count, int):
        raise OperandError(f"`take` takes a whole number, not {type_of(number).words}")
    if count < 0:
        raise OperandError("`take` takes no negative number")
    return List(source.type, source.items[:count])


def _keys(budget: Budget, value: Value) -> Value:
    entries = _map("keys", value).items
    budget.spend(len(entries))
    return List(LIST, [key for key, _ in entries.values()])


def _values(budget: Budget, value: Value) -> Value:
    entries = _map("values", value).items
    budget.spend(len(entries))
    return List(LIST, [item for _, item in entries.values()])


def _to_pairs(budget: Budget, value: Value) -> Value:
    entries = _map("toPairs", value).items
    budget.spend(len(entries))
    return List(_PAIRS, [List(PAIR, pair) for pair in entries.values()])


def _from_pairs(budget: Budget, value: Value) -> Value:
    entries: dict[object, tuple[Value, Value]] = {}
    for pair in _list("fromPairs", value).items:
        budget.spend()
        if not isinstance(pair, List) or len(pair.items) != 2:  # noqa: PLR2004 - a key and a value
            raise OperandError("`fromPairs` takes a list of pairs")
        key = key_of(pair.items[0])
        if key is None:
            raise OperandError(f"{type_of(pair.items[0]).words} can be no key")
        entries[key] = (pair.items[0], pair.items[1])
    return Map(ANY_MAP, entries)


def _sort(budget: Budget, value: Value, order: Value = "asc") -> Value:
    return _sorted_alike(budget, value, lambda item: item, order)


def _sort_by(budget: Budget, value: Value, field: Value, order: Value = "asc") -> Value:
    name = text(field)

    def value_of(item: Value) -> Value:
        match item:
            case Map():
                try:
                    entry = get_entry(item, name)
                except TypeError as error:
                    raise OperandError(str(error)) from None
            case Struct(fields=fields) if name in fields:
                return fields[name]
            case Struct():
                entry = None
            case _:
                return item
        if entry is None:
            raise OperandError(f"an item has no `{name}`")
        return entry[1]

    return _sorted_alike(budget, value, value_of, order)


def _sorted_alike(budget: Budget, value: Value, value_of: BuiltinFunction, order: Value) -> Value:
    """Return a list sorted by something that is a number or a text, and of one type in all items."""
    source = _list("sort", value)
    budget.spend(8 * len(source.items))
    pairs = [(value_of(item), item) for item in source.items]
    if len(pairs) == 1 and order in ("asc", "desc"):
        return List(LIST, source.items)
    types = {type_of(key).name for key, _ in pairs}
    if len(types) > 1:
        raise OperandError("what is sorted must be of one type")
    for key, _ in pairs:
        if isinstance(key, bool) or not isinstance(key, int | float | str | Int64):
            raise OperandError(f"{type_of(key).words} has no order")
    return List(LIST, sorted_values(pairs, order))


def _sort_newer(budget: Budget, value: Value, order: Value = "asc") -> Value:
    items = value.items if isinstance(value, List) and value.type in _SORTABLE else ()
    budget.spend(8 * len(items))
    budget.hold(len(items))
    return List(LIST, sorted_values([(item, item) for item in items], text(order)))


def _reverse(budget: Budget, value: Value) -> Value:
    items = _list("reverse", value).items
    budget.spend(len(items))
    budget.hold(len(items))
    return List(LIST, items[::-1])


def _unique(budget: Budget, value: Value) -> Value:
    kept: list[Value] = []
    for item in _list("uniq", value).items:
        budget.spend(1 + len(kept))
        if not any(equal(item, one, newer=True) for one in kept):
            kept.append(item)
    return List(LIST, kept)


def _concat(budget: Budget, *values: Value) -> Value:
    items: list[Value] = []
    for value in values:
        part = _list("concat", value).items
        budget.spend(len(part))
        budget.hold(len(part))
        items += part
    return List(LIST, items) if items else NIL_LIST


def _flatten(budget: Budget, value: Value) -> Value:
    items: list[Value] = []
    waiting = [iter(_list("flatten", value).items)]
    while waiting:
        for item in waiting[-1]:
            budget.spend()
            if isinstance(item, List):
                waiting.append(iter(item.items))
                break
            items.append(item)
        else:
            waiting.pop()
    budget.hold(len(items))
    return List(LIST, items)


LIST_FUNCTIONS: Final[dict[str, BuiltinFunction]] = {
    "len": lambda _budget, value: length_of(value),
    "first": _end(0),
    "last": _end(-1),
    "get": _get,
    "take": _take,
    "keys": _keys,
    "values": _values,
    "toPairs": _to_pairs,
    "fromPairs": _from_pairs,
    "sort": _sort,
    "sortBy": _sort_by,
}
NEWER_LIST_FUNCTIONS: Final[dict[str, BuiltinFunction]] = {
    **{name: function for name, function in LIST_FUNCTIONS.items() if name != "sortBy"},
    "len": lambda _budget, value: length_of(value, characters=True),
    "get": _get_newer,
    "sort": _sort_newer,
    "reverse": _reverse,
    "uniq": _unique,
    "concat": _concat,
    "flatten": _flatten,
}
