"""The words in which a field of a descriptor is declared: a JSON Schema with some keywords more.

One declaration gives validation, merging, the printed JSON Schema and the reference page. ``x-merge`` says how a list
is laid over a lower one (``append``, or ``by: KEY``; none: it replaces). ``x-one-of`` lists groups of keys of which a
map has one: a layer that sets the first key of a group drops the other groups of lower layers; with ``x-needs-one`` it
must have all keys of one. ``x-off`` says that without the key something is not done: of any other that is empty by
default, ``null`` leaves an empty list or map. ``x-expected`` puts a union of types into words.
"""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

Schema: TypeAlias = dict[str, Any]

DNS_LABEL: Final = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
HOST: Final = r"^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
_LABEL_WORDS: Final = "lower-case letters, digits and dashes"
DURATION: Final = r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$"
QUANTITY: Final = r"^[0-9]+(\.[0-9]+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$"


def text(description: str, *, pattern: str = "", expected: str = "", **more: object) -> Schema:
    """Declare a string; ``expected`` says in words what ``pattern`` admits."""
    extra = {key: value for key, value in (("pattern", pattern), ("x-expected", expected)) if value}
    return {"type": "string", "description": description, **extra, **more}


def choice(description: str, *values: str, **more: object) -> Schema:
    """Declare one word of several."""
    return {"type": "string", "description": description, "enum": list(values), **more}


def integer(description: str, minimum: int = 0, maximum: int | None = None, **more: object) -> Schema:
    """Declare a whole number."""
    limit = {} if maximum is None else {"maximum": maximum}
    return {"type": "integer", "description": description, "minimum": minimum, **limit, **more}


def number(description: str, minimum: float, maximum: float, **more: object) -> Schema:
    """Declare a number."""
    return {"type": "number", "description": description, "minimum": minimum, "maximum": maximum, **more}


def boolean(description: str, **more: object) -> Schema:
    """Declare true or false."""
    return {"type": "boolean", "description": description, **more}


def name(description: str, longest: int = 63, **more: object) -> Schema:
    """Declare a DNS-1123 label."""
    expected = f"{_LABEL_WORDS}, at most {longest} characters"
    return text(description, pattern=DNS_LABEL, expected=expected, maxLength=longest, **more)


def duration(description: str, **more: object) -> Schema:
    """Declare a duration: ``30s``, ``10m``, ``1h30m``, ``500ms``, or a whole number of seconds."""
    return {
        "type": ["string", "integer"],
        "description": description,
        "pattern": DURATION,
        "minimum": 0,
        "x-expected": "a duration such as 30s, 10m or 1h30m",
        **more,
    }


def quantity(description: str, **more: object) -> Schema:
    """Declare a quantity of CPU or memory."""
    return {
        "type": ["string", "number"],
        "description": description,
        "pattern": QUANTITY,
        "minimum": 0,
        "x-expected": "a Kubernetes quantity such as 100m, 0.5 or 256Mi",
        **more,
    }


_RESERVED: Final = (
    "argocd",
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)),
)


def folder_name(description: str, longest: int = 40, **more: object) -> Schema:
    """Declare a name that becomes a folder of the rendered tree: no word that the tree or Windows keeps for itself."""
    expected = f"{_LABEL_WORDS}, at most {longest} characters, and not argocd or a device of Windows such as con"
    return {**name(description, longest, **more), "not": {"enum": list(_RESERVED)}, "x-expected": expected}


def stringlike(description: str, **more: object) -> Schema:
    """Declare a string that may be written as a number or a boolean where that reads the same: ``8000``, ``true``."""
    return {
        "type": ["string", "integer", "number", "boolean"],
        "description": description,
        "x-expected": "a string",
        "x-string": True,
        **more,
    }


def port(description: str, **more: object) -> Schema:
    """Declare a port number."""
    return integer(description, 1, 65535, **more)


def record(
    description: str,
    fields: Mapping[str, Schema],
    required: tuple[str, ...] = (),
    *,
    one_of: tuple[tuple[str, ...], ...] = (),
    needs_one: bool = False,
    off: bool = False,
    **more: object,
) -> Schema:
    """Declare a map with known keys; ``required`` ones must be there after the merge.

    ``one_of`` holds groups of keys that exclude each other, each named by its first key; with ``needs_one`` all keys of
    one group must be there after the merge. ``off`` is for what is not done where the key is removed.
    """
    return {
        "type": "object",
        "description": description,
        "additionalProperties": False,
        "properties": dict(fields),
        **({"required": list(required)} if required else {}),
        **({"x-one-of": [list(group) for group in one_of]} if one_of else {}),
        **({"x-needs-one": True} if needs_one else {}),
        **({"x-off": True} if off else {}),
        **more,
    }


def mapping(description: str, values: Schema, *, keys: str = "", **more: object) -> Schema:
    """Declare a map with keys that people choose; ``keys`` is a pattern they must match."""
    names = {"propertyNames": {"pattern": keys}} if keys else {}
    return {"type": "object", "description": description, "additionalProperties": values, **names, **more}


def listing(description: str, items: Schema, *, merge: str = "", **more: object) -> Schema:
    """Declare a list; ``merge`` is ``append`` or ``by: KEY``, and empty where a higher layer's list replaces."""
    rule = {"x-merge": merge} if merge else {}
    return {"type": "array", "description": description, "items": items, **rule, **more}


def free(description: str, **more: object) -> Schema:
    """Declare a map whose keys are Kubernetes', Helm's or Argo's: the schema of the rendered object checks them."""
    return {"type": "object", "description": description, "additionalProperties": True, **more}


def either(description: str, expected: str, *forms: Schema, **more: object) -> Schema:
    """Declare a value with several forms of different types; ``expected`` puts them into words."""
    return {"description": description, "anyOf": list(forms), "x-expected": expected, **more}


def labels(description: str) -> Schema:
    """Declare Kubernetes labels or annotations."""
    return mapping(description, stringlike("The value."))
