"""What a JSON path finds in a value.

Source: k8s.io/client-go v0.34, util/jsonpath/jsonpath.go.
"""

from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias, assert_never

from gitopsgen.rollouts.conditions.errors import NotJudged
from gitopsgen.rollouts.conditions.json_path import (
    Field,
    Filter,
    Items,
    JsonPathError,
    Keyword,
    Literal,
    Recursive,
    Step,
    Steps,
    Template,
    Union,
    Wildcard,
)
from gitopsgen.rollouts.conditions.operators import OperandError, ordered
from gitopsgen.rollouts.conditions.values import Byte, List, Map, Value, is_number, type_of

_MOST_FOUND: Final = 100_000


class Crash(Exception):  # noqa: N818 - not an error of the path, but the end of the controller
    """The controller's process ends: it looks at a null that stands alone as if it were a value."""


class Null:
    """A null that stands alone, such as a whole body, unlike one that is an item of something."""


_Found: TypeAlias = "Value | Null"


def first_value(template: Template, data: Value) -> Value:
    """Return the first value that a path finds in ``data``.

    Raises:
        JsonPathError: It finds none.
        Crash: It is a null on its own.
    """
    for results in _Search(template).results(data):
        for found in results:
            if isinstance(found, Null):
                raise Crash
            return found
    raise JsonPathError("it finds nothing")


class _Search:
    """One search; ``range`` and ``end`` count through it as upstream does."""

    def __init__(self, template: Template) -> None:
        self._template = template
        self._begin = self._inside = self._end = 0
        self._last_end = -1
        self._found = 0

    def results(self, data: Value, start: int = 0) -> list[list[_Found]]:
        current: list[_Found] = [Null() if data is None else data]
        full: list[list[_Found]] = []
        index = start
        while index < len(self._template):
            part = self._template[index]
            results: list[_Found] = [part] if isinstance(part, str) else self._walk(current, part)
            if 0 < self._end <= self._inside:
                self._end -= 1
                self._last_end = index
                break
            if self._begin > 0:
                self._begin -= 1
                self._inside += 1
                for value in results or [None]:
                    if isinstance(value, Null):
                        raise Crash
                    nested = self.results(value, index + 1)
                    full += nested if results else []
                self._inside -= 1
                index = max(index, self._last_end) + 1
                continue
            full.append(results)
            index += 1
        return full

    def _walk(self, values: list[_Found], steps: Steps) -> list[_Found]:
        for step in steps:
            values = self._step(values, step)
            self._found += len(values)
            if self._found > _MOST_FOUND:
                raise NotJudged("the JSON path finds too much to be judged")
        return values

    def _step(self, values: list[_Found], step: Step) -> list[_Found]:
        match step:
            case Literal(value=literal):
                return [literal] if isinstance(literal, str) else [literal] * len(values)
            case Field():
                return _field(values, step)
            case Items():
                return [item for value in values for item in _items(value, step)]
            case Filter():
                return [item for value in values for item in self._filter(value, step)]
            case Wildcard():
                return [item for value in values for item in _below(value)]
            case Recursive():
                return [item for value in values for item in _all_below(value)]
            case Union(paths=paths):
                return [found for path in paths for found in self._walk(values, path)]
            case Keyword():
                return self._keyword(values, step)
            case _:
                assert_never(step)

    def _keyword(self, values: list[_Found], step: Keyword) -> list[_Found]:
        match step.name:
            case "range":
                self._begin += 1
                return values
            case "end" if self._inside:
                self._end += 1
                return []
            case _:
                raise JsonPathError(f"`{step.name}` does not fit here")

    def _filter(self, value: _Found, step: Filter) -> Iterator[_Found]:
        if not isinstance(value, List):
            raise JsonPathError("a filter takes a list")
        for item in value.items:
            if step.operator == "exists":
                if self._exists(item, step.left):
                    yield item
                continue
            sides: list[Value] = []
            for path in (step.left, step.right):
                found = self._walk([item], path)
                if len(found) > 1:
                    raise JsonPathError("a filter compares one value with one")
                if not found:
                    break
                if isinstance(found[0], Null):
                    raise Crash
                sides.append(found[0])
            if len(sides) == 2 and _compare(step.operator, *sides):  # noqa: PLR2004 - both sides
                yield item

    def _exists(self, item: Value, path: Steps) -> bool:
        try:
            return bool(self._walk([item], path))
        except JsonPathError:
            return False


def _field(values: list[_Found], step: Field) -> list[_Found]:
    found: list[_Found] = []
    for value in values:
        if isinstance(value, Map):
            entry = value.items.get(("string", step.name))
            found += [entry[1]] if entry else []
    if values and not found:
        raise JsonPathError(f"`{step.name}` is not found")
    return found


def _items(value: _Found, step: Items) -> Sequence[_Found]:
    if value is None:
        return ()
    if isinstance(value, Null):
        raise Crash
    if not isinstance(value, List):
        raise JsonPathError(f"`[…]` takes a list, not {type_of(value).words}")
    length = len(value.items)
    start = step.start or 0
    start += length if start < 0 else 0
    end = length if step.end is None else step.end
    end += length if end < 0 or (end == 0 and step.is_single) else 0
    if start == end:
        return ()
    if not 0 <= start < length or not 0 <= end <= length or start > end:
        raise JsonPathError(f"there is no item {start}: the list has {length}")
    if step.step is not None and step.step <= 0:
        raise JsonPathError("a step is at least 1")
    return value.items[start : end : step.step or 1]


def _below(value: _Found) -> Sequence[_Found]:
    match value:
        case Map(items=entries):
            return [item for _, item in entries.values()]
        case List(items=items):
            return items
        case str():
            return [Byte(one) for one in value.encode(errors="surrogateescape")]
        case _:
            return ()


def _all_below(value: _Found) -> list[_Found]:
    found: list[_Found] = []
    waiting: list[_Found] = [value]
    while waiting:
        current = waiting.pop()
        if below := _below(current):
            found.append(current)
            waiting += reversed(below)
        if len(found) + len(waiting) > _MOST_FOUND:
            raise NotJudged("the JSON path finds too much to be judged")
    return found


def _compare(operator: str, left: Value, right: Value) -> bool:
    if operator not in ("<", ">", "<=", ">=", "==", "!="):
        raise JsonPathError(f"`{operator}` is no comparison")
    kinds = [_kind(side) for side in (left, right)]
    if None in kinds:
        raise JsonPathError("a filter compares texts, numbers and truth values")
    if kinds[0] != kinds[1]:
        raise JsonPathError(f"a filter does not compare {type_of(left).words} with {type_of(right).words}")
    if operator in ("==", "!="):
        return (left == right) is (operator == "==")
    try:
        # Upstream has `>` as the opposite of `<=`.
        opposite = {">": "<=", ">=": "<"}.get(operator)
        return not ordered(opposite, left, right) if opposite else ordered(operator, left, right)
    except OperandError as error:
        raise JsonPathError(str(error)) from None


def _kind(value: Value) -> str | None:
    """Return the kind by which a filter compares; a number of the body is a fraction, one in the path may be whole."""
    if isinstance(value, float):
        return "fraction"
    if is_number(value):
        return "whole"
    return type(value).__name__ if isinstance(value, bool | str) else None
