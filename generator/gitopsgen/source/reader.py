"""The one YAML reader: plain values by Kubernetes' rules, a place for every value, and every fault in one pass."""

import math
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any, Final, TypeAlias, cast

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined] # the published types leave it out
from yaml.events import AliasEvent, MappingEndEvent, MappingStartEvent, ScalarEvent, SequenceEndEvent

from gitopsgen.source.location import Location, Path, format_path
from gitopsgen.source.scalars import is_ambiguous, resolve_scalar

Yaml: TypeAlias = Any
"""What a document holds: ``dict``, ``list``, ``str``, ``int``, ``float``, ``bool`` or ``None``."""

Event: TypeAlias = Any
"""An event of libyaml's parser: the published types make every mark optional, the parser gives it always."""

MAX_DEPTH: Final = 100
MAX_ALIASED_NODES: Final = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A fault of the text itself; ``rule`` is ``yaml/syntax``, ``yaml/duplicate-key`` and so on."""

    rule: str
    message: str
    location: Location
    fix: str = ""
    value: object = None
    """What an ambiguous scalar, or a key that is no string, is to Kubernetes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Where a value (and the key before it) starts; ``text`` is a plain scalar as it was written, else ``None``.

    ``start`` and ``end`` are offsets into the document's text, as are those of the key: where a scalar starts, and what
    comes after it. A list or a map in block style ends where the next thing begins. ``alias_of`` is the path of the
    value that an alias stands for.
    """

    line: int
    column: int
    key_line: int
    key_column: int
    text: str | None
    key_start: int
    key_end: int
    start: int
    end: int
    is_scalar: bool = True
    alias_of: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Document:
    """One YAML document of a file, or a part of one. Places are worked out when the first one is asked for.

    ``index`` counts the documents before it in the file. It stands in ``text``, which begins on the line ``first`` of
    the file, after ``earlier`` other documents.
    """

    file: str
    index: int
    line: int
    data: Yaml
    text: str = field(repr=False)
    first: int = 1
    earlier: int = 0
    _whole: "Document | None" = field(default=None, repr=False)
    _base: Path = ()

    @cached_property
    def marks(self) -> dict[Path, Mark]:
        """The place of every value by its path, counted from the whole document; where a key stands twice, the last."""
        if self._whole:
            return self._whole.marks
        builder = _Builder(self.text, self.first, self.file, marked=True)
        for number, _ in enumerate(builder.documents()):
            if number == self.earlier:
                return builder.marks
        return {}

    def part(self, path: Path, data: Yaml) -> "Document":
        """Return what lies at ``path``, ``data``, as a document of its own whose paths count from there."""
        mark = self._mark(path)
        line = mark.line if mark else self.line
        whole = self._whole or self
        return replace(self, data=data, line=line, _whole=whole, _base=(*self._base, *path))

    def locate(self, path: Path) -> Location:
        """Return where the value at ``path`` stands, by its key if it has one; for what is missing, its parent."""
        mark = self._mark(path)
        return Location(self.file, mark.key_line, mark.key_column) if mark else Location(self.file, self.line, 1)

    def locate_value(self, path: Path) -> Location:
        """Return where the value at ``path`` itself starts."""
        mark = self._mark(path)
        return Location(self.file, mark.line, mark.column) if mark else Location(self.file, self.line, 1)

    def written(self, path: Path) -> str | None:
        """Return the plain scalar at ``path`` as it was written; ``None`` for anything else."""
        mark = self.marks.get((*self._base, *path))
        return mark.text if mark else None

    def _mark(self, path: Path) -> Mark | None:
        """Return the mark of the longest part of ``path`` that exists."""
        marks = self.marks
        path = (*self._base, *path)
        while path and path not in marks:
            path = path[:-1]
        return marks.get(path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """What a file holds: its documents (empty ones left out) and the faults of its text."""

    documents: tuple[Document, ...]
    problems: tuple[Problem, ...]


def read(text: str, file: str) -> Stream:
    """Return the documents of ``text``; ``file`` is what locations say.

    A syntax error ends its document, and reading goes on with the next one. Duplicate keys, ambiguous scalars and keys
    that are no strings are problems too, and the document stands.
    """
    documents: list[Document] = []
    problems: list[Problem] = []
    index = 0
    for first, part in _parts(text):
        builder = _Builder(part, first, file, marked=False)
        earlier = 0
        for line, data, empty in builder.documents():
            if not empty:
                place = index + earlier
                documents.append(
                    Document(file=file, index=place, line=line, data=data, text=part, first=first, earlier=earlier)
                )
            earlier += 1
        problems += builder.problems
        index += earlier + builder.broken
    return Stream(documents=tuple(documents), problems=tuple(problems))


_SEPARATOR: Final = re.compile(r"^---(?=[ \t\r\n]|$)", re.MULTILINE)
_NOTHING: Final = re.compile(r"(?:[ \t\r]*(?:#[^\n]*)?\n)*\Z")


def _parts(text: str) -> Iterable[tuple[int, str]]:
    """Yield the stretches of ``text`` that begin with ``---``, which ends whatever is before it, and their first lines.

    What is only comments belongs to the document that follows. A file with directives is left in one piece: they stand
    before the line that begins their document.
    """
    starts = [found.start() for found in _SEPARATOR.finditer(text)]
    if starts and _NOTHING.match(text, 0, starts[0]):
        starts = starts[1:]
    if not starts or text.startswith("%") or "\n%" in text:
        yield 1, text
        return
    first = 1
    for start, end in pairwise((0, *starts, len(text))):
        yield first, text[start:end]
        first += text.count("\n", start, end)


class _Stop(Exception):  # noqa: N818 - control flow inside this module
    """The file cannot be read further."""


class _Builder:
    """Builds values from libyaml's events; with ``marked`` it also notes the place of each."""

    def __init__(self, text: str, first: int, file: str, *, marked: bool) -> None:
        self.text = text
        self.first = first
        self.file = file
        self.broken = False
        self.marked = marked
        self.problems: list[Problem] = []
        self.marks: dict[Path, Mark] = {}
        self._starts = _line_starts(text) if _OTHER_BREAK.search(text) else None
        self._anchors: dict[str, tuple[Yaml, int, Path]] = {}
        self._event: Callable[[], Event] = lambda: None
        self._nodes = 0
        self._aliased = 0

    def documents(self) -> Iterable[tuple[int, Yaml, bool]]:
        """Yield the line, the value and the emptiness of each document; a syntax error ends it, and makes it broken."""
        self.broken = True
        bad = _control_character(self.text)
        if bad is not None:
            line, column = _position(self.text, bad)
            message = f"character {self.text[bad]!a} is not allowed in YAML"
            self._problem("yaml/syntax", message, line + self.first - 1, column)
            return
        parser = CParser(self.text)
        try:
            self._event = cast("Callable[[], Event]", parser.get_event)
            self._event()  # the start of the stream
            while not isinstance(start := self._event(), yaml.StreamEndEvent):
                self._anchors.clear()
                self.marks = {}
                first: Event = self._event()
                value = self._build(first, (), 0, None)
                self._event()  # the end of the document
                empty = value is None and first.start_mark.index == first.end_mark.index
                yield self._place((start if empty else first).start_mark)[0], value, empty
            self.broken = False
        except _Stop:
            return
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            message = " ".join(part for part in (error.context, error.problem) if part)
            line, column = self._place(mark) if mark else (self.first, 1)
            fix = _syntax_fix(self.text, line - self.first + 1)
            self._problem("yaml/syntax", f"this is not YAML: {message}", line, column, fix)
        except yaml.YAMLError as error:
            self._problem("yaml/syntax", f"this is not YAML: {error}", self.first, 1)

    def _build(self, event: Event, path: Path, depth: int, key: Event | None) -> Yaml:
        self._nodes += 1
        kind = type(event)
        if kind is ScalarEvent:
            return self._scalar(event, path, key)
        if kind is AliasEvent:
            return self._alias(event, path, key)
        if depth >= MAX_DEPTH:
            self._fail(event, "yaml/too-deep", f"nested more than {MAX_DEPTH} levels deep")
        if self.marked:
            self._mark(event, path, key, None)
        before = self._nodes
        value, end = self._mapping(path, depth) if kind is MappingStartEvent else self._sequence(path, depth)
        if self.marked and path in self.marks:
            self.marks[path] = replace(self.marks[path], end=end.end_mark.index, is_scalar=False)
        if event.anchor:
            self._anchors[event.anchor] = (value, self._nodes - before + 1, path)
        return value

    def _sequence(self, path: Path, depth: int) -> tuple[list[Yaml], Event]:
        items: list[Yaml] = []
        take, marked = self._event, self.marked
        while type(event := take()) is not SequenceEndEvent:
            items.append(self._build(event, (*path, len(items)) if marked else path, depth + 1, None))
        return items, event

    def _mapping(self, path: Path, depth: int) -> tuple[dict[str, Yaml], Event]:
        mapping: dict[str, Yaml] = {}
        merged: list[dict[str, Yaml]] = []
        take, marked = self._event, self.marked
        while (kind := type(event := take())) is not MappingEndEvent:
            if kind is not ScalarEvent:
                self._fail(
                    event,
                    "yaml/key-type",
                    "a key must be a string, not a list or a map",
                    'quote a template expression: `key: "{{ … }}"`',
                )
            key: str = event.value
            if key == "<<" and event.implicit[0]:
                written = dict(self.marks)
                value = self._build(take(), path, depth + 1, event)
                self.marks |= written  # the map itself, and the keys of its own, stand where they are written
                merged.extend(self._merge_sources(event, value))
                continue
            if key in mapping or type(_resolved(key)[0]) is not str:
                self._odd_key(event, mapping, path)
            mapping[key] = self._build(take(), (*path, key) if marked else path, depth + 1, event)
        for source in merged:
            for name, value in source.items():
                mapping.setdefault(name, value)
        return mapping, event

    def _odd_key(self, event: Event, mapping: dict[str, Yaml], path: Path) -> None:
        """Note what is wrong with a key: it is no string, or stands there already."""
        key: str = event.value
        if event.implicit[0] and not isinstance(resolved := _resolved(key)[0], str):
            kind = "a boolean" if isinstance(resolved, bool) else "null" if resolved is None else "a number"
            place = Location(self.file, *self._place(event.start_mark))
            message = f"the key `{key}` is {kind} to Kubernetes, not a string"
            fix = f'quote it: `"{key}":`'
            self.problems.append(
                Problem(rule="yaml/key-type", message=message, location=place, fix=fix, value=resolved)
            )
        if key in mapping:
            where = f" in {format_path(path)}" if path else ""
            self._fault(event, "yaml/duplicate-key", f"the key `{key}` stands twice{where}", "keep one of the two")

    def _merge_sources(self, event: Event, value: Yaml) -> list[dict[str, Yaml]]:
        sources = value if isinstance(value, list) else [value]
        if not all(isinstance(source, dict) for source in sources):
            self._fault(event, "yaml/merge", "`<<` takes a map or a list of maps")
            return []
        return sources

    def _scalar(self, event: Event, path: Path, key: Event | None) -> Yaml:
        text: str = event.value
        plain: bool = event.implicit[0]
        value: Yaml = text
        if plain:
            value, odd = _resolved(text)
            if odd:
                value = self._odd_scalar(event, text, value)
        elif event.tag and event.tag not in _KNOWN_TAGS:
            self._fault(event, "yaml/tag", f"the tag {event.tag} means nothing to Kubernetes")
        if self.marked:
            self._mark(event, path, key, text if plain else None)
        if event.anchor:
            self._anchors[event.anchor] = (value, 1, path)
        return value

    def _odd_scalar(self, event: Event, text: str, value: Yaml) -> Yaml:
        """Note that a plain scalar is not what it looks like, and return what to go on with."""
        if isinstance(value, float):
            self._fault(
                event,
                "yaml/not-a-number",
                f"Kubernetes has no number `{text}`",
                f'write `"{text}"` for the string',
            )
            return text
        if isinstance(value, bool):
            said, fix = (
                f"`{text}` is the boolean {str(value).lower()} to Kubernetes",
                f'write `{str(value).lower()}`, or `"{text}"` for the string',
            )
        elif isinstance(value, int):
            said, fix = (
                f"`{text}` is the number {value} to Kubernetes",
                f'write `{value}`, or `"{text}"` for the string',
            )
        else:
            said, fix = f"`{text}` is a string to Kubernetes and a number to other readers of YAML", f'write `"{text}"`'
        location = Location(self.file, *self._place(event.start_mark))
        self.problems.append(
            Problem(rule="yaml/ambiguous-scalar", message=said, location=location, fix=fix, value=value)
        )
        return value

    def _alias(self, event: Event, path: Path, key: Event | None) -> Yaml:
        if event.anchor not in self._anchors:
            self._fail(
                event,
                "yaml/syntax",
                f"the alias *{event.anchor} stands for nothing that was written before it is complete",
            )
        value, size, origin = self._anchors[event.anchor]
        self._nodes += size
        self._aliased += size
        if self._aliased > MAX_ALIASED_NODES:
            self._fail(
                event,
                "yaml/alias-bomb",
                f"aliases repeat more than {MAX_ALIASED_NODES} values",
                "write out what the aliases stand for",
            )
        if self.marked:
            self._mark(event, path, key, None, origin)
            self._mark_inside(event, path, value, origin)
        return value

    def _mark(
        self, event: Event, path: Path, key: Event | None, text: str | None, alias_of: Path | None = None
    ) -> None:
        line, column = self._place(event.start_mark)
        key_line, key_column = self._place(key.start_mark) if key else (line, column)
        start = event.start_mark.index
        self.marks[path] = Mark(
            line=line,
            column=column,
            key_line=key_line,
            key_column=key_column,
            text=text,
            key_start=key.start_mark.index if key else start,
            key_end=key.end_mark.index if key else start,
            start=start,
            end=event.end_mark.index,
            alias_of=alias_of,
        )

    def _mark_inside(self, event: Event, path: Path, value: Yaml, origin: Path) -> None:
        """Give all that an alias stands for the alias's own place: there a person would edit this use of it."""
        children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, child in children:
            self._mark(event, (*path, key), None, None, (*origin, key))
            self._mark_inside(event, (*path, key), child, (*origin, key))

    def _place(self, mark: Event) -> tuple[int, int]:
        """Return the line and the column of a mark, from 1, as editors count them.

        YAML 1.1, and so libyaml, ends a line at NEL, LS and PS too.
        """
        if self._starts is None:
            return mark.line + self.first, mark.column + 1
        number = bisect_right(self._starts, mark.index)
        return number + self.first - 1, mark.index - self._starts[number - 1] + 1

    def _fault(self, event: Event, rule: str, message: str, fix: str = "") -> None:
        self._problem(rule, message, *self._place(event.start_mark), fix)

    def _problem(self, rule: str, message: str, line: int, column: int, fix: str = "") -> None:
        self.problems.append(Problem(rule=rule, message=message, location=Location(self.file, line, column), fix=fix))

    def _fail(self, event: Event, rule: str, message: str, fix: str = "") -> None:
        self._fault(event, rule, message, fix)
        raise _Stop


