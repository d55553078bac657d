"""Admission policies over a set of manifests: which faults are reported, and where."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gitopsgen
from gitopsgen.model.finding import Fault, NotChecked, Severity
from gitopsgen.model.manifest import Manifest, ManifestSet
from gitopsgen.policies.admission import check_admission, policies_that_match
from gitopsgen.source.reader import read

POLICY_KINDS = ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")
FIELDS = [
    "spec",
    "name",
    "key",
    "kind",
    "scope",
    "names",
    "group",
    "validations",
    "expression",
    "matchConstraints",
    "resourceRules",
    "apiGroups",
    "apiVersions",
    "operations",
    "resources",
    "variables",
    "paramKind",
    "apiVersion",
    "namespaceSelector",
    "objectSelector",
    "matchLabels",
    "matchExpressions",
    "operator",
    "values",
    "labels",
    "namespace",
    "policyName",
    "selector",
]
PAGES = Path(gitopsgen.__file__).parent / "policies" / "rules" / "admission.yaml"

NO_LATEST = """
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: no-latest}
spec:
  matchConstraints:
    resourceRules:
    - {apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments]}
  validations:
  - expression: object.spec.template.spec.containers.all(c, !c.image.endsWith(':latest'))
    message: an image has no fixed version
"""
BINDING = """---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: no-latest}
spec: {policyName: no-latest, validationActions: [%s]}
"""
DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  template:
    spec:
      containers:
      - {name: a, image: "a:1"}
      - {name: b, image: "b:latest"}
"""


def manifests(text: str, file: str = "policies/p.yaml") -> list[Manifest]:
    return [
        Manifest(body=document.data, file=file, document=document.index)
        for document in read(text, file).documents
        if isinstance(document.data, dict)
    ]


def faults(policies: str, resources: str = DEPLOYMENT, **options: Any) -> list[Fault | NotChecked]:  # noqa: ANN401
    found = ManifestSet(tuple(manifests(resources, "rendered/d.yaml")))
    return list(check_admission(found, manifests(policies), **options))


@pytest.mark.parametrize(
    ("actions", "severity"),
    [
        ("Deny", Severity.ERROR),
        ("Deny, Audit", Severity.ERROR),
        ("Warn, Audit", Severity.WARNING),
        ("Audit", Severity.INFO),
    ],
)
def test_a_denial_is_a_fault_of_the_object(actions: str, severity: Severity) -> None:
    (fault,) = faults(NO_LATEST + BINDING % actions)
    assert isinstance(fault, Fault)
    assert (fault.rule, fault.severity, fault.message) == ("no-latest", severity, "an image has no fixed version")
    assert fault.manifest.kind == "Deployment"
    assert fault.path == ("spec", "template", "spec", "containers", 1, "image")
    ((policy, path),) = fault.related
    assert (policy.name, path) == ("no-latest", ("spec", "validations", 0, "expression"))


def test_two_bindings_report_a_denial_once() -> None:
    second = (BINDING % "Deny").replace("metadata: {name: no-latest}", "metadata: {name: again}")
    assert len(faults(NO_LATEST + BINDING % "Deny" + second)) == 1


def test_an_expression_that_fails_is_one_fault_of_the_policy() -> None:
    two = DEPLOYMENT.replace("template:", "other:") + "---" + DEPLOYMENT.replace("template:", "more:")
    (fault,) = faults(NO_LATEST + BINDING % "Deny", two)
    assert isinstance(fault, Fault)
    assert (fault.rule, fault.manifest.name) == ("policy/admission-expression-fails", "no-latest")
    assert fault.message.endswith("no such key: template (2 objects)")
    assert len(fault.related) == 2


def test_what_does_not_compile_is_reported_once_and_although_failures_are_ignored() -> None:
    broken = NO_LATEST.replace("endsWith", "hasSuffix").replace(
        "spec:\n  match", "spec:\n  failurePolicy: Ignore\n  match"
    )
    (fault,) = faults(broken + BINDING % "Deny")
    assert isinstance(fault, Fault)
    assert (fault.rule, fault.path) == (
        "policy/admission-expression-does-not-compile",
        ("spec", "validations", 0, "expression"),
    )
    assert fault.message == "undeclared reference to 'hasSuffix'"


