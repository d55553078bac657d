"""A JSON path as Kubernetes reads one: what it is made of.

Source: k8s.io/client-go v0.34, util/jsonpath/parser.go.
"""

import re
from dataclasses import dataclass
from typing import Final, TypeAlias

from gitopsgen.rollouts.conditions.errors import NotJudged
from gitopsgen.rollouts.conditions.numbers import read_float, read_integer

_FILTER: Final = re.compile(r"([^!<>=]+)([!<>=]+)(.+?)\Z")
_KEY: Final = re.compile(r"'([^']*)'")
_SLICE: Final = re.compile(r"(-?[0-9]*)(:-?[0-9]*)?(:-?[0-9]*)?")
_DEEPEST: Final = 20
_SIMPLE_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"'}


class JsonPathError(Exception):
    """A path does not parse, or finds nothing."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A text, a number or a truth value as written."""

    value: str | float | bool


@dataclass(frozen=True, slots=True)
class Field:
    """The value under a key."""

    name: str


@dataclass(frozen=True, slots=True)
class Items:
    """A range of a list's items; ``None`` for an end or a step that is not written.

    ``is_single`` is true of one index, whose end follows from it.
    """

    start: int | None
    end: int | None
    step: int | None
    is_single: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """The items of a list for which a comparison holds, or (``exists``) the left side finds something."""

    left: "Steps"
    operator: str
    right: "Steps"


@dataclass(frozen=True, slots=True)
class Wildcard:
    """Everything right below."""


@dataclass(frozen=True, slots=True)
class Recursive:
    """Everything anywhere below."""


@dataclass(frozen=True, slots=True)
class Union:
    """What each of several paths finds."""

    paths: "tuple[Steps, ...]"


@dataclass(frozen=True, slots=True)
class Keyword:
    """``range``, ``end``, or a word that is neither."""

    name: str


Step: TypeAlias = Literal | Field | Items | Filter | Wildcard | Recursive | Union | Keyword
Steps: TypeAlias = tuple[Step, ...]
Template: TypeAlias = tuple[Steps | str, ...]
"""What stands in braces, and the texts between them."""


def parse_json_path(text: str) -> Template:
    """Return the parts of a path.

    Raises:
        JsonPathError: It does not parse.
    """
    return _Parser(text, 0).template()


