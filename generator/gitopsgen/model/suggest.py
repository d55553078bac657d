"""Did you mean: the known word nearest to a wrong one."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word that ``word`` was likely meant to be, empty when none is near."""
    words = sorted(known)
    folded = {candidate.lower(): candidate for candidate in words}
    matches = get_close_matches(word.lower(), list(folded), n=1, cutoff=0.7)
    return folded[matches[0]] if matches else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a fix in words: the nearest known word, or the list of all when there are few."""
    words = sorted(known)
    if match := nearest(word, words):
        return f"did you mean `{match}`?"
    return f"one of: {', '.join(words)}" if words and len(words) <= 30 else ""  # noqa: PLR2004 - a line to read
