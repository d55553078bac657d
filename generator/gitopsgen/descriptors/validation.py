"""Faults of a value against its JSON Schema, in words for the person who wrote it.

jsonschema_rs tells in microseconds whether there is a fault; jsonschema, loaded only then, tells which.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from gitopsgen.descriptors.fields import Schema
from gitopsgen.model.suggest import did_you_mean, nearest
from gitopsgen.source.emitter import emit_inline
from gitopsgen.source.location import Path, format_path

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator as Validator202012
    from jsonschema.exceptions import ValidationError

_TYPES: Final = {
    "string": "a string",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "a map",
    "array": "a list",
}
_LONGEST: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaFault:
    """One fault of a value: ``path`` leads to it (for an unknown key, to the key; for a missing one, to its parent)."""

    rule: str
    path: Path
    message: str
    fix: str = ""


class Validator:
    """A JSON Schema, compiled when it is first used."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._holds: Callable[[object], bool] | None = None

    def faults(self, value: object, written: Callable[[Path], str | None]) -> Iterator[SchemaFault]:
        """Yield every fault of ``value``; ``written`` gives the plain scalar at a path as it stands in the file."""
        if self._holds is None:
            import jsonschema_rs  # noqa: PLC0415 - 28 ms that commands without descriptors do not pay

            self._holds = jsonschema_rs.validator_for(self.schema).is_valid
        if not self._holds(value):
            told = False
            for error in _telling()(self.schema).iter_errors(value):
                for fault in _faults_of(error, (), written):
                    told = True
                    yield fault
            if not told:
                yield from _as_told_natively(self.schema, value)


