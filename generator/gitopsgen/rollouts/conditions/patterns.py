"""Regular expressions as Go has them: RE2's syntax, without look-around, in linear time.

Source: Go, package regexp/syntax; the RE2 library that CEL brings along reads the same.
"""

from functools import cache, lru_cache
from typing import Any

from gitopsgen.rollouts.conditions.errors import NotJudged


@lru_cache(maxsize=256)
def pattern_error(pattern: str) -> str:
    """Return why ``pattern`` is no regular expression; empty when it is one."""
    try:
        matches(pattern, "")
    except ValueError as error:
        return str(error)
    return ""


def matches(pattern: str, text: str) -> bool:
    """Tell whether ``pattern`` is found anywhere in ``text``.

    Raises:
        ValueError: It is no regular expression.
        NotJudged: The text is cut within a character.
    """
    try:
        for one in (pattern, text):
            one.encode()
    except UnicodeEncodeError:
        raise NotJudged("a text that is cut within a character is not modelled") from None
    value = _program().eval(data={"text": text, "pattern": pattern}).plain_value()
    if isinstance(value, bool):
        return value
    raise ValueError(str(value).rpartition("expression: ")[2])


@cache
def _program() -> Any:  # noqa: ANN401 - the native library is untyped
    from cel_expr_python import cel  # noqa: PLC0415 - loaded when there is a pattern

    environment = cel.NewEnv(variables={"text": cel.Type.STRING, "pattern": cel.Type.STRING})
    return environment.compile("text.matches(pattern)")
