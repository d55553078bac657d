"""Catalogues of schemas: where one keeps the schema of a kind, and what is made of it."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from gitopsgen.validation.custom_kinds.structural import completed
from gitopsgen.validation.embedded import Schema
from gitopsgen.validation.subjects import Identity

CRDS_CATALOGUE: Final = (
    "https://raw.githubusercontent.com/datreeio/CRDs-catalog/main/"
    "{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json"
)
_VARIABLE: Final = re.compile(r"\{\{\s*\.(\w+)\s*\}\}")


def address(template: str, identity: Identity) -> str:
    """Return where a catalogue keeps the schema of a kind; the template's variables are kubeconform's.

    Raises:
        ValueError: it has a variable that there is not, or more than variables.
    """
    group, version, kind = identity
    known = {
        "Group": group,
        "ResourceKind": kind.lower(),
        "ResourceAPIVersion": version,
        "KindSuffix": f"-{group.partition('.')[0]}-{version}",
    }
    unknown = [name for name in _VARIABLE.findall(template) if name not in known]
    if unknown or "{{" in _VARIABLE.sub("", template):
        names = ", ".join(f"{{{{.{name}}}}}" for name in known)
        raise ValueError(f"`{template}` may hold {names}, and nothing else in double braces")
    return _VARIABLE.sub(lambda found: known[found[1]], template)


def read_schema(content: str) -> Schema:
    """Return the schema that a catalogue's file holds, standing alone.

    Raises:
        ValueError: it is no JSON Schema of an object.
    """
    try:
        schema: Any = json.loads(content)
        if not isinstance(schema, Mapping) or not isinstance(schema.get("properties"), Mapping):
            raise ValueError("it is no JSON Schema with properties")  # noqa: TRY004 - the content is wrong, not a type
        return completed(schema)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