def test_a_variable_without_a_proper_name_harms_no_other_expression() -> None:
    named = NO_LATEST.replace("validations:", "variables:\n  - {name: a b, expression: '1'}\n  validations:")
    (malformed, denial) = faults(named + BINDING % "Deny")
    assert isinstance(malformed, Fault)
    assert isinstance(denial, Fault)
    assert (malformed.rule, malformed.message) == ("policy/admission-malformed", "'a b' is no identifier")
    assert denial.rule == "no-latest"


def test_an_update_sees_what_was_there() -> None:
    rule = NO_LATEST.replace("operations: [CREATE, UPDATE]", "operations: [UPDATE]")
    (deployment,) = manifests(DEPLOYMENT)
    assert faults(rule + BINDING % "Deny") == []
    assert len(faults(rule + BINDING % "Deny", previous={deployment.id: deployment.body})) == 1


def test_an_unbound_policy_can_be_taken_as_bound() -> None:
    (fault,) = faults(NO_LATEST)
    assert isinstance(fault, Fault)
    assert fault.rule == "policy/admission-without-binding"
    (denial,) = faults(NO_LATEST, bind_unbound=True)
    assert isinstance(denial, Fault)
    assert (denial.rule, denial.severity) == ("no-latest", Severity.ERROR)


def test_what_only_a_cluster_knows_is_said() -> None:
    bound = (BINDING % "Deny").replace("spec: {", "spec: {matchResources: {namespaceSelector: {matchLabels: {a: b}}}, ")
    (said,) = faults(NO_LATEST + bound)
    assert said == NotChecked(
        object="Deployment shop/api", reason="no-latest: the labels of namespace 'shop' are not known here"
    )


def test_policies_that_guard_nothing_can_be_told() -> None:
    other = (NO_LATEST + BINDING % "Deny").replace("no-latest", "no-pods").replace("[deployments]", "[pods]")
    found = ManifestSet(tuple(manifests(DEPLOYMENT)))
    both = manifests(f"{NO_LATEST}{BINDING % 'Deny'}---{other}")
    assert policies_that_match(found, both) == {"no-latest"}


def test_own_faults_are_left_out_for_a_second_set() -> None:
    assert faults(NO_LATEST, own_faults=False) == []


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["", "a", "Deny", "CREATE", "object.x", "*"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=3),
    max_leaves=8,
)


@given(anything, anything, anything)
def test_any_shape_is_survived(of_policy: object, of_binding: object, other: object) -> None:
    base = "admissionregistration.k8s.io/v1"
    bodies: list[dict[str, object]] = [
        {"apiVersion": base, "kind": "ValidatingAdmissionPolicy", "metadata": {"name": "p"}, "spec": of_policy},
        {"apiVersion": base, "kind": "ValidatingAdmissionPolicyBinding", "metadata": other, "spec": of_binding},
        {
            "apiVersion": base,
            "kind": "ValidatingAdmissionPolicyBinding",
            "spec": {"policyName": "p", "paramRef": other},
        },
        {"apiVersion": other, "kind": "ConfigMap", "metadata": other, "spec": other},
        {"kind": "CustomResourceDefinition", "spec": other},
    ]
    found = [Manifest(body=body, file="a.yaml", document=index) for index, body in enumerate(bodies)]
    for fault in check_admission(ManifestSet(tuple(found)), found, bind_unbound=True):
        assert fault


def examples() -> Iterator[Any]:
    for document in read(PAGES.read_text(), "admission.yaml").documents:
        page = document.data
        assert isinstance(page, dict)
        for index, example in enumerate(page["spec"]["examples"]):
            ((verdict, text),) = example.items()
            yield pytest.param(
                page["metadata"]["name"], verdict, text, id=f"{page['metadata']['name']}-{verdict}-{index}"
            )


@pytest.mark.parametrize(("rule", "verdict", "text"), list(examples()))
def test_the_pages_examples(rule: str, verdict: str, text: str) -> None:
    documents = read(text, "example.yaml").documents
    found = manifests(text, "example.yaml")
    policies = [manifest for manifest in found if manifest.kind in POLICY_KINDS]
    reported = [
        fault
        for fault in check_admission(ManifestSet(tuple(found)), policies)
        if isinstance(fault, Fault) and fault.rule == rule
    ]
    lines = [documents[fault.manifest.document].locate(fault.path).line for fault in reported]
    marked = [number for number, line in enumerate(text.splitlines(), 1) if line.endswith("# <- here")]
    assert lines == (marked if verdict == "fail" else [])
