"""A policy's file: what is wrong with it is told at its line, before anything is evaluated."""

from pathlib import Path

import pytest

from gitopsgen.model.finding import Severity
from gitopsgen.policies.catalogue import load_catalogue
from gitopsgen.policies.policy import Policy
from gitopsgen.policies.scaffold import SCAFFOLD

GOOD = SCAFFOLD.replace("NAME", "team-missing")


def faults(tmp_path: Path, text: str, name: str = "team-missing.yaml") -> list[tuple[int, int, str, str]]:
    builtin = tmp_path / "builtin"
    builtin.mkdir()
    (builtin / name).write_text(text, "utf-8")
    catalogue, findings = load_catalogue(builtin, None)
    assert bool(catalogue.policies) is not bool(findings)
    assert all(finding.policy == "policy/invalid" for finding in findings)
    assert all(finding.severity is Severity.ERROR for finding in findings)
    assert all(finding.location.file == f"policies/{name}" for finding in findings)
    return [(one.location.line, one.location.column, one.message, one.fix) for one in findings]


def test_the_scaffold_is_a_policy(tmp_path: Path) -> None:
    assert not faults(tmp_path, GOOD)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(
            "name: team-missing",
            "name: other",
            (3, 12, "the policy is called `other` in a file called `team-missing`", "write `name: team-missing`"),
            id="another name than the file's",
        ),
        pytest.param(
            "  summary:",
            "  sumary:",
            (7, 3, "there is no key `sumary` in `spec`", "did you mean `summary`?"),
            id="a misspelt key",
        ),
        pytest.param(
            "severity: warning",
            "severity: warn",
            (
                5,
                3,
                "`spec.severity` is warn, which is none of: error, warning, info",
                "did you mean `warning`?",
            ),
            id="an unknown severity",
        ),
        pytest.param(
            "match: {kinds: [Service]}",
            "match: {kinds: Service}",
            (10, 11, "`spec.match.kinds` must be a list, not `Service`", ""),
            id="a wrong type",
        ),
        pytest.param(
            "  validations:",
            "  schema: {schema: {type: object}}\n  validations:",
            (
                4,
                1,
                "a policy has exactly one of `validations`, `schema` and `rule`, and this has `validations` and `schema`",
                "",
            ),
            id="two rules",
        ),
        pytest.param(
            "  - pass: |\n",
            "  - fail: |\n",
            (16, 3, "the policy has no example that must pass", "add `- pass:`"),
            id="no example that passes",
        ),
        pytest.param(
            "at: metadata.labels",
            'at: metadata["labels',
            (
                12,
                5,
                '`metadata["labels` is no path',
                'write keys with dots, items as [0] or [*], a key with dots in it as ["a.b"]',
            ),
            id="a path that is none",
        ),
        pytest.param(
            'has(object.metadata.labels) && "team"',
            'has(object.metadata.labels) && params.label != "params.other"',
            (13, 5, "the policy has no `params.label`", ""),
            id="a parameter that is not there",
        ),
        pytest.param(
            'has(object.metadata.labels) && "team"',
            "variables.?lable.orValue(false)",
            (13, 5, "the policy has no `variables.lable`", ""),
            id="a variable that is not there",
        ),
        pytest.param(
            "  validations:",
            "  params: {min: {type: integer, minimum: 2}}\n  validations:",
            (11, 12, "the parameter `min` has no default", "add `default`"),
            id="a parameter without default",
        ),
        pytest.param(
            "  validations:",
            "  params: {min: {type: integer, minimum: 2, default: 1}}\n  validations:",
            (
                11,
                12,
                "the default of a parameter does not fit: `min` is 1, which is less than 2",
                "",
            ),
            id="a default out of range",
        ),
        pytest.param(
            "  validations:",
            "  params: {min: {type: numbr, default: 1}}\n  validations:",
            (11, 12, None, ""),
            id="a parameter that is no JSON Schema",
        ),
        pytest.param(
            "apiVersion: gitopsgen.io/v1\n",
            "apiVersion: gitopsgen.io/v1: x\n",
            (1, 28, None, None),
            id="no YAML",
        ),
        pytest.param(
            "kind: Policy",
            "kind: Polcy",
            (2, 1, "unknown kind `Polcy` among the policies", "did you mean `Policy`?"),
            id="an unknown kind",
        ),
    ],
)
def test_a_fault_is_told_at_its_line(
    tmp_path: Path, old: str, new: str, expected: tuple[int, int, str | None, str | None]
) -> None:
    assert old in GOOD
    line, column, message, fix = faults(tmp_path, GOOD.replace(old, new, 1))[0]
    assert (line, column) == expected[:2]
    assert expected[2] in (None, message)
    assert expected[3] in (None, fix)


def test_a_schema_that_is_none_is_told(tmp_path: Path) -> None:
    start, rest = GOOD.split("  validations:")
    examples = rest[rest.index("  examples:") :]
    ((line, column, message, _),) = faults(tmp_path, f"{start}  schema:\n    schema: {{type: objekt}}\n{examples}")
    assert (line, column) == (12, 5)
    assert message.startswith("this is no JSON Schema: ")


def policy(tmp_path: Path, severity: str) -> Policy:
    (tmp_path / "team-missing.yaml").write_text(GOOD.replace("severity: warning", f"severity: {severity}"), "utf-8")
    catalogue, findings = load_catalogue(tmp_path, None)
    assert not findings
    return catalogue.policies["team-missing"]


def test_severity_by_tier(tmp_path: Path) -> None:
    one = policy(tmp_path, '{production: error, staging: "off", default: info}')
    assert one.severity_in("production") is Severity.ERROR
    assert one.severity_in("staging") is None
    assert one.severity_in("development") is Severity.INFO
    assert one.severity_in("") is Severity.INFO
    assert one.worst is Severity.ERROR


def test_a_plain_severity_is_that_of_every_tier(tmp_path: Path) -> None:
    one = policy(tmp_path, "info")
    assert {one.severity_in(tier) for tier in ("production", "staging", "development", "")} == {Severity.INFO}
