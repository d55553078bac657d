"""What is wrong with a policy's file, at its line: beyond its schema, what would only show when it is evaluated."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from gitopsgen.descriptors.validation import Validator
from gitopsgen.model.finding import Finding, Severity
from gitopsgen.model.suggest import did_you_mean
from gitopsgen.policies.paths import parse_at
from gitopsgen.policies.policy import POLICY_SCHEMA
from gitopsgen.source.location import Location, Path
from gitopsgen.source.reader import Document

_VALIDATOR: Final = Validator(POLICY_SCHEMA)
_FORMS: Final = ("validations", "schema", "rule")
_MEMBER: Final = re.compile(r"""(?<![\w."'])(params|variables)\s*\.\s*\??\s*([A-Za-z_]\w*)\b(?!\s*\()""")
_STRING: Final = re.compile(r'"(?:\\.|[^"\\])*"|' + r"'(?:\\.|[^'\\])*'")


def policy_faults(document: Document, stem: str) -> Iterator[Finding]:
    """Yield what is wrong with a document of kind Policy in a file that is called ``stem``."""
    faults = list(_VALIDATOR.faults(document.data, document.written))
    for fault in faults:
        yield invalid(fault.message, document.locate(fault.path), fault.fix)
    if faults:
        return
    name, spec = document.data["metadata"]["name"], document.data["spec"]
    if name != stem:
        place = document.locate(("metadata", "name"))
        yield invalid(f"the policy is called `{name}` in a file called `{stem}`", place, f"write `name: {stem}`")
    yield from _form_faults(document, spec)
    yield from _example_faults(document, spec)
    yield from _parameter_faults(document, spec)
    yield from _path_faults(document, spec)
    yield from _member_faults(document, spec)


def invalid(message: str, location: Location, fix: str = "") -> Finding:
    """Return the finding on a faulty file under policies/."""
    return Finding(policy="policy/invalid", severity=Severity.ERROR, message=message, location=location, fix=fix)


def value_fault(schema: Mapping[str, Any], value: object, name: str) -> str:
    """Return what is wrong with the value of a parameter, empty when nothing is."""
    for fault in Validator(dict(schema)).faults(value, lambda _: None):
        return fault.message.replace("the document", f"`{name}`", 1)
    return ""


def _form_faults(document: Document, spec: Mapping[str, Any]) -> Iterator[Finding]:
    given = [key for key in _FORMS if spec.get(key)]
    if len(given) != 1:
        said = " and ".join(f"`{key}`" for key in given) or "none of them"
        message = f"a policy has exactly one of `validations`, `schema` and `rule`, and this has {said}"
        yield invalid(message, document.locate(("spec",)))
    if spec.get("schema") and (fault := _schema_fault(spec["schema"]["schema"])):
        yield invalid(f"this is no JSON Schema: {fault}", document.locate(("spec", "schema", "schema")))
    if spec.get("rule"):
        for key in ("match", "params", "matchConditions", "variables"):
            if spec.get(key):
                message = f"a rule that is written in Python has no `{key}`"
                yield invalid(message, document.locate(("spec", key)), f"take `{key}` out")


def _example_faults(document: Document, spec: Mapping[str, Any]) -> Iterator[Finding]:
    if spec.get("rule"):
        return
    for kind in ("fail", "pass"):
        if not any(kind in example for example in spec["examples"]):
            place = document.locate(("spec", "examples"))
            yield invalid(f"the policy has no example that must {kind}", place, f"add `- {kind}:`")
    for index, example in enumerate(spec["examples"]):
        if "fail" in example and "pass" in example:
            both = document.locate(("spec", "examples", index))
            yield invalid("an example must either fail or pass", both, "make two examples of it")


def _parameter_faults(document: Document, spec: Mapping[str, Any]) -> Iterator[Finding]:
    for name, schema in (spec.get("params") or {}).items():
        if not isinstance(schema, Mapping) or "default" not in schema:
            message, fix = f"the parameter `{name}` has no default", "add `default`"
        elif fault := _schema_fault(schema):
            message, fix = f"the parameter `{name}` is no JSON Schema: {fault}", ""
        elif fault := value_fault(schema, schema["default"], name):
            message, fix = f"the default of a parameter does not fit: {fault}", ""
        else:
            continue
        yield invalid(message, document.locate(("spec", "params", name)), fix)


def _path_faults(document: Document, spec: Mapping[str, Any]) -> Iterator[Finding]:
    written: list[tuple[Path, str]] = [
        (
            ("spec", "validations", index, "at", number)
            if isinstance(one["at"], list)
            else ("spec", "validations", index, "at"),
            at,
        )
        for index, one in enumerate(spec.get("validations") or ())
        if one.get("at")
        for number, at in enumerate(one["at"] if isinstance(one["at"], list) else [one["at"]])
    ]
    if (spec.get("schema") or {}).get("at"):
        written.append((("spec", "schema", "at"), spec["schema"]["at"]))
    for path, at in written:
        try:
            parse_at(at)
        except ValueError:
            fix = 'write keys with dots, items as [0] or [*], a key with dots in it as ["a.b"]'
            yield invalid(f"`{at}` is no path", document.locate(path), fix)


def _member_faults(document: Document, spec: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield the parameters and variables that an expression names and the policy does not have."""
    known = {
        "params": set(spec.get("params") or {}),
        "variables": {one["name"] for one in spec.get("variables") or ()},
    }
    for path, text in _expressions(spec):
        for group, name in dict.fromkeys(_MEMBER.findall(_STRING.sub('""', text))):
            if name not in known[group]:
                message = f"the policy has no `{group}.{name}`"
                yield invalid(message, document.locate(path), did_you_mean(name, known[group]))


def _expressions(spec: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    for group in ("matchConditions", "variables", "validations"):
        for index, one in enumerate(spec.get(group) or ()):
            for key in ("expression", "messageExpression"):
                if one.get(key):
                    yield ("spec", group, index, key), one[key]


def _schema_fault(schema: Mapping[str, Any]) -> str:
    """Return why a schema cannot be used, empty when it can."""
    import jsonschema_rs  # noqa: PLC0415 - loaded by the validator in any case, and costly

    try:
        jsonschema_rs.validator_for(dict(schema))
    except ValueError as error:
        return str(error).partition("\n")[0]
    return ""
