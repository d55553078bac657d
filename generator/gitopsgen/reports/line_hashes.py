"""What GitHub knows a line by when other lines move: the hash that its upload action works out for code scanning."""

from array import array
from collections import Counter
from collections.abc import Iterable
from typing import Final

_BASE: Final = 37
_WINDOW: Final = 100
_WORD: Final = 2**64
_END_OF_FILE: Final = 0xFFFF


def line_hashes(lines: Iterable[str]) -> list[str]:
    """Return ``HASH:N`` for each line: of the 100 characters from its start, and how often it has been seen so far.

    Spaces and tabs do not count, characters are UTF-16 code units, and the end of the file is one more. The action
    warns of every result whose hash is another. Source: github/codeql-action, ``src/fingerprints.ts``.
    """
    text = "\n".join(lines).replace(" ", "").replace("\t", "")
    units = array("H", text.encode("utf-16-le", "surrogatepass"))
    units.append(_END_OF_FILE)
    starts = [0, *(index + 1 for index, unit in enumerate(units) if unit == ord("\n"))]
    units.extend([0] * _WINDOW)
    sums = [0]
    for unit in units:
        sums.append((sums[-1] * _BASE + unit) % _WORD)
    leaving = pow(_BASE, _WINDOW, _WORD)
    seen: Counter[int] = Counter()
    hashes = []
    for start in starts:
        value = (sums[start + _WINDOW] - sums[start] * leaving) % _WORD
        seen[value] += 1
        hashes.append(f"{value:x}:{seen[value]}")
    return hashes
