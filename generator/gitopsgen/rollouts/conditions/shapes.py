"""What a provider's results look like, and results of that shape to try conditions on.

Source: argo-rollouts v1.9.2, metricproviders.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import islice, product
from typing import Final

from gitopsgen.rollouts.conditions.go_types import (
    LIST,
    NUMBERS,
    OBJECT,
    TEXT_POINTER,
    TIME,
    Kind,
    Type,
    list_of,
)
from gitopsgen.rollouts.conditions.needs import Leaf, Need, Wanted
from gitopsgen.rollouts.conditions.values import List, Map, Struct, Value, object_map

_STATUS_CODE: Final = Type(kind=Kind.TEXT, name="types.StatusCode", words="a text", is_named=True)
_MESSAGES: Final = list_of(Type(kind=Kind.STRUCT, name="types.MessageData", words="a message", is_named=True))
_METRIC_DATA: Final = Type(
    kind=Kind.STRUCT,
    name="types.MetricDataResult",
    words="a metric's data",
    is_named=True,
    fields=(
        ("Id", TEXT_POINTER),
        ("Label", TEXT_POINTER),
        ("Messages", _MESSAGES),
        ("StatusCode", _STATUS_CODE),
        ("Timestamps", list_of(TIME)),
        ("Values", NUMBERS),
    ),
)
_METRIC_DATA_LIST: Final = list_of(_METRIC_DATA)
_OBJECTS: Final = list_of(OBJECT)
_MOST_PROBES: Final = 120
_MOST_LITERALS: Final = 8
_LONGEST_LIST: Final = 12
_DEEPEST: Final = 6


class Shape(Enum):
    """One form that a result may have; the value says it in words."""

    NUMBER = "a number"
    NUMBERS = "a list of numbers"
    VALUES = "a list of values"
    TEXT = "a text"
    TRUTH = "true or false"
    LIST = "a list"
    OBJECT = "an object"
    OBJECTS = "a list of objects"
    METRIC_DATA = "a list of results with `Values`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What a metric's results may be: one of several ``shapes``; whether it may be ``empty``, NaN or nil."""

    shapes: tuple[Shape, ...]
    empty: bool = False
    nan: bool = False
    nil: bool = False


PROVIDERS: Final = {
    "prometheus": Results(shapes=(Shape.NUMBERS,), empty=True, nan=True),
    "web": Results(shapes=(Shape.NUMBER, Shape.TEXT, Shape.TRUTH, Shape.OBJECT, Shape.LIST), nil=True),
    "datadog": Results(shapes=(Shape.NUMBER,), nil=True),
    "newRelic": Results(shapes=(Shape.OBJECT, Shape.OBJECTS), empty=True),
    "cloudWatch": Results(shapes=(Shape.METRIC_DATA,), empty=True),
    "graphite": Results(shapes=(Shape.NUMBERS,), empty=True),
    "influxdb": Results(shapes=(Shape.VALUES,)),
    "wavefront": Results(shapes=(Shape.NUMBER, Shape.NUMBERS)),
    "skywalking": Results(shapes=(Shape.OBJECT,)),
}
"""By the name under ``provider``. Those whose conditions are not read, or of which nothing is known, are not here."""
SCALAR: Final = Results(shapes=(Shape.NUMBER,), nan=True)
"""A Prometheus query that gives a scalar."""


def likely_first(shapes: Sequence[Shape], wanted: Wanted) -> list[Shape]:
    """Return shapes, those first that have what is looked for."""
    need = wanted.result
    likely = {
        Shape.OBJECT: bool(need.entries),
        Shape.LIST: bool(need.items) and not need.entries,
        Shape.TEXT: Leaf.TEXT in need.leaves,
        Shape.TRUTH: Leaf.TRUTH in need.leaves and Leaf.NUMBER not in need.leaves,
    }
    return sorted(shapes, key=lambda shape: not likely.get(shape, False))


def empty_result(shape: Shape, wanted: Wanted) -> Value:
    """Return what a result of a shape is when there is no data."""
    match shape:
        case Shape.NUMBERS:
            return List(NUMBERS, ())
        case Shape.METRIC_DATA:
            return List(_METRIC_DATA_LIST, [_metric_data(()) for _ in range(max(1, wanted.result.least_items))])
        case Shape.OBJECT:
            return object_map(OBJECT, dict.fromkeys(wanted.result.entries))
        case Shape.OBJECTS:
            return List(_OBJECTS, (object_map(OBJECT, dict.fromkeys(wanted.result.item().entries)),))
        case _:
            return List(LIST, ())


def nan_result(shape: Shape, wanted: Wanted) -> Value:
    """Return what a result of a shape is when each number is NaN."""
    count = max(1, wanted.result.least_items)
    return math.nan if shape is Shape.NUMBER else List(NUMBERS, (math.nan,) * count)


def probes(shape: Shape, wanted: Wanted) -> tuple[Value, ...]:
    """Return results of a shape that a condition tells apart, with negative numbers and without."""
    tried = tuple(_probes(shape, wanted, _numbers(wanted, signed=True)))
    if len(tried) > _MOST_PROBES // 2:  # not all combinations, and most of those with a negative number in them
        tried += tuple(_probes(shape, wanted, _numbers(wanted, signed=False)))
    return tried


