"""The tokens of an expression, gone through one by one, and what is said of one that does not fit."""

from typing import Final

from gitopsgen.rollouts.conditions.errors import CompileError, NotJudged
from gitopsgen.rollouts.conditions.tokens import Token, TokenKind

_PERCENT: Final = "; write a percentage as a fraction, such as 0.95"
_MOST_PARTS: Final = 10_000


class Cursor:
    """Where a parser is in the tokens."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._position = 0

    @property
    def token(self) -> Token:
        """The token that comes next."""
        return self._tokens[self._position]

    def advance(self) -> Token:
        """Return the next token, having gone past it.

        Raises:
            CompileError: There is none.
            NotJudged: There have been too many.
        """
        token = self.token
        if token.kind is TokenKind.END:
            raise self.unexpected()
        self._position += 1
        if self._position > _MOST_PARTS:
            raise NotJudged("it has too many parts to be judged")
        return token

    def unexpected(self) -> CompileError:
        """Return what is wrong with the next token standing where it does."""
        token = self.token
        if token.kind is TokenKind.END:
            percent = self._tokens[self._position - 1].text == "%"
            return CompileError(f"it ends where more must follow{_PERCENT if percent else ''}", token.offset)
        return CompileError(f"{token} does not fit here{_hint(token, self._tokens, self._position)}", token.offset)

    def following(self) -> Token:
        """Return the token after the next one, the end where there is none."""
        return self._tokens[min(self._position + 1, len(self._tokens) - 1)]

    def at(self, kind: TokenKind, *texts: str) -> bool:
        """Tell whether the next token is of a kind, and one of ``texts`` where they are given."""
        return self.token.kind is kind and (not texts or self.token.text in texts)

    def expect(self, kind: TokenKind, *texts: str) -> Token:
        """Return the next token, having gone past it, when it is of a kind and one of ``texts``.

        Raises:
            CompileError: It is another.
        """
        if not self.at(kind, *texts):
            raise self.unexpected()
        return self.advance()

    def accept(self, kind: TokenKind, text: str) -> bool:
        """Go past the next token when it is this one, and tell whether it was."""
        found = self.at(kind, text)
        self._position += found
        return found


def _hint(token: Token, tokens: list[Token], position: int) -> str:
    """Return what was probably meant by a token that the language does not have here."""
    following = tokens[position + 1] if position + 1 < len(tokens) else token
    match token.text:
        case "=":
            return "; write `>=`" if following.text == ">" else "; equal is `==`"
        case "AND" | "OR" | "NOT" | "In":
            return f"; write `{token.text.lower()}`"
        case "%":
            return _PERCENT
        case ">" if position and tokens[position - 1].text == "<":
            return "; unequal is `!=`"
        case "&" | "between" | "is" | "xor" | "like":
            return f"; there is no operator `{token.text}`"
        case _:
            return ""
