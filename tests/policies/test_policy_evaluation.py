"""Evaluation: an expression holds, is broken, or cannot be evaluated, and the third is never taken for the first."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gitopsgen.model.finding import Finding, NotChecked, Severity
from gitopsgen.model.manifest import Manifest, ManifestSet
from gitopsgen.policies.catalogue import load_catalogue
from gitopsgen.policies.evaluation import Evaluation, Evaluator, Surroundings
from gitopsgen.policies.examples import run_examples
from gitopsgen.source.reader import read

HEAD = """\
apiVersion: gitopsgen.io/v1
kind: Policy
metadata: {name: example}
spec:
  severity: {production: error, staging: "off", default: warning}
  summary: It is as it is.
"""
EXAMPLES = """\
  examples:
  - fail: "kind: Service  # <- here"
  - pass: "kind: Service"
"""


def evaluator(tmp_path: Path, spec: str, *, own: bool = False) -> Evaluator:
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "example.yaml").write_text(f"{HEAD}{spec}{EXAMPLES}", "utf-8")
    catalogue, findings = load_catalogue(*((tmp_path / "none", folder) if own else (folder, None)))
    assert not findings
    return Evaluator(catalogue)


def manifests(text: str, tier: str = "production") -> ManifestSet:
    return ManifestSet(
        tuple(
            Manifest(body=one.data, file="example.yaml", document=one.index, tier=tier, environment="prod", app="api")
            for one in read(text, "example.yaml").documents
        )
    )


def evaluate(tmp_path: Path, spec: str, text: str, **surroundings: Any) -> Evaluation:  # noqa: ANN401 - passed on
    return evaluator(tmp_path, spec).evaluate(manifests(text), Surroundings(**surroundings))


def faults(result: Evaluation) -> list[tuple[tuple[str | int, ...], str]]:
    assert not result.findings
    return [(fault.path, fault.message) for fault in result.faults]


def told(findings: list[Finding]) -> list[tuple[str, str]]:
    assert all((one.policy, one.severity) == ("policy/cannot-evaluate", Severity.ERROR) for one in findings)
    return [(str(one.location), one.message) for one in findings]


SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: api, namespace: shop, labels: {a: b}}\nspec: {ports: [{port: 80}, {port: 8080}]}\n"


def test_a_wildcard_is_reported_at_the_item(tmp_path: Path) -> None:
    spec = "  validations: [{at: 'spec.ports[*].port', expression: self < 1024, messageExpression: '\"port \" + string(self)'}]\n"
    assert faults(evaluate(tmp_path, spec, SERVICE)) == [(("spec", "ports", 1, "port"), "port 8080")]


def test_what_is_missing_is_null_and_reported_where_it_belongs(tmp_path: Path) -> None:
    spec = "  validations: [{at: spec.type, expression: self != null}]\n"
    assert faults(evaluate(tmp_path, spec, SERVICE)) == [(("spec", "type"), "It is as it is.")]


def test_outer_and_key_lead_back(tmp_path: Path) -> None:
    spec = "  validations: [{at: 'spec.rules[*].paths[*]', expression: 'outer.host != \"b\" || key != 1'}]\n"
    text = "kind: X\nspec: {rules: [{host: a, paths: [1, 2]}, {host: b, paths: [1, 2]}]}\n"
    assert [path for path, _ in faults(evaluate(tmp_path, spec, text))] == [("spec", "rules", 1, "paths", 1)]


def test_one_expression_without_a_value_hides_no_other_verdict(tmp_path: Path) -> None:
    spec = (
        "  validations:\n  - expression: object.spec.typo == 1\n  - {at: spec, expression: 'false', message: broken}\n"
    )
    result = evaluate(tmp_path, spec, SERVICE)
    message = "the policy example cannot be evaluated on Service shop/api: no such key: typo"
    assert told(result.findings) == [("policies/example.yaml:8:5", message)]
    assert [fault.message for fault in result.faults] == ["broken"]


def test_a_problem_is_told_once_however_many_objects_it_is_met_on(tmp_path: Path) -> None:
    spec = "  validations: [{expression: object.spec.typo == 1}]\n"
    assert len(evaluate(tmp_path, spec, f"{SERVICE}---\n{SERVICE}").findings) == 1


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        pytest.param("object.spec", "must give true or false", id="no boolean"),
        pytest.param("'true'", "it gives 'true', and must give true or false", id="a string"),
        pytest.param("null", "it gives None, and must give true or false", id="null"),
        pytest.param("object.spec.ports >", "Syntax error", id="no CEL"),
        pytest.param("objet.kind == 'x'", "undeclared reference", id="an unknown name"),
        pytest.param("object.spec.ports < 3", "no such overload", id="a wrong type"),
        pytest.param("[1][5] == 1", "", id="out of range"),
        pytest.param("resources.Service.other.kind == 'x'", "no such key: other", id="an object that is not there"),
    ],
)
def test_what_cannot_be_evaluated_is_never_a_pass(tmp_path: Path, expression: str, message: str) -> None:
    result = evaluate(tmp_path, f"  validations:\n  - expression: {json.dumps(expression)}\n", SERVICE)
    ((_, said),) = told(result.findings)
    assert message in said
    assert not result.faults


@pytest.mark.parametrize(
    ("conditions", "applies", "problems"),
    [
        pytest.param(["true"], True, 0, id="all hold"),
        pytest.param(["true", "false"], False, 0, id="one does not"),
        pytest.param(["object.typo == 1"], False, 1, id="one has no value"),
        pytest.param(["object.typo == 1", "false"], False, 0, id="false decides over an error"),
        pytest.param(["object.kind"], False, 1, id="one is no boolean"),
    ],
)
def test_match_conditions(tmp_path: Path, conditions: list[str], applies: bool, problems: int) -> None:  # noqa: FBT001 - a table
    lines = "".join(
        f"  - {{name: c{index}, expression: {json.dumps(text)}}}\n" for index, text in enumerate(conditions)
    )
    result = evaluate(tmp_path, f"  matchConditions:\n{lines}  validations: [{{expression: 'false'}}]\n", SERVICE)
    assert len(result.faults) == applies
    assert len(result.findings) == problems
    assert ("example" in result.matched) is applies


def test_a_message_without_a_value_leaves_the_verdict(tmp_path: Path) -> None:
    spec = "  validations: [{expression: 'false', message: broken, messageExpression: object.typo}]\n"
    result = evaluate(tmp_path, spec, SERVICE)
    assert [fault.message for fault in result.faults] == ["broken"]
    assert len(result.findings) == 1


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        pytest.param("variables.good == 2", "", id="in order"),
        pytest.param("true || variables.bad == 1", "", id="one that fails and is not reached"),
        pytest.param("variables.bad == 1", "the variable bad has no value: no such key: typo", id="one that fails"),
        pytest.param("variables.worse == 1", "the variable worse has no value", id="one that uses one that fails"),
    ],
)
def test_variables_are_worked_out_where_they_are_reached(tmp_path: Path, expression: str, message: str) -> None:
    spec = (
        "  variables:\n  - {name: one, expression: object.spec.ports.size()}\n  - {name: good, expression: variables.one}\n"
        "  - {name: bad, expression: object.typo}\n  - {name: worse, expression: variables.bad}\n"
    )
    result = evaluate(tmp_path, f"{spec}  validations: [{{expression: {json.dumps(expression)}}}]\n", SERVICE)
    assert not result.faults
    assert [message in said for _, said in told(result.findings)] == ([True] if message else [])


def test_on_an_object_of_another_shape_it_is_the_object_that_is_not_checked(tmp_path: Path) -> None:
    spec = "  validations: [{at: 'spec.ports[*]', expression: self.port < 1024}]\n"
    resources = manifests("apiVersion: v1\nkind: Service\nmetadata: {name: api}\nspec: {ports: [80]}\n")
    result = evaluator(tmp_path, spec).evaluate(resources, Surroundings(), malformed=resources.manifests)
    assert not result.findings
    (skipped,) = result.not_checked
    assert isinstance(skipped, NotChecked)
    assert skipped.object == "Service api"
    assert skipped.reason.startswith("example cannot be evaluated on an object of this shape: ")


def test_an_own_policy_that_does_not_compile_is_told_although_nothing_matches(tmp_path: Path) -> None:
    spec = "  match: {kinds: [Nothing]}\n  validations:\n  - expression: 'true'\n    messageExpression: object.(\n"
    result = evaluator(tmp_path, spec, own=True).evaluate(manifests(SERVICE), Surroundings())
    assert [place for place, _ in told(result.findings)] == ["policies/example.yaml:10:5"]
    assert not result.matched


ROLLOUT = "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: api, namespace: shop}\nspec: {template: {spec: {}}}\n"


@pytest.mark.parametrize(
    ("match", "matched"),
    [
        pytest.param("{}", 2, id="everything"),
        pytest.param("{kinds: [Serv*]}", 1, id="kinds"),
        pytest.param('{groups: [""]}', 1, id="the core group"),
        pytest.param("{groups: [argoproj.io], kinds: [Service]}", 0, id="all that is given must fit"),
        pytest.param("{tiers: [production, staging]}", 2, id="tiers"),
        pytest.param("{tiers: [development]}", 0, id="another tier"),
        pytest.param("{environments: [pr*]}", 2, id="environments"),
        pytest.param("{apps: [web]}", 0, id="another app"),
        pytest.param("{namespaces: [sh?p]}", 2, id="namespaces"),
        pytest.param("{labels: {a: '*'}}", 1, id="labels"),
        pytest.param("{labels: {a: c}}", 0, id="another label"),
        pytest.param("{workloads: true}", 1, id="workloads"),
        pytest.param("{scope: Namespaced}", 2, id="in a namespace"),
        pytest.param("{scope: Cluster}", 0, id="in none"),
        pytest.param("{operations: [UPDATE]}", 0, id="without a base revision all are created"),
    ],
)
def test_match(tmp_path: Path, match: str, matched: int) -> None:
    result = evaluate(
        tmp_path, f"  match: {match}\n  validations: [{{expression: 'false'}}]\n", f"{SERVICE}---\n{ROLLOUT}"
    )
    assert len(faults(result)) == matched
    assert ("example" in result.matched) is bool(matched)


def test_a_policy_that_is_off_has_matched_and_says_nothing(tmp_path: Path) -> None:
    resources = manifests(SERVICE, tier="staging")
    result = evaluator(tmp_path, "  validations: [{expression: 'false'}]\n").evaluate(resources, Surroundings())
    assert not result.faults
    assert result.matched == {"example"}


@pytest.mark.parametrize(
    "expression",
    [
        'object.kind == "Service" && oldObject == null && podSpec == null && workload == null && plan == null',
        'environment.tier == "production" && environment.name == "prod"',
        'app.labels.team == "shop" && release.version == "v1"',
        "resources.Service.api.spec.ports.size() == 2",
        'timestamp(now) > timestamp("2020-01-01T00:00:00Z")',
        'change.kind == "none" && change.paths.size() == 0',
        "selected.size() == 0 && rivals.size() == 0 && analysis.size() == 0",
        "params.size() == 0 && variables.size() == 0",
        'quantity("1Gi").isGreaterThan(quantity("1M")) && semver("v1.2.0", true).minor() == 2',
    ],
)
def test_what_an_expression_sees(tmp_path: Path, expression: str) -> None:
    surroundings: Mapping[str, Any] = {
        "environment": {"name": "prod", "tier": "production"},
        "apps": {"api": {"name": "api", "labels": {"team": "shop"}}},
        "releases": {"": {"name": "prod/api", "version": "v1"}},
        "now": "2026-01-01T00:00:00Z",
    }
    spec = f"  validations:\n  - expression: >-\n      {expression}\n"
    assert not faults(evaluate(tmp_path, spec, SERVICE, **surroundings))


def test_a_change_is_seen_with_its_paths(tmp_path: Path) -> None:
    before = manifests(SERVICE.replace("port: 80}", "port: 81}").replace("a: b", "c: d"))
    previous = {one.id: one.body for one in before}
    spec = (
        "  match: {operations: [UPDATE]}\n  validations:\n  - expression: >-\n"
        '      change.kind == "changed" && change.added == ["metadata.labels.a"] && change.removed == ["metadata.labels.c"]\n'
        '      && change.changed == ["spec.ports[0].port"] && oldObject.spec.ports[0].port == 81\n'
    )
    result = evaluate(tmp_path, spec, SERVICE, previous=previous)
    assert not faults(result)
    assert result.matched == {"example"}


def test_what_is_gone_is_seen_by_the_policies_that_ask_for_it(tmp_path: Path) -> None:
    gone = manifests(SERVICE).manifests
    spec = (
        "  match: {operations: [DELETE]}\n"
        "  validations: [{at: metadata.labels.a, expression: 'object != null || change.kind != \"removed\"'}]\n"
    )
    result = evaluator(tmp_path, spec).evaluate(ManifestSet(()), Surroundings(removed=gone))
    assert [(fault.manifest, fault.path) for fault in result.faults] == [(gone[0], ("metadata", "labels", "a"))]


def test_a_schema_is_a_rule_too(tmp_path: Path) -> None:
    spec = (
        "  schema:\n    at: 'spec.ports[*]'\n    fix: take a small one\n"
        "    schema: {properties: {port: {maximum: 1023}}, required: [name]}\n"
    )
    result = evaluate(tmp_path, spec, SERVICE)
    assert faults(result) == [
        (("spec", "ports", 0), "the key `name` is missing"),
        (("spec", "ports", 1, "port"), "`port` is 8080, which is more than 1023"),
        (("spec", "ports", 1), "the key `name` is missing"),
    ]
    assert {fault.fix for fault in result.faults} == {"take a small one"}


@pytest.mark.parametrize(
    ("examples", "message"),
    [
        pytest.param("  - fail: 'kind: A'\n  - pass: 'kind: B'\n", "no line is marked `# <- here`", id="no mark"),
        pytest.param(
            "  - fail: 'kind: B  # <- here'\n  - pass: 'kind: B'\n", "it must fail, and is not reported", id="holds"
        ),
        pytest.param(
            "  - fail: 'kind: A  # <- here'\n  - pass: 'kind: A'\n", "it must pass, and is reported: is A", id="fails"
        ),
        pytest.param(
            "  - fail: |\n      metadata: {}  # <- here\n      kind: A\n  - pass: 'kind: B'\n",
            "line 1 is marked, and not reported: reported are [2]",
            id="another line",
        ),
        pytest.param("  - fail: '{'\n  - pass: 'kind: B'\n", "the example is not YAML", id="no YAML"),
        pytest.param("  - fail: '- A  # <- here'\n  - pass: 'kind: B'\n", "a document that is no map", id="no map"),
        pytest.param(
            "  - fail: 'a: A  # <- here'\n  - pass: 'kind: B'\n",
            "the policy example cannot be evaluated on",
            id="no value",
        ),
    ],
)
def test_an_example_that_does_not_do_what_it_says_is_told(tmp_path: Path, examples: str, message: str) -> None:
    spec = '  validations: [{at: kind, expression: object.kind != "A", message: is A}]\n  examples:\n'
    (tmp_path / "example.yaml").write_text(f"{HEAD}{spec}{examples}", "utf-8")
    catalogue, findings = load_catalogue(tmp_path, None)
    assert not findings
    failures = list(run_examples(catalogue.policies["example"], catalogue))
    assert message in failures[0].message
    assert failures[0].location.file == "policies/example.yaml"