def has_negative(value: Value) -> bool:
    """Tell whether there is a negative number in a result."""
    match value:
        case bool():
            return False
        case int() | float():
            return value < 0
        case List(items=items):
            return any(map(has_negative, items))
        case Map(items=entries):
            return any(has_negative(item) for _, item in entries.values())
        case Struct(fields=fields):
            return any(map(has_negative, fields.values()))
        case _:
            return False


def _numbers(wanted: Wanted, *, signed: bool) -> tuple[float, ...]:
    found = {0.0, 1.0, 1e9, -1.0, -1e9}
    for literal in sorted(wanted.numbers, key=abs)[:_MOST_LITERALS]:
        step = max(abs(literal) * 0.01, 1e-6)
        found |= {literal - step, literal, literal + step, math.floor(literal) + 1.0}
        if wanted.has_minus:
            found |= {-literal - step, -literal, -literal + step}
    return tuple(sorted(number for number in found if signed or number >= 0))


def _probes(shape: Shape, wanted: Wanted, numbers: Sequence[float]) -> Iterator[Value]:
    need = wanted.result
    match shape:
        case Shape.NUMBER | Shape.TEXT | Shape.TRUTH:
            yield from _plain(shape, wanted, numbers)
        case Shape.OBJECT:
            yield from _objects(need, wanted, numbers)
        case Shape.OBJECTS:
            for item in _objects(need.item(), wanted, numbers):
                yield List(_OBJECTS, (item,) * max(1, need.least_items))
        case Shape.METRIC_DATA:
            for values in _items(need.item().entry("Values"), wanted, numbers):
                yield List(_METRIC_DATA_LIST, (_metric_data(values),) * max(1, need.least_items))
        case Shape.NUMBERS:
            yield from (List(NUMBERS, items) for items in _items(need, wanted, numbers))
        case Shape.VALUES | Shape.LIST:
            choices = _choices(need.item(), wanted, numbers, 0)
            yield from (List(LIST, items) for items in _items(need, wanted, choices))


def _plain(shape: Shape, wanted: Wanted, numbers: Sequence[float]) -> Sequence[Value]:
    if shape is Shape.NUMBER:
        return numbers
    return _texts(wanted) if shape is Shape.TEXT else (True, False)


def _items(need: Need, wanted: Wanted, choices: Sequence[Value]) -> Iterator[tuple[Value, ...]]:
    """Yield the items of lists of which ``need`` is asked, each of them one of ``choices``."""
    for length, together in _lengths(need, wanted):
        yield from _combined([choices] * length, together=together)


def _metric_data(values: Sequence[Value]) -> Struct:
    fields: dict[str, Value] = {
        "Id": "m1",
        "Label": "m1",
        "Messages": List(_MESSAGES, ()),
        "StatusCode": "Complete",
        "Timestamps": List(list_of(TIME), ()),
        "Values": List(NUMBERS, tuple(values)),
    }
    return Struct(_METRIC_DATA, fields)


def _lengths(need: Need, wanted: Wanted) -> list[tuple[int, bool]]:
    """Return how long a list may be; ``True`` where no item need differ from another."""
    least = min(max(1, need.least_items), _LONGEST_LIST)
    lengths = {least, min(least + 1, _LONGEST_LIST)}
    if wanted.measures_length:
        lengths |= {int(number) + more for number in wanted.numbers if 0 < number < _LONGEST_LIST for more in (0, 1)}
    return [(length, length > least) for length in sorted(lengths) if length >= least]


def _texts(wanted: Wanted) -> list[Value]:
    return [*sorted(wanted.texts)[:_MOST_LITERALS], "another"]


def _objects(need: Need, wanted: Wanted, numbers: Sequence[float], depth: int = 0) -> Iterator[Value]:
    names = sorted(need.entries)
    choices = [_choices(need.entries[name], wanted, numbers, depth + 1) for name in names]
    for values in _combined(choices):
        yield object_map(OBJECT, dict(zip(names, values, strict=True)))


def _choices(need: Need, wanted: Wanted, numbers: Sequence[float], depth: int) -> Sequence[Value]:
    """Return what a value may be of which this is asked."""
    if depth > _DEEPEST:
        return numbers
    if need.entries:
        return list(islice(_objects(need, wanted, numbers, depth), _MOST_PROBES))
    if need.items:
        choices = _choices(need.items, wanted, numbers, depth + 1)
        return [List(LIST, items) for items in islice(_items(need, wanted, choices), _MOST_PROBES)]
    if Leaf.NUMBER in need.leaves:
        return numbers
    if Leaf.TEXT in need.leaves:
        return _texts(wanted)
    return (True, False) if Leaf.TRUTH in need.leaves else numbers


def _combined(choices: Sequence[Sequence[Value]], *, together: bool = False) -> Iterator[tuple[Value, ...]]:
    """Yield combinations of one of each: all when there are few, else some, those of equal ones among them.

    ``together`` has equal ones only.
    """
    if not together and math.prod(map(len, choices)) <= _MOST_PROBES:
        yield from product(*choices)
        return
    for index in range(max(map(len, choices), default=0)):
        yield tuple(one[index % len(one)] for one in choices)
    for turn in range(0 if together else _MOST_PROBES // 2):
        # Steps of different length through each: not all pairs, and the same ones each time.
        yield tuple(one[(turn * (2 * place + 1) + turn // len(one)) % len(one)] for place, one in enumerate(choices))
