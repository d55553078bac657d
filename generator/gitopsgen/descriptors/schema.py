"""JSON Schemas derived from the declared fields: of a document, of an overlay, and of the merged value."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from gitopsgen.descriptors import app, environment
from gitopsgen.descriptors.fields import Schema, record

API_VERSION: Final = "gitopsgen.io/v1"
KINDS: Final = ("App", "Environment", "Release")
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


@cache
def document_schema(kind: str) -> Schema:
    """Return the JSON Schema of a descriptor of ``kind``, as ``gitopsgen schema`` prints it.

    A document is one layer: no key of its spec is required, for another layer may hold it, and ``null`` removes a key.
    """
    metadata, spec = {
        "App": (app.METADATA, app.SPEC),
        "Environment": (environment.METADATA, environment.SPEC),
        "Release": (environment.RELEASE_METADATA, app.SPEC),
    }[kind]
    titles = {
        "App": "What a service is, the same everywhere.",
        "Environment": "A place to deploy to.",
        "Release": "One App in one Environment.",
    }
    fields = {
        "apiVersion": {"const": API_VERSION, "description": "Always this."},
        "kind": {"const": kind, "description": "Always this."},
        "metadata": metadata,
        "spec": overlay_schema(spec),
    }
    required = ("apiVersion", "kind", "metadata") if kind == "Release" else ("apiVersion", "kind", "metadata", "spec")
    return {"$schema": _DIALECT, "title": kind, **record(titles[kind], fields, required)}


def overlay_schema(schema: Schema) -> Schema:
    """Return ``schema`` for one layer: nothing required, and ``null`` allowed wherever a key can be removed."""
    result = dict(schema)
    result.pop("required", None)
    if "properties" in result:
        result["properties"] = {key: _nullable(overlay_schema(value)) for key, value in result["properties"].items()}
    if isinstance(result.get("additionalProperties"), dict):
        result["additionalProperties"] = _nullable(overlay_schema(result["additionalProperties"]))
    if "anyOf" in result:
        result["anyOf"] = [overlay_schema(form) for form in result["anyOf"]]
    return result


def _nullable(schema: Schema) -> Schema:
    if "anyOf" in schema:
        return {**schema, "anyOf": [*schema["anyOf"], {"type": "null"}]}
    kinds = schema.get("type", [])
    result = {**schema, "type": [*([kinds] if isinstance(kinds, str) else kinds), "null"]}
    if "enum" in schema:
        result["enum"] = [*schema["enum"], None]
    return result


def defaults_of(schema: Schema) -> Any:  # noqa: ANN401 - a default is any value
    """Return the default of a declared field with those of the keys in it; ``None`` when it has none."""
    default = schema.get("default")
    if not isinstance(default, Mapping) or "properties" not in schema:
        return default
    inner = {key: defaults_of(field) for key, field in schema["properties"].items()}
    return {**{key: value for key, value in inner.items() if value is not None}, **default}


def complete(value: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    """Return the merged ``value`` with the defaults of the maps that a layer brought in, and without removed keys.

    A removed list or map that is empty by default is empty again.
    """
    fields: Mapping[str, Schema] = schema.get("properties", {})
    other = schema.get("additionalProperties")
    result: dict[str, Any] = {}
    for key, item in value.items():
        field = fields.get(key) or (other if isinstance(other, dict) else {})
        if item is None:
            if field.get("default") in ({}, []) and not field.get("x-off") and key not in schema.get("required", ()):
                result[key] = field["default"]
            continue
        result[key] = complete(item, _form(field)) if isinstance(item, Mapping) else item
    for key, field in fields.items():
        if key not in value and (default := defaults_of(field)) is not None:
            result[key] = default
    return result


def with_absent(value: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    """Return ``value`` with ``None`` for every declared key that is not there, so that a template can ask for it."""
    fields: Mapping[str, Schema] = schema.get("properties", {})
    other = schema.get("additionalProperties")
    result: dict[str, Any] = dict.fromkeys(fields)
    for key, item in value.items():
        field = fields.get(key) or (other if isinstance(other, dict) else {})
        result[key] = with_absent(item, _form(field)) if isinstance(item, Mapping) else item
    return result


def _form(field: Schema) -> Schema:
    """Return the form of a union that a map takes."""
    if "anyOf" not in field:
        return field
    maps = [form for form in field["anyOf"] if form.get("type") == "object"]
    return maps[0] if len(maps) == 1 else {}
