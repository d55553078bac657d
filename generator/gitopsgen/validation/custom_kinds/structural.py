"""The structural schema of a CustomResourceDefinition as a JSON Schema that says what the API server says.

What the API server prunes is a key too many here, a key with a default need not be there, and ``apiVersion``, ``kind``
and ``metadata`` have the shape that every object's have. What JSON Schema has no words for (rules in CEL, lists that
are maps, formats) stays in the schema under Kubernetes' own keys, and :mod:`.values` reads it there.
Source: kubernetes apiextensions-apiserver v1.34, pkg/apiserver/schema and pkg/apiserver/validation.
"""

from collections.abc import Mapping
from typing import Any, Final

from gitopsgen.validation.embedded import Schema, newest_release, with_definitions

_META: Final = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_PRESERVE: Final = "x-kubernetes-preserve-unknown-fields"
_EMBEDDED: Final = "x-kubernetes-embedded-resource"
_INT_OR_STRING: Final = "x-kubernetes-int-or-string"
_DROPPED: Final = frozenset(("description", "title", "example", "externalDocs", "nullable", "id", "$id", "$schema"))
_PARTS: Final = frozenset(("properties", "additionalProperties", "items", "allOf", "anyOf", "oneOf", "not", "required"))
_EVERY_OBJECT: Final = {
    "apiVersion": {"type": "string"},
    "kind": {"type": "string"},
    "metadata": {"$ref": f"#/$defs/{_META}"},
}


def closed(structural: Mapping[str, Any]) -> Schema:
    """Return the schema of a whole object, standing alone."""
    return with_definitions(_closed(structural, root=True), newest_release())


def completed(schema: Mapping[str, Any]) -> Schema:
    """Return a catalogue's JSON Schema with what every object has, and closed at its root, standing alone.

    Below the root it says of keys what the catalogue says.
    """
    result = _copied(schema)
    result["type"] = "object"
    result["properties"] = {**result["properties"], **_EVERY_OBJECT}
    if schema.get(_PRESERVE) is not True:
        result["additionalProperties"] = False
    return with_definitions(result, newest_release())


def _closed(schema: object, *, root: bool = False) -> dict[str, Any]:
    """Return one node and all below it; what is no schema says nothing."""
    if not isinstance(schema, Mapping):
        return {}
    result = _values(schema)
    properties = schema.get("properties")
    fields = {name: _closed(field) for name, field in properties.items()} if isinstance(properties, Mapping) else {}
    whole = root or schema.get(_EMBEDDED) is True
    if whole:
        result.setdefault("type", "object")
        fields |= _EVERY_OBJECT
    additional = schema.get("additionalProperties")
    if isinstance(additional, Mapping):
        result["additionalProperties"] = _closed(additional)
    elif fields or whole or schema.get("type") == "object":
        if fields:
            result["properties"] = fields
        if additional is not True and schema.get(_PRESERVE) is not True:
            result["additionalProperties"] = False
    if "items" in schema:
        result["items"] = _closed(schema["items"])
    if schema.get("x-kubernetes-list-type") == "set":
        result["uniqueItems"] = True
    _require(schema, fields, result)
    _widen(schema, result)
    return result


def _values(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a schema says of a value itself, and of parts of it only in ``allOf`` and the like."""
    result = {key: value for key, value in schema.items() if key not in _DROPPED and key not in _PARTS}
    for limit, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        # OpenAPI 3.0 says with true or false whether the limit itself is allowed; JSON Schema gives another number.
        if isinstance(result.get(exclusive), bool) and result.pop(exclusive) and limit in result:
            result[exclusive] = result.pop(limit)
    for key in ("allOf", "anyOf", "oneOf"):
        if isinstance(schema.get(key), list):
            result[key] = [_copied(one) for one in schema[key]]
    if "not" in schema:
        result["not"] = _copied(schema["not"])
    return result


def _copied(schema: object) -> Any:  # noqa: ANN401 - true and false are schemas too
    """Return a schema that closes nothing of its own: a condition, whose keys are named elsewhere, or a catalogue's."""
    if not isinstance(schema, Mapping):
        return schema
    result = _values(schema)
    fields: Mapping[str, Any] = {}
    if isinstance(schema.get("properties"), Mapping):
        fields = result["properties"] = {name: _copied(field) for name, field in schema["properties"].items()}
    for key in ("additionalProperties", "items"):
        if key in schema:
            result[key] = _copied(schema[key])
    _require(schema, fields, result)
    _widen(schema, result)
    return result


def _require(schema: Mapping[str, Any], fields: Mapping[str, Any], result: dict[str, Any]) -> None:
    """Take over the keys that are required, but for those with a default: it is filled in first."""
    if isinstance(schema.get("required"), list):
        result["required"] = [name for name in schema["required"] if "default" not in (fields.get(name) or {})]


def _widen(schema: Mapping[str, Any], result: dict[str, Any]) -> None:
    """Allow an integer or a string, and null, where the schema does."""
    if schema.get(_INT_OR_STRING) is True:
        result["type"] = ["integer", "string"]
        result["x-expected"] = "a number or a string"
        result.pop("anyOf", None)
    if schema.get("nullable") is True and "type" in result:
        kinds = result["type"]
        result["type"] = [*([kinds] if isinstance(kinds, str) else kinds), "null"]
        if isinstance(result.get("enum"), list):
            result["enum"] = [*result["enum"], None]
