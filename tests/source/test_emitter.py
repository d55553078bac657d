"""Canonical text reads back equal, by our reader and by others."""

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from gitopsgen.source.emitter import emit, emit_inline
from gitopsgen.source.reader import read

awkward = st.sampled_from(
    [
        "yes",
        "1e3",
        "0777",
        "12:30",
        "2024-01-01",
        "a: b",
        " x",
        "x ",
        "a\nb",
        "a\n",
        "\n",
        "a\n\n",
        "\ta",
        "#",
        "- a",
        "",
        "~",
        "=",
        "<<",
        ".inf",
        "_1",
        "é",
        "\u2028",
        "a\x85b",
        "|",
        ">",
        "%x",
        "@",
        "`",
        "!t",
        "&a",
        "*a",
        "\x00",
        "a\r\nb",
        "a\n  b\nc",
        "  a\nb",
        "a\n\n\nb\n",
        "a \nb",
        "\ufeff",
        "-",
        "?",
        ":",
        "a:",
        "1.",
        "0x",
        "1_0",
        "'",
        '"',
        "\\",
    ]
)
texts = awkward | st.text(max_size=20) | st.text("ab\n :#-'\"1e_.y", max_size=8)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=12
)


@given(values)
@example(["\x80\n"])
def test_what_is_written_reads_back_equal(value: object) -> None:
    assert yaml.load(emit(value), yaml.CSafeLoader) == value
    stream = read(emit(value), "f.yaml")
    assert ([document.data for document in stream.documents], stream.problems) == ([value], ())


@given(values)
def test_what_is_written_in_flow_style_reads_back_equal(value: object) -> None:
    text = f"a: {emit_inline(value)}\n"
    assert "\n" not in text[:-1]
    assert read(text, "f.yaml").documents[0].data == {"a": value}


@given(values)
def test_writing_what_was_read_changes_nothing(value: object) -> None:
    assert emit(read(emit(value), "f.yaml").documents[0].data) == emit(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(
            {"spec": 1, "kind": "K", "apiVersion": "v1"}, "apiVersion: v1\nkind: K\nspec: 1\n", id="first keys"
        ),
        pytest.param(
            {"a": [{"b": 1, "c": [2]}, []]}, "a:\n- b: 1\n  c:\n  - 2\n- []\n", id="lists at the key's indent"
        ),
        pytest.param({"a": "x\ny\n", "b": "x\ny"}, "a: |\n  x\n  y\nb: |-\n  x\n  y\n", id="literal blocks"),
        pytest.param([[1, 2], {"a": {}}], "- - 1\n  - 2\n- a: {}\n", id="nested lists"),
        pytest.param({"a": "1", "b": "on", "c": "x"}, 'a: "1"\nb: "on"\nc: x\n', id="quoted exactly when needed"),
        pytest.param({"a": 1e20, "b": 0.5}, "a: 1.0e+20\nb: 0.5\n", id="floats"),
    ],
)
def test_emit(value: object, text: str) -> None:
    assert emit(value) == text