@cache
def _telling() -> "type[Validator202012]":
    """Return what tells the faults: with patterns as jsonschema_rs reads them, so that both say the same of a value."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - 80 ms, paid for a fault only
    from jsonschema.validators import extend  # noqa: PLC0415 - the same

    own = {"pattern": _pattern_errors, "patternProperties": _key_pattern_errors}
    telling: type[Validator202012] = extend(Draft202012Validator, own)  # type: ignore[no-untyped-call] # it has no types
    return telling


def _pattern_errors(_: Any, pattern: str, value: object, __: object) -> Iterator["ValidationError"]:  # noqa: ANN401 - the library's validator
    from jsonschema.exceptions import ValidationError  # noqa: PLC0415 - see above

    if isinstance(value, str) and not _matching(pattern)(value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


def _key_pattern_errors(
    validator: Any,  # noqa: ANN401 - the library's validator
    patterns: Mapping[str, Schema],
    value: object,
    _: object,
) -> Iterator["ValidationError"]:
    for pattern, schema in patterns.items():
        for key, item in value.items() if isinstance(value, Mapping) else ():
            if _matching(pattern)(key):
                yield from validator.descend(item, schema, path=key, schema_path=pattern)


@cache
def _matching(pattern: str) -> Callable[[object], bool]:
    import jsonschema_rs  # noqa: PLC0415 - see Validator

    holds: Callable[[object], bool] = jsonschema_rs.validator_for({"pattern": pattern}).is_valid
    return holds


def _as_told_natively(schema: Schema, value: object) -> Iterator[SchemaFault]:
    """Yield the faults that jsonschema_rs alone sees."""
    import jsonschema_rs  # noqa: PLC0415 - see Validator

    for error in jsonschema_rs.validator_for(schema).iter_errors(value):
        yield SchemaFault(rule="descriptor/invalid-value", path=tuple(error.instance_path), message=error.message)


@cache
def validator_of(source: Callable[[], Schema]) -> Validator:
    """Return the one validator of the schema that ``source`` gives."""
    return Validator(source())


def _faults_of(error: "ValidationError", parent: Path, written: Callable[[Path], str | None]) -> Iterator[SchemaFault]:
    path = (*parent, *error.path)
    schema: Mapping[str, Any] = error.schema if isinstance(error.schema, Mapping) else {}
    instance: Any = error.instance
    match error.validator:
        case "additionalProperties":
            yield from _unknown_keys(error, schema, path)
        case "required":
            missing = [key for key in schema["required"] if key not in instance and f"'{key}'" in error.message]
            for key in missing:
                about = schema.get("properties", {}).get(key, {}).get("description", "")
                yield SchemaFault(
                    rule="descriptor/missing-key",
                    path=path,
                    message=f"the key `{format_path((*path, key))}` is missing",
                    fix=f"add `{key}`: {about[:1].lower()}{about[1:].rstrip('.')}" if about else f"add `{key}`",
                )
        case "anyOf":
            yield from _no_form(error, schema, path, written)
        case _ if "propertyNames" in error.relative_schema_path:
            yield _wrong_key(error, path)
        case _:
            yield _wrong_value(error, schema, path, written(path))


def _unknown_keys(error: "ValidationError", schema: Mapping[str, Any], path: Path) -> Iterator[SchemaFault]:
    known = schema.get("properties", {})
    instance: Any = error.instance
    for key in instance:
        if key not in known:
            where = f" in `{format_path(path)}`" if path else ""
            yield SchemaFault(
                rule="descriptor/unknown-key",
                path=(*path, key),
                message=f"there is no key `{key}`{where}",
                fix=did_you_mean(str(key), [name for name in known if name not in instance] or known),
            )


def _wrong_key(error: "ValidationError", path: Path) -> SchemaFault:
    return SchemaFault(
        rule="descriptor/invalid-value",
        path=(*path, str(error.instance)),
        message=f"`{shorten(error.instance)}` is not a valid key here: it must match {error.validator_value}",
    )


def _no_form(
    error: "ValidationError",
    schema: Mapping[str, Any],
    path: Path,
    written: Callable[[Path], str | None],
) -> Iterator[SchemaFault]:
    """Say which form of a union was meant, by its type and keys, and what is wrong with it; else list the forms."""
    forms = schema["anyOf"]
    fitting = [index for index, form in enumerate(forms) if _has_type(error.instance, form)]
    if isinstance(error.instance, Mapping) and len(fitting) > 1:
        likeness = {index: _likeness(error.instance, forms[index].get("properties", {})) for index in fitting}
        best = max(likeness.values())
        fitting = [index for index in fitting if likeness[index] == best]
    inner = [cause for cause in error.context or () if len(fitting) == 1 and cause.schema_path[0] == fitting[0]]
    if inner:
        for cause in inner:
            yield from _faults_of(cause, path, written)
        return
    yield _wrong_value(error, schema, path, written(path))


def _likeness(value: Mapping[str, Any], properties: Mapping[str, Any]) -> tuple[int, int]:
    """Return how many keys of ``value`` a form has, and how many more it has nearly."""
    known = [key for key in value if key in properties]
    return len(known), sum(bool(nearest(key, properties)) for key in value if key not in known)


def _has_type(value: object, form: Mapping[str, Any]) -> bool:
    kinds = form.get("type", [])
    names = {
        bool: {"boolean"},
        int: {"integer", "number"},
        float: {"number"},
        str: {"string"},
        dict: {"object"},
        list: {"array"},
        type(None): {"null"},
    }[type(value)]
    return bool(names & set([kinds] if isinstance(kinds, str) else kinds))


def _wrong_value(error: "ValidationError", schema: Mapping[str, Any], path: Path, written: str | None) -> SchemaFault:
    value = error.instance
    name = f"`{format_path(path)}`" if path else "the document"
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if "string" in kinds and isinstance(value, bool | int | float) and error.validator == "type":
        kind = "boolean" if isinstance(value, bool) else "number"
        text = written or emit_inline(value)
        return SchemaFault(
            rule="descriptor/wrong-type",
            path=path,
            message=f"{name} must be a string, and `{text}` is the {kind} {emit_inline(value)} to Kubernetes",
            fix=f'write `"{text}"`',
        )
    if error.validator in ("type", "anyOf"):
        expected = schema.get("x-expected") or " or ".join(_TYPES[kind] for kind in kinds if kind != "null")
        return SchemaFault(
            rule="descriptor/wrong-type",
            path=path,
            message=f"{name} must be {expected}, not {_described(value)}",
            fix=_boolean_fix(value, kinds),
        )
    if error.validator == "enum":
        allowed = [str(item) for item in schema["enum"] if item is not None]
        match = nearest(str(value), allowed)
        return SchemaFault(
            rule="descriptor/invalid-value",
            path=path,
            message=f"{name} is {shorten(value)}, which is none of: {', '.join(allowed)}",
            fix=f"did you mean `{match}`?" if match else "",
        )
    if error.validator == "const":
        return SchemaFault(
            rule="descriptor/invalid-value",
            path=path,
            message=f"{name} is {shorten(value)}, and must be {schema['const']}",
            fix=f"write `{schema['const']}`",
        )
    limits = {
        "minimum": "is less than",
        "maximum": "is more than",
        "maxLength": "is longer than",
        "minLength": "is shorter than",
        "minItems": "has fewer items than",
        "maxItems": "has more items than",
        "exclusiveMinimum": "is not more than",
        "exclusiveMaximum": "is not less than",
    }
    validator = str(error.validator)
    if validator in limits:
        unit = " characters" if validator.endswith("Length") else ""
        message = f"{name} is {shorten(value)}, which {limits[validator]} {error.validator_value}{unit}"
    else:
        expected = schema.get("x-expected") or f"what matches {error.validator_value}"
        message = f"{name} is {shorten(value)}, and must be {expected}"
    return SchemaFault(rule="descriptor/invalid-value", path=path, message=message)


def _boolean_fix(value: object, kinds: list[str]) -> str:
    if "boolean" in kinds and isinstance(value, str) and value.lower() in ("true", "false"):
        return f"write `{value.lower()}` without quotes"
    if "integer" in kinds and isinstance(value, str) and value.isdigit():
        return f"write `{value}` without quotes"
    return ""


def _described(value: object) -> str:
    if value is None:
        return "empty"
    if isinstance(value, Mapping):
        return "a map"
    if isinstance(value, list):
        return "a list"
    return f"`{shorten(value)}`"


def shorten(value: object) -> str:
    """Return ``value`` for a message: on one line, and not a long one."""
    text = emit_inline(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