class _Parser:
    def __init__(self, text: str, depth: int) -> None:
        if depth > _DEEPEST:
            raise NotJudged("the JSON path is nested too deeply to be judged")
        self._text = text
        self._position = 0
        self._depth = depth

    def template(self) -> Template:
        parts: list[Steps | str] = []
        while self._position < len(self._text):
            start = self._text.find("{", self._position)
            end = len(self._text) if start < 0 else start
            if end > self._position:
                parts.append(self._text[self._position : end])
            if start < 0:
                break
            self._position = start + 1
            parts.append(self._steps())
        return tuple(parts)

    def _steps(self) -> Steps:
        steps: list[Step] = []
        while not self._accept("}"):
            if self._accept("[?("):
                steps.append(self._filter())
            elif self._accept(".."):
                if steps and isinstance(steps[-1], Recursive):
                    raise JsonPathError("`..` follows `..`")
                steps.append(Recursive())
                if _is_word(self._peek()):
                    steps.append(self._field())
            else:
                steps += self._step()
        return tuple(steps)

    def _step(self) -> Steps:
        character = self._peek()
        match character:
            case "" | "\r" | "\n":
                raise JsonPathError("a brace is never closed")
            case " " | "@" | "$":
                self._position += 1
                return ()
            case "[":
                return self._bracket()
            case '"' | "'":
                return (self._quoted(),)
            case ".":
                self._position += 1
                return (self._field(),)
            case _ if character in "+-" or character.isdecimal():
                return (self._number(),)
            case _ if _is_word(character):
                return (self._word(),)
        raise JsonPathError(f"`{character}` does not fit here")

    def _peek(self) -> str:
        return self._text[self._position : self._position + 1]

    def _accept(self, text: str) -> bool:
        found = self._text.startswith(text, self._position)
        self._position += len(text) * found
        return found

    def _until_terminator(self, *, escapes: bool) -> str:
        start = self._position
        while self._peek() and self._peek() not in " \t\r\n.,[]$@{}":
            self._position += 2 if escapes and self._peek() == "\\" else 1
        self._position = min(self._position, len(self._text))
        return self._text[start : self._position]

    def _field(self) -> Step:
        name = self._until_terminator(escapes=True)
        return Wildcard() if name == "*" else Field(name.replace("\\", ""))

    def _word(self) -> Step:
        word = self._until_terminator(escapes=False)
        return Literal(word == "true") if word in ("true", "false") else Keyword(word)

    def _number(self) -> Step:
        start = self._position
        self._position += self._peek() in "+-"
        while self._peek() == "." or self._peek().isdecimal():
            self._position += 1
        text = self._text[start : self._position]
        for read in (read_integer, read_float):
            try:
                return Literal(read(text))
            except ValueError:
                continue
        raise JsonPathError(f"`{text}` is no number")

    def _line_end(self, what: str) -> None:
        if self._peek() in ("", "\n"):
            raise JsonPathError(f"{what} is never closed")

    def _quoted(self) -> Step:
        start, quote = self._position, self._peek()
        self._position += 1
        while self._peek() != quote or self._text[self._position - 1] == "\\":
            self._line_end("a text")
            self._position += 1
        self._position += 1
        return Literal(_unquoted(self._text[start + 1 : self._position - 1]))

    def _bracket(self) -> Steps:
        start = self._position
        while self._peek() != "]":
            self._line_end("a bracket")
            self._position += 1
        self._position += 1
        text = self._text[start + 1 : self._position - 1]
        text = ":" if text == "*" else text
        if "," in text:
            return (Union(tuple(self._nested(f"[{part.strip(' ')}]") for part in text.split(","))),)
        if key := _KEY.fullmatch(text):
            return self._nested(f".{key[1]}")
        found = _SLICE.fullmatch(text)
        if found is None:
            raise JsonPathError(f"`[{text}]` is neither an index nor a key; a key stands in single quotation marks")
        return (_items(*(found[index] or "" for index in (1, 2, 3))),)

    def _nested(self, text: str) -> Steps:
        first = _Parser(f"{{{text}}}", self._depth + 1).template()[0]
        return first if isinstance(first, tuple) else ()

    def _filter(self) -> Step:
        start = self._position
        quote, closed = "", False
        while True:
            character = self._peek()
            self._line_end("a filter")
            self._position += 1
            if character in "'\"" and not quote:
                quote = character
            elif character in "'\"" and character == quote and self._text[self._position - 2] != "\\":
                closed = True
            elif character == ")" and bool(quote) == closed:
                break
        text = self._text[start : self._position - 1]
        if not self._accept("]"):
            raise JsonPathError("`]` must follow a filter's `)`")
        if comparison := _FILTER.match(text):
            return Filter(self._nested(comparison[1]), comparison[2], self._nested(comparison[3]))
        return Filter(self._nested(text), "exists", ())


def _is_word(character: str) -> bool:
    return character == "_" or character.isalpha() or character.isdecimal()


def _items(start: str, end: str, step: str) -> Items:
    first = _index(start)
    if not end:
        return Items(first, (first or 0) + 1, _index(step[1:]), is_single=True)
    return Items(first, _index(end[1:]), _index(step[1:]))


def _index(text: str) -> int | None:
    if not text:
        return None
    try:
        return read_integer(text)
    except ValueError:
        raise JsonPathError(f"`{text}` is no index") from None


def _unquoted(text: str) -> str:
    parts: list[str] = []
    position = 0
    while position < len(text):
        character = text[position]
        if character == "\\":
            position += 1
            character = _SIMPLE_ESCAPES.get(text[position : position + 1], "")
            if not character:
                raise JsonPathError("a text has an escape that is not known")
        parts.append(character)
        position += 1
    return "".join(parts)
