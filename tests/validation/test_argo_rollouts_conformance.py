"""The Rollout rules against what Argo Rollouts' own linter and a live controller said, and against garbage."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitopsgen.model.finding import Severity
from gitopsgen.model.manifest import Manifest, ManifestSet
from gitopsgen.model.versions import Versions
from gitopsgen.policies.catalogue import structural_pages
from gitopsgen.source.reader import read
from gitopsgen.validation.argo_rollouts import check_argo_rollouts

PAGES = structural_pages("argo-rollouts")
# What upstream's linter refuses a bundle for, as the rule that says the same.
REASONS = {
    "invalid-empty-rollout-vsvc.yml": "selector-missing",
    "invalid-ingress-smi-multi.yml": "service-selector-unmatched",
    "invalid-multiple-docs.yml": "no-surge-and-none-unavailable",
    "invalid-nginx-canary.yml": "experiment-weight-unsupported",
    "invalid-ping-pong.yml": "service-selector-unmatched",
    "invalid-service-labels.yml": "service-selector-unmatched",
    "invalid-unknown-field.yml": "strategy-missing",
    "invalid.json": "no-surge-and-none-unavailable",
    "invalid.yml": "no-surge-and-none-unavailable",
}
# Rules of references to AnalysisTemplates and of their content are another package's.
OWN_RULES = {f"V{number}" for number in range(48)} | {"W1", "W2", "W3", "X1", "X2", "X3", "T4", "T6", "T7"}
OWN_RULES |= {f"X{number}" for number in range(10, 24)}


def told(file: Path) -> Counter[tuple[str, Severity]]:
    """Return the rules that a file breaks, with how bad each is."""
    documents = read(file.read_text(encoding="utf-8"), file.name).documents
    manifests = tuple(Manifest(body=document.data, file=file.name, document=document.index) for document in documents)
    found: Counter[tuple[str, Severity]] = Counter()
    for fault in check_argo_rollouts(ManifestSet(manifests), Versions()):
        severity = fault.severity or PAGES[fault.rule].severity_in("")
        if severity is not None:
            found[fault.rule, severity] += 1
    return found


def errors(file: Path) -> set[str]:
    return {rule for rule, severity in told(file) if severity == Severity.ERROR}


def test_a_bundle_is_refused_as_upstream_refuses_it(conformance: Path) -> None:
    folder = conformance / "rollouts-lint"
    cases = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    found = {Path(case["file"]).name: (case["expected"], errors(folder / case["file"])) for case in cases}
    assert len(found) == 23
    assert {file: rules for file, (expected, rules) in found.items() if expected == "pass" and rules} == {}
    refused = {file: rules for file, (expected, rules) in found.items() if expected != "pass"}
    assert {file: f"argo-rollouts/{REASONS[file]}" in rules for file, rules in refused.items()} == dict.fromkeys(
        REASONS, True
    )


def test_every_defect_is_found_and_its_twin_is_clean(conformance: Path) -> None:
    folder = conformance / "rollouts-mutants"
    lines = (folder / "expected.jsonl").read_text(encoding="utf-8").splitlines()
    cases = {case["file"]: case for case in map(json.loads, lines)}
    assert len(cases) == 298
    assert {file for file in cases if file.endswith(".good.yaml") and errors(folder / file)} == set()
    missed = set()
    for file, case in cases.items():
        if case["rule"] in OWN_RULES and file.endswith(".bad.yaml"):
            beside = told(folder / file) - told(folder / file.replace(".bad.", ".good."))
            if not any(severity in (Severity.ERROR, Severity.WARNING) for _, severity in beside):
                missed.add(file)
    # Misspelt, so that the schema rules tell it; the last are quantities.
    assert missed <= {"V34-misspelt-step.bad.yaml", "T9-memory-quantity.bad.yaml"}


_WORDS = """
metadata name namespace annotations labels spec replicas selector matchLabels matchExpressions key operator values
template workloadRef apiVersion kind scaleDown strategy canary blueGreen activeService previewService steps setWeight
pause duration setCanaryScale weight matchTrafficWeight setHeaderRoute match headerName headerValue exact setMirrorRoute
percentage analysis templates templateName args valueFrom fieldRef fieldPath experiment specRef plugin trafficRouting
managedRoutes istio virtualService virtualServices routes tlsRoutes tcpRoutes destinationRule canarySubsetName nginx
stableIngress stableIngresses alb ingress ingresses rootService stickinessConfig smi ambassador mappings appMesh
traefik apisix route rules plugins argoproj-labs/gatewayAPI httpRoute httpRoutes pingPong pingService pongService
antiAffinity maxSurge maxUnavailable minReadySeconds progressDeadlineSeconds containers initContainers image ports
containerPort env envFrom volumeMounts volumes emptyDir configMap projected sources probes livenessProbe httpGet port
lifecycle preStop resources requests limits cpu affinity nodeAffinity podAffinity tolerations topologySpreadConstraints
securityContext stableService canaryService http tls tcp destination host subset subsets backend service paths
"""
_KEYS = st.sampled_from(_WORDS.split())
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 200)
    | st.floats(allow_nan=False)
    | st.text(max_size=6)
    | st.sampled_from(["a", "10%", "1h", "1d", "apps/v1", "Deployment", "metadata.name", "In", "Exists"])
)
_VALUES = st.recursive(
    _SCALARS,
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(_KEYS | st.text(max_size=3), children, max_size=4)
    ),
    max_leaves=30,
)
_KINDS = st.sampled_from(
    [("argoproj.io/v1alpha1", "Rollout")] * 3
    + [
        ("v1", "Service"),
        ("networking.k8s.io/v1", "Ingress"),
        ("networking.istio.io/v1", "VirtualService"),
        ("networking.istio.io/v1", "DestinationRule"),
        ("apps/v1", "Deployment"),
        ("getambassador.io/v2", "Mapping"),
        (None, 3),
    ]
)
_STRATEGIES = st.fixed_dictionaries({"canary": st.dictionaries(_KEYS, _VALUES, max_size=6) | _VALUES}) | _VALUES


@st.composite
def bodies(draw: st.DrawFn) -> dict[str, Any]:
    version, kind = draw(_KINDS)
    spec = draw(st.dictionaries(_KEYS, _VALUES, max_size=6) | _VALUES)
    if isinstance(spec, dict):
        spec["strategy"] = draw(_STRATEGIES)
    return {"apiVersion": version, "kind": kind, "metadata": draw(st.just({"name": "a"}) | _VALUES), "spec": spec}


@settings(max_examples=400)
@given(st.lists(bodies(), min_size=1, max_size=4), st.sampled_from(["", "development", "production"]))
def test_garbage_is_no_reason_to_stop(documents: list[dict[str, Any]], tier: str) -> None:
    manifests = [Manifest(body=body, file="a.yaml", document=index) for index, body in enumerate(documents)]
    manifests += [
        Manifest(body=body, file="b.yaml", release="env/a", environment="env", tier=tier) for body in documents
    ]
    for fault in check_argo_rollouts(ManifestSet(tuple(manifests)), Versions()):
        assert fault.message
        assert fault.rule in PAGES


@pytest.mark.parametrize(("version", "found"), [("1.9", True), ("1.10", False)])
def test_a_rule_speaks_of_the_controller_that_the_environment_runs(version: str, *, found: bool) -> None:
    strategy = {"blueGreen": {"activeService": "a", "autoPromotionEnabled": False}}
    body = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "spec": {"strategy": strategy}}
    faults = check_argo_rollouts(ManifestSet((Manifest(body=body, file="a"),)), Versions(argo_rollouts=version))
    assert ("argo-rollouts/retry-skips-gate" in {fault.rule for fault in faults}) is found
