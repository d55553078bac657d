"""The layer that is said to have won is the one whose value the merge kept, whatever rule decided."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitopsgen.descriptors.environment import SPEC as ENVIRONMENT
from gitopsgen.descriptors.fields import Schema, free, integer, listing, mapping, record
from gitopsgen.descriptors.merging import overlay
from gitopsgen.descriptors.provenance import contributions
from gitopsgen.model.manifest import walk
from gitopsgen.model.release import Layer
from gitopsgen.source.emitter import emit
from gitopsgen.source.location import Path, format_path, parse_path
from gitopsgen.source.reader import read

SCHEMA: Schema = record(
    "",
    {
        "number": integer(""),
        "map": mapping("", integer("")),
        "free": free(""),
        "replaced": listing("", integer("")),
        "appended": listing("", free(""), merge="append"),
        "named": listing("", free(""), merge="by: name"),
        "choice": record("", {"a": free(""), "more": integer(""), "b": integer("")}, one_of=(("a", "more"), ("b",))),
    },
)
_numbers = st.integers(0, 9)
_maps = st.dictionaries(st.sampled_from("xyz"), _numbers | st.none(), max_size=2)
_nested = st.dictionaries(
    st.sampled_from("xyz"), st.none() | _numbers | _maps | st.lists(_numbers, max_size=2), max_size=2
)
_named = st.fixed_dictionaries({"v": _numbers}, optional={"name": st.sampled_from("pq"), "w": _numbers})
_layers = st.fixed_dictionaries(
    {},
    optional={
        "number": _numbers | st.none(),
        "map": _maps | st.none(),
        "free": _nested | st.none(),
        "replaced": st.lists(_numbers, max_size=2) | st.none(),
        "appended": st.lists(_maps, max_size=2) | st.none(),
        "named": st.lists(_named, max_size=3) | st.none(),
        "choice": st.none()
        | st.fixed_dictionaries({}, optional={"a": _maps | st.none(), "more": _numbers})
        | st.fixed_dictionaries({}, optional={"b": _numbers | st.none()}),
    },
)


def layer(index: int, values: dict[str, Any]) -> Layer:
    document = read(emit(values), f"{index}.yaml").documents[0]
    return Layer(title=str(index), document=document, path=(), values=document.data)


def merge(layers: list[Layer]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for one in layers:
        merged = overlay(merged, one.values, SCHEMA)
    return merged


@given(st.lists(_layers, min_size=1, max_size=4))
def test_the_winner_holds_what_the_merge_kept(values: list[Any]) -> None:
    layers = [layer(index, one) for index, one in enumerate(values)]
    merged = merge(layers)
    for path, kept in walk(merged):
        told = contributions(tuple(layers), path, SCHEMA)
        if not path:
            continue
        assert told, format_path(path)
        assert told[-1].wins
        if not isinstance(kept, dict):
            assert told[-1].value == kept, format_path(path)
        located = layers[int(told[-1].layer)].document
        assert any(located.locate(one) == told[-1].location for one in located.marks)


@given(st.lists(_layers, min_size=1, max_size=4))
def test_what_the_merge_did_not_keep_says_who_removed_it(values: list[Any]) -> None:
    layers = [layer(index, one) for index, one in enumerate(values)]
    leaves = list(walk(merge(layers)))
    kept = {path for path, value in leaves if value is not None}
    kept |= {path[:length] for path, _ in leaves for length in range(len(path))}
    for one in layers:
        for path, _ in walk(one.values):
            if any(isinstance(part, int) for part in path) or path in kept:
                continue
            told = contributions(tuple(layers), path, SCHEMA)
            assert told[-1].wins
            assert told[-1].removed_by is not None, format_path(path)


@pytest.mark.parametrize(
    ("layers", "path", "expected"),
    [
        pytest.param([{"free": {"x": 1}}, {"free": None}], "free.x", [("0", 1, ""), ("1", None, "free")], id="null"),
        pytest.param([{"free": {"x": 1}}, {"free": 3}], "free.x", [("0", 1, ""), ("1", None, "free")], id="replaced"),
        pytest.param(
            [{"free": [1, 2]}, {"free": [3]}], "free[1]", [("0", 2, ""), ("1", None, "free")], id="a shorter list"
        ),
        pytest.param(
            [{"choice": {"a": {"x": 1}}}, {"choice": {"b": 2}}],
            "choice.a.x",
            [("0", 1, ""), ("1", None, "choice.b")],
            id="excluded",
        ),
        pytest.param(
            [{"appended": [{"x": 1}]}, {"appended": [{"x": 2}]}], "appended[1].x", [("1", 2, "")], id="an appended item"
        ),
        pytest.param(
            [{"appended": [{"x": 1}]}, {"appended": None}, {"appended": [{"x": 2}]}],
            "appended[0].x",
            [("2", 2, "")],
            id="an item appended after a null",
        ),
        pytest.param(
            [{"named": [{"name": "p", "v": 1}]}, {"named": [{"name": "q", "v": 2}, {"name": "p", "v": 3}]}],
            "named[0].v",
            [("0", 1, ""), ("1", 3, "")],
            id="an item merged by its name",
        ),
    ],
)
def test_what_each_layer_says(layers: list[Any], path: str, expected: list[tuple[str, object, str]]) -> None:
    told = contributions(tuple(layer(*one) for one in enumerate(layers)), parse_path(path), SCHEMA)
    assert [(one.layer, one.value, format_path(one.removed_by or ())) for one in told] == expected
    assert [one.wins for one in told] == [False] * (len(told) - 1) + [True]


@pytest.mark.parametrize(
    ("layers", "path"),
    [
        pytest.param([{"appended": [1]}, {"appended": [2]}], "appended[2]", id="beyond an appended list"),
        pytest.param(
            [{"named": [{"name": "p"}]}, {"named": [{"name": "q"}]}], "named[2].name", id="beyond a named list"
        ),
        pytest.param([{"free": [1]}, {"free": [2]}], "free[1]", id="beyond every list"),
    ],
)
def test_an_item_that_no_list_has_is_removed_by_none(layers: list[Any], path: str) -> None:
    assert not contributions(tuple(layer(*one) for one in enumerate(layers)), parse_path(path), SCHEMA)


def test_an_item_without_a_proper_name_is_not_merged() -> None:
    roles: Path = ("argocd", "project", "roles")
    one: dict[str, Any] = {"argocd": {"project": {"roles": [{"name": ["a"]}, {}]}}}
    merged = overlay(overlay({}, one, ENVIRONMENT), one, ENVIRONMENT)
    assert len(merged["argocd"]["project"]["roles"]) == 4
    told = contributions((layer(0, one), layer(1, one)), (*roles, 3), ENVIRONMENT)
    assert [contribution.layer for contribution in told] == ["1"]