@lru_cache(maxsize=10_000)
def _resolved(text: str) -> tuple[str | int | float | bool | None, bool]:
    """Return what a plain scalar is, and whether there is anything to say of it; the same few stand in most files."""
    value = resolve_scalar(text)
    infinite = isinstance(value, float) and not math.isfinite(value)
    return value, infinite or is_ambiguous(text, value)


_KNOWN_TAGS: Final = frozenset(
    f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "binary")
)


def _control_character(text: str) -> int | None:
    match = _FORBIDDEN.search(text)
    return match.start() if match else None


_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


_OTHER_BREAK: Final = re.compile("[\x85\u2028\u2029]")
_BREAK: Final = re.compile(r"\r\n|\r|\n")


def _line_starts(text: str) -> list[int]:
    return [0, *(found.end() for found in _BREAK.finditer(text))]


def _position(text: str, index: int) -> tuple[int, int]:
    start = text.rfind("\n", 0, index) + 1
    return text.count("\n", 0, index) + 1, index - start + 1


def _syntax_fix(text: str, line: int) -> str:
    """Say what is likely meant where libyaml's words do not."""
    lines = text.split("\n")
    written = lines[line - 1] if line <= len(lines) else ""
    if "\t" in written[: len(written) - len(written.lstrip())]:
        return "indent with spaces, not tabs"
    if "{{" in written or "{%" in written:
        return "quote the template expression, or render it first: this is read as plain YAML"
    return "look at the indentation, the quotes and the colons at and above this line"
