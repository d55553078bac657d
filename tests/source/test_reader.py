"""What the reader makes of text: values, places, and every fault in one pass."""

import pytest

from gitopsgen.source.location import Location
from gitopsgen.source.reader import MAX_DEPTH, read


@pytest.mark.parametrize(
    ("text", "rule", "line", "column"),
    [
        pytest.param("a: 1\nb: [\n", "yaml/syntax", 3, 1, id="unclosed list"),
        pytest.param("a: 1\n\tb: 2\n", "yaml/syntax", 2, 1, id="tab"),
        pytest.param("a: {{ x }}\n", "yaml/key-type", 1, 5, id="unquoted template expression"),
        pytest.param("a: 1\nb: 2\na: 3\n", "yaml/duplicate-key", 3, 1, id="duplicate key"),
        pytest.param("a: yes\n", "yaml/ambiguous-scalar", 1, 4, id="yes"),
        pytest.param("mode: 0777\n", "yaml/ambiguous-scalar", 1, 7, id="octal"),
        pytest.param("at: 12:30\n", "yaml/ambiguous-scalar", 1, 5, id="sexagesimal elsewhere"),
        pytest.param("on: 1\n", "yaml/key-type", 1, 1, id="boolean key"),
        pytest.param("a: *b\n", "yaml/syntax", 1, 4, id="unknown alias"),
        pytest.param("a: &a [*a]\n", "yaml/syntax", 1, 8, id="alias inside its anchor"),
        pytest.param("<<: 3\n", "yaml/merge", 1, 1, id="merge of a scalar"),
        pytest.param("[" * 500, "yaml/too-deep", 1, MAX_DEPTH + 1, id="deep"),
        pytest.param("a: \x01\n", "yaml/syntax", 1, 4, id="control character"),
        pytest.param("a: .nan\n", "yaml/not-a-number", 1, 4, id="not a number"),
        pytest.param("a: !cust 3\n", "yaml/tag", 1, 4, id="custom tag"),
        pytest.param("a: {漢字: 1, b: 1, b: 2}\n", "yaml/duplicate-key", 1, 18, id="after wide characters"),
        pytest.param("a: '\u2028\x85'\nb: yes\n", "yaml/ambiguous-scalar", 2, 4, id="what only YAML breaks lines at"),
        pytest.param("a: '\u2028', b: yes\n", "yaml/syntax", 1, 7, id="a fault after what only YAML breaks lines at"),
        pytest.param("a: 1\r\nb: '\u2029'\rc: yes\r", "yaml/ambiguous-scalar", 3, 4, id="every break of a line"),
    ],
)
def test_a_fault_of_the_text_has_a_rule_and_a_place(text: str, rule: str, line: int, column: int) -> None:
    problems = read(text, "f.yaml").problems
    assert [(problem.rule, problem.location) for problem in problems] == [(rule, Location("f.yaml", line, column))]


def test_what_is_no_number_to_kubernetes_stays_a_string() -> None:
    assert read("a: [.nan, -.inf, 1e999]\n", "f").documents[0].data == {"a": [".nan", "-.inf", "1e999"]}


