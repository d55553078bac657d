"""The one YAML reader: plain values by Kubernetes' rules, a place for every value, and every fault in one pass."""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final, TypeAlias, cast

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined] # the published types leave it out

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

    ``start`` and ``end`` are offsets into the whole text, as are those of the key: where a scalar starts, and what
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
    """One YAML document of a file. The places of its values are worked out when the first one is asked for."""

    file: str
    index: int
    line: int
    data: Yaml
    text: str = field(repr=False)

    @cached_property
    def marks(self) -> dict[Path, Mark]:
        """The place of every value by its path; where a key stands twice, the last."""
        builder = _Builder(self.text, self.file, marked=True)
        for index, _ in enumerate(builder.documents()):
            if index == self.index:
                return builder.marks
        return {}

    def deepest(self, path: Path) -> Path:
        """Return the longest part of ``path`` that exists here."""
        while path and path not in self.marks:
            path = path[:-1]
        return path

    def locate(self, path: Path) -> Location:
        """Return where the value at ``path`` stands, by its key if it has one; for what is missing, its parent."""
        mark = self.marks.get(self.deepest(path))
        return Location(self.file, mark.key_line, mark.key_column) if mark else Location(self.file, self.line, 1)

    def locate_value(self, path: Path) -> Location:
        """Return where the value at ``path`` itself starts."""
        mark = self.marks.get(self.deepest(path))
        return Location(self.file, mark.line, mark.column) if mark else Location(self.file, self.line, 1)

    def written(self, path: Path) -> str | None:
        """Return the plain scalar at ``path`` as it was written; ``None`` for anything else."""
        mark = self.marks.get(path)
        return mark.text if mark else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """What a file holds: its documents (empty ones left out) and the faults of its text."""

    documents: tuple[Document, ...]
    problems: tuple[Problem, ...]


def read(text: str, file: str) -> Stream:
    """Return the documents of ``text``; ``file`` is what locations say.

    A syntax error ends the file: the documents before it are returned with the problem. Duplicate keys, ambiguous
    scalars and keys that are no strings are problems too, and reading goes on.
    """
    builder = _Builder(text, file, marked=False)
    documents = tuple(
        Document(file=file, index=index, line=line, data=data, text=text)
        for index, (line, data, empty) in enumerate(builder.documents())
        if not empty
    )
    return Stream(documents=documents, problems=tuple(builder.problems))


class _Stop(Exception):  # noqa: N818 - control flow inside this module
    """The file cannot be read further."""


