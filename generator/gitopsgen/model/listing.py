"""Names in a sentence."""

from collections.abc import Sequence


def some_of(names: Sequence[str], most: int) -> str:
    """Return ``a, b``; of more than ``most``, ``a, b, c and 4 more``."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"
