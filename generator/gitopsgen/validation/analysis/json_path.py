"""Kubernetes' JSONPath templates: whether one can be read, and whether it finds anything.

Source: Kubernetes, client-go v0.34.1, util/jsonpath: parser.go and jsonpath.go.
"""

import re
from functools import lru_cache
from typing import Final

_ENDS_WORD: Final = frozenset(" \t\r\n.,[]$@{}")
_DICT_KEY: Final = re.compile(r"'([^']*)'")
_SLICE: Final = re.compile(r"-?[0-9]*(:-?[0-9]*)?(:-?[0-9]*)?", re.ASCII)
_BARE_MINUS: Final = re.compile(r"(?:^|:)-(?:$|:)")
_COMPARISON: Final = re.compile(r"([^!<>=]+)([!<>=]+)(.+?)", re.DOTALL)
_OPERATORS: Final = frozenset(("<", ">", "==", "!=", "<=", ">="))
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)", re.ASCII)
_WHOLE: Final = re.compile(r"\s*[+-]?[0-9]+\s*", re.ASCII)
_LONGEST: Final = 2000


class _PathError(Exception):
    """The template cannot be read, or never finds anything."""


@lru_cache(maxsize=1024)
def json_path_fault(text: str) -> str:
    """Return why the template ``text`` gives nothing to measure; empty when it may find something."""
    if len(text) > _LONGEST:
        return ""
    try:
        _read_template(text)
    except _PathError as error:
        return str(error)
    return ""


def is_whole_answer(text: str) -> bool:
    """Tell whether a template takes the whole answer, as an empty one does."""
    return text.replace(" ", "") in ("", "{$}", "{@}", "{}")


def _read_template(text: str) -> None:
    position = 0
    while (opened := text.find("{", position)) >= 0:
        position = _read_action(text, opened + 1)


def _read_action(text: str, position: int) -> int:
    """Read what is in braces and return the place after them."""
    after_recursive = False
    while True:
        rest = text[position : position + 3]
        if rest[:1] == "}":
            return position + 1
        if rest == "[?(":
            position, after_recursive = _read_filter(text, position + 3), False
        elif rest[:2] == "..":
            if after_recursive:
                raise _PathError("has two `..` after each other")
            position, after_recursive = position + 2, True
            if _is_alphanumeric(text[position : position + 1]):
                position, after_recursive = _word_end(text, position), False
        else:
            position = _read_token(text, position)
            after_recursive = after_recursive and rest[:1] in (" ", "@", "$")


def _read_token(text: str, position: int) -> int:
    first = text[position : position + 1]
    if first in ("", "\r", "\n"):
        raise _PathError("has a `{` without its `}`")
    if first in " @$":
        return position + 1
    if first == "[":
        return _read_brackets(text, position)
    if first in "\"'":
        return _quote_end(text, position)
    if first == ".":
        return _word_end(text, position + 1)
    if first in "+-" or first.isdecimal():
        return _read_number(text, position)
    if _is_alphanumeric(first):
        end = _word_end(text, position, escapes=False)
        if (word := text[position:end]) not in ("true", "false", "range", "end"):
            raise _PathError(f"has `{word}` without a dot before it")
        return end
    raise _PathError(f"has a `{first}` that means nothing there")


def _word_end(text: str, position: int, *, escapes: bool = True) -> int:
    while position < len(text) and text[position] not in _ENDS_WORD:
        position += 2 if escapes and text[position] == "\\" else 1
    return min(position, len(text))


def _quote_end(text: str, position: int) -> int:
    quote, end = text[position], position + 1
    while end < len(text) and text[end] != "\n":
        if text[end] == quote and text[end - 1] != "\\":
            return end + 1
        end += 1
    raise _PathError("has a quote that is not closed")


def _read_number(text: str, position: int) -> int:
    end = position + 1 if text[position] in "+-" else position
    while end < len(text) and (text[end] == "." or text[end].isdecimal()):
        end += 1
    if not _NUMBER.fullmatch(text[position:end]):
        raise _PathError(f"has `{text[position:end]}`, which is no number")
    return end


def _read_brackets(text: str, position: int) -> int:
    end = text.find("]", position)
    if end < 0 or "\n" in text[position:end]:
        raise _PathError("has a `[` without its `]`")
    inner = text[position + 1 : end]
    entries = inner.split(",")
    for entry in entries:
        one = entry.strip(" ") if len(entries) > 1 else entry
        if len(entries) > 1 and one.startswith("?("):
            raise _PathError("has a filter with a comma in it")
        if one == "*":
            continue
        if key := _DICT_KEY.fullmatch(one):
            _read_template(f"{{.{key[1]}}}")
        elif not _SLICE.fullmatch(one) or _BARE_MINUS.search(one):
            raise _PathError(f"has `[{one}]`, which is no index, no slice and no key in single quotes")
    return end + 1


def _read_filter(text: str, position: int) -> int:
    """Read a filter after its ``[?(`` and return the place after it."""
    end = _filter_end(text, position)
    if text[end + 1 : end + 2] != "]":
        raise _PathError("has a filter without its `]`")
    condition = text[position:end]
    comparison = _COMPARISON.fullmatch(condition)
    if comparison is None:
        _read_template(f"{{{condition}}}")
        return end + 2
    left, operator, right = comparison.groups()
    _read_template(f"{{{left}}}")
    _read_template(f"{{{right}}}")
    if operator not in _OPERATORS:
        raise _PathError(f"has the operator `{operator}`, which there is not")
    if _WHOLE.fullmatch(right):
        raise _PathError(
            f"compares with {right.strip()}, and the numbers of an answer are all floating: {right.strip()}.0"
        )
    return end + 2


def _filter_end(text: str, position: int) -> int:
    """Return where the parenthesis of a filter is closed: outside of its first quotes."""
    pair, closed = "", False
    while position < len(text) and text[position] != "\n":
        character = text[position]
        if character in "\"'":
            if not pair:
                pair = character
            elif character == pair and text[position - 1] != "\\":
                closed = True
        elif character == ")" and bool(pair) == closed:
            return position
        position += 1
    raise _PathError("has a filter that is not closed")


def _is_alphanumeric(character: str) -> bool:
    return character == "_" or character.isalnum()
