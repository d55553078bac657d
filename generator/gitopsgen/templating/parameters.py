"""The parameters of profiles and analysis templates: declared in the template's head, validated, and completed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from gitopsgen.descriptors.fields import DURATION, QUANTITY, Schema, record
from gitopsgen.descriptors.schema import with_absent
from gitopsgen.descriptors.validation import SchemaFault, Validator
from gitopsgen.model.manifest import dig
from gitopsgen.source.location import Location, Path
from gitopsgen.templating.library import Head, HeadError, Template, read_head

_FORMATS: Final[Mapping[str, Schema]] = {
    "duration": {
        "type": ["string", "integer"],
        "pattern": DURATION,
        "minimum": 0,
        "x-expected": "a duration such as 30s, 10m or 1h30m",
    },
    "quantity": {"type": ["string", "number"], "pattern": QUANTITY, "x-expected": "a quantity such as 100m or 256Mi"},
}
_OURS: Final = frozenset(("slo", "default"))


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """The declared parameters of one template, ready to check what a descriptor gives."""

    head: Head
    schema: Schema
    validator: Validator

    def faults(self, given: Mapping[str, Any]) -> list[SchemaFault]:
        """Return what is wrong with the parameters that a descriptor gives.

        Raises:
            HeadError: a parameter is declared in no way that JSON Schema knows.
        """
        try:
            return list(self.validator.faults(dict(given), lambda _: None))
        except ValueError as error:  # jsonschema_rs' own
            path = tuple(getattr(error, "instance_path", ()))[1:]
            if not path:
                raise
            raise _faulty(self.head, path, str(getattr(error, "message", error))) from error

    def complete(self, given: Mapping[str, Any], objectives: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return all parameters: as given, else from the App's objectives, else the default, else ``None``."""
        complete: dict[str, Any] = {}
        for name, field in self.head.parameters.items():
            value = given.get(name)
            if value is None and "slo" in field:
                value = dig(objectives or {}, *str(field["slo"]).split("."))
            complete[name] = field.get("default") if value is None else value
        return with_absent(complete, self.schema)

    def place_of_default(self, name: str) -> Location | None:
        """Return where the head of the template says what a parameter is by default; ``None`` where it does not."""
        path = ("parameters", name, "default")
        if path not in self.head.document.marks:
            return None
        place = self.head.document.locate(path)
        return Location(place.file, place.line + self.head.line, place.column)


def parameters_of(template: Template) -> Parameters:
    """Return the parameters that ``template`` declares.

    Raises:
        HeadError: its head cannot be read.
    """
    head = read_head(template)
    for name, field in head.parameters.items():
        if not isinstance(field, Mapping):
            raise _faulty(head, (name,), "a parameter is a map with type and description")
    fields = {name: _field(field) for name, field in head.parameters.items()}
    schema = record(head.summary, fields)
    return Parameters(head=head, schema=schema, validator=Validator(schema))


def _faulty(head: Head, path: Path, said: str) -> HeadError:
    """Return the error that a parameter is declared wrongly, with its line."""
    place = head.document.locate(("parameters", *path))
    location = Location(place.file, place.line + head.line, place.column)
    return HeadError(f"the parameter `{path[0]}` is declared wrongly: {said}", location)


def _field(declared: Mapping[str, Any]) -> Schema:
    schema = {key: value for key, value in declared.items() if key not in _OURS}
    expected = _FORMATS.get(str(schema.pop("format", "")))
    if expected:
        schema = {**schema, **expected}
    if isinstance(schema.get("items"), Mapping):
        schema["items"] = _field(schema["items"])
    return schema
