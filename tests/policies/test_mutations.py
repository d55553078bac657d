"""The examples of the shipped policies notice damage: an expression that says something else fails one of them."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from gitopsgen.policies.catalogue import Catalogue, load_catalogue
from gitopsgen.policies.examples import run_examples
from gitopsgen.policies.policy import Policy

FOLDER: Final = Path(__file__).resolve().parents[2] / "policies"
SWAPS: Final = (
    *(("&&", "||"), ("||", "&&"), ("!=", "=="), ("==", "!=")),
    *(("<=", ">"), (">=", "<"), (" < ", " <= "), (" > ", " >= "), (" <= ", " < "), (" >= ", " > ")),
    *((".exists(", ".all("), (".all(", ".exists(")),
    *(("orValue(true)", "orValue(false)"), ("orValue(false)", "orValue(true)")),
)


@cache
def catalogue() -> Catalogue:
    return load_catalogue(FOLDER, None)[0]


def expressions(text: str) -> Iterator[str]:
    """Yield ``text`` damaged in one place each: constant, turned round, an operator swapped."""
    yield from ("true", "false", f"!({text})")
    for old, new in SWAPS:
        for found in re.finditer(re.escape(old), text):
            # `[x].all(y, …)` gives a value a name; over one item it is the same as exists
            if not text[: found.start()].endswith("]"):
                yield text[: found.start()] + new + text[found.end() :]


def mutants(policy: Policy) -> Iterator[tuple[str, Policy]]:
    """Yield the policy damaged in one place each, and what was done to it."""
    for index, validation in enumerate(policy.validations):
        others = policy.validations[:index], policy.validations[index + 1 :]
        for text in expressions(validation.expression):
            damaged = replace(validation, expression=text)
            yield f"validation {index}: {text}", replace(policy, validations=(*others[0], damaged, *others[1]))
        for at in validation.at if len(validation.at) > 1 else ():
            damaged = replace(validation, at=tuple(other for other in validation.at if other != at))
            yield f"validation {index} without {at}", replace(policy, validations=(*others[0], damaged, *others[1]))
    for index, (name, _) in enumerate(policy.conditions):
        left = tuple(one for position, one in enumerate(policy.conditions) if position != index)
        yield f"without the condition {name}", replace(policy, conditions=left)


@pytest.mark.parametrize("policy", [pytest.param(one, id=one.id) for one in catalogue().policies.values()])
def test_the_examples_notice_every_damage(policy: Policy) -> None:
    unnoticed = [what for what, mutant in mutants(policy) if not list(run_examples(mutant, catalogue()))]
    assert not unnoticed
