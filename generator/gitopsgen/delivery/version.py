"""Which image a release runs, and which of two versions comes first."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_SEMVER: Final = re.compile(r"v?(?P<numbers>\d+(?:\.\d+)*)(?:-(?P<pre>[0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?")
_SHOWN_DIGEST: Final = len("sha256:") + 12


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageVersion:
    """The tag and the digest of an image; either may be empty."""

    tag: str = ""
    digest: str = ""

    @classmethod
    def of(cls, image: Mapping[str, Any]) -> "ImageVersion":
        """Return the version in a map with ``tag`` and ``digest``, as descriptors and values have it."""
        return cls(tag=str(image.get("tag") or ""), digest=str(image.get("digest") or ""))

    @classmethod
    def parse(cls, text: str) -> "ImageVersion":
        """Return the version that a person names: ``v1.1.0``, ``v1.1.0@sha256:…``, or ``sha256:…`` alone."""
        if text.startswith("sha256:"):
            return cls(digest=text)
        tag, _, digest = text.partition("@")
        return cls(tag=tag, digest=digest)

    @property
    def whole(self) -> str:
        """The version with its whole digest, as :meth:`parse` takes it."""
        return "@".join(part for part in (self.tag, self.digest) if part)

    def __str__(self) -> str:
        return "@".join(part for part in (self.tag, self.digest[:_SHOWN_DIGEST]) if part) or "unversioned"

    def is_older_than(self, other: "ImageVersion") -> bool | None:
        """Tell whether this version precedes ``other``; ``None`` when their tags do not tell.

        Source: Semantic Versioning 2.0.0, item 11; a leading ``v`` and any count of numbers are taken too.
        """
        mine, theirs = _precedence(self.tag), _precedence(other.tag)
        return None if mine is None or theirs is None else mine < theirs


_Precedence = tuple[tuple[int, ...], bool, tuple[tuple[int, int, str], ...]]


def _precedence(tag: str) -> _Precedence | None:
    match = _SEMVER.fullmatch(tag)
    if not match:
        return None
    numbers = tuple(int(number) for number in match["numbers"].split("."))
    while numbers and numbers[-1] == 0:  # 1.2 and 1.2.0 are one version
        numbers = numbers[:-1]
    identifiers = (match["pre"] or "").split(".")
    pre = tuple((0, int(one), "") if one.isdigit() else (1, 0, one) for one in identifiers if one)
    return numbers, not match["pre"], pre
