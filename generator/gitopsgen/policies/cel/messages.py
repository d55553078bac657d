"""The engine's errors in Kubernetes' words: what people find when they search for them."""

import re

from gitopsgen.policies.cel.errors import CelSyntaxError

_STATUS = re.compile(r"^[A-Z_]+: | \[[A-Z_]+\]$")
_PLACED = re.compile(r"ERROR: .*?:(?P<line>-?\d+):(?P<column>-?\d+): (?P<message>.*)")
_WORDS = (
    (re.compile(r'Key not found in map : "?(.*?)"?'), r"no such key: \1"),
    (re.compile(r"Index error: index=(-?\d+) size=\d+"), r"index out of bounds: \1"),
    (re.compile(r"Applying SELECT to non-message type"), "no such overload: field of a value that is no map"),
    (re.compile(r"No matching overloads found : <jump_condition>"), "no such overload: _?_:_"),
    (re.compile(r"No matching overloads found : (.*)"), r"no such overload: \1"),
    (re.compile(r"divide by zero"), "division by zero"),
    (re.compile(r"Iteration budget exceeded"), "more than 10,000 loop steps"),
    (re.compile(r'No value with name "(.*)" found in Activation'), r"no such attribute: \1"),
    (re.compile(r"(?:Exceeded max|Expression) recursion .*"), "nested deeper than 32 levels"),
    (re.compile(r"(.*) \(in container ''\)"), r"\1"),
)


def evaluation_message(text: str) -> str:
    """Return why an expression has no value."""
    while (shorter := _STATUS.sub("", text)) != text:
        text = shorter
    for pattern, words in _WORDS:
        found = pattern.fullmatch(text)
        if found:
            return found.expand(words)
    return text


def syntax_error(text: str) -> CelSyntaxError:
    """Return the first error of those that the engine found while compiling."""
    placed = _PLACED.search(text)
    if placed is None:
        return CelSyntaxError(evaluation_message(text))
    line, column = max(int(placed["line"]), 1), max(int(placed["column"]), 1)  # -1 where it does not know
    return CelSyntaxError(evaluation_message(placed["message"]), line, column)
