"""The rules of a CustomResourceDefinition (``x-kubernetes-validations``): CEL over one value, as the API server has it.

Rules that compare with the object as it was (``oldSelf``) say nothing of an object alone, in the API server too. Values
of the formats date-time and duration are strings here: a rule that counts on their type is told as not judged.
Source: kubernetes apiextensions-apiserver v1.34, pkg/apiserver/schema/cel.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gitopsgen.policies.cel import CelEvaluationError, CelSyntaxError, Program, compile_expression
from gitopsgen.source.location import Path, parse_path

_RULES: Final = "x-kubernetes-validations"
_OLD: Final = re.compile(r"\boldSelf\b")
_KEYWORDS: Final = frozenset(
    [
        "true",
        "false",
        "null",
        "in",
        "as",
        "break",
        "const",
        "continue",
        "else",
        "for",
        "function",
        "if",
        "import",
        "let",
        "loop",
        "package",
        "namespace",
        "return",
        "var",
        "void",
        "while",
    ]
)
_ESCAPES: Final = (("__", "__underscores__"), (".", "__dot__"), ("-", "__dash__"), ("/", "__slash__"))


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFault:
    """A rule that does not hold, or (not ``broken``) that could not be judged; ``path`` counts from the value."""

    broken: bool
    path: Path
    message: str


def rule_faults(schema: Mapping[str, Any], value: object) -> Iterator[RuleFault]:
    """Yield what the rules of one node say of its value."""
    written = schema.get(_RULES)
    rules = [rule for rule in written if isinstance(rule, dict)] if isinstance(written, list) else []
    rules = [rule for rule in rules if isinstance(rule.get("rule"), str) and not _OLD.search(rule["rule"])]
    if not rules:
        return
    bindings = {"self": _as_rules_see(schema, value)}
    for rule in rules:
        if fault := _judge(rule, bindings):
            yield fault


def _judge(rule: Mapping[str, Any], bindings: Mapping[str, object]) -> RuleFault | None:
    text = rule["rule"]
    try:
        held = _compiled(text).evaluate(bindings)
    except CelSyntaxError as error:
        message = f"the rule `{text}` of its kind cannot be read: {error.message}"
        return RuleFault(broken=False, path=(), message=message)
    except CelEvaluationError as error:
        # A missing key is the object's own doing; the rest may come of values that are typed in the API server.
        broken = error.message.startswith("no such key")
        return RuleFault(broken=broken, path=(), message=f"the rule `{text}` of its kind has no value: {error.message}")
    if held is True:
        return None
    return RuleFault(broken=True, path=_field(rule), message=_message(rule, bindings))


def _message(rule: Mapping[str, Any], bindings: Mapping[str, object]) -> str:
    expression = rule.get("messageExpression")
    if isinstance(expression, str):
        try:
            said = _compiled(expression).evaluate(bindings)
        except (CelSyntaxError, CelEvaluationError):
            said = None
        if isinstance(said, str) and said.strip():
            return said.strip()
    message = rule.get("message")
    return (
        message.strip() if isinstance(message, str) and message.strip() else f"the rule `{rule['rule']}` does not hold"
    )


def _field(rule: Mapping[str, Any]) -> Path:
    """Return the ``fieldPath`` of a rule: ``.spec.ports[0]``, ``['key']``."""
    written = rule.get("fieldPath")
    if not isinstance(written, str):
        return ()
    try:
        return parse_path(re.sub(r"\['((?:[^'\\]|\\.)*)'\]", r'["\1"]', written))
    except ValueError:
        return ()


def _compiled(text: str) -> Program:
    return compile_expression(text, ("self",))


def _as_rules_see(schema: Mapping[str, Any], value: object) -> object:
    """Return a value with its defaults, and with the keys that its schema names written as CEL can say them."""
    if isinstance(value, Mapping):
        fields, others = schema.get("properties", {}), schema.get("additionalProperties")
        seen: dict[str, object] = {}
        for key, child in value.items():
            part = fields.get(key)
            if isinstance(part, Mapping):
                seen[_escaped(key)] = _as_rules_see(part, child)
            else:
                seen[key] = _as_rules_see(others, child) if isinstance(others, Mapping) else child
        for key, part in fields.items():
            if isinstance(part, Mapping) and "default" in part and value.get(key) is None:
                seen[_escaped(key)] = _as_rules_see(part, part["default"])
        return seen
    if isinstance(value, list):
        items = schema.get("items")
        return [_as_rules_see(items, item) for item in value] if isinstance(items, Mapping) else value
    return value


def _escaped(key: str) -> str:
    if key in _KEYWORDS:
        return f"__{key}__"
    for written, said in _ESCAPES:
        key = key.replace(written, said)
    return key
