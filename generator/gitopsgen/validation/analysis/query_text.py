"""The text of a query before its analysis runs: what is put in where the value of an argument is not known.

Inside quotes that may be any word, and inside brackets any duration; elsewhere nobody can say.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from gitopsgen.validation.analysis.placeholders import argument_of, parts

_WORD: Final = "ARGUMENT_{}_"
_DURATION: Final = "5m"
_QUOTES: Final = "\"'`"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryText:
    """A query as it may be sent.

    ``arguments`` are those that stand in quotes, each with the word that stands for it. ``is_certain`` tells that
    nothing is guessed that could make another query of it.
    """

    text: str
    arguments: Mapping[str, str]
    is_certain: bool


def query_text(raw: str, texts: Mapping[str, str | None], *, mark: bool) -> QueryText:
    """Return the query ``raw`` with the ``texts`` of arguments; ``mark`` has words for known ones in quotes too."""
    if "{{" not in raw:
        return QueryText(text=raw, arguments={}, is_certain=True)
    known = tuple(sorted((name, text) for name, text in texts.items() if text is not None))
    return _fill(raw, known, mark)


@lru_cache(maxsize=4096)
def _fill(raw: str, known: tuple[tuple[str, str], ...], mark: bool) -> QueryText:  # noqa: FBT001 - a key of the cache
    texts = dict(known)
    written: list[str] = []
    arguments: dict[str, str] = {}
    certain = True
    quote, depth, comment = "", 0, False
    pieces = list(parts(raw))
    for index, (literal, placeholder) in enumerate(pieces):
        quote, depth, comment = _context(literal, quote, depth, comment)
        written.append(literal)
        if placeholder is None:
            break
        name = argument_of(placeholder)
        word = _WORD.format(len(arguments))
        if quote and not comment and (mark or name not in texts):
            arguments[word] = name
            written.append(word)
        elif name in texts:
            written.append(texts[name])
            quote, depth, comment = _context(texts[name], quote, depth, comment)
        elif depth:
            has_unit = pieces[index + 1][0][:1].isalpha()
            certain = certain and not literal[-1:].isalnum()
            written.append(_DURATION.rstrip("m") if has_unit else _DURATION)
        else:
            certain = certain and comment
            written.append(word)
    return QueryText(text="".join(written), arguments=arguments, is_certain=certain)


def _context(text: str, quote: str, depth: int, comment: bool) -> tuple[str, int, bool]:  # noqa: FBT001 - a state
    """Return the quote, the depth of brackets and whether it is a comment, after ``text``."""
    escaped = False
    for character in text:
        if comment:
            comment = character != "\n"
        elif quote:
            if escaped:
                escaped = False
            elif character == "\\" and quote != "`":
                escaped = True
            elif character == quote:
                quote = ""
        elif character in _QUOTES:
            quote = character
        elif character == "#":
            comment = True
        else:
            depth += (character == "[") - (character == "]")
    return quote, max(depth, 0), comment
