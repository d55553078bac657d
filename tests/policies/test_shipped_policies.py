"""The shipped policies: each file is whole, its examples do what they say, and kinds and shapes make no difference."""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitopsgen.model.finding import Severity
from gitopsgen.model.manifest import Manifest, ManifestSet
from gitopsgen.policies.catalogue import Catalogue, load_catalogue
from gitopsgen.policies.evaluation import Evaluator, Surroundings
from gitopsgen.policies.examples import example_manifests, run_examples
from gitopsgen.policies.policy import Policy
from gitopsgen.policies.settings import Settings
from gitopsgen.source.location import format_path

FOLDER: Final = Path(__file__).resolve().parents[2] / "policies"
TIERS: Final = ("production", "staging", "development")


@cache
def catalogue() -> Catalogue:
    loaded, findings = load_catalogue(FOLDER, None)
    assert not findings
    return loaded


def policies() -> list[Any]:
    return [pytest.param(policy, id=policy.id) for policy in catalogue().policies.values()]


@cache
def evaluator() -> Evaluator:
    return Evaluator(replace(catalogue(), settings=Settings(policy_set="strict")))


@pytest.mark.parametrize("policy", policies())
def test_examples(policy: Policy) -> None:
    assert not list(run_examples(policy, catalogue()))


@pytest.mark.parametrize("policy", policies())
def test_a_page_says_what_why_and_what_to_do(policy: Policy) -> None:
    assert policy.summary.endswith(".")
    assert policy.why.endswith(".")
    assert policy.source.startswith("https://")
    assert policy.fix or all(validation.fix for validation in policy.validations)
    for schema in policy.params.values():
        assert schema["description"]


def test_the_gate_of_production_is_an_error_in_every_set() -> None:
    policy = catalogue().policies["ungated-production-canary"]
    assert policy.sets == ("baseline", "strict")
    assert catalogue().severity(policy.id, "production") is Severity.ERROR


POD: Final = """
metadata: {labels: {app: api}}
spec:
  hostNetwork: true
  securityContext: {sysctls: [{name: kernel.msgmax, value: "1"}]}
  containers:
  - name: app
    image: ghcr.io/x/app:latest
    ports: [{containerPort: 80, hostPort: 80}]
    env: [{name: A, value: "1"}, {name: A, value: "2"}, {name: DB_PASSWORD, value: hunter2}]
    resources: {requests: {cpu: "2"}, limits: {cpu: "1"}}
    securityContext: {privileged: true, procMount: Unmasked, capabilities: {add: [SYS_ADMIN]}}
    livenessProbe: {httpGet: {path: /, port: http}, timeoutSeconds: 30}
  initContainers: [{name: init, image: busybox}]
  volumes: [{name: docker, hostPath: {path: /var/run/docker.sock}}]
"""


def findings(text: str, kind: str = "*") -> list[tuple[str, str, str]]:
    """Return what is found on the objects of a kind: rule, path and message."""
    manifests, _, problem = example_manifests(text, "production")
    assert not problem
    result = evaluator().evaluate(ManifestSet(tuple(manifests)), Surroundings())
    assert not result.findings
    found = (fault for fault in result.faults if fnmatchcase(fault.manifest.kind, kind))
    return sorted((fault.rule, format_path(fault.path), fault.message) for fault in found)


def of_pods(text: str, kind: str = "*") -> list[tuple[str, str, str]]:
    """Return what is found on the pods: all but how their traffic is moved."""
    of_strategy = {
        "ungated-production-canary",
        "canary-without-analysis",
        "deployment-without-gate",
        "stuck-rollout-not-aborted",
    }
    return [finding for finding in findings(text, kind) if finding[0] not in of_strategy]


def indented(text: str, by: int) -> str:
    return "\n".join(" " * by + line for line in text.strip().splitlines())


def deployment(kind: str) -> str:
    template = indented(POD, 4)
    return f"kind: {kind}\nspec:\n  replicas: 1\n  selector: {{matchLabels: {{app: api}}}}\n  template:\n{template}\n"


def test_a_bad_deployment_is_as_bad_as_a_rollout() -> None:
    assert len(of_pods(deployment("Deployment"))) > 25
    assert of_pods(deployment("Rollout")) == of_pods(deployment("Deployment"))


def test_a_deployment_is_as_bad_when_a_rollout_refers_to_it() -> None:
    reference = "kind: Rollout\nspec: {replicas: 1, workloadRef: {kind: Deployment, name: example}}"
    scaled_down = deployment("Deployment").replace("replicas: 1", "replicas: 0")
    assert of_pods(f"{reference}\n---\n{scaled_down}", "Deployment") == of_pods(deployment("Deployment"))


@pytest.mark.parametrize("kind", ["StatefulSet", "DaemonSet", "ReplicaSet", "Job"])
def test_a_bad_container_is_found_in_every_kind(kind: str) -> None:
    only_where_it_serves = {"readiness-probe-missing", "liveness-probe-missing"}
    expected = {one for one in findings(deployment("Deployment")) if ".containers[" in one[1]}
    assert {one for one in expected if one[0] not in only_where_it_serves} <= set(findings(deployment(kind)))


JUNK: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@cache
def bodies() -> list[Mapping[str, Any]]:
    """Return every object of every example."""
    texts = [text for policy in catalogue().policies.values() for one in policy.examples for text in _texts(one)]
    return [manifest.body for text in texts for manifest in example_manifests(text, "production")[0]]


def _texts(example: Mapping[str, Any]) -> Iterator[str]:
    yield from (str(example[key]) for key in ("fail", "pass", "old") if key in example)


def paths(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    return [path, *(inner for key, child in items for inner in paths(child, (*path, key)))]


def put(value: Any, path: tuple[Any, ...], new: object) -> Any:  # noqa: ANN401 - an object of any shape
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = put(value[path[0]], path[1:], new)
    return copy


@given(data=st.data(), tier=st.sampled_from(TIERS))
def test_an_object_of_any_shape_is_judged_or_told(data: st.DataObject, tier: str) -> None:
    body = data.draw(st.sampled_from(bodies()))
    path = data.draw(st.sampled_from(paths(body)))
    damaged = put(body, path, data.draw(JUNK))
    body = damaged if isinstance(damaged, dict) else {}
    manifest = Manifest(body=body, file="example", tier=tier, environment="example")
    result = evaluator().evaluate(ManifestSet((manifest,)), Surroundings(), malformed=[manifest])
    assert not result.findings
    assert all(fault.manifest is manifest for fault in result.faults)


def calls_of(work: Callable[[], object]) -> int:
    """Return how many functions are called, in Python and below it: what work costs, whatever else the machine does."""
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return calls


def test_cost_grows_with_the_number_of_apps_only() -> None:
    def calls(count: int) -> int:
        text = "\n---\n".join(
            f"kind: Rollout\nmetadata: {{name: a{n}}}\nspec: {{replicas: 2, selector: {{matchLabels: {{app: a{n}}}}}, "
            f"template: {{metadata: {{labels: {{app: a{n}}}}}, spec: {{containers: []}}}}}}\n---\n"
            f"kind: PodDisruptionBudget\nmetadata: {{name: a{n}}}\n"
            f"spec: {{maxUnavailable: 1, selector: {{matchLabels: {{app: a{n}}}}}}}"
            for n in range(count)
        )
        resources = ManifestSet(tuple(example_manifests(text, "production")[0]))
        evaluator().evaluate(resources, Surroundings())
        return calls_of(lambda: evaluator().evaluate(resources, Surroundings()))

    assert calls(400) < 9 * calls(50)
