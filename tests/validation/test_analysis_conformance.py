"""The rules of analyses against what a live controller and API server said, and against garbage."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gitopsgen.model.finding import Severity
from gitopsgen.model.manifest import Manifest, ManifestSet
from gitopsgen.model.versions import Versions
from gitopsgen.policies.catalogue import structural_pages
from gitopsgen.source.reader import read
from gitopsgen.validation.analysis import check_analysis
from gitopsgen.validation.schemas import SchemaChecker
from gitopsgen.validation.structural import check_structure

OURS = re.compile(r"[AEM][0-9]+|X[4-9]")
# Conditions have rules of their own.
CONDITIONS = "M22"


@cache
def told(file: Path) -> frozenset[tuple[str, Severity, str]]:
    """Return what is said of a file: the rule, how bad it is, and the message."""
    stream = read(file.read_text(encoding="utf-8"), file.name)
    manifests = tuple(Manifest(body=one.data, file=file.name, document=one.index) for one in stream.documents)
    resources = ManifestSet(manifests)
    faults = [*SchemaChecker().check(manifests, Versions()).faults, *check_structure(resources, Versions())]
    found = {(problem.rule, Severity.ERROR, problem.message) for problem in stream.problems}
    for fault in faults:
        pages = structural_pages(fault.rule.partition("/")[0])
        severity = fault.severity or pages[fault.rule].severity_in("")
        if severity is not None:
            found.add((fault.rule, severity, fault.message))
    return frozenset(found)


def test_every_defect_is_found_and_its_twin_is_clean(conformance: Path) -> None:
    folder = conformance / "rollouts-mutants"
    lines = (folder / "expected.jsonl").read_text(encoding="utf-8").splitlines()
    cases = {case["file"]: case for case in map(json.loads, lines) if OURS.fullmatch(case["rule"])}
    assert len(cases) == 126
    good = {file for file in cases if file.endswith(".good.yaml")}
    assert {file for file in good if any(severity == Severity.ERROR for _, severity, _ in told(folder / file))} == set()
    missed = set()
    for file in cases.keys() - good:
        beside = told(folder / file) - told(folder / file.replace(".bad.", ".good."))
        worst = {severity for _, severity, _ in beside}
        if not worst & {Severity.ERROR, Severity.WARNING}:
            missed.add(file)
    assert {file for file in missed if not file.startswith(CONDITIONS)} == set()


def test_a_bundle_that_upstream_accepts_has_no_error(conformance: Path) -> None:
    folder = conformance / "rollouts-lint"
    cases = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    for case in cases:
        file = folder / case["file"]
        documents = read(file.read_text(encoding="utf-8"), file.name).documents
        manifests = tuple(Manifest(body=one.data, file=file.name, document=one.index) for one in documents)
        pages = structural_pages("argo-rollouts")
        for fault in check_analysis(ManifestSet(manifests), Versions()):
            assert (fault.severity or pages[fault.rule].severity_in("")) != Severity.ERROR, (file.name, fault.message)


_WORDS = """
metadata name namespace annotations labels spec metrics args dryRun measurementRetention templates templateName
clusterScope metricName limit value valueFrom secretKeyRef key fieldRef fieldPath podTemplateHashValue interval count
initialDelay failureLimit inconclusiveLimit consecutiveErrorLimit consecutiveSuccessLimit successCondition
failureCondition provider prometheus address query rangeQuery start end step timeout authentication oauth2 tokenUrl
clientId sigv4 region web url method body jsonBody jsonPath datadog queries formula apiVersion aggregator secretRef
namespaced newRelic cloudWatch graphite influxdb wavefront skywalking kayenta scopes controlScope experimentScope job
template containers restartPolicy backoffLimit plugin strategy canary blueGreen prePromotionAnalysis
postPromotionAnalysis analysis startingStep steps experiment analyses duration requiredForCompletion replicas selector
matchLabels minReadySeconds progressDeadlineSeconds service weight data metricProviderPlugins
"""
_KEYS = st.sampled_from(_WORDS.split())
_TEXTS = st.sampled_from(
    [
        *(
            "a",
            "{{args.a}}",
            "{{args.a",
            "{{x}}",
            "1m",
            "5 m",
            "0",
            "10",
            "-1",
            "{$.a}",
            "{$.a[?(@.b==1)]}",
            "http://a",
        ),
        *("*", "rate(a[5m])", "sum(a{b=", "a/b", "a[{{args.a}}]", "now()", "Latest", "metadata.name", "spec.replicas"),
    ]
)
_SCALARS = st.none() | st.booleans() | st.integers(-3, 99) | st.floats(allow_nan=False) | st.text(max_size=6) | _TEXTS
_VALUES = st.recursive(
    _SCALARS,
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(_KEYS | st.text(max_size=3), children, max_size=4)
    ),
    max_leaves=30,
)
_NAMED = st.fixed_dictionaries({"name": _TEXTS}, optional={"value": _VALUES, "valueFrom": _VALUES})
_PROVIDERS = [
    "prometheus",
    "web",
    "datadog",
    "newRelic",
    "cloudWatch",
    "graphite",
    "influxdb",
    "wavefront",
    "skywalking",
    "kayenta",
    "job",
    "plugin",
]
_METRICS = st.fixed_dictionaries(
    {"name": _TEXTS, "provider": st.dictionaries(st.sampled_from(_PROVIDERS), _VALUES, max_size=2) | _VALUES},
    optional=dict.fromkeys(("interval", "count", "failureLimit", "successCondition", "initialDelay"), _VALUES),
)
_REFERENCES = st.lists(st.fixed_dictionaries({"templateName": _TEXTS}, optional={"clusterScope": _SCALARS}), max_size=2)
_ANALYSES = st.fixed_dictionaries({"templates": _REFERENCES | _VALUES, "args": st.lists(_NAMED, max_size=2) | _VALUES})
_TEMPLATES = st.fixed_dictionaries(
    {"metrics": st.lists(_METRICS, max_size=2) | _VALUES},
    optional={"args": st.lists(_NAMED, max_size=2) | _VALUES, "templates": _REFERENCES | _VALUES, "dryRun": _VALUES},
)
_ROLLOUTS = st.fixed_dictionaries(
    {
        "strategy": st.fixed_dictionaries(
            {
                "canary": st.fixed_dictionaries(
                    {"analysis": _ANALYSES, "steps": st.lists(st.dictionaries(_KEYS, _ANALYSES))}
                )
            }
        )
        | _VALUES
    }
)
_SPECS = {
    "AnalysisTemplate": _TEMPLATES | _VALUES,
    "ClusterAnalysisTemplate": _TEMPLATES | _VALUES,
    "AnalysisRun": _TEMPLATES | _VALUES,
    "Experiment": st.dictionaries(_KEYS, _VALUES | st.lists(_ANALYSES, max_size=2), max_size=6) | _VALUES,
    "Rollout": _ROLLOUTS | _VALUES,
}


@st.composite
def bodies(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(list(_SPECS)))
    name = draw(st.fixed_dictionaries({"name": _TEXTS}) | _VALUES)
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": kind, "metadata": name, "spec": draw(_SPECS[kind])}


@settings(max_examples=400)
@given(st.lists(bodies(), min_size=1, max_size=5))
def test_garbage_is_no_reason_to_stop(documents: list[dict[str, Any]]) -> None:
    pages = structural_pages("argo-rollouts")
    manifests = [Manifest(body=body, file="a.yaml", document=index) for index, body in enumerate(documents)]
    manifests += [Manifest(body=body, file="b.yaml", release="env/a", environment="env") for body in documents]
    for fault in check_analysis(ManifestSet(tuple(manifests)), Versions()):
        assert fault.message
        assert fault.rule in pages
