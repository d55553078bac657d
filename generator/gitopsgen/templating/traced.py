"""Values that remember where they came from while a template works on them.

A traced value equals the plain one and can stand wherever it can; arithmetic, concatenation and filters carry the
origins of all that went in. ``None`` has no traced form, and a traced boolean is an integer that reads as a boolean.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from gitopsgen.source.location import Location, Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a value came from: a path in the App's or the Environment's merged spec, or in their metadata."""

    scope: Literal["app", "environment", "app-metadata", "environment-metadata"]
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """A value that stands in a template."""

    location: Location


Source: TypeAlias = Origin | Constant
Sources: TypeAlias = frozenset[Source]


class TracedText(str):
    """A string with its origins."""

    __slots__ = ("sources",)
    sources: Sources


class TracedInteger(int):
    """A whole number with its origins."""

    sources: Sources


class TracedNumber(float):
    """A number with its origins."""

    __slots__ = ("sources",)
    sources: Sources


class TracedBoolean(int):
    """A boolean with its origins; Python lets nobody derive from ``bool``."""

    sources: Sources

    def __str__(self) -> str:
        return str(bool(self))

    __repr__ = __str__


_KINDS: Final = (TracedText, TracedInteger, TracedNumber, TracedBoolean)


def trace(value: object, sources: Sources) -> Any:  # noqa: ANN401 - a value of the same kind
    """Return a scalar with ``sources``; whatever has no traced form is returned as it is."""
    kinds: Mapping[type, Callable[[Any], Any]] = {
        str: TracedText,
        int: TracedInteger,
        float: TracedNumber,
        bool: TracedBoolean,
    }
    plain = untrace(value) if isinstance(value, _KINDS) else value
    kind = kinds.get(type(plain))
    if kind is None or not sources:
        return value
    traced = kind(plain)
    traced.sources = sources
    return traced


def trace_tree(value: Any, source: Callable[[Path], Sources], path: Path = ()) -> Any:  # noqa: ANN401 - any value
    """Return ``value`` with every scalar in it, and every key, traced to ``source`` of its path."""
    if isinstance(value, Mapping):
        return {trace(key, source((*path, key))): trace_tree(item, source, (*path, key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [trace_tree(item, source, (*path, index)) for index, item in enumerate(value)]
    return trace(value, source(path))


def untrace(value: Any) -> Any:  # noqa: ANN401 - any value
    """Return the plain value, all through."""
    if isinstance(value, TracedBoolean):
        return bool(value)
    if isinstance(value, TracedText):
        return str.__str__(value)
    if isinstance(value, TracedInteger):
        return int(value)
    if isinstance(value, TracedNumber):
        return float(value)
    if isinstance(value, Mapping):
        return {untrace(key): untrace(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [untrace(item) for item in value]
    return value


def sources_of(value: object) -> Sources:
    """Return the origins of a value; of a map or a list, those of all in it."""
    if isinstance(value, _KINDS):
        return value.sources
    children: Iterator[object] = iter(())
    if isinstance(value, Mapping):
        children = iter(value.values())
    elif isinstance(value, list | tuple):
        children = iter(value)
    return frozenset().union(*map(sources_of, children))


def carried(result: object, *inputs: object) -> object:
    """Return ``result`` with the origins of ``inputs``, where it has a traced form and none of its own."""
    if isinstance(result, _KINDS):
        return result
    return trace(result, frozenset().union(*map(sources_of, inputs)))


def _carrying(function: Callable[[Any, Any], Any], *, reflected: bool) -> Callable[[Any, Any], Any]:
    def method(self: object, other: object) -> object:
        left, right = untrace(self), untrace(other)
        try:
            result = function(right, left) if reflected else function(left, right)
        except TypeError:
            return NotImplemented
        return carried(result, self, other)

    return method


for _kind in _KINDS:
    for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow"):
        _function = getattr(operator, _name)
        setattr(_kind, f"__{_name}__", _carrying(_function, reflected=False))
        setattr(_kind, f"__r{_name}__", _carrying(_function, reflected=True))
