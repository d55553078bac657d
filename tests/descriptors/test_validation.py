"""Whatever a schema refuses is told: the two libraries that judge it never disagree in silence."""

import pytest

from gitopsgen.descriptors.validation import SchemaFault, Validator


@pytest.mark.parametrize(
    ("schema", "value", "path", "message"),
    [
        pytest.param({"pattern": "^a$"}, "a\n", (), 'the document is "a\\n", and must be what matches ^a$', id="an end of line before the end"),
        pytest.param({"pattern": r"^\pL+$"}, "1", (), r'the document is "1", and must be what matches ^\pL+$', id="a class of letters"),
        pytest.param({"pattern": "^[[:alpha:]]$"}, "[:", (), 'the document is "[:", and must be what matches ^[[:alpha:]]$', id="a class in brackets"),
        pytest.param({"propertyNames": {"pattern": r"^\pL$"}}, {"1": 1}, ("1",), r'`"1"` is not a valid key here: it must match ^\pL$', id="a key"),
        pytest.param({"patternProperties": {r"^\pL$": {"maximum": 1}}}, {"a": 2}, ("a",), "`a` is 2, which is more than 1", id="keys that match"),
    ],
)  # fmt: skip
def test_patterns_are_read_in_one_way(
    schema: dict[str, object], value: object, path: tuple[str, ...], message: str
) -> None:
    found = list(Validator(schema).faults(value, lambda _: None))
    assert found == [SchemaFault(rule="descriptor/invalid-value", path=path, message=message)]
