"""Patches: merged key by key, named lists by the key that names them, and what they set is known."""

from typing import Any

import pytest

from gitopsgen.templating.patches import apply_patch, matches

BODY = {"spec": {"containers": [{"name": "a", "image": "x"}, {"name": "b"}], "args": ["1"], "replicas": 2}}


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        pytest.param({"spec": {"replicas": 3}}, {**BODY["spec"], "replicas": 3}, id="a scalar"),
        pytest.param(
            {"spec": {"replicas": None}}, {k: v for k, v in BODY["spec"].items() if k != "replicas"}, id="null removes"
        ),
        pytest.param(
            {"spec": {"containers": [{"name": "b", "tty": True}]}},
            {**BODY["spec"], "containers": [{"name": "a", "image": "x"}, {"name": "b", "tty": True}]},
            id="a named item is merged",
        ),
        pytest.param(
            {"spec": {"containers": [{"name": "c"}]}},
            {**BODY["spec"], "containers": [*BODY["spec"]["containers"], {"name": "c"}]},  # type: ignore[misc] # a list
            id="a new item is added",
        ),
        pytest.param({"spec": {"args": ["2"]}}, {**BODY["spec"], "args": ["2"]}, id="other lists are replaced"),
    ],
)
def test_apply(patch: dict[str, Any], expected: dict[str, Any]) -> None:
    assert apply_patch(BODY, patch) == {"spec": expected}


@pytest.mark.parametrize(
    ("target", "hit"),
    [
        ({"kind": "Rollout"}, True),
        ({"kind": "Rollout", "name": "ap?"}, True),
        ({"kind": "Rollout", "group": "apps"}, False),
        ({"name": "*"}, True),
        ({"kind": "Service"}, False),
        ({}, True),
    ],
)
def test_matches(target: dict[str, str], hit: bool) -> None:  # noqa: FBT001 - a table
    body = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "api"}}
    assert matches(target, body) is hit