class _Builder:
    """Builds values from libyaml's events; with ``marked`` it also notes the place of each."""

    def __init__(self, text: str, file: str, *, marked: bool) -> None:
        self.text = text
        self.file = file
        self.marked = marked
        self.problems: list[Problem] = []
        self.marks: dict[Path, Mark] = {}
        self._anchors: dict[str, tuple[Yaml, int, Path]] = {}
        self._event: Callable[[], Event] = lambda: None
        self._nodes = 0
        self._aliased = 0

    def documents(self) -> Iterable[tuple[int, Yaml, bool]]:
        """Yield the line, the value and the emptiness of each document; a syntax error ends it."""
        bad = _control_character(self.text)
        if bad is not None:
            self._problem(
                "yaml/syntax", f"character {self.text[bad]!a} is not allowed in YAML", *_position(self.text, bad)
            )
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
                yield (start if empty else first).start_mark.line + 1, value, empty
        except _Stop:
            return
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            message = " ".join(part for part in (error.context, error.problem) if part)
            line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            self._problem("yaml/syntax", f"this is not YAML: {message}", line, column, _syntax_fix(self.text, line))
        except yaml.YAMLError as error:
            self._problem("yaml/syntax", f"this is not YAML: {error}", 1, 1)

    def _build(self, event: Event, path: Path, depth: int, key: Event | None) -> Yaml:
        self._nodes += 1
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, path, key)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, path, key)
        if depth >= MAX_DEPTH:
            self._fail(event, "yaml/too-deep", f"nested more than {MAX_DEPTH} levels deep")
        if self.marked:
            self._mark(event, path, key, None)
        before = self._nodes
        value, end = (self._mapping if isinstance(event, yaml.MappingStartEvent) else self._sequence)(path, depth)
        if self.marked and path in self.marks:
            self.marks[path] = replace(self.marks[path], end=end.end_mark.index, is_scalar=False)
        if event.anchor:
            self._anchors[event.anchor] = (value, self._nodes - before + 1, path)
        return value

    def _sequence(self, path: Path, depth: int) -> tuple[list[Yaml], Event]:
        items: list[Yaml] = []
        while not isinstance(event := self._event(), yaml.SequenceEndEvent):
            items.append(self._build(event, (*path, len(items)) if self.marked else path, depth + 1, None))
        return items, event

    def _mapping(self, path: Path, depth: int) -> tuple[dict[str, Yaml], Event]:
        mapping: dict[str, Yaml] = {}
        merged: list[dict[str, Yaml]] = []
        while not isinstance(event := self._event(), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                self._fail(
                    event,
                    "yaml/key-type",
                    "a key must be a string, not a list or a map",
                    'quote a template expression: `key: "{{ … }}"`',
                )
            if event.value == "<<" and event.implicit[0]:
                written = dict(self.marks)
                value = self._build(self._event(), path, depth + 1, event)
                self.marks |= written  # the map itself, and the keys of its own, stand where they are written
                merged.extend(self._merge_sources(event, value))
                continue
            key = self._key(event, mapping, path)
            mapping[key] = self._build(self._event(), (*path, key) if self.marked else path, depth + 1, event)
        for source in merged:
            for name, value in source.items():
                mapping.setdefault(name, value)
        return mapping, event

    def _key(self, event: Event, mapping: dict[str, Yaml], path: Path) -> str:
        key: str = event.value
        if event.implicit[0] and not isinstance(resolved := resolve_scalar(key), str):
            kind = "a boolean" if isinstance(resolved, bool) else "null" if resolved is None else "a number"
            place = Location(self.file, event.start_mark.line + 1, event.start_mark.column + 1)
            message = f"the key `{key}` is {kind} to Kubernetes, not a string"
            fix = f'quote it: `"{key}":`'
            self.problems.append(
                Problem(rule="yaml/key-type", message=message, location=place, fix=fix, value=resolved)
            )
        if key in mapping:
            where = f" in {format_path(path)}" if path else ""
            self._problem(
                "yaml/duplicate-key",
                f"the key `{key}` stands twice{where}",
                event.start_mark.line + 1,
                event.start_mark.column + 1,
                "keep one of the two",
            )
        return key

    def _merge_sources(self, event: Event, value: Yaml) -> list[dict[str, Yaml]]:
        sources = value if isinstance(value, list) else [value]
        if not all(isinstance(source, dict) for source in sources):
            self._problem(
                "yaml/merge",
                "`<<` takes a map or a list of maps",
                event.start_mark.line + 1,
                event.start_mark.column + 1,
            )
            return []
        return sources

    def _scalar(self, event: Event, path: Path, key: Event | None) -> Yaml:
        text: str = event.value
        plain: bool = event.implicit[0]
        value = resolve_scalar(text) if plain else text
        if plain and not (value is text and text[:1].isalpha()) and is_ambiguous(text, value):
            self._ambiguous(event, text, value)
        if isinstance(value, float) and not math.isfinite(value):
            self._problem(
                "yaml/not-a-number",
                f"Kubernetes has no number `{text}`",
                event.start_mark.line + 1,
                event.start_mark.column + 1,
                f'write `"{text}"` for the string',
            )
            value = text
        if event.tag and not plain and event.tag not in _KNOWN_TAGS:
            self._problem(
                "yaml/tag",
                f"the tag {event.tag} means nothing to Kubernetes",
                event.start_mark.line + 1,
                event.start_mark.column + 1,
            )
        if self.marked:
            self._mark(event, path, key, text if plain else None)
        if event.anchor:
            self._anchors[event.anchor] = (value, 1, path)
        return value

    def _ambiguous(self, event: Event, text: str, value: object) -> None:
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
        location = Location(self.file, event.start_mark.line + 1, event.start_mark.column + 1)
        self.problems.append(
            Problem(rule="yaml/ambiguous-scalar", message=said, location=location, fix=fix, value=value)
        )

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
        start = event.start_mark
        first = key.start_mark if key else start
        self.marks[path] = Mark(
            line=start.line + 1,
            column=start.column + 1,
            key_line=first.line + 1,
            key_column=first.column + 1,
            text=text,
            key_start=first.index,
            key_end=key.end_mark.index if key else start.index,
            start=start.index,
            end=event.end_mark.index,
            alias_of=alias_of,
        )

    def _mark_inside(self, event: Event, path: Path, value: Yaml, origin: Path) -> None:
        """Give all that an alias stands for the alias's own place: there a person would edit this use of it."""
        children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, child in children:
            self._mark(event, (*path, key), None, None, (*origin, key))
            self._mark_inside(event, (*path, key), child, (*origin, key))

    def _problem(self, rule: str, message: str, line: int, column: int, fix: str = "") -> None:
        self.problems.append(Problem(rule=rule, message=message, location=Location(self.file, line, column), fix=fix))

    def _fail(self, event: Event, rule: str, message: str, fix: str = "") -> None:
        self._problem(rule, message, event.start_mark.line + 1, event.start_mark.column + 1, fix)
        raise _Stop


_KNOWN_TAGS: Final = frozenset(
    f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "binary")
)


def _control_character(text: str) -> int | None:
    match = _FORBIDDEN.search(text)
    return match.start() if match else None


_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


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
