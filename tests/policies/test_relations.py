"""What belongs to a workload: found by an index, and the same as by trying each."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitopsgen.model.manifest import Manifest, ManifestSet
from gitopsgen.policies.admission.matching import SelectorError, selector_matches
from gitopsgen.policies.examples import example_manifests
from gitopsgen.policies.relations import Relations
from gitopsgen.policies.selection import LabelIndex, SelectorIndex

LABELS = st.dictionaries(st.sampled_from("abc"), st.sampled_from("xyz"), max_size=3)
REQUIREMENT = st.fixed_dictionaries(
    {
        "key": st.sampled_from("abc"),
        "operator": st.sampled_from(["In", "NotIn", "Exists", "DoesNotExist", "Is"]),
        "values": st.lists(st.sampled_from("xyz"), max_size=2),
    }
)
SELECTOR = st.fixed_dictionaries({}, optional={"matchLabels": LABELS, "matchExpressions": st.lists(REQUIREMENT)})


def selects(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    try:
        return selector_matches(selector, labels)
    except SelectorError:
        return False


@given(selectors=st.lists(SELECTOR, max_size=6), pods=st.lists(LABELS, max_size=6))
def test_an_index_finds_what_trying_each_finds(selectors: list[dict[str, Any]], pods: list[dict[str, str]]) -> None:
    by_selector = SelectorIndex((selector, number) for number, selector in enumerate(selectors))
    by_labels = LabelIndex((labels, number) for number, labels in enumerate(pods))
    for labels in pods:
        expected = [number for number, selector in enumerate(selectors) if selects(selector, labels)]
        assert by_selector.selecting(labels) == expected
    for selector in selectors:
        assert by_labels.with_labels(selector) == [n for n, labels in enumerate(pods) if selects(selector, labels)]


def relations(text: str) -> tuple[Relations, list[Manifest]]:
    manifests, _, problem = example_manifests(text, "production")
    assert not problem
    return Relations(ManifestSet(tuple(manifests))), manifests


@pytest.mark.parametrize(
    ("workload", "others", "replicas"),
    [
        pytest.param("kind: Rollout\nspec: {replicas: 4}", "", 4, id="its own"),
        pytest.param("kind: Rollout\nspec: {}", "", 1, id="one by default"),
        pytest.param("kind: Rollout\nspec: {replicas: 0}", "", 0, id="none"),
        pytest.param("kind: Rollout\nspec: {replicas: many}", "", 1, id="no number"),
        pytest.param("kind: DaemonSet\nspec: {}", "", None, id="not the manifest's to say"),
        pytest.param(
            "kind: Rollout\nspec: {replicas: 4}",
            "kind: HorizontalPodAutoscaler\nspec: {minReplicas: 2, scaleTargetRef: {kind: Rollout, name: example}}",
            2,
            id="an autoscaler's",
        ),
        pytest.param(
            "kind: Rollout\nspec: {replicas: 4}",
            "kind: HorizontalPodAutoscaler\nspec: {scaleTargetRef: {kind: Rollout, name: example}}",
            1,
            id="an autoscaler's default",
        ),
        pytest.param(
            "kind: Deployment\nspec: {replicas: 4}",
            "kind: ScaledObject\nspec: {scaleTargetRef: {name: example}}",
            0,
            id="KEDA scales Deployments to zero",
        ),
        pytest.param(
            "kind: Rollout\nspec: {replicas: 4}",
            "kind: HorizontalPodAutoscaler\nmetadata: {namespace: x}\nspec: {scaleTargetRef: {kind: Deployment, name: example}}",
            4,
            id="of another kind",
        ),
    ],
)
def test_the_fewest_pods(workload: str, others: str, replicas: int | None) -> None:
    found, manifests = relations(f"{workload}\n---\n{others}" if others else workload)
    assert found.fewest_pods(manifests[0]) == replicas


def test_a_deployment_has_the_replicas_of_the_rollout_that_refers_to_it() -> None:
    found, manifests = relations(
        "kind: Deployment\nspec: {replicas: 0, template: {metadata: {labels: {app: a}}, spec: {}}}\n---\n"
        "kind: Rollout\nmetadata: {name: other}\nspec: {replicas: 5, workloadRef: {kind: Deployment, name: example}}\n---\n"
        "kind: PodDisruptionBudget\nspec: {selector: {matchLabels: {app: a}}}\n"
    )
    workload = found.workload(manifests[0])
    assert workload
    assert workload["replicas"] == 5
    assert workload["rollout"] is manifests[1].body
    of_rollout = found.workload(manifests[1])
    assert of_rollout
    assert of_rollout["disruptionBudgets"] == [manifests[2].body]
    assert found.selected(manifests[2]) == [{"object": manifests[0].body, "replicas": 5}]
    assert not found.rivals(manifests[0])


def test_namespaces_keep_apart() -> None:
    found, manifests = relations(
        "kind: Deployment\nmetadata: {namespace: a}\nspec: {template: {metadata: {labels: {app: a}}, spec: {}}}\n---\n"
        "kind: Service\nmetadata: {namespace: b}\nspec: {selector: {app: a}}\n---\n"
        "kind: Service\nmetadata: {name: here}\nspec: {selector: {app: a}}\n---\n"
        "kind: Service\nmetadata: {name: none, namespace: a}\nspec: {}\n"
    )
    workload = found.workload(manifests[0])
    assert workload
    assert workload["services"] == [manifests[2].body]
    assert [found.selected(manifest) for manifest in manifests[1:]] == [
        [],
        [{"object": manifests[0].body, "replicas": 1}],
        [],
    ]


def test_what_runs_no_pods_is_no_workload() -> None:
    found, manifests = relations("kind: Service\n---\nkind: Rollout\nspec: {}\n---\nkind: Deployment\nspec: []\n")
    assert [found.workload(manifest) for manifest in manifests] == [None, None, None]
