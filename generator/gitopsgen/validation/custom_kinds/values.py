"""What a structural schema asks of values in words that JSON Schema has not: formats, lists that are maps, CEL rules.

Source: kubernetes apiextensions-apiserver v1.34, pkg/apiserver/schema/listtype and pkg/apiserver/validation; formats as
k8s.io/kube-openapi, pkg/validation/strfmt reads them.
"""

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from gitopsgen.source.emitter import emit_inline
from gitopsgen.source.location import Path, format_path
from gitopsgen.validation.custom_kinds.rules import rule_faults
from gitopsgen.validation.embedded import Schema

_LIST_TYPE: Final = "x-kubernetes-list-type"
_LIST_KEYS: Final = "x-kubernetes-list-map-keys"
_RULES: Final = "x-kubernetes-validations"


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueFault:
    """What is wrong with the value at ``path``, by rule; without a ``rule``, why it could not be judged."""

    rule: str
    path: Path
    message: str
    fix: str = ""


def says_more(schema: object) -> bool:
    """Tell whether a schema asks for anything that its JSON Schema does not say."""
    if isinstance(schema, Mapping):
        if _RULES in schema or schema.get(_LIST_TYPE) == "map" or schema.get("format") in _FORMATS:
            return True
        return any(says_more(part) for key, part in schema.items() if key not in ("$defs", "default", "enum"))
    return isinstance(schema, list) and any(map(says_more, schema))


def value_faults(schema: Schema, value: object) -> Iterator[ValueFault]:
    """Yield every fault of an object that its JSON Schema allows."""
    yield from _faults(schema, value, ())


def _faults(schema: Mapping[str, Any], value: object, path: Path) -> Iterator[ValueFault]:
    if value is None:
        return
    named = schema.get("format")
    if isinstance(named, str) and named in _FORMATS and not _FORMATS[named](value):
        yield ValueFault(
            rule="schema/invalid-value",
            path=path,
            message=f"`{format_path(path)}` is {emit_inline(value)}, and must be of the format {named}",
        )
    for key, part, child in _children(schema, value):
        yield from _faults(part, child, (*path, key))
    if isinstance(value, list) and schema.get(_LIST_TYPE) == "map":
        yield from _repeated(schema, value, path)
    for fault in rule_faults(schema, value):
        broken = "schema/rule-broken" if fault.broken else ""
        yield ValueFault(rule=broken, path=(*path, *fault.path), message=fault.message)


def _children(schema: Mapping[str, Any], value: object) -> Iterator[tuple[str | int, Mapping[str, Any], object]]:
    """Yield each part of a value with the schema that it has of its own."""
    if isinstance(value, Mapping):
        fields, others = schema.get("properties", {}), schema.get("additionalProperties")
        for key, child in value.items():
            part = fields.get(key, others)
            if isinstance(part, Mapping):
                yield key, part, child
    elif isinstance(value, list) and isinstance(schema.get("items"), Mapping):
        for index, child in enumerate(value):
            yield index, schema["items"], child


def _repeated(schema: Mapping[str, Any], items: list[Any], path: Path) -> Iterator[ValueFault]:
    keys = [key for key in schema.get(_LIST_KEYS, ()) if isinstance(key, str)]
    fields = schema["items"].get("properties", {}) if isinstance(schema.get("items"), Mapping) else {}
    seen: dict[str, int] = {}
    for index, item in enumerate(items):
        if not isinstance(item, Mapping):
            continue
        name = {key: item.get(key, fields.get(key, {}).get("default")) for key in keys}
        first = seen.setdefault(emit_inline(name), index)
        if first != index:
            spot = (*path, index)
            message = f"`{format_path(spot)}` has the {', '.join(keys)} of item {first}: {emit_inline(name)}"
            yield ValueFault(rule="schema/duplicate-item", path=spot, message=message, fix="keep one of the two")


def _text(test: Callable[[str], object]) -> Callable[[object], bool]:
    """Return a test of strings that fails where ``test`` raises; other values are the type's concern."""

    def holds(value: object) -> bool:
        if not isinstance(value, str):
            return True
        try:
            return bool(test(value))
        except (ValueError, binascii.Error):
            return False

    return holds


def _within(bits: int) -> Callable[[object], bool]:
    limit = 2 ** (bits - 1)
    return lambda value: not isinstance(value, int) or isinstance(value, bool) or -limit <= value < limit


_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]\d{2}:\d{2})"
)
_GO_DURATION: Final = re.compile(
    r"[-+]?(0|(\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))*)"
)
_WORDS_DURATION: Final = re.compile(
    r"\s*(\d+)\s*(ns|nanoseconds?|us|µs|microseconds?|ms|milliseconds?|s|seconds?|m|min|minutes?|h|hours?|d|days?|w|weeks?)\s*"
)
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")
_MAC: Final = re.compile(r"([0-9A-Fa-f]{2}[:-]){5,7}[0-9A-Fa-f]{2}|([0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}")


def _is_moment(text: str) -> bool:
    found = _MOMENT.fullmatch(text)
    return bool(found and date.fromisoformat(found[1]))


_FORMATS: Final[Mapping[str, Callable[[object], bool]]] = {
    "int32": _within(32),
    "int64": _within(64),
    "date": _text(lambda text: _DAY.fullmatch(text) and date.fromisoformat(text)),
    "date-time": _text(_is_moment),
    "datetime": _text(_is_moment),
    "duration": _text(lambda text: _GO_DURATION.fullmatch(text) or _WORDS_DURATION.fullmatch(text)),
    "ipv4": _text(ipaddress.IPv4Address),
    "ipv6": _text(lambda text: ipaddress.IPv6Address(text.partition("%")[0])),
    "cidr": _text(lambda text: "/" in text and ipaddress.ip_interface(text)),
    "mac": _text(_MAC.fullmatch),
    "uuid": _text(_UUID.fullmatch),
    "byte": _text(lambda text: base64.b64decode(text, validate=True) is not None),
}
"""The formats that the API server holds values to, as far as they have one meaning."""
