"""The shipped policies: each file is whole, its examples do what they say, and damaging its expressions shows."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from gitopsgen.policies.catalogue import Catalogue, load_catalogue
from gitopsgen.policies.examples import run_examples
from gitopsgen.policies.policy import Policy

FOLDER = Path(__file__).resolve().parents[2] / "policies"


@cache
def catalogue() -> Catalogue:
    loaded, findings = load_catalogue(FOLDER, None)
    assert not findings
    return loaded


def policies() -> list[Policy]:
    return list(catalogue().policies.values())


@pytest.mark.parametrize("policy", policies(), ids=lambda policy: policy.id)
def test_examples(policy: Policy) -> None:
    assert not list(run_examples(policy, catalogue()))


@pytest.mark.parametrize("policy", policies(), ids=lambda policy: policy.id)
def test_a_page_says_what_why_and_what_to_do(policy: Policy) -> None:
    assert policy.summary.endswith(".")
    assert policy.why.endswith(".")
    assert policy.source.startswith("https://")
    assert policy.fix or all(validation.fix for validation in policy.validations)
    for schema in policy.params.values():
        assert schema["description"]


def mutants(policy: Policy) -> Iterator[tuple[str, Policy]]:
    """Yield the policy with one expression damaged: always true, always false, turned round."""
    for index, validation in enumerate(policy.validations):
        for expression in ("true", "false", f"!({validation.expression})"):
            changed = list(policy.validations)
            changed[index] = replace(validation, expression=expression)
            yield f"{index}: {expression}", replace(policy, validations=tuple(changed))
        for old, new in (("&&", "||"), ("<=", ">"), (">=", "<"), ("!=", "=="), (".exists(", ".all(")):
            if old in validation.expression:
                changed = list(policy.validations)
                changed[index] = replace(validation, expression=validation.expression.replace(old, new))
                yield f"{index}: {old} to {new}", replace(policy, validations=tuple(changed))


@pytest.mark.parametrize("policy", policies(), ids=lambda policy: policy.id)
def test_a_constant_in_place_of_an_expression_fails_the_examples(policy: Policy) -> None:
    for name, mutant in mutants(policy):
        if re.search(r": (true|false|!\()", name):
            assert list(run_examples(mutant, catalogue())), name
