"""What kubeconform's message on an object holds: the schema that it used, and the values that it names."""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote, urlsplit

from gitopsgen.descriptors.validation import SchemaFault
from gitopsgen.model.manifest import Body
from gitopsgen.source.location import Path, format_path

# 0.7 and later:  … validation failed with 'URL#' - at '/a': validation failed - at '/a/b': got string, want integer
# 0.6.7:          … jsonschema: '/a/b' does not validate with URL#/properties/…: expected integer, but got string
_SCHEMA: Final = re.compile(r"(?:failed|validate) with '?(\S+?)#")
_LEAF: Final = re.compile(r"- at '((?:[^'\\]|\\.)*)': (.*?)(?=\s+- at '|$)")
_OLD_LEAF: Final = re.compile(r"jsonschema: '(.*?)' does not validate with \S+: (.*)$")
_BRANCH: Final = re.compile(r"(?:validation|'?(?:allOf|anyOf|oneOf|not|\$ref)'?) failed")


def schema_file(message: str) -> str:
    """Return the path of the schema that an object failed; empty where it is no local file."""
    found = _SCHEMA.search(message)
    url = urlsplit(found[1]) if found else None
    return unquote(url.path) if url and url.scheme == "file" else ""


def faults_in(message: str, body: Body) -> Iterator[SchemaFault]:
    """Yield what a message names, for a schema that only kubeconform can read; one fault at least."""
    leaves = [*_LEAF.findall(message), *_OLD_LEAF.findall(message)]
    named = [(pointer, text.strip()) for pointer, text in leaves if not _BRANCH.fullmatch(text.strip())]
    for pointer, text in named or [("", message)]:
        path = _path(pointer, body)
        where = f"`{format_path(path)}`: " if path else ""
        yield SchemaFault(rule="descriptor/invalid-value", path=path, message=f"{where}{text} (kubeconform)")


def _path(pointer: str, value: object) -> Path:
    """Return the path of a pointer, as far as it exists."""
    path: Path = ()
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and key in value:
            path, value = (*path, key), value[key]
        elif isinstance(value, list) and key.isdigit() and int(key) < len(value):
            path, value = (*path, int(key)), value[int(key)]
        else:
            break
    return path
