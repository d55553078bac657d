"""Plain scalars mean to us what they mean to Kubernetes."""

import json
from pathlib import Path

import pytest

from gitopsgen.source.scalars import is_plain_safe, resolve_scalar


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("y", True),
        ("off", False),
        ("", None),
        ("~", None),
        ("0777", 511),
        ("08", 8),
        ("0o17", 15),
        ("0b11", 3),
        ("0x1F", 31),
        ("1_000", 1000),
        ("_1", "_1"),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("1.10", 1.1),
        ("12:30:00", "12:30:00"),
        ("2024-01-01", "2024-01-01"),
        ("v1.0.0", "v1.0.0"),
        ("1.2.3", "1.2.3"),
        ("99999999999999999999", 1e20),
        ("18446744073709551615", 2**64 - 1),
        ("-", "-"),
        ("+", "+"),
    ],
)
def test_resolve_scalar(text: str, value: object) -> None:
    resolved = resolve_scalar(text)
    assert (type(resolved), resolved) == (type(value), value)


def test_kubernetes_reads_the_same(conformance: Path) -> None:
    """Scalars in a string field: accepted where we read a string, refused with the type that we read elsewhere."""
    named = {bool: "boolean", int: "number", float: "number", type(None): "null"}
    for case in json.loads((conformance / "yaml-scalars.json").read_text()):
        verdict = case["kubernetes"]
        if "error" in verdict and "unsupported value" not in verdict:
            continue  # not a scalar at all where it stands
        value = resolve_scalar(case["scalar"])
        if verdict == "string-ok":
            assert isinstance(value, str), case
        elif "want string" in verdict and "object" not in verdict and "array" not in verdict and "null" not in verdict:
            assert f"got {named[type(value)]}" in verdict, case


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("info", True),
        ("v1.0.0", True),
        ("1.2.3", True),
        ("10m", True),
        ("500ms", True),
        ("1e3", False),
        ("12:30", False),
        ("2024-01-01", False),
        ("y", False),
        ("NO", False),
        ("=", False),
        ("<<", False),
        ("_1", False),
        ("0o17", False),
        ("a: b", False),
        ("a:b", True),
        ("a #b", False),
        ("trailing ", False),
        ("a:", False),
        ("http://x/y?z=1", True),
        ("*", False),
        ("&x", False),
        ("- x", False),
        ("-x", True),
        ("{{ x }}", False),
        ("100%", True),
        ("", False),
        (".nan", False),
        ("é", False),
    ],
)
def test_is_plain_safe(text: str, safe: bool) -> None:  # noqa: FBT001 - a table
    assert is_plain_safe(text) is safe
