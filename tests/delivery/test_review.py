"""What a change of the rendered tree comes to: lines, ranked by what they put at risk, told once for many releases."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitopsgen.delivery.review.model import Level, Review
from gitopsgen.delivery.review.reviewing import review
from gitopsgen.delivery.review.trees import Committed, OnDisk, Recalled
from gitopsgen.tree.header import with_header
from tests.delivery.repositories import start

Objects = Mapping[str, Mapping[str, Any]]
APPLICATION = "rendered/prod/argocd/apps/api.yaml"
ROOT = "rendered/prod/argocd/root.yaml"
CONDITION = "AnalysisTemplate success-rate: metrics[rate].successCondition"
SERVER = "Application: destination.server"
PRUNED = {"syncPolicy": {"automated": {"prune": True}}}


def manifest(kind: str, name: str = "api", api: str = "v1", **body: Any) -> dict[str, Any]:  # noqa: ANN401 - any key
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": "shop"}, **body}


def application(**body: Any) -> dict[str, Any]:  # noqa: ANN401 - any key
    return manifest("Application", api="argoproj.io/v1alpha1", **body)


def rollout(name: str = "api", image: str = "ghcr.io/x/api:v1.0.0", **spec: Any) -> dict[str, Any]:  # noqa: ANN401 - any key
    container = {"name": "api", "image": image, **spec.pop("container", {})}
    steps = spec.pop("steps", [{"setWeight": 5}, {"pause": {}}, {"setWeight": 50}, {"pause": {"duration": "10m"}}])
    pod = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container], **spec.pop("pod", {})}}
    return manifest(
        "Rollout",
        name,
        "argoproj.io/v1alpha1",
        spec={
            "replicas": 4,
            "selector": {"matchLabels": {"app": name}},
            "template": pod,
            "strategy": {"canary": {"trafficRouting": {"nginx": {"stableIngress": "api"}}, "steps": steps}},
            **spec,
        },
    )


def text(bodies: Mapping[str, Any] | list[Mapping[str, Any]]) -> str:
    documents = bodies if isinstance(bodies, list) else [bodies]
    return with_header(yaml.safe_dump_all(documents, sort_keys=False), ["environments/x.yaml"])


def files(objects: Mapping[str, Any]) -> dict[str, str]:
    """A tree of ``prod/api``: each object in a file of its kind and name, and others by their path."""
    return {
        key if key.startswith("rendered/") else f"rendered/prod/api/manifests/{key}.yaml": text(value)
        for key, value in objects.items()
    }


def reviewed(folder: Path, before: Mapping[str, Any], after: Mapping[str, Any]) -> Review:
    repository = start(folder)
    for file, written in files(before).items():
        repository.write(file, written)
    old = Committed(root=folder, commit=repository.commit("feat: before"))
    return review(old, recalled(old, files(after)), lambda _: True)


def recalled(base: Committed, texts: Mapping[str, str]) -> Recalled:
    return Recalled(root=base.root, base=base, blobs={}).with_texts(texts, without=())


def told(found: Review) -> list[tuple[str, str, str]]:
    return [(line.level.value, line.text, line.policy) for group in found.groups for line in group.lines]


HPA = manifest("HorizontalPodAutoscaler", api="autoscaling/v2", spec={"minReplicas": 6, "maxReplicas": 20})
PVC = manifest("PersistentVolumeClaim", "data", spec={"storageClassName": "fast", "accessModes": ["ReadWriteOnce"]})
NETWORK = manifest("NetworkPolicy", api="networking.k8s.io/v1", spec={"policyTypes": ["Ingress", "Egress"]})
SERVICE = manifest("Service", spec={"selector": {"app": "api"}, "ports": [{"name": "http", "port": 80}]})
ANALYSIS = manifest(
    "AnalysisTemplate",
    "api-success-rate",
    "argoproj.io/v1alpha1",
    spec={"metrics": [{"name": "rate", "count": 10, "failureLimit": 1, "successCondition": "result[0] >= 0.99"}]},
)


def metric(**changed: Any) -> dict[str, Any]:  # noqa: ANN401 - any key
    return {**ANALYSIS, "spec": {"metrics": [{**ANALYSIS["spec"]["metrics"][0], **changed}]}}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(
            {"r": rollout()},
            {"r": rollout(image="ghcr.io/x/api:v1.0.1")},
            [("low", "image v1.0.0 → v1.0.1", "")],
            id="another version",
        ),
        pytest.param(
            {"r": rollout()},
            {"r": rollout(image="ghcr.io/x/api:v0.9.0")},
            [("medium", "image v1.0.0 → v0.9.0 (goes back)", "image-downgraded")],
            id="an older version",
        ),
        pytest.param(
            {"r": rollout()},
            {"r": rollout(image="ghcr.io/y/api:v1.0.0")},
            [
                (
                    "medium",
                    "Rollout: containers[api].image ghcr.io/x/api:v1.0.0 → ghcr.io/y/api:v1.0.0 (another image)",
                    "",
                )
            ],
            id="an image from elsewhere",
        ),
        pytest.param(
            {"r": rollout()},
            {"r": rollout(steps=[{"setWeight": 5}, {"setWeight": 50}, {"pause": {"duration": "10m"}}])},
            [
                ("high", "manual gates 1 → 0", "gate-removed"),
                ("high", "traffic before the first gate 5 % → 100 %", "ungated-production-canary"),
                ("medium", "rollout steps changed", ""),
            ],
            id="a gate less",
        ),
        pytest.param(
            {"r": rollout()},
            {"r": rollout(replicas=2)},
            [("high", "Rollout: replicas 4 → 2 (half of the pods or more go)", "replicas-cut")],
            id="half of the pods",
        ),
        pytest.param(
            {"r": rollout()}, {"r": rollout(replicas=5)}, [("low", "Rollout: replicas 4 → 5", "")], id="more pods"
        ),
        pytest.param(
            {"h": HPA},
            {"h": {**HPA, "spec": {"minReplicas": 5, "maxReplicas": 20}}},
            [("medium", "HorizontalPodAutoscaler: minReplicas 6 → 5 (scales to fewer pods)", "")],
            id="an autoscaler of fewer pods",
        ),
        pytest.param(
            {"a": ANALYSIS},
            {"a": metric(successCondition="result[0] >= 0.9")},
            [
                (
                    "high",
                    f"{CONDITION} result[0] >= 0.99 → result[0] >= 0.9 (rate judges more leniently)",
                    "",
                )
            ],
            id="a lower threshold",
        ),
        pytest.param(
            {"a": ANALYSIS},
            {"a": metric(failureLimit=0)},
            [
                (
                    "low",
                    "AnalysisTemplate success-rate: metrics[rate].failureLimit 1 → 0 (rate judges more strictly)",
                    "",
                )
            ],
            id="a stricter limit",
        ),
        pytest.param(
            {"r": rollout(container={"securityContext": {"privileged": False}})},
            {"r": rollout(container={"securityContext": {"privileged": True}})},
            [
                (
                    "high",
                    "Rollout: containers[api].securityContext.privileged false → true (the container owns its node)",
                    "privileged-container",
                )
            ],
            id="a privileged container",
        ),
        pytest.param(
            {"r": rollout(container={"securityContext": {"capabilities": {"drop": ["ALL"]}}})},
            {"r": rollout()},
            [
                (
                    "high",
                    "Rollout: containers[api].securityContext removed: {capabilities: {drop: [ALL]}} (keeps a capability)",
                    "capabilities-kept",
                )
            ],
            id="a security context that goes as a whole",
        ),
        pytest.param(
            {"p": PVC, APPLICATION: application(spec=PRUNED)},
            {APPLICATION: application(spec=PRUNED)},
            [("high", "PersistentVolumeClaim data removed (is pruned, and what it holds)", "data-removed")],
            id="data that is pruned",
        ),
        pytest.param(
            {"p": PVC, APPLICATION: application(spec={})},
            {APPLICATION: application(spec={})},
            [("low", "PersistentVolumeClaim data removed (stays in the cluster: nothing prunes it)", "")],
            id="data that nothing prunes",
        ),
        pytest.param(
            {"n": NETWORK, APPLICATION: application(spec=PRUNED)},
            {APPLICATION: application(spec=PRUNED)},
            [("high", "NetworkPolicy removed (guards nothing any more)", "guard-removed")],
            id="a guard that goes",
        ),
        pytest.param(
            {"p": PVC},
            {"p": {**PVC, "spec": {"storageClassName": "slow", "accessModes": ["ReadWriteOnce"]}}},
            [
                (
                    "high",
                    "PersistentVolumeClaim data: storageClassName fast → slow (cannot be changed: the sync fails)",
                    "immutable-field-changed",
                )
            ],
            id="a field that cannot be changed",
        ),
        pytest.param(
            {"r": rollout(), APPLICATION: application()},
            {"r": rollout("api-v2"), APPLICATION: application()},
            [
                (
                    "high",
                    "Rollout api → api-v2 renamed (a first deployment: its steps, gates and analyses are skipped)",
                    "rollout-recreated",
                )
            ],
            id="a Rollout with another name",
        ),
        pytest.param(
            {"s": SERVICE},
            {"s": manifest("Service", spec={"selector": {"app": "web"}, "ports": [{"name": "http", "port": 80}]})},
            [("high", "Service: selector.app api → web (traffic goes to other pods)", "")],
            id="a Service of other pods",
        ),
        pytest.param(
            {"c": manifest("Secret", data={"a": "b2xk"})},
            {"c": manifest("Secret", data={"a": "bmV3", "b": "bmV3"})},
            [
                ("medium", "Secret: data.a changed (a secret changes)", ""),
                ("medium", "Secret: data.b added (a secret changes)", ""),
            ],
            id="secrets are not shown",
        ),
        pytest.param(
            {"c": manifest("ConfigMap", data={"f": "a: 1\nb: 2\nc: 3\n"})},
            {"c": manifest("ConfigMap", data={"f": "a: 1\nb: 3\nc: 3\nd: 4\n"})},
            [("low", "ConfigMap: data.f +2 -1 lines", "")],
            id="a long text by its lines",
        ),
        pytest.param(
            {"r": rollout(container={"env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]})},
            {"r": rollout(container={"env": [{"name": "B", "value": "2"}, {"name": "A", "value": "1"}]})},
            [("low", "Rollout: containers[api].env[order] A, B → B, A", "")],
            id="another order",
        ),
        pytest.param({"s": SERVICE}, {"other": SERVICE}, [], id="another file"),
        pytest.param(
            {APPLICATION: application(spec={"destination": {"server": "https://a"}})},
            {APPLICATION: application(spec={"destination": {"server": "https://b"}})},
            [
                (
                    "high",
                    f"{SERVER} https://a → https://b (is deployed to another place; what is there stays)",
                    "",
                )
            ],
            id="another cluster",
        ),
    ],
)
def test_what_a_change_puts_at_risk(
    tmp_path: Path, before: Objects, after: Objects, expected: list[tuple[str, str, str]]
) -> None:
    assert told(reviewed(tmp_path, before, after)) == expected


def test_the_values_of_a_chart_are_only_told_where_it_takes_them(tmp_path: Path) -> None:
    values = "rendered/prod/api/values.yaml"
    old, new = ({"image": {"repository": "x/api", "tag": tag}, "size": tag} for tag in ("v1.0.0", "v1.1.0"))
    plain = application(spec={"source": {"path": "rendered/prod/api/manifests"}})
    assert not reviewed(tmp_path / "a", {values: old, APPLICATION: plain}, {values: new, APPLICATION: plain}).groups
    chart = application(spec={"source": {"helm": {"valueFiles": ["/rendered/prod/api/values.yaml"]}}})
    found = reviewed(tmp_path / "b", {values: old, APPLICATION: chart}, {values: new, APPLICATION: chart})
    assert told(found) == [("low", "image v1.0.0 → v1.1.0", "")]
    new["replicaCount"] = 1  # type: ignore[assignment] # a value of another type
    old["replicaCount"] = 4  # type: ignore[assignment] # the same
    found = reviewed(tmp_path / "c", {values: old, APPLICATION: chart}, {values: new, APPLICATION: chart})
    assert ("high", "HelmValues: replicaCount 4 → 1 (half of the pods or more go)", "replicas-cut") in told(found)


def place(release: str, objects: Mapping[str, Any]) -> dict[str, Any]:
    return {f"rendered/{release}/manifests/{key}.yaml": value for key, value in objects.items()}


def test_the_same_in_many_releases_is_told_once(tmp_path: Path) -> None:
    def fleet(tag: str, replicas: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for index in range(37):
            name = f"app-{index:02}"
            spec: dict[str, Any] = {"replicas": replicas} if index == 7 else {}
            body = rollout(name, f"ghcr.io/x/{name}:{tag}", container={"name": name}, **spec)
            found |= place(f"prod/{name}", {"rollout": body})
        return found

    found = reviewed(tmp_path, fleet("1.4.1", 4), fleet("1.4.2", 1))
    assert [(len(group.releases), [line.text for line in group.lines]) for group in found.groups] == [
        (1, ["Rollout: replicas 4 → 1 (half of the pods or more go)"]),
        (37, ["image 1.4.1 → 1.4.2"]),
    ]
    assert found.groups[0].releases == ("prod/app-07",)
    assert found.total == len(found.releases) == 37
    assert found.reaches(Level.HIGH)


def test_a_release_that_comes_or_goes_is_one_line(tmp_path: Path) -> None:
    root = manifest("Application", "prod-root", "argoproj.io/v1alpha1", spec=PRUNED)
    own = application(spec=PRUNED)
    own["metadata"]["finalizers"] = ["resources-finalizer.argocd.argoproj.io/foreground"]
    release = {**place("prod/api", {"rollout-api": rollout(), "service-api": SERVICE}), APPLICATION: own}
    found = reviewed(tmp_path / "a", {ROOT: root, **release}, {ROOT: root})
    assert told(found) == [("high", "removed: its 2 objects are deleted, and its pods", "")]
    assert [one.became for one in found.releases] == ["removed"]
    found = reviewed(tmp_path / "b", {ROOT: root}, {ROOT: root, **release})
    assert told(found) == [
        ("low", "new: 2 objects, image v1.0.0; a first deployment skips steps, gates and analyses", "")
    ]
    assert found.releases[0].plans
    assert found.releases[0].plans[0] is None
    del own["metadata"]["finalizers"]
    found = reviewed(tmp_path / "c", {ROOT: root, **release}, {ROOT: root})
    assert told(found) == [("low", "removed: its 2 objects stay in the cluster, for nothing prunes them", "")]


def test_an_environment_that_comes_or_goes_runs_nothing_itself(tmp_path: Path) -> None:
    root = manifest("Application", "prod-root", "argoproj.io/v1alpha1", spec=PRUNED)
    project = manifest("AppProject", "prod", "argoproj.io/v1alpha1", spec={})
    tree = {ROOT: root, "rendered/prod/argocd/project.yaml": project}
    assert ("low", "new: 1 object", "") in told(reviewed(tmp_path / "a", {}, tree))
    found = told(reviewed(tmp_path / "b", tree, {}))
    assert [text for _, text, _ in found if text.startswith("removed: its 1 object ")]
    assert not [text for _, text, _ in found if "pods" in text or " are " in text or " stay " in text]


def test_a_release_with_another_name(tmp_path: Path) -> None:
    root = manifest("Application", "prod-root", "argoproj.io/v1alpha1", spec=PRUNED)

    def release(name: str) -> dict[str, Any]:
        own = manifest("Application", name, "argoproj.io/v1alpha1", spec=PRUNED)
        service = manifest("Service", name, spec={"selector": {"app": name}, "ports": [{"name": "http", "port": 80}]})
        files = place(f"prod/{name}", {f"rollout-{name}": rollout(name), f"service-{name}": service})
        return {ROOT: root, f"rendered/prod/argocd/apps/{name}.yaml": own, **files}

    found = reviewed(tmp_path, release("api"), release("shop"))
    assert [(one.release, one.became) for one in found.releases] == [("prod/shop", "renamed")]
    assert told(found)[0][:2] == (
        "high",
        "Rollout api → shop renamed (a first deployment: its steps, gates and analyses are skipped)",
    )
    assert ("medium", "renamed: was prod/api", "") in told(found)


def test_a_release_with_another_name_is_judged_by_the_same(tmp_path: Path) -> None:
    def release(name: str) -> dict[str, Any]:
        steps = [{"setWeight": 5}, {"analysis": {"templates": [{"templateName": f"{name}-success-rate"}]}}]
        analysis = {**ANALYSIS, "metadata": {"name": f"{name}-success-rate", "namespace": "prod"}}
        own = manifest("Application", name, "argoproj.io/v1alpha1", spec=PRUNED)
        files = {f"rollout-{name}": rollout(name, steps=steps), f"analysistemplate-{name}-success-rate": analysis}
        return {f"rendered/prod/argocd/apps/{name}.yaml": own, **place(f"prod/{name}", files)}

    staying = release("api")
    changed = {"rollout-api": rollout(steps=[{"setWeight": 5}])}
    found = reviewed(tmp_path, {**staying, **release("old")}, {**place("prod/api", changed), **release("shop")})
    lines = {one.release: [line.text for line in one.lines] for one in found.releases}
    assert sorted(lines) == ["prod/api", "prod/shop"]
    assert "renamed: was prod/old" in lines["prod/shop"]
    assert not [text for text in lines["prod/shop"] if "judged" in text or "steps changed" in text]
    assert "not judged by success-rate any more" in lines["prod/api"]


def test_a_plan_is_given_where_the_strategy_changed(tmp_path: Path) -> None:
    before = {"rollout-api": rollout(), "analysistemplate-api-success-rate": ANALYSIS}
    steps = [
        {"setWeight": 5},
        {"pause": {}},
        {"setWeight": 50},
        {"analysis": {"templates": [{"templateName": "api-success-rate"}]}},
    ]
    found = reviewed(tmp_path, before, {**before, "rollout-api": rollout(steps=steps)})
    plans = found.releases[0].plans
    assert plans
    assert [plan.analyses for plan in plans if plan] == [(), ("api-success-rate",)]
    assert [plan.min_seconds for plan in plans if plan] == [600, 0]
    assert ("low", "judged by success-rate too", "") in told(found)
    assert ("medium", "takes at least 10m → 0s", "") in told(found)


def test_what_is_no_yaml_is_told_and_takes_nothing_away(tmp_path: Path) -> None:
    repository = start(tmp_path)
    file = "rendered/prod/api/manifests/service-api.yaml"
    repository.write(file, text(SERVICE))
    commit = repository.commit("feat: before")
    repository.write(file, "kind: Service\n<<<<<<< HEAD\n\t- x\n")
    found = review(Committed(root=tmp_path, commit=commit), OnDisk(root=tmp_path), lambda _: True)
    assert found.unreadable == (file,)
    assert not found.releases


def test_what_differs_is_found_alike_on_disk_in_memory_and_in_a_commit(tmp_path: Path) -> None:
    repository = start(tmp_path)
    old, new = files({"s": SERVICE, "n": NETWORK}), files({"s": manifest("Service", spec={}), "p": PVC})
    for file, written in old.items():
        repository.write(file, written)
    before = Committed(root=tmp_path, commit=repository.commit("feat: before"))
    for file in old:
        (tmp_path / file).unlink()
    for file, written in new.items():
        repository.write(file, written)
    on_disk = OnDisk(root=tmp_path).differing(before)
    after = Committed(root=tmp_path, commit=repository.commit("feat: after"))
    assert (
        on_disk == after.differing(before) == recalled(before, new).differing(before) == frozenset(old) | frozenset(new)
    )
    reviews = [review(before, tree, lambda _: True) for tree in (OnDisk(root=tmp_path), after, recalled(before, new))]
    assert told(reviews[0]) == told(reviews[1]) == told(reviews[2])
