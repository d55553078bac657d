"""Which field makes an expression false."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitopsgen.policies.cel import Shared, activation, compile_expression, compile_typed, path_at_fault

POD: dict[str, Any] = {
    "kind": "Pod",
    "metadata": {"name": "a", "labels": {"team": "x"}},
    "spec": {
        "hostPID": True,
        "replicas": 1,
        "containers": [
            {"name": "a", "image": "i:1"},
            {"name": "b", "image": "i:latest", "ports": [{"port": 80}, {"port": 22}]},
        ],
        "initContainers": [{"name": "c"}],
    },
}


@pytest.mark.parametrize(
    ("text", "path"),
    [
        pytest.param("object.spec.replicas > 1", "spec replicas", id="a comparison"),
        pytest.param("object.kind != 'Pod' || object.spec.hostPID == false", "spec hostPID", id="or: the deepest"),
        pytest.param("object.kind == 'Pod' && object.spec.replicas > 1", "spec replicas", id="and: the false one"),
        pytest.param("!(object.kind == 'Job' || object.spec.hostPID)", "spec hostPID", id="not or: the true one"),
        pytest.param("object.spec.containers.all(c, !c.image.endsWith(':latest'))", "spec containers 1 image", id="all"),
        pytest.param("!object.spec.containers.exists(c, c.name == 'b')", "spec containers 1 name", id="not exists"),
        pytest.param("object.spec.containers.exists(c, c.name == 'z')", "spec containers", id="exists: the list"),
        pytest.param("object.spec.containers.all(c, has(c.resources))", "spec containers 0 resources", id="a missing key"),
        pytest.param("object.spec.containers.all(c, !has(c.ports) || c.ports.all(p, p.port != 22))", "spec containers 1 ports 1 port", id="a list in a list"),
        pytest.param("object.metadata.labels.all(k, k != 'team')", "metadata labels team", id="a key"),
        pytest.param("object.metadata.labels.all(k, v, v != 'x')", "metadata labels team", id="a key and its value"),
        pytest.param("(object.spec.containers + object.spec.initContainers).all(c, c.name != 'c')", "spec initContainers 0 name", id="joined lists"),
        pytest.param("object.spec.containers.filter(c, has(c.ports)).all(c, c.name == 'a')", "spec containers 1 name", id="filter"),
        pytest.param("object.spec.containers.map(c, c.name).all(n, n == 'a')", "spec containers 1 name", id="map"),
        pytest.param("has(object.spec.x) ? object.spec.x : object.spec.replicas > 2", "spec replicas", id="a choice"),
        pytest.param("object.metadata.?labels[?'app'].orValue('') == 'b'", "metadata labels app", id="optional steps"),
        pytest.param("object.spec.containers[1].image == 'a'", "spec containers 1 image", id="an index"),
        pytest.param("(has(object.spec.volumes) ? object.spec.volumes : []).exists(v, true)", "spec volumes", id="what a default stands for"),
        pytest.param("false", "", id="nothing"),
    ],
)  # fmt: skip
def test_the_field_at_fault(text: str, path: str) -> None:
    program = compile_expression(text, ("object",))
    assert program.evaluate({"object": POD}) is False
    found = path_at_fault(program, {"object": POD})
    assert found == tuple(int(part) if part.isdigit() else part for part in path.split())


def test_a_variable_is_followed() -> None:
    names = (("object", "dyn"), ("variables.containers", "dyn"))
    behind = compile_expression("object.kind == 'Pod' ? object.spec.containers : []", ("object",))
    program = compile_typed("variables.containers.all(c, c.name == 'a')", names)
    bindings = {"object": POD, "variables.containers": POD["spec"]["containers"]}
    found = path_at_fault(program, bindings, variables={"variables.containers": behind})
    assert found == ("spec", "containers", 1, "name")


def test_shared_bindings_decide_too() -> None:
    program = compile_expression("object.spec.containers.all(c, c.name in resources.names)", ("object", "resources"))
    used = activation({"object": POD}, Shared({"resources": {"names": ["a"]}}))
    assert path_at_fault(program, used) == ("spec", "containers", 1, "name")


@given(st.lists(st.integers(0, 9), min_size=1, max_size=20))
def test_the_first_guilty_element_is_named(items: list[int]) -> None:
    program = compile_expression("object.items.all(i, i < 5)", ("object",))
    first = next((index for index, item in enumerate(items) if item >= 5), None)
    if first is not None:
        assert path_at_fault(program, {"object": {"items": items}}) == ("items", first)