def test_all_problems_of_a_file_are_reported_in_one_pass() -> None:
    stream = read("a: yes\na: no\n---\nb: 0x1F\n", "f.yaml")
    assert [problem.rule for problem in stream.problems] == [
        "yaml/ambiguous-scalar",
        "yaml/duplicate-key",
        "yaml/ambiguous-scalar",
        "yaml/ambiguous-scalar",
    ]
    assert [document.data for document in stream.documents] == [{"a": False}, {"b": 31}]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("a: 1\n---\nb: [\n---\nc: 3\n", 4, id="unclosed list"),
        pytest.param('a: 1\n---\nb: "x\n---\nc: 3\n', 4, id="unclosed quotes"),
        pytest.param("a: 1\n---\n{{ if .x }}\nb: 2\n{{ end }}\n--- # more\nc: 3\n", 3, id="a template's line"),
        pytest.param("a: 1\n---\nb: \x01\n---\nc: 3\n", 3, id="control character"),
        pytest.param("a: 1\r\n---\r\nb: *x\r\n---\r\nc: 3\r\n", 3, id="lines that end as on Windows"),
    ],
)
def test_a_document_that_is_not_yaml_ends_where_the_next_one_begins(text: str, line: int) -> None:
    stream = read(text, "f.yaml")
    assert [(document.index, document.data) for document in stream.documents] == [(0, {"a": 1}), (2, {"c": 3})]
    assert [problem.location.line for problem in stream.problems] == [line]
    last = text.splitlines().index("c: 3") + 1
    assert stream.documents[1].locate(("c",)) == Location("f.yaml", last, 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("%YAML 1.1\n---\na: 1\n...\n%YAML 1.1\n---\nb: 2\n", [(3, {"a": 1}), (7, {"b": 2})], id="directives"),
        pytest.param("%YAML 1.2\n---\na: 1\n", [(3, {"a": 1})], id="a directive at the start"),
        pytest.param("# of this file\n\n---\na: 1\n---\n# of the next\n---\nb: 2\n", [(4, {"a": 1}), (8, {"b": 2})], id="comments"),
        pytest.param("a: 1\n...\n---\nb: 2\n...\n", [(1, {"a": 1}), (4, {"b": 2})], id="marked ends"),
        pytest.param("a: |\n  ---\n  x\n---\nb: 'y\n  --- z'\n", [(1, {"a": "---\nx\n"}), (5, {"b": "y --- z"})], id="dashes inside"),
        pytest.param('---\n"---"\n--- x\n---y\n', [(2, "---"), (3, "x ---y")], id="words that begin with dashes"),
        pytest.param("--- {a: 1}\n--- {b: 2}\n---", [(1, {"a": 1}), (2, {"b": 2})], id="on the line itself"),
    ],
)  # fmt: skip
def test_where_documents_begin(text: str, expected: list[tuple[int, object]]) -> None:
    stream = read(text, "f.yaml")
    assert [(document.line, document.data) for document in stream.documents] == expected
    assert stream.problems == ()


def test_a_part_of_a_document_is_located_in_the_whole() -> None:
    document = read("---\nitems:\n- kind: A\n  spec: {x: 1}\n- kind: B\n", "f.yaml").documents[0]
    item = document.part(("items", 0), document.data["items"][0])
    assert (item.line, item.data) == (3, {"kind": "A", "spec": {"x": 1}})
    assert item.locate(("spec", "x")) == Location("f.yaml", 4, 10)
    assert item.locate(("metadata", "name")) == Location("f.yaml", 3, 3)
    assert item.part(("spec",), {"x": 1}).written(("x",)) == "1"


def test_many_documents_in_one_file_are_located_in_time_that_grows_with_them() -> None:
    stream = read("---\na: {b: [1, 2, 3]}\n" * 2_000, "f.yaml")
    assert [document.locate(("a", "b")).line for document in stream.documents] == list(range(2, 4_001, 2))


def test_an_alias_bomb_is_stopped() -> None:
    text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    for level in range(1, 10):
        text += f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]\n"
    assert [problem.rule for problem in read(text, "f.yaml").problems] == ["yaml/alias-bomb"]


def test_merge_keys_yield_to_own_keys_and_earlier_sources() -> None:
    stream = read("x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\nz: {<<: [*x, *y], a: 0}\n", "f.yaml")
    assert stream.documents[0].data["z"] == {"a": 0, "b": 2, "c": 4}


def test_empty_documents_are_left_out_and_counted() -> None:
    stream = read("# nothing\n---\n---\na: 1\n--- null\n", "f.yaml")
    assert [(document.index, document.data) for document in stream.documents] == [(2, {"a": 1}), (3, None)] or [
        (document.index, document.data) for document in stream.documents
    ] == [(1, {"a": 1}), (2, None)]


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        pytest.param(("spec", "steps", 1, "pause"), 5, 5, id="key in a list item"),
        pytest.param(("spec", "steps", 1), 5, 5, id="list item"),
        pytest.param(("spec", "steps", 9, "x"), 3, 3, id="missing: the deepest part that exists"),
        pytest.param((), 1, 1, id="root"),
        pytest.param(("c", "steps"), 6, 1, id="through an alias"),
    ],
)
def test_locate(path: tuple[str | int, ...], line: int, column: int) -> None:
    text = "kind: X\nspec: &spec\n  steps:\n  - setWeight: 5\n  - pause: {}\nc: *spec\n"
    document = read(text, "f.yaml").documents[0]
    assert document.locate(path) == Location("f.yaml", line, column if path != ("c", "steps") else 4)


def test_crlf_reads_as_lf() -> None:
    text = "a: |\n  one\n  two\nb: 3\n"
    assert read(text.replace("\n", "\r\n"), "f").documents[0].data == read(text, "f").documents[0].data
