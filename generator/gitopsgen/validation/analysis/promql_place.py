"""Where a query stops being PromQL: the parser says what is wrong, and not where.

The place is the first token after which no continuation makes a query of what stands before it.
"""

import re
from collections.abc import Callable
from typing import Final

_TOKEN: Final = re.compile(
    r"""\s+|\#[^\n]*"""
    r"""|"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?|`[^`]*`?"""
    r"""|[0-9][0-9a-zA-Z_.]*|[a-zA-Z_:][a-zA-Z0-9_:]*"""
    r"""|[!=<>]=|=~|!~|.""",
    re.DOTALL,
)
_CLOSING: Final = {"(": ")", "[": "]", "{": "}"}
_INSIDE: Final[dict[str, tuple[str, ...]]] = {
    "{": ("", ' a="b"', '="b"', '"b"', ' a="b",c="d"'),
    "[": ("", "5m", ":5m", "m", ":"),
    "(": (
        *(
            "",
            " a",
            "a",
            " 1",
            ' "a"',
            "()",
            "(a)",
            "(a) a",
            "(a) (a)",
            " (a)",
            "[5m]",
            '{a="b"}',
            " a[5m]",
            "5m",
            " 5m",
        ),
        *("=b", " by (a)", "m", "(1, a)", " (1, a)", ", a", "a) (a", " a) (a"),
    ),
}
_MEANING: Final = re.compile(
    r"expected type|expected \d+ arg|expected at |unknown function|binary expression must|set operator|ranges only"
    r"|vector selector must|metric name must|wrong number|illegal regex|duration must be|comparisons? between"
    r"|bool modifier|vector matching|label .* must not"
)
_LONGEST: Final = 2000


def is_about_meaning(error: str) -> bool:
    """Tell whether an error is of a query that is formed well, such as one of types."""
    return _MEANING.match(error) is not None


def place_of_error(query: str, parse: Callable[[str], str]) -> int | None:
    """Return where in ``query`` the first token stands that cannot be there, ``None`` when that cannot be told.

    ``parse`` gives the error of a query, an empty text for none.
    """
    if len(query) > _LONGEST:
        return None
    tokens = [found for found in _TOKEN.finditer(query) if not found[0].isspace() and found[0][0] != "#"]
    first, last = 0, len(tokens)  # a prefix of `first` tokens can be continued, one of `last` + 1 need not be looked at
    while first < last:
        middle = (first + last + 1) // 2
        if _can_go_on(query[: tokens[middle - 1].end()], [found[0] for found in tokens[:middle]], parse):
            first = middle
        else:
            last = middle - 1
    return tokens[first].start() if first < len(tokens) else len(query)


def _can_go_on(text: str, tokens: list[str], parse: Callable[[str], str]) -> bool:
    opened: list[str] = []
    for token in tokens:
        if token in _CLOSING:
            opened.append(token)
        elif opened and token == _CLOSING[opened[-1]]:
            opened.pop()
    closing = "".join(_CLOSING[token] for token in reversed(opened))
    # After the closing bracket of a clause such as `by (a)` there is still something to come.
    ends = (closing, f"{closing} (a)", f"{closing} a") if opened else ("",)
    for inside in _INSIDE[opened[-1] if opened else "("]:
        for end in ends:
            error = parse(text + inside + end)
            if not error or is_about_meaning(error):
                return True
    return False
