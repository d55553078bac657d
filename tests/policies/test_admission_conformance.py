"""Admission decisions against those of Kubernetes' own engine; needs the conformance data."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from gitopsgen.policies.admission import Outcome, Review, evaluate_admission
from gitopsgen.source.reader import read

DATA = Path(__file__).parents[2].parent / "shared" / "conformance" / "vap"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the conformance data is not here")


@cache
def policy(file: str) -> Any:  # noqa: ANN401 - a document
    return read((DATA / file).read_text(), file).documents[0].data


def reviewed(case: dict[str, Any]) -> Review:
    params = [case["params"]] if case["params"] else []
    return evaluate_admission(
        [policy(case["policy"])], [case["binding"]], params, case["object"], resource=case["resource"]
    )


def test_decisions_and_messages_equal_kubernetes() -> None:
    different = {}
    for case in json.loads((DATA / "expected.json").read_text()):
        decisions = [("deny" if each.denies else "admit", each.message) for each in reviewed(case).decisions]
        expected = [(each["Action"], each.get("Message", "")) for each in case["oracle"]["decisions"]]
        if decisions != expected:
            different[case["id"]] = (decisions, expected)
    assert different == {}


def test_the_resource_follows_from_the_kind() -> None:
    cases = json.loads((DATA / "expected.json").read_text())
    without = [case["id"] for case in cases if reviewed(case) != reviewed({**case, "resource": ""})]
    assert without == []


def test_every_denial_points_into_the_object() -> None:
    denials = [
        decision
        for case in json.loads((DATA / "expected.json").read_text())
        for decision in reviewed(case).decisions
        if decision.outcome is Outcome.DENIED
    ]
    assert denials
    assert all(decision.field for decision in denials)
