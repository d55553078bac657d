"""An expression cut into tokens.

Source: expr v1.15.5 and v1.17.7, parser/lexer.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from gitopsgen.rollouts.conditions.dialect import Dialect
from gitopsgen.rollouts.conditions.errors import CompileError
from gitopsgen.rollouts.conditions.text_literals import read_raw_text, read_text

_DECIMAL: Final = frozenset("0123456789_")
_DIGITS_OF: Final = {
    "x": frozenset("0123456789abcdefABCDEF_"),
    "o": frozenset("01234567_"),
    "b": frozenset("01_"),
}
_NEGATED: Final = frozenset({"in", "matches", "contains", "startsWith", "endsWith"})
_WORDS: Final = _NEGATED | {"or", "and", "let"}
_NEWER_WORDS: Final = _WORDS | {"if", "else"}


class TokenKind(Enum):
    """What a token is."""

    IDENTIFIER = auto()
    NUMBER = auto()
    TEXT = auto()
    OPERATOR = auto()
    BRACKET = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """``text`` as written, for a quoted text what it says; ``offset`` counts characters."""

    kind: TokenKind
    text: str
    offset: int

    def __str__(self) -> str:
        if self.kind is TokenKind.END:
            return "the end"
        return f"`{self.text}`" if self.kind is not TokenKind.TEXT else f"the text {self.text!r}"


def tokenize(expression: str, dialect: Dialect) -> list[Token]:
    """Return the tokens of an expression, the end among them.

    Raises:
        CompileError: A character, a number or a text literal that the language does not have.
    """
    return list(_Lexer(expression, dialect).tokens())


def is_letter(character: str) -> bool:
    """Tell whether a name may begin with ``character``."""
    return character in ("_", "$") or character.isalpha()


def is_name(text: str) -> bool:
    """Tell whether ``text`` can follow a point."""
    return bool(text) and is_letter(text[0]) and all(map(_continues_name, text))


def _continues_name(character: str) -> bool:
    return is_letter(character) or character.isdecimal()


class _Lexer:
    def __init__(self, text: str, dialect: Dialect) -> None:
        self._text = text
        self._newer = dialect.is_newer
        self._position = 0

    def tokens(self) -> Iterator[Token]:
        while self._position < len(self._text):
            yield from self._next()
        yield Token(TokenKind.END, "", max(0, len(self._text) - 1))

    def _next(self) -> Iterator[Token]:
        start, character = self._position, self._text[self._position]
        following = self._text[start + 1 : start + 2]
        if character.isspace() and not "\x1c" <= character <= "\x1f":
            self._position += 1
        elif character in "'\"":
            content, self._position = read_text(self._text, start, newer=self._newer)
            yield Token(TokenKind.TEXT, content, start)
        elif character == "`" and self._newer:
            content, self._position = read_raw_text(self._text, start)
            yield Token(TokenKind.TEXT, content, start)
        elif character in "0123456789" or (character == "." and following and following in "0123456789"):
            yield self._number()
        elif character == "/" and following and following in "/*":
            self._comment()
        elif character == "#":
            yield from self._pointer()
        elif character in "()[]{}":
            yield self._token(TokenKind.BRACKET, 1)
        elif _continues_name(character):
            yield from self._word()
        else:
            yield self._operator(character, following)

    def _token(self, kind: TokenKind, length: int) -> Token:
        start = self._position
        self._position += length
        return Token(kind, self._text[start : self._position], start)

    def _operator(self, character: str, following: str) -> Token:
        second = {"?": ".?", "|": "|", ".": ".", ":": ":" if self._newer else ""}
        second |= dict.fromkeys("&!=*<>", "&=*")
        if character not in second and character not in ",;%+-^/":
            message = f"{character!r} (U+{ord(character):04X}) belongs to no expression"
            raise CompileError(message, self._position)
        double = bool(following) and following in second.get(character, "")
        return self._token(TokenKind.OPERATOR, 2 if double else 1)

    def _comment(self) -> None:
        closing = "\n" if self._text[self._position + 1] == "/" else "*/"
        end = self._text.find(closing, self._position + 2)
        if end < 0 and closing == "*/":
            raise CompileError("the comment is never closed", self._position)
        self._position = len(self._text) if end < 0 else end + len(closing)

    def _pointer(self) -> Iterator[Token]:
        yield self._token(TokenKind.OPERATOR, 2 if self._text.startswith("##", self._position) else 1)
        if length := self._name_length():
            yield self._token(TokenKind.IDENTIFIER, length)

    def _name_length(self) -> int:
        end = self._position
        while end < len(self._text) and _continues_name(self._text[end]):
            end += 1
        return end - self._position

    def _word(self) -> Iterator[Token]:
        length = self._name_length()
        word = self._text[self._position : self._position + length]
        if word == "not":
            yield self._token(TokenKind.OPERATOR, length)
            return
        words = _NEWER_WORDS if self._newer else _WORDS
        yield self._token(TokenKind.OPERATOR if word in words else TokenKind.IDENTIFIER, length)

    def _number(self) -> Token:
        start, digits = self._position, _DECIMAL
        if self._accept("0"):
            for letter, allowed in _DIGITS_OF.items():
                if self._accept(letter + letter.upper()):
                    digits = allowed
                    break
        self._accept_run(digits)
        before_point = self._position
        if self._accept("."):
            if self._text.startswith(".", self._position):  # the first point of a range, as in 1..2
                self._position = before_point
                return Token(TokenKind.NUMBER, self._text[start : self._position], start)
            self._accept_run(digits)
        if self._accept("eE"):
            self._accept("+-")
            self._accept_run(digits)
        if self._name_length():
            message = f"`{self._text[start : self._position + 1]}` is no number"
            raise CompileError(message, self._position)
        return Token(TokenKind.NUMBER, self._text[start : self._position], start)

    def _accept(self, characters: str) -> bool:
        found = self._position < len(self._text) and self._text[self._position] in characters
        self._position += found
        return found

    def _accept_run(self, characters: frozenset[str]) -> None:
        while self._position < len(self._text) and self._text[self._position] in characters:
            self._position += 1
