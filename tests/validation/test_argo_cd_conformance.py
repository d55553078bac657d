"""The Argo CD rules against defects that were shown to a live Argo CD, and against garbage."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitopsgen.model.manifest import Manifest, ManifestSet
from gitopsgen.model.versions import Versions
from gitopsgen.source.reader import read
from gitopsgen.validation.argo_cd import check_argo_cd


def rules_of(file: Path) -> list[str]:
    documents = read(file.read_text(encoding="utf-8"), file.name).documents
    manifests = tuple(Manifest(body=document.data, file=file.name, document=document.index) for document in documents)
    return [fault.rule for fault in check_argo_cd(ManifestSet(manifests), Versions())]


def test_every_defect_is_found_and_nothing_else(conformance: Path) -> None:
    folder = conformance / "argocd-mutants"
    cases = [json.loads(line) for line in (folder / "expected.jsonl").read_text(encoding="utf-8").splitlines()]
    found = {case["file"]: rules_of(folder / case["file"]) for case in cases}
    assert len(found) == 27
    assert {file: rules for file, rules in found.items() if len(rules) != 1} == {}


@pytest.mark.parametrize("base", ["app", "appset", "hydrator", "multi", "project"])
def test_a_clean_base_is_clean(conformance: Path, base: str) -> None:
    assert rules_of(conformance / "argocd-mutants" / f"base-{base}.yaml") == []


_WORDS = """
metadata name namespace annotations labels finalizers spec project source sources sourceHydrator drySource
syncSource hydrateTo repoURL path chart ref targetRevision helm valueFiles parameters valuesObject values
destination server syncPolicy syncOptions automated managedNamespaceMetadata ignoreDifferences group kind
jsonPointers jqPathExpressions generators list elements matrix merge mergeKeys git template templatePatch
goTemplate goTemplateOptions strategy type sourceRepos destinations roles policies groups syncWindows schedule
duration timeZone applications destinationServiceAccounts clusterResourceWhitelist namespaceResourceBlacklist
canary blueGreen steps pause scaleTargetRef workloadRef trafficRouting istio virtualService data selector ports
template containers argocd.argoproj.io/sync-wave argocd.argoproj.io/hook argocd.argoproj.io/sync-options
"""
_KEYS = st.sampled_from(_WORDS.split())
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from(
        ["{{x}}", "{{.x}}", "!*", "[", "*", "default", "1h", "* * * * *", "$v/x", "https://[", "PostSync"]
    )
)
_VALUES = st.recursive(
    _SCALARS,
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(_KEYS | st.text(max_size=3), children, max_size=4)
    ),
    max_leaves=25,
)
_KINDS = st.sampled_from(
    [("argoproj.io/v1alpha1", kind) for kind in ("Application", "ApplicationSet", "AppProject", "Rollout")]
    + [("v1", "Service"), ("v1", "ConfigMap"), ("autoscaling/v2", "HorizontalPodAutoscaler"), (None, 3)]
)


@st.composite
def bodies(draw: st.DrawFn) -> dict[str, Any]:
    version, kind = draw(_KINDS)
    metadata = draw(st.dictionaries(_KEYS, _VALUES, max_size=4) | _VALUES)
    spec = draw(st.dictionaries(_KEYS, _VALUES, max_size=8) | _VALUES)
    return {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}


@settings(max_examples=300, deadline=None)
@given(st.lists(bodies(), max_size=4))
def test_garbage_is_no_reason_to_stop(documents: list[dict[str, Any]]) -> None:
    manifests = [Manifest(body=body, file="a.yaml", document=index) for index, body in enumerate(documents)]
    manifests += [Manifest(body=body, file="b.yaml", release="prod/a", environment="prod") for body in documents]
    for fault in check_argo_cd(ManifestSet(tuple(manifests)), Versions()):
        assert fault.message
