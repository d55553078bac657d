"""Globs as Argo CD reads them (gobwas/glob): `*` stops at a separator where there is one, `!` denies."""

import re
from functools import lru_cache

_SPECIAL = frozenset("*?[]{}\\")


class GlobError(ValueError):
    """The pattern does not compile."""


def matches(pattern: str, text: str, separator: str = "") -> bool:
    """Tell whether ``text`` matches ``pattern``; a pattern that does not compile matches nothing."""
    if pattern in ("*", text):
        # A bare star is everything, slashes included; a pattern without special characters is only itself.
        return pattern == "*" or not _SPECIAL.intersection(pattern) or _matches(pattern, text, separator)
    return bool(_SPECIAL.intersection(pattern)) and _matches(pattern, text, separator)


def is_deny(pattern: str) -> bool:
    """Tell whether ``pattern`` denies what it matches."""
    return pattern.startswith("!")


@lru_cache(maxsize=4096)
def compile_glob(pattern: str, separator: str = "") -> re.Pattern[str]:
    """Return ``pattern`` as a regular expression for the whole text.

    Raises:
        GlobError: a class or an alternative is not closed, or a backslash escapes nothing.
    """
    parts: list[str] = []
    depth = position = 0
    one = f"[^{re.escape(separator)}]" if separator else "."
    while position < len(pattern):
        mark = pattern[position]
        if pattern.startswith("**", position):
            parts.append(".*")
            position += 2
            continue
        if mark == "[":
            text, position = _character_class(pattern, position)
            parts.append(text)
            continue
        if mark == "\\":
            position += 1
            if position == len(pattern):
                raise GlobError(f"nothing follows the last backslash of {pattern!r}")
            parts.append(re.escape(pattern[position]))
        elif mark == "{":
            depth += 1
            parts.append("(?:")
        elif mark == "}" and depth:
            depth -= 1
            parts.append(")")
        elif mark == "," and depth:
            parts.append("|")
        else:
            parts.append({"*": f"{one}*", "?": one}.get(mark, re.escape(mark)))
        position += 1
    if depth:
        raise GlobError(f"a brace is not closed in {pattern!r}")
    return re.compile("".join(parts), re.DOTALL)


def _character_class(pattern: str, start: int) -> tuple[str, int]:
    end = pattern.find("]", start + 1)
    if end < 0 or end == start + 1:
        raise GlobError(f"a bracket is not closed in {pattern!r}")
    inner = pattern[start + 1 : end]
    negated = inner.startswith("!")
    inner = inner.removeprefix("!")
    low, dash, high = inner.partition("-")
    if dash and len(low) == len(high) == 1:
        if low > high:
            raise GlobError(f"a range runs backwards in {pattern!r}")
        inner = f"{re.escape(low)}-{re.escape(high)}"
    else:
        inner = re.escape(inner)
    if not inner:
        raise GlobError(f"a class is empty in {pattern!r}")
    return f"[{'^' if negated else ''}{inner}]", end + 1


def _matches(pattern: str, text: str, separator: str) -> bool:
    try:
        return compile_glob(pattern, separator).fullmatch(text) is not None
    except GlobError:
        return False
