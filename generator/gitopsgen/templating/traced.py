"""Values that remember where they came from while a template works on them.

A traced value equals the plain one and can stand wherever it can; arithmetic and concatenation carry the traces of all
that went in. Python lets nobody derive from ``bool`` or ``None``: a traced boolean is an integer that reads as one, and
a traced nothing equals ``None``. A traced list or map has a trace of its own, which says what decided that it is there
and how long it is; those of its items say what decided them, and all that decided the list.
"""

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, Self, SupportsIndex, TypeAlias

import jinja2

from gitopsgen.source.location import Location, Path
from gitopsgen.templating.unset import Unset

Scope: TypeAlias = Literal["app", "environment", "app-metadata", "environment-metadata"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value came from: a path in the App's or the Environment's merged spec, or in their metadata.

    With ``is_key`` it is the key itself that came from there, not what the key holds.
    """

    scope: Scope
    path: Path
    is_key: bool = False


Origins: TypeAlias = frozenset[Origin]
_NONE: Final[Origins] = frozenset()


@dataclass(frozen=True, slots=True)
class Trace:
    """What is known of a value: the descriptor values that it was made of, and those that had a say in other ways.

    ``deciders`` decided that it is there, or that it is this and not another; ``placers`` decided where it stands:
    its index in a list, the keys above it, its file. ``places`` are the lines of templates that it went through: first
    the one that put it out, then those where the ``constants`` in it are written, then those that called for it.
    """

    values: Origins = _NONE
    deciders: Origins = _NONE
    placers: Origins = _NONE
    places: tuple[Location, ...] = ()
    constants: tuple[Location, ...] = ()

    def __or__(self, other: "Trace") -> "Trace":
        if other is UNTRACED or other is self:
            return self
        if self is UNTRACED:
            return other
        return Trace(
            self.values | other.values,
            self.deciders | other.deciders,
            self.placers | other.placers,
            _joined(self.places, other.places),
            _joined(self.constants, other.constants),
        )

    @property
    def reasons(self) -> Origins:
        """All that had a say about the value, if not about where it stands."""
        return self.values | self.deciders

    def decided_by(self, origins: Origins) -> "Trace":
        """Return the trace with more deciders."""
        if origins <= self.deciders:
            return self
        return Trace(self.values, self.deciders | origins, self.placers, self.places, self.constants)

    def at(self, place: Location) -> "Trace":
        """Return the trace with one more template line that it went through."""
        if place in self.places:
            return self
        places = (*self.places, place) if self.places else _joined((place,), self.constants)
        return Trace(self.values, self.deciders, self.placers, places, self.constants)


def _joined(one: tuple[Location, ...], other: tuple[Location, ...]) -> tuple[Location, ...]:
    """Return the places of both, each once."""
    if not other or one == other:
        return one
    return tuple(dict.fromkeys((*one, *other))) if one else other


UNTRACED: Final = Trace()
Piece: TypeAlias = tuple[int, Trace]
"""Where in a text a stretch with one trace begins; it ends where the next begins. It may be empty: there, something
is not."""


class TracedText(str):
    """A string with its trace, or with the traces of its stretches."""

    __slots__ = ("pieces", "trace")
    pieces: tuple[Piece, ...]
    trace: Trace

    def __new__(cls, text: str, trace: Trace = UNTRACED, pieces: tuple[Piece, ...] = ()) -> Self:
        """Make it; without ``pieces`` all of it has one trace."""
        self = super().__new__(cls, text)
        self.trace = trace
        self.pieces = pieces or ((0, trace),)
        return self

    def __getitem__(self, index: SupportsIndex | slice) -> "TracedText":
        return TracedText(str.__getitem__(self, index), self.trace)

    def __add__(self, other: str) -> str:
        return concat((self, other)) if isinstance(other, str) else NotImplemented

    def __radd__(self, other: str) -> str:
        return concat((other, self)) if isinstance(other, str) else NotImplemented


class TracedInteger(int):
    """A whole number with its trace."""

    trace: Trace


class TracedNumber(float):
    """A number with its trace."""

    __slots__ = ("trace",)
    trace: Trace


class TracedBoolean(int):
    """A boolean with its trace."""

    trace: Trace

    def __str__(self) -> str:
        return str(bool(self))

    __repr__ = __str__


class TracedNothing:
    """``None`` with its trace."""

    __slots__ = ("trace",)
    trace: Trace

    def __bool__(self) -> bool:
        return False

    def __eq__(self, other: object) -> bool:
        return other is None or isinstance(other, TracedNothing)

    def __hash__(self) -> int:
        return hash(None)

    def __str__(self) -> str:
        return "None"

    __repr__ = __str__


class TracedList(list[Any]):
    """A list with a trace of its own."""

    trace: Trace

    def __init__(self, items: Iterable[Any], trace: Trace) -> None:
        super().__init__(items)
        self.trace = trace

    def __getitem__(self, index: Any) -> Any:  # noqa: ANN401 - an item, or a list
        found = super().__getitem__(index)
        return TracedList(found, self.trace) if isinstance(index, slice) else found

    def __add__(self, other: Any) -> Any:  # noqa: ANN401 - as a list has it
        return _joined_lists(self, other)

    def __radd__(self, other: Any) -> Any:  # noqa: ANN401 - as a list has it
        return _joined_lists(other, self)


def _joined_lists(left: Any, right: Any) -> Any:  # noqa: ANN401 - whatever a template adds
    if not isinstance(left, list) or not isinstance(right, list):
        return NotImplemented
    # Where the second half stands depends on how long the first is.
    moved = (decided(item, own(left).deciders) for item in right)
    return TracedList([*left, *moved], own(left) | own(right))


class TracedMap(dict[str, Any]):
    """A map with a trace of its own."""

    trace: Trace

    def __init__(self, items: Mapping[Any, Any], trace: Trace) -> None:
        super().__init__(items)
        self.trace = trace


class TracedUndefined(Unset):
    """What is not there, and may not be used: what it was looked for in decided that."""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - as Jinja2 has it
        super().__init__(*arguments, **options)
        self.trace = Trace(deciders=own(self._undefined_obj).reasons)


class TracedAbsence(jinja2.Undefined):
    """What a choice without an ``else`` gives when its test fails: no text."""

    trace: Trace


_SCALARS: Final = (TracedText, TracedInteger, TracedNumber, TracedBoolean, TracedNothing)
_MISSING: Final = (TracedUndefined, TracedAbsence)
_KINDS: Final = (*_SCALARS, *_MISSING, TracedList, TracedMap)
_NUMBERS: Final[Mapping[type, type]] = {int: TracedInteger, float: TracedNumber, bool: TracedBoolean}


def traced(value: Any, trace: Trace) -> Any:  # noqa: ANN401 - a value of the same kind
    """Return a value with ``trace`` for its own, in place of any that it has; the items of lists and maps keep theirs.

    Whatever has no traced form is returned as it is.
    """
    if isinstance(value, dict):
        return TracedMap(value, trace)
    if isinstance(value, list):
        return TracedList(value, trace)
    plain = untraced(value)
    if isinstance(plain, str):
        return TracedText(plain, trace)
    if isinstance(plain, jinja2.Undefined):
        return _missing(plain, trace)
    if plain is None:
        kind: type = TracedNothing
    elif type(plain) in _NUMBERS:
        kind = _NUMBERS[type(plain)]
    else:
        return value
    result = kind() if plain is None else kind(plain)
    result.trace = trace
    return result


def _missing(value: jinja2.Undefined, trace: Trace) -> TracedUndefined | TracedAbsence:
    kind = TracedUndefined if isinstance(value, jinja2.StrictUndefined) else TracedAbsence
    about = value._undefined_hint, value._undefined_obj, value._undefined_name, value._undefined_exception  # noqa: SLF001 - Jinja2 tells it nowhere else
    result = kind(*about)
    result.trace = trace
    return result


def traced_tree(value: Any, trace: Callable[[Path], Trace], key: Callable[[Path], Trace], path: Path = ()) -> Any:  # noqa: ANN401 - any value
    """Return ``value`` with everything in it traced to ``trace`` of its path, and every key to ``key`` of it."""
    if isinstance(value, Mapping):
        items = {
            TracedText(name, key((*path, name))): traced_tree(item, trace, key, (*path, name))
            for name, item in value.items()
        }
        return TracedMap(items, trace(path))
    if isinstance(value, list | tuple):
        return TracedList(
            (traced_tree(item, trace, key, (*path, index)) for index, item in enumerate(value)), trace(path)
        )
    return traced(value, trace(path))


def untraced(value: Any) -> Any:  # noqa: ANN401 - any value
    """Return the plain value, all through."""
    match value:
        case TracedText():
            return str.__str__(value)
        case TracedBoolean():
            return bool(value)
        case TracedInteger():
            return int(value)
        case TracedNumber():
            return float(value)
        case TracedNothing():
            return None
        case dict():
            return {untraced(key): untraced(item) for key, item in value.items()}
        case list():
            return [untraced(item) for item in value]
        case tuple():
            return like_tuple(value, map(untraced, value))
    return value


def own(value: object) -> Trace:
    """Return the trace of a value itself: of a list or a map, of its being there and its length."""
    return value.trace if isinstance(value, _KINDS) else UNTRACED


def whole(value: object) -> Trace:
    """Return the traces of a value and of all that is in it, keys too."""
    trace = own(value)
    if isinstance(value, dict):
        for key, item in value.items():
            trace = trace | own(key) | whole(item)
    elif isinstance(value, list | tuple):
        for item in value:
            trace = trace | whole(item)
    return trace


def templates_of(value: object) -> list[Location]:
    """Return the template lines, in order, that the scalars in a value were put out by, without those that called."""
    if isinstance(value, dict | list | tuple) and value:
        inner = value.values() if isinstance(value, dict) else value
        return sorted({line for item in inner for line in templates_of(item)})
    return list(own(value).places[:1])


def carried(result: Any, *inputs: object) -> Any:  # noqa: ANN401 - any value
    """Return a result that was worked out of ``inputs``, with all their traces, and the same for all that is in it."""
    trace = UNTRACED
    for one in inputs:
        trace = trace | whole(one)
    if trace is UNTRACED:
        return result
    return traced_tree(untraced(result), lambda _: trace, lambda _: trace)


def decided(value: Any, origins: Origins) -> Any:  # noqa: ANN401 - a value of the same kind
    """Return ``value`` with ``origins`` among what decided it, and all that is in it."""
    return because(value, Trace(deciders=origins)) if origins else value


def because(value: Any, reason: Trace) -> Any:  # noqa: ANN401 - a value of the same kind
    """Return ``value`` with a say of ``reason`` in it and in all that is in it.

    What made the reason decided the value, and what placed it, the value too. A value that went through no template
    yet has gone through those of the reason.
    """
    if reason is UNTRACED:
        return value

    def joined(trace: Trace) -> Trace:
        return replace(
            trace,
            deciders=trace.deciders | reason.reasons,
            placers=trace.placers | reason.placers,
            places=trace.places or reason.places,
        )

    def walk(value: Any) -> Any:  # noqa: ANN401 - any value
        if isinstance(value, TracedText):
            pieces = tuple((start, joined(trace)) for start, trace in value.pieces)
            return TracedText(str.__str__(value), joined(value.trace), pieces)
        if isinstance(value, dict):
            return TracedMap({key: walk(item) for key, item in value.items()}, joined(own(value)))
        if isinstance(value, list):
            return TracedList(map(walk, value), joined(own(value)))
        if isinstance(value, tuple):
            return like_tuple(value, map(walk, value))
        return traced(value, joined(own(value)))

    return walk(value)


def like_tuple(model: tuple[Any, ...], items: Iterable[Any]) -> tuple[Any, ...]:
    """Return ``items`` as a tuple of the same kind, with the same names, as ``model``."""
    made: tuple[Any, ...] = model._make(items) if hasattr(model, "_make") else tuple(items)
    return made


def like(value: dict[str, Any], model: object, absent: object = None) -> dict[str, Any]:
    """Return a map that was made out of the map ``model``, with the trace that this has of its own.

    ``absent`` is what decided that something is not in it.
    """
    if not isinstance(model, TracedMap):
        return value
    return TracedMap(value, model.trace.decided_by(own(absent).reasons))


def in_place_of(value: dict[str, Any], short: object) -> dict[str, Any]:
    """Return the map that a short form stands for, made of what that was made of."""
    trace = own(short)
    return value if trace is UNTRACED else TracedMap(value, trace)


def concat(parts: Iterable[str]) -> str:
    """Return the parts as one string, with the traces of each on its stretch."""
    texts: list[str] = []
    pieces: list[Piece] = []
    trace = UNTRACED
    offset = 0
    for part in parts:
        if isinstance(part, TracedText):
            pieces += ((offset + start, piece) for start, piece in part.pieces)
            trace = trace | part.trace
        elif part:
            pieces.append((offset, UNTRACED))
        texts.append(str.__str__(part))
        offset += len(part)
    return TracedText("".join(texts), trace, tuple(pieces)) if trace is not UNTRACED else "".join(texts)


def _carrying(function: Callable[[Any, Any], Any], *, reflected: bool) -> Callable[[Any, Any], Any]:
    def method(self: object, other: object) -> object:
        left, right = untraced(self), untraced(other)
        try:
            result = function(right, left) if reflected else function(left, right)
        except TypeError:
            return NotImplemented
        return carried(result, self, other)

    return method


for _kind in (TracedInteger, TracedNumber, TracedBoolean, TracedText):
    for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow"):
        if not (_kind is TracedText and _name == "add"):
            _function = getattr(operator, _name)
            setattr(_kind, f"__{_name}__", _carrying(_function, reflected=False))
            setattr(_kind, f"__r{_name}__", _carrying(_function, reflected=True))
    if _kind is not TracedText:
        for _name in ("neg", "pos", "abs"):
            _function = getattr(operator, _name)
            setattr(_kind, f"__{_name}__", lambda self, function=_function: carried(function(untraced(self)), self))
