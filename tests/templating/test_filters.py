"""The filters, row by row."""

import pytest

from gitopsgen.templating.filters import FILTERS, to_dns_label, to_yaml


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("duration", "90s", "1m30s"),
        ("duration", 90, "1m30s"),
        ("duration", "1h", "1h"),
        ("duration", "500ms", "500ms"),
        ("duration", 0, "0s"),
        ("seconds", "1h30m", 5400),
        ("seconds", "500ms", 0.5),
        ("quantity", 1, "1"),
        ("quantity", "256Mi", "256Mi"),
        ("dns_label", "Hello, World!", "hello-world"),
        ("json", {"a": [1, None]}, '{"a": [1, null]}'),
        ("yaml", {"a": "yes", "b": [1]}, '{a: "yes", b: [1]}'),
        ("yaml", "on", '"on"'),
        ("sha256", "a", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"),
    ],
)
def test_filter(name: str, value: object, expected: object) -> None:
    assert FILTERS[name](value) == expected


def test_a_block_stands_indented_below_its_key() -> None:
    assert to_yaml({"a": {"b": 1}}, 4) == "\n    a:\n      b: 1"
    assert to_yaml({}, 4) == "{}"


@pytest.mark.parametrize(("name", "value"), [("duration", "1d"), ("seconds", ""), ("quantity", "many")])
def test_a_filter_refuses(name: str, value: object) -> None:
    with pytest.raises(ValueError, match="is no"):
        FILTERS[name](value)


def test_a_long_label_is_cut_and_stays_unique() -> None:
    one, two = to_dns_label("x" * 80), to_dns_label("x" * 81)
    assert one != two
    assert len(one) <= 63
