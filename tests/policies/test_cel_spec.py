"""Expressions against the CEL specification's own cases; needs the conformance data.

Cases that need protocol buffer messages are left out. Kubernetes refuses some of the others when it compiles (mixed
lists, names and libraries that it does not have): those must not compile here either.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from gitopsgen.policies.cel import CelEvaluationError, CelSyntaxError, compile_expression

DATA = Path(__file__).parents[2].parent / "shared" / "conformance" / "cel" / "cel-spec-simple"
FILES = ["basic", "comparisons", "conversions", "fields", "fp_math", "integer_math", "lists", "logic", "macros", "macros2", "network_ext", "optionals", "parse", "plumbing", "string", "string_ext", "timestamps"]  # fmt: skip

KUBERNETES_DIFFERS = {
    "{true:1,false:2,true:3}[true]",  # the last of equal keys counts
    "timestamp('0000-01-01T00:00:00Z')",  # literals are looked at when compiling
    "timestamp('10000-01-01T00:00:00Z')",
    "duration('-320000000000s')",
    "duration('320000000000s')",
    "ip('::ffff:c0a8:1') == ip('192.168.0.1')",  # IPv4-mapped addresses are refused
    "ip('::ffff:c0a8:1') == ip('192.168.10.1')",
}
STRICTER = re.compile(r"expected type|no matching overload|undeclared reference|undefined field")
LEFT_OUT = {"type_env", "container", "typed_result", "disable_check", "disable_macros"}

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the conformance data is not here")

Message: TypeAlias = list[tuple[str, Any]]
TOKEN = re.compile(
    r"""\s+|\#[^\n]*|(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?P<word>[{}:\[\]]|[^\s{}:\[\]"'\#]+)"""
)
ESCAPE = re.compile(rb"\\(?:x([0-9a-fA-F]{1,2})|([0-7]{1,3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)
ESCAPED = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}


class NotPlainError(Exception):
    """A value that only a protocol buffer can be."""


def unescaped(found: re.Match[bytes]) -> bytes:
    byte, octal, short, long, letter = found.groups()
    if letter:
        return ESCAPED.get(letter, letter)
    if byte or octal:
        return bytes([int(byte, 16) if byte else int(octal, 8)])
    return chr(int(short or long, 16)).encode()


def read_message(tokens: list[tuple[str, str]]) -> Message:
    """Return a text-format message up to its closing brace; ``tokens`` are taken from the end."""
    message: Message = []
    while tokens:
        _, name = tokens.pop()
        if name == "}":
            break
        if name == "[":  # a type's name in brackets
            while name != "]":
                _, name = tokens.pop()
        if tokens[-1][1] == ":":
            tokens.pop()
        kind, value = tokens.pop()
        if value == "{" and kind == "word":
            message.append((name, read_message(tokens)))
        elif kind == "text":
            content = ESCAPE.sub(unescaped, value[1:-1].encode())
            while tokens and tokens[-1][0] == "text":
                content += ESCAPE.sub(unescaped, tokens.pop()[1][1:-1].encode())
            message.append((name, content))
        else:
            message.append((name, value))
    return message


def plain(message: Message) -> object:
    """Return what a ``cel.expr.Value`` says."""
    match message[0]:
        case "null_value", _:
            return None
        case "bool_value", value:
            return value == "true"
        case (("int64_value" | "uint64_value"), value):
            return int(value, 0)
        case "double_value", value:
            return float(value)
        case "string_value", value:
            return value.decode()
        case "bytes_value", value:
            return value
        case "list_value", value:
            return [plain(item) for _, item in value]
        case "map_value", value:
            return {plain(dict(entry)["key"]): plain(dict(entry)["value"]) for _, entry in value}
        case _:
            raise NotPlainError


def cases(file: str) -> Iterator[tuple[str, dict[str, object], object]]:
    """Yield expression, bindings and value; the value of an error is :class:`CelEvaluationError`."""
    found = TOKEN.finditer((DATA / f"{file}.textproto").read_text())
    tokens = [(each.lastgroup, each[0]) for each in found if each.lastgroup]
    for section in (content for name, content in read_message(tokens[::-1]) if name == "section"):
        for test in (content for name, content in section if name == "test"):
            fields = dict(test)
            if LEFT_OUT & fields.keys():
                continue
            entries = [dict(content) for name, content in test if name == "bindings"]
            try:
                bindings = {entry["key"].decode(): plain(dict(entry["value"])["value"]) for entry in entries}
                value: object = CelEvaluationError
                if not {"eval_error", "any_eval_errors"} & fields.keys():
                    value = plain(fields["value"]) if "value" in fields else True
            except NotPlainError:
                continue
            yield fields["expr"].decode(), bindings, value


def outcome(expression: str, bindings: dict[str, object]) -> object:
    try:
        return compile_expression(expression, tuple(bindings)).evaluate(bindings)
    except CelEvaluationError:
        return CelEvaluationError
    except CelSyntaxError as fault:
        return fault


def is_as_expected(found: object, wanted: object) -> bool:
    if isinstance(found, CelSyntaxError):
        return STRICTER.search(found.message) is not None
    both_nan = found != found and wanted != wanted  # noqa: PLR0124 - that is what tells
    return both_nan or (found == wanted and isinstance(found, bool) == isinstance(wanted, bool))


@pytest.mark.parametrize("file", FILES)
def test_values_and_errors(file: str) -> None:
    different = {
        expression: (found, wanted)
        for expression, bindings, wanted in cases(file)
        if not is_as_expected(found := outcome(expression, bindings), wanted)
    }
    assert different.keys() <= KUBERNETES_DIFFERS, different


def test_few_are_refused_when_compiling() -> None:
    outcomes = [outcome(expression, bindings) for file in FILES for expression, bindings, _ in cases(file)]
    assert len(outcomes) > 1200
    assert sum(isinstance(found, CelSyntaxError) for found in outcomes) < 70
