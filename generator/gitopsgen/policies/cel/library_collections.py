"""Lists, maps and regular expressions: what the native engine's own libraries leave out.

Source: kubernetes v1.35, staging/src/k8s.io/apiserver/pkg/cel/library (lists.go, regex.go).
"""

import operator
from collections.abc import Callable
from datetime import timedelta
from functools import cache, reduce
from itertools import pairwise
from typing import Any

MAX_RANGE = 10_000
"""The longest list that ``lists.range`` makes: the engine stops after as many loop steps anyway."""


def is_sorted(items: list[Any]) -> bool:
    """``isSorted()``."""
    return all(not later < earlier for earlier, later in pairwise(items))


def total(items: list[Any]) -> object:
    """``sum()``: 0 for an empty list."""
    if not all(isinstance(item, int | float) and not isinstance(item, bool) for item in items):
        raise TypeError("no such overload: sum")
    result = reduce(operator.add, items) if items else 0
    if isinstance(result, int) and not -(2**63) <= result < 2**63:
        raise ValueError("integer overflow")
    return result


def total_duration(items: list[Any]) -> timedelta:
    """``sum()`` of durations."""
    if not all(isinstance(item, timedelta) for item in items):
        raise TypeError("no such overload: sum")
    return sum(items, timedelta())


def smallest(items: list[Any]) -> object:
    """``min()``."""
    if not items:
        raise ValueError("min called on empty list")
    return reduce(min, items)


def largest(items: list[Any]) -> object:
    """``max()``."""
    if not items:
        raise ValueError("max called on empty list")
    return reduce(max, items)


def index_of(items: list[Any], wanted: object) -> int:
    """``indexOf(value)`` of a list: -1 when it is not there."""
    return next((index for index, item in enumerate(items) if _equal(item, wanted)), -1)


def last_index_of(items: list[Any], wanted: object) -> int:
    """``lastIndexOf(value)`` of a list: -1 when it is not there."""
    found = index_of(items[::-1], wanted)
    return len(items) - 1 - found if found >= 0 else -1


def insert(entries: dict[Any, Any], key: object, value: object) -> dict[Any, Any]:
    """One step of ``transformMap``."""
    if key in entries:
        raise ValueError(f"insert failed: key {key!r} already exists")
    return {**entries, key: value}


def insert_all(entries: dict[Any, Any], added: dict[Any, Any]) -> dict[Any, Any]:
    """One step of ``transformMapEntry``."""
    for key in added:
        if key in entries:
            raise ValueError(f"insert failed: key {key!r} already exists")
    return {**entries, **added}


def counted(count: object) -> list[int]:
    """``lists.range(count)``."""
    if not isinstance(count, int) or isinstance(count, bool):
        raise TypeError("no such overload: lists.range")
    if count > MAX_RANGE:
        raise ValueError(f"lists.range({count}) is longer than {MAX_RANGE:,} items")
    return list(range(count))


def find(text: object, pattern: object) -> str:
    """``find(pattern)``: the first match, empty when there is none."""
    found = find_all(text, pattern, 1)
    return found[0] if found else ""


def find_all(text: object, pattern: object, limit: object = -1) -> list[str]:
    """``findAll(pattern)`` and ``findAll(pattern, limit)``: the matches, in RE2's meaning of the pattern."""
    if not isinstance(text, str) or not isinstance(pattern, str) or not isinstance(limit, int):
        raise TypeError("no such overload: findAll")
    if limit == 0:
        return []
    opening, closing = _unused_characters(text)
    marked = _replacer()(text, pattern, f"{opening}\\0{closing}", limit)
    return [part.partition(closing)[0] for part in marked.split(opening)[1:]]


@cache
def is_pattern(pattern: str) -> bool:
    """Tell whether RE2 can read the pattern."""
    try:
        find("", pattern)
    except ValueError:
        return False
    return True


def _unused_characters(text: str) -> tuple[str, str]:
    """Return two characters that ``text`` does not contain, out of Unicode's private use area."""
    unused = (chr(code) for code in range(0xF0000, 0xFFFFE) if chr(code) not in text)
    return next(unused), next(unused)


@cache
def _replacer() -> Callable[[str, str, str, int], str]:
    """Return RE2's replacement of the matches in a text, which only the native engine's expressions reach."""
    from cel_expr_python import cel  # noqa: PLC0415 - the native library is loaded when an expression needs it

    names = {"s": cel.Type.STRING, "p": cel.Type.STRING, "r": cel.Type.STRING, "n": cel.Type.INT}
    config = cel.NewEnvConfigFromYaml("name: regex\nextensions:\n- name: optional\n- name: regex\n")
    expression = cel.NewEnv(config=config, variables=names).compile("regex.replace(s, p, r, n)")

    def replace(text: str, pattern: str, replacement: str, limit: int) -> str:
        value = expression.eval(data={"s": text, "p": pattern, "r": replacement, "n": limit})
        if value.type() == cel.Type.ERROR:
            raise ValueError(str(value.value()).partition(": ")[2])
        return str(value.value())

    return replace


def _equal(left: object, right: object) -> bool:
    """Tell whether two values are equal in CEL, where ``true`` is not 1."""
    return isinstance(left, bool) == isinstance(right, bool) and left == right
