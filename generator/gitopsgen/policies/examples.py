"""A policy's own tests: a failing example reports on its marked lines and nowhere else, a passing one not at all."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import Manifest, ManifestSet
from gitopsgen.policies.catalogue import Catalogue
from gitopsgen.policies.evaluation import Evaluator, Surroundings
from gitopsgen.policies.facts import images_of, indexed
from gitopsgen.policies.policy import Policy
from gitopsgen.policies.settings import Setting, Settings
from gitopsgen.source.location import Location
from gitopsgen.source.reader import Document, read

MARK: Final = re.compile(r"#\s*<- here\s*$", re.MULTILINE)
_API_VERSIONS: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("Rollout", "AnalysisTemplate", "Application", "AppProject", "ApplicationSet"), "argoproj.io/v1alpha1"
    ),
    **dict.fromkeys(("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"), "apps/v1"),
    **dict.fromkeys(("Job", "CronJob"), "batch/v1"),
    **dict.fromkeys(("Ingress", "NetworkPolicy"), "networking.k8s.io/v1"),
    **dict.fromkeys(("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"), "rbac.authorization.k8s.io/v1"),
    "HorizontalPodAutoscaler": "autoscaling/v2",
    "ScaledObject": "keda.sh/v1alpha1",
    "CustomResourceDefinition": "apiextensions.k8s.io/v1",
    "PodDisruptionBudget": "policy/v1",
}
_ENVIRONMENT: Final = {"name": "example", "labels": {}, "namespace": "example"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleFailure:
    """An example that does not do what it says, and why."""

    policy: str
    location: Location
    message: str


def run_examples(policy: Policy, catalogue: Catalogue) -> Iterator[ExampleFailure]:
    """Yield every example of ``policy`` that does not do what it says. Structural rules are run elsewhere."""
    for index, example in enumerate(policy.examples):
        location = policy.document.locate(("spec", "examples", index))
        for message in _judge(policy, example, catalogue):
            yield ExampleFailure(policy=policy.id, location=location, message=message)


def _judge(policy: Policy, example: Mapping[str, Any], catalogue: Catalogue) -> Iterator[str]:
    text, fails = str(example.get("fail", example.get("pass"))), "fail" in example
    tier = example.get("tier") or next(iter(policy.match.tiers), "production")
    manifests, documents, problem = example_manifests(text, tier)
    before, old_documents, old_problem = example_manifests(str(example.get("old", "")), tier)
    lower, _, lower_problem = example_manifests(str(example.get("lower", "")), tier)
    lower_past, _, lower_past_problem = example_manifests(str(example.get("lowerPast", "")), tier)
    past, _, past_problem = example_manifests(str(example.get("past", "")), tier)
    if said := problem or old_problem or lower_problem or lower_past_problem or past_problem:
        yield said
        return
    there = {manifest.id for manifest in manifests}
    surroundings = Surroundings(
        environment={**_ENVIRONMENT, "tier": tier, **({"promotesFrom": "lower"} if lower else {})},
        previous={manifest.id: manifest.body for manifest in before} if "old" in example else None,
        removed=tuple(manifest for manifest in before if manifest.id not in there),
        lower=lambda manifest: next((one for one in lower if one.id == manifest.id), None),
        lower_images=lambda manifest: (
            images_of(one.body for one in (*lower, *lower_past) if one.id == manifest.id)
            if "lowerPast" in example
            else None
        ),
        past_images=lambda manifest: images_of(one.body for one in past if one.id == manifest.id),
        environments=lambda: {
            "example": {**_ENVIRONMENT, "tier": tier, "resources": indexed(ManifestSet(tuple(manifests)))},
            "lower": {**_ENVIRONMENT, "name": "lower", "resources": indexed(ManifestSet(tuple(lower)))},
        },
    )
    alone = replace(catalogue, policies={policy.id: policy}, own=frozenset(), settings=_settings(policy, example))
    evaluation = Evaluator(alone).evaluate(ManifestSet(tuple(manifests)), surroundings)
    if evaluation.findings:
        yield evaluation.findings[0].message
        return
    now = [fault for fault in evaluation.faults if fault.manifest in documents]
    gone = [fault for fault in evaluation.faults if fault.manifest not in documents]
    if gone or (fails and MARK.search(str(example.get("old", "")))):
        yield from compare_lines(str(example["old"]), gone, old_documents, fails=fails)
    if now or not gone:
        yield from compare_lines(text, now, documents, fails=fails)


def compare_lines(
    text: str, faults: list[Fault], documents: Mapping[Manifest, Document], *, fails: bool
) -> Iterator[str]:
    """Yield how the lines of ``faults`` differ from the marked lines of an example."""
    marked = {number for number, line in enumerate(text.splitlines(), 1) if MARK.search(line)}
    lines = {documents[fault.manifest].locate(fault.path).line for fault in faults}
    if not fails:
        for fault in faults:
            yield f"it must pass, and is reported: {fault.message}"
        return
    if not marked:
        yield "no line is marked `# <- here`"
    if not lines:
        yield "it must fail, and is not reported"
        return
    for line in sorted(marked - lines):
        yield f"line {line} is marked, and not reported: reported are {sorted(lines)}"
    for line in sorted(lines - marked):
        yield f"line {line} is reported, and not marked"


def _settings(policy: Policy, example: Mapping[str, Any]) -> Settings:
    rules = {policy.id: Setting(severity={}, params=example.get("params") or {})}
    return Settings(policy_set=policy.sets[0], rules=rules)


def example_manifests(text: str, tier: str) -> tuple[list[Manifest], dict[Manifest, Document], str]:
    """Return the manifests of an example: an apiVersion that goes without saying is filled in, and a name."""
    stream = read(text, "example")
    if any(problem.rule == "yaml/syntax" for problem in stream.problems):
        return [], {}, f"the example is not YAML: {stream.problems[0].message}"
    manifests: list[Manifest] = []
    documents: dict[Manifest, Document] = {}
    for document in stream.documents:
        if not isinstance(document.data, dict):
            return [], {}, "the example holds a document that is no map"
        body = dict(document.data)
        body.setdefault("apiVersion", _API_VERSIONS.get(str(body.get("kind")), "v1"))
        if isinstance(body.get("metadata", {}), dict):
            body["metadata"] = {"name": "example", **body.get("metadata", {})}
        manifest = Manifest(
            body=body,
            file="example",
            document=document.index,
            tier=tier,
            environment="example",
            app="example",
            release="example/example",
        )
        manifests.append(manifest)
        documents[manifest] = document
    return manifests, documents, ""
