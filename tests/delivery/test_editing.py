"""Edits of descriptors: the wanted data, and no line touched that need not be."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitopsgen.delivery.editing import REMOVED, edit
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.manifest import dig
from gitopsgen.source.location import Path
from gitopsgen.source.reader import Document, Yaml, read
from tests.delivery.descriptors import documents, values

ENVIRONMENT = """\
# prod: careful
kind: Environment   # the place
spec:
  apps:
    # the api
    sample-api:
      image: {tag: v1.0.0}  # deployed by the robot
      replicas: 6
      env: {"A": 'x', B: "y",  C: z}

    worker: {}

  # what everybody gets
  defaults:
    resources:
      limits: {memory: 256Mi}
"""


@pytest.mark.parametrize(
    ("path", "value", "old", "new"),
    [
        pytest.param("apps.sample-api.image.tag", "v1.1.0", "{tag: v1.0.0}  #", "{tag: v1.1.0}  #", id="a value"),
        pytest.param("apps.sample-api.image.tag", "1.10", "{tag: v1.0.0}", '{tag: "1.10"}', id="a string like a number is quoted"),
        pytest.param("apps.sample-api.env.A", "it's", "'x'", "'it''s'", id="single quotes stay"),
        pytest.param("apps.sample-api.env.B", "z", '"y"', '"z"', id="double quotes stay"),
        pytest.param("apps.sample-api.env.B", 'say "a\\b"', '"y"', '"say \\"a\\\\b\\""', id="and what is in them is escaped"),
        pytest.param("apps.sample-api.env.B", 1, '"y"', "1", id="a number takes no quotes"),
        pytest.param("apps.sample-api.env.C", REMOVED, ",  C: z", "", id="an entry of a map on one line goes"),
        pytest.param("apps.sample-api.env.A", REMOVED, "\"A\": 'x', ", "", id="and the first one"),
        pytest.param("apps.sample-api.image.digest", "sha256:0", "v1.0.0}", "v1.0.0, digest: sha256:0}", id="one more on that line"),
        pytest.param("apps.sample-api.replicas", REMOVED, "      replicas: 6\n", "", id="a line goes"),
        pytest.param(
            "apps.sample-api.autoscaling",
            {"min": 2, "max": 4},
            "C: z}\n",
            "C: z}\n      autoscaling: {min: 2, max: 4}\n",
            id="an entry comes after its siblings, in their style",
        ),
        pytest.param("apps.worker.image.tag", "v2", "worker: {}", "worker: {image: {tag: v2}}", id="into an empty map"),
        pytest.param(
            "apps.web", {"image": {"tag": "v3"}}, "worker: {}\n", "worker: {}\n    web:\n      image: {tag: v3}\n", id="a map of maps"
        ),
        pytest.param("apps.sample-api.image", "x", "{tag: v1.0.0}", "x", id="a value for a map"),
        pytest.param("apps.sample-api.replicas", [1, 2], "replicas: 6", "replicas: [1, 2]", id="a list for a value"),
        pytest.param(
            "defaults", None, "\n    resources:\n      limits: {memory: 256Mi}\n", " null\n", id="a value for a map on lines of its own"
        ),
        pytest.param("apps.sample-api.replicas", "one\ntwo\n", "replicas: 6", 'replicas: "one\\ntwo\\n"', id="lines in a value"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_change_touches_its_own_text_only(path: str, value: Yaml, old: str, new: str, newline: str) -> None:
    assert ENVIRONMENT.count(old) == 1
    wanted = ENVIRONMENT.replace(old, new).replace("\n", newline)
    text = ENVIRONMENT.replace("\n", newline)
    assert edit(text, "prod.yaml", 0, ("spec", *path.split(".")), value) == wanted


@pytest.mark.parametrize(
    ("text", "path", "value", "expected"),
    [
        pytest.param("a:\n  b:", ("a", "b"), "x", "a:\n  b: x", id="no line end at the end"),
        pytest.param("a:\n  b: 1", ("a", "c"), 2, "a:\n  b: 1\n  c: 2", id="nor after an insertion"),
        pytest.param("a:\n  b: 1", ("a", "b"), REMOVED, "a: {}", id="the last entry leaves an empty map"),
        pytest.param("a:\n  # why\n  b: 1\n", ("a", "b"), REMOVED, "a: {}\n  # why\n", id="and its comment"),
        pytest.param("a:  # why\n", ("a",), {"b": {"c": 1}}, "a:  # why\n  b:\n    c: 1\n", id="maps below an empty key"),
        pytest.param("a: ~\n", ("a", "b"), 1, "a: {b: 1}\n", id="a map for null"),
        pytest.param("a:\n   b:\n      c: 1\n", ("a", "d", "e"), 1, "a:\n   b:\n      c: 1\n   d:\n      e: 1\n", id="the file's own indentation"),
        pytest.param("- a: 1\n  b: 2\n", (0, "a"), REMOVED, "- b: 2\n", id="the first entry of a list's item"),
        pytest.param("- a\n# x\n- b\n", (), ["a", "b", "c"], "- a\n# x\n- b\n- c\n", id="an item more"),
        pytest.param("- a\n# x\n- b\n", (), ["b"], "# x\n- b\n", id="an item less"),
        pytest.param("a: [1, 2,  3]  # x\n", ("a",), [1, 3], "a: [1, 3]  # x\n", id="an item less on one line"),
        pytest.param("a: {\n  b: 1,  # x\n  c: 2  # y\n}\n", ("a", "d"), 3, "a: {\n  b: 1,  # x\n  c: 2,  # y\n  d: 3\n}\n", id="a flow map on several lines"),
        pytest.param("a: {\n  b: 1,\n  c: 2,  # y\n}\n", ("a", "d"), 3, "a: {\n  b: 1,\n  c: 2,  # y\n  d: 3,\n}\n", id="with a comma at the end"),
        pytest.param("a: {b: 1,  # why\n    c: 2}\n", ("a", "c"), REMOVED, "a: {b: 1,  # why\n    }\n", id="the last entry, not the comment before it"),
        pytest.param("a: {b: 1,  # why\n    c: 2 , }\n", ("a", "c"), REMOVED, "a: {b: 1,  # why\n    }\n", id="nor where a comma follows"),
        pytest.param("a: &x  # so\n  # why\n  - 1\nd: 2\n", ("a", 0), REMOVED, "a: &x []  # so\n  # why\nd: 2\n", id="the last item below an anchor, not the comments before it"),
        pytest.param("a: !!map\n  # why\n  b: 1\n", ("a", "b"), REMOVED, "a: !!map {}\n  # why\n", id="the last entry below a tag"),
        pytest.param("a: {b: 1, c: 2,  # so\n    # why\n    d: 3}\n", ("a", "c"), REMOVED, "a: {b: 1,\n    # why\n    d: 3}\n", id="an entry, not the comment of the next"),
        pytest.param("- a: 1  # so\n  # why\n  b: 2\n", (0, "a"), REMOVED, "-\n  # why\n  b: 2\n", id="nor in a list's item"),
        pytest.param("a: |\n  x\n\nb: 1\n", ("a",), "x\ny\n", "a: |\n  x\n  y\n\nb: 1\n", id="a literal block"),
        pytest.param("a: |\n  x\n\n# c\nb: 1\n", ("a",), "x", "a: x\n\n# c\nb: 1\n", id="a word for a block"),
        pytest.param("a: |+\n  x\n\n", ("b",), 1, "a: |+\n  x\n\nb: 1\n", id="after a block that keeps its end"),
        pytest.param("a: |+\n  x\n\nb:\n- 1\n\n", ("b",), REMOVED, "a: |+\n  x\n\n", id="before blank lines that it would get"),
        pytest.param("a: |\n  x", ("b",), 1, "b: 1\na: |\n  x", id="before one that has none"),
        pytest.param("a: &x v1\nb: *x\n", ("a",), "v2", "a: v2\nb: &x v1\n", id="the anchor moves to who used it"),
        pytest.param("a: &x v1\n", ("a",), "v2", "a: &x v2\n", id="an anchor that nobody uses stays"),
        pytest.param("a: &x v1\nb: *x\nc: *x\n", ("b",), "v2", "a: &x v1\nb: v2\nc: *x\n", id="an alias gives way"),
        pytest.param("a: &x {b: 1, c: 2}\nd: *x  # as a\n", ("d", "b"), 2, "a: &x {b: 1, c: 2}\nd: {<<: *x, b: 2}  # as a\n", id="an alias with one key changed"),
        pytest.param("a: &x {b: 1, c: 2}\nd: *x\n", ("a", "b"), 2, "a: {b: 2, c: 2}\nd: &x {b: 1, c: 2}\n", id="a key of an anchored map"),
        pytest.param("a: &x\n  # why\n  b: 1\nd:\n  <<: *x\n", ("a", "b"), 2, "a:\n  # why\n  b: 2\nd:\n  <<: &x\n    b: 1\n", id="a key of a map that is merged elsewhere"),
        pytest.param("a: &x\n  b: {c: 1, d: 2}\ne:\n  <<: *x\n", ("e", "b", "c"), 9, "a: &x\n  b: {c: 1, d: 2}\ne:\n  <<: *x\n  b: {c: 9, d: 2}\n", id="a key that a merge brings in"),
        pytest.param("a: !!str 5\n", ("a",), "6", 'a: !!str "6"\n', id="a tag stays where it fits"),
        pytest.param("a: !!str 5\n", ("a",), 6, "a: 6\n", id="and goes where it does not"),
        pytest.param("a: 1\n---\n# x\nb: 1\n", ("a",), 2, "a: 2\n---\n# x\nb: 1\n", id="one document of several"),
        pytest.param("%YAML 1.2\n---\na: 1\n", ("a",), 2, "%YAML 1.2\n---\na: 2\n", id="after a directive"),
        pytest.param("a:\t# x\n  b: 1\t#\ty\n", ("a", "b"), 2, "a:\t# x\n  b: 2\t#\ty\n", id="tabs before a comment"),
        pytest.param('{"a": {"b": 1}}\n', ("a", "c"), {"d": "x"}, '{"a": {"b": 1, "c": {"d": "x"}}}\n', id="JSON stays JSON"),
        pytest.param('{"a": 1}\n', ("a",), ["x"], '{"a": ["x"]}\n', id="a list in JSON"),
        pytest.param("a: 1\r\nb: 2\nc: 3\n", ("d",), 4, "a: 1\r\nb: 2\nc: 3\nd: 4\n", id="the line end of most lines"),
        pytest.param("a: &x\n  # why\n  b: 1  # so\nd:\n  e: *x\n", ("a",), REMOVED, "d:\n  e: &x\n    # why\n    b: 1  # so\n", id="comments move with an anchor"),
        pytest.param("a:\n    b: &x\n        c: 1\n\n        # why\n        d: 2\ne: *x\n", ("a", "b"), REMOVED, "a: {}\ne: &x\n    c: 1\n\n    # why\n    d: 2\n", id="further to the left, too"),
    ],
)  # fmt: skip
def test_odd_styles(text: str, path: Path, value: Yaml, expected: str) -> None:
    assert edit(text, "f.yaml", 0, path, value) == expected


@pytest.mark.parametrize(
    ("text", "path", "value", "message"),
    [
        pytest.param("a: 1\n", ("a", "b"), 1, "f.yaml:1:1: `a` is no map, and has no `b`", id="below a scalar"),
        pytest.param("a: [1]\n", ("a", 1), 1, "f.yaml:1:1: `a[1]` is no item of a list here", id="no such item"),
        pytest.param("a: 1\na: 2\n", ("a",), 1, "the file cannot be edited: f.yaml:2:1: the key `a` stands twice", id="a faulty file"),
        pytest.param(
            "a: &x {b: 1}\nc:\n  <<: *x\n  d: 2\n", ("c", "b"), REMOVED,
            "f.yaml:3:7: `c.b` cannot be changed here without touching more", id="what only a merge brings in",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_changed_is_said(text: str, path: Path, value: Yaml, message: str) -> None:
    with pytest.raises(GitopsgenError) as raised:
        edit(text, "f.yaml", 0, path, value)
    assert str(raised.value) == message
    assert raised.value.fix


def paths(value: object, path: Path = ()) -> list[Path]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(below for key, child in children for below in paths(child, (*path, key)))]


def changed(data: Yaml, path: Path, value: Yaml) -> Yaml:
    """What the data should be after the edit."""
    whole = {"root": json.loads(json.dumps(data))}
    holder: Yaml = whole
    for part in ("root", *path)[:-1]:
        holder = holder[part]
    if value is REMOVED:
        holder.pop(path[-1])
    else:
        holder[path[-1]] = value
    return whole["root"]


def split(text: str) -> list[str]:
    return text.replace("\r\n", "\n").split("\n")


def lines_before_and_after(document: Document, path: Path) -> list[str]:
    """The lines that the value at ``path`` has no part in: before its key, and from where what follows it starts."""
    marks = sorted((mark.key_line, mark.key_column, one) for one, mark in document.marks.items())
    last = max(index for index, (*_, one) in enumerate(marks) if one[: len(path)] == path)
    lines = split(document.text)
    following = marks[last + 1][0] - 1 if last + 1 < len(marks) else len(lines)
    return [*lines[: document.marks[path].key_line - 1], *lines[max(following, document.marks[path].key_line) :]]


def lost(lines: list[str], result: list[str]) -> int:
    """How many lines are not in the result, in this order; blank ones, and those with an anchor or alias, aside."""
    lines = [line for line in lines if line.strip() and not set("&*") & set(line)]
    kept = [0] * (len(result) + 1)  # the longest common subsequence, row by row
    for line in lines:
        before = kept
        kept = [0]
        for index, other in enumerate(result):
            kept.append(before[index] + 1 if line == other else max(before[index + 1], kept[-1]))
    return len(lines) - kept[-1]


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=documents(), value=values(), data=st.data())
def test_random_edits_change_the_intended_lines_only(text: str, value: Yaml, data: st.DataObject) -> None:
    (document,) = read(text, "f.yaml").documents
    everything = paths(document.data)
    maps = [path for path in everything if isinstance(dig(document.data, *path), dict)]
    adds, removes = data.draw(st.sampled_from([(True, False), (False, True), (False, False)]))
    path = (*data.draw(st.sampled_from(maps)), "added") if adds else data.draw(st.sampled_from(everything[1:]))
    wanted = changed(document.data, path, REMOVED if removes else value)
    try:
        result = edit(text, "f.yaml", 0, path, REMOVED if removes else value)
    except GitopsgenError:
        assert "*" in text, "only what others refer to can stand in the way"
        return
    assert json.dumps(read(result, "f.yaml").documents[0].data, sort_keys=True) == json.dumps(wanted, sort_keys=True)
    if "\r\n" in text:
        assert "\n" not in result.replace("\r\n", "")
    if adds:
        assert lost(split(text), split(result)) <= 1, "the line that it is added to, or none"
    else:
        # `key:` becomes `key: {}`, and the dash before the first key of an item goes to the next.
        neighbour = removes and (len(dig(document.data, *path[:-1])) == 1 or isinstance(path[-2:][0], int))
        assert lost(lines_before_and_after(document, path), split(result)) <= neighbour
