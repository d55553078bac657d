"""Values of Kubernetes' opaque types as the engine carries them: a map with one key that names the type."""

from typing import Any, Final, TypeAlias

from gitopsgen.policies.cel.declarations import CIDR, FORMAT, IP, QUANTITY, SEMVER, URL

Tagged: TypeAlias = dict[str, Any]
"""``{"@net.IP": "10.0.0.1"}``: two of them are equal when type and canonical text are."""


_KEYS: Final = frozenset(f"@{kind}" for kind in (IP, CIDR, URL, QUANTITY, SEMVER, FORMAT))


def tag(kind: str, content: str) -> Tagged:
    """Return the value of the opaque type ``kind`` with that canonical text."""
    return {f"@{kind}": content}


def content_of(kind: str, value: object) -> str:
    """Return the text of a value of the opaque type ``kind``.

    Raises:
        TypeError: the value is of another type; the engine makes it an evaluation error.
    """
    if isinstance(value, dict):
        text = value.get(f"@{kind}")
        if isinstance(text, str):
            return text
    raise TypeError("no such overload")


def is_tagged(kind: str, value: object) -> bool:
    """Tell whether ``value`` is of the opaque type ``kind``."""
    return isinstance(value, dict) and len(value) == 1 and f"@{kind}" in value


def require_text(value: object) -> str:
    """Return ``value`` when it is a string.

    Raises:
        TypeError: it is something else.
    """
    if isinstance(value, str):
        return value
    raise TypeError("no such overload")


def untag(value: object) -> object:
    """Return ``value`` with every opaque value in it replaced by its text."""
    if isinstance(value, dict):
        if len(value) == 1:
            key, content = next(iter(value.items()))
            if isinstance(content, str) and key in _KEYS:
                return content
        return {key: untag(item) for key, item in value.items()}
    if isinstance(value, list):
        return [untag(item) for item in value]
    return bytes(value) if isinstance(value, bytearray) else value
