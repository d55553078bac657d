"""What the built-in templates render: valid, linked, scraped once, reachable, and without drift."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gitopsgen.model.finding import Severity
from gitopsgen.model.manifest import ManifestSet, dig
from gitopsgen.model.release import Release
from gitopsgen.policies.catalogue import load_catalogue
from gitopsgen.templating.traced import untraced
from gitopsgen.templating.tracing import Tracer
from gitopsgen.validation.schemas import SchemaChecker
from gitopsgen.validation.structural import check_structure
from tests.templates.rendering import (
    LIBRARY,
    MINIMAL,
    RENDERER,
    WEB,
    Spec,
    named,
    one,
    release_objects,
    rendered,
    resolved,
    values_of,
)

ANALYSES: Spec = {"success-rate": {}, "error-rate": {}, "latency-p99": {}, "saturation": {}, "smoke-test": {}}
FULL: Spec = {
    **WEB,
    "ports": {"http": 8000, "admin": 9000},
    "analysis": ANALYSES,
    "config": {"app.yaml": "a: 1\n"},
    "featureFlags": {"beta": {"enabled": True, "rolloutPercentage": 10, "allow": ["a@example.com"]}},
    "env": {"PLAIN": 1, "FROM": {"secret": "db", "key": "url"}, "NODE": {"field": "spec.nodeName"}},
    "autoscaling": {"max": 5, "cpu": 70, "memory": 80},
    "scheduling": {"spread": True, "nodeSelector": {"disk": "ssd"}, "priorityClassName": "high"},
    "resources": {"requests": {"cpu": 0.5, "memory": "1Gi"}, "limits": {"cpu": 1, "memory": "2Gi"}},
    "externals": ["Secret/db", "Gateway/public"],
}
GATEWAY: Spec = {**WEB, "ingress": {"host": "api.example.com", "className": "infra/public"}}


def through(profile: str, **parameters: object) -> Spec:
    return {"rollout": {"profile": profile, "with": parameters}}


REMOVING: Spec = {
    "spec": {
        "revisionHistoryLimit": None,
        "template": {"spec": {"volumes": None, "containers": [{"name": "api", "volumeMounts": None}]}},
    }
}
CASES: Mapping[str, Spec] = {
    "minimal": {**MINIMAL, "rollout": {"profile": "rolling"}},
    "full": FULL,
    "older Kubernetes": FULL,
    "fast-blue-green": {**FULL, **through("fast-blue-green", before=["smoke-test"], previewReplicaCount=1)},
    "guarded-blue-green": {
        **FULL,
        "analysis": {**ANALYSES, "load-test": {}},
        **through("guarded-blue-green"),
    },
    "canary": {**FULL, **through("canary", background=["success-rate", "saturation"])},
    "canary by pods": {**MINIMAL, **through("canary")},
    "gated-canary through istio": {**GATEWAY, **through("gated-canary", trafficRouting="istio")},
    "conservative-canary through a Gateway": {**GATEWAY, **through("conservative-canary", trafficRouting="gatewayAPI")},
    "conservative-canary through an ALB": {**WEB, **through("conservative-canary", trafficRouting="alb")},
    "conservative-canary without gates": {**WEB, **through("conservative-canary", gates=[])},
    "experiment": {**WEB, **through("experiment")},
    "experiment through istio": {**GATEWAY, **through("experiment", trafficRouting="istio", weight=5)},
    "rolling": {**WEB, **through("rolling")},
    "patched": {**WEB, **through("rolling"), "patches": [{"target": {"kind": "Rollout"}, "merge": REMOVING}]},
}


def release_of(case: str, folder: Path) -> Release:
    return resolved(folder, CASES[case], {"versions": {"kubernetes": "1.27" if case == "older Kubernetes" else "1.34"}})


def resources_of(case: str, folder: Path) -> ManifestSet:
    return rendered(release_of(case, folder))


@pytest.mark.parametrize("case", CASES)
def test_every_object_is_valid_and_linked(case: str, tmp_path: Path, repository: Path) -> None:
    release = release_of(case, tmp_path)
    resources = rendered(release)
    catalogue, _ = load_catalogue(repository / "policies", None)
    faults = SchemaChecker().check(resources, release.environment.versions).faults
    faults += check_structure(resources, release.environment.versions)
    errors = [
        f"{fault.rule}: {fault.message}"
        for fault in faults
        if (fault.severity or catalogue.severity(fault.rule, "staging")) is Severity.ERROR
    ]
    assert errors == []


@pytest.mark.parametrize("case", CASES)
def test_a_traced_render_gives_the_same(case: str, tmp_path: Path) -> None:
    release = release_of(case, tmp_path)
    plain, traced = RENDERER.release(release), Tracer(library=LIBRARY).release(release)
    assert [untraced(manifest.body) for manifest in traced.manifests] == [one.body for one in plain.manifests]


@pytest.mark.parametrize("case", CASES)
def test_the_project_permits_every_kind_that_is_rendered(case: str, tmp_path: Path) -> None:
    resources = resources_of(case, tmp_path)
    permitted = {
        (entry["group"], entry["kind"]) for entry in one(resources, "AppProject")["spec"]["namespaceResourceWhitelist"]
    }
    assert {(manifest.group, manifest.kind) for manifest in release_objects(resources)} <= permitted


@pytest.mark.parametrize("case", CASES)
def test_nothing_comes_after_the_rollout(case: str, tmp_path: Path) -> None:
    """A gate would hold up a later wave, and with it every later sync."""
    waves = {
        manifest.id: int(dig(manifest.body, "metadata", "annotations", "argocd.argoproj.io/sync-wave") or 0)
        for manifest in release_objects(resources_of(case, tmp_path))
    }
    assert max(waves.values()) == 0
    assert [wave for identity, wave in waves.items() if identity.kind == "Rollout"] == [0]


@pytest.mark.parametrize("case", [case for case in CASES if "metrics" in CASES[case]])
def test_each_pod_is_scraped_once(case: str, tmp_path: Path) -> None:
    resources = resources_of(case, tmp_path)
    wanted = one(resources, "ServiceMonitor")["spec"]["selector"]["matchLabels"].items()
    services = [manifest for manifest in resources if manifest.kind == "Service"]
    assert [
        service.name for service in services if wanted <= (dig(service.body, "metadata", "labels") or {}).items()
    ] == ["api-metrics"]


@pytest.mark.parametrize(
    ("case", "names"),
    [
        pytest.param("rolling", ["api", "api-metrics"], id="one version at a time"),
        pytest.param("canary by pods", ["api"], id="the number of pods divides the traffic"),
        pytest.param("canary", ["api", "api-canary", "api-metrics"], id="canary"),
        pytest.param("fast-blue-green", ["api", "api-metrics", "api-preview"], id="blue-green"),
    ],
)
def test_services(case: str, names: list[str], tmp_path: Path) -> None:
    assert named(resources_of(case, tmp_path), "Service") == names


def test_a_pod_is_hardened_and_gets_its_configuration(tmp_path: Path) -> None:
    pod = one(resources_of("full", tmp_path), "Rollout")["spec"]["template"]
    (container,) = pod["spec"]["containers"]
    assert pod["spec"]["automountServiceAccountToken"] is False
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["env"] == [
        {"name": "PLAIN", "value": "1"},
        {"name": "FROM", "valueFrom": {"secretKeyRef": {"name": "db", "key": "url"}}},
        {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
    ]
    assert container["resources"] == {
        "requests": {"cpu": "0.5", "memory": "1Gi"},
        "limits": {"cpu": "1", "memory": "2Gi"},
    }
    assert {mount["mountPath"] for mount in container["volumeMounts"]} == {"/tmp", "/etc/api"}  # noqa: S108 - a mount
    assert list(pod["metadata"]["annotations"]) == ["gitopsgen.io/config-checksum"]


@pytest.mark.parametrize(
    ("case", "lifecycle"),
    [
        pytest.param("full", {"preStop": {"sleep": {"seconds": 5}}}, id="1.34"),
        pytest.param("older Kubernetes", None, id="1.27 has no sleep action"),
    ],
)
def test_a_stopping_pod_goes_on_serving_for_a_moment(case: str, lifecycle: object, tmp_path: Path) -> None:
    pod = one(resources_of(case, tmp_path), "Rollout")["spec"]["template"]
    assert pod["spec"]["containers"][0].get("lifecycle") == lifecycle


def test_replicas_are_left_to_an_autoscaler(tmp_path: Path) -> None:
    resources = resources_of("full", tmp_path)
    assert "replicas" not in one(resources, "Rollout")["spec"]
    scaler = one(resources, "HorizontalPodAutoscaler")["spec"]
    assert scaler["scaleTargetRef"] == {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "api"}
    assert [metric["resource"]["name"] for metric in scaler["metrics"]] == ["cpu", "memory"]


def test_feature_flags_are_what_the_service_reads(tmp_path: Path) -> None:
    assert one(resources_of("full", tmp_path), "ConfigMap", "api-feature-flags")["data"] == {
        "features.yaml": "features:\n  beta:\n    enabled: true\n    rollout-percentage: 10\n"
        "    whitelist: [a@example.com]\n"
    }


@pytest.mark.parametrize(
    ("app", "callers"),
    [
        pytest.param(MINIMAL, [], id="nobody"),
        pytest.param({**MINIMAL, "metrics": {"path": "/m"}}, ["monitoring"], id="the scraper"),
        pytest.param(
            {**WEB, "network": {"allowFrom": ["shop", "monitoring"]}},
            ["shop", "monitoring", "ingress-nginx", "monitoring"],
            id="those that it names, and the ingress controller",
        ),
        pytest.param(
            {**WEB, **through("fast-blue-green", before=["smoke-test"])},
            ["ingress-nginx", "argo-rollouts", "monitoring"],
            id="the Rollouts controller, for web metrics",
        ),
        pytest.param(
            {**WEB, **through("fast-blue-green", before=["load-test"])},
            ["ingress-nginx", "monitoring", "api-load-test"],
            id="the load test's pods",
        ),
        pytest.param(CASES["gated-canary through istio"], ["infra", "monitoring"], id="the Gateway's namespace"),
        pytest.param(
            CASES["conservative-canary through an ALB"], ["everybody", "monitoring"], id="a load balancer outside"
        ),
    ],
)
def test_who_may_connect(app: Spec, callers: list[str], tmp_path: Path) -> None:
    policy = one(rendered(resolved(tmp_path, app, {})), "NetworkPolicy")["spec"]
    assert policy["policyTypes"] == ["Ingress"]
    found = [
        next(iter((peer.get("namespaceSelector") or peer["podSelector"])["matchLabels"].values()))
        if peer
        else "everybody"
        for rule in policy["ingress"]
        for peer in rule.get("from", [None])
    ]
    assert found == callers


SERVICE_HASH = {"group": "", "kind": "Service", "jsonPointers": ["/spec/selector/rollouts-pod-template-hash"]}
REPLICAS = {"group": "argoproj.io", "kind": "Rollout", "name": "api", "jsonPointers": ["/spec/replicas"]}
DEPLOYMENT = {"group": "apps", "kind": "Deployment", "name": "api", "jsonPointers": ["/spec/replicas"]}
RESPECT = ["RespectIgnoreDifferences=true"]
WEIGHTS = {
    "group": "networking.istio.io",
    "kind": "VirtualService",
    "name": "api",
    "jqPathExpressions": [".spec.http[].route[].weight"],
}


@pytest.mark.parametrize(
    ("app", "options", "ignored", "added"),
    [
        pytest.param(WEB, [], None, [], id="nothing is written that git sets"),
        pytest.param({**WEB, "autoscaling": {"max": 4}}, [], [REPLICAS], RESPECT, id="autoscaler"),
        pytest.param(CASES["gated-canary through istio"], [], [WEIGHTS], [], id="weights in a list"),
        pytest.param(
            {**CASES["gated-canary through istio"], "autoscaling": {"max": 4}},
            [],
            [WEIGHTS],
            [],
            id="weights in a list would be frozen by what an autoscaler wants",
        ),
        pytest.param(WEB, ["ServerSideApply=true"], [SERVICE_HASH], RESPECT, id="server-side apply"),
        pytest.param(WEB, ["Replace=true"], [SERVICE_HASH], RESPECT, id="replace"),
        pytest.param(
            {**WEB, "chart": {"path": "charts/api", "workload": "deployment"}},
            [],
            [DEPLOYMENT],
            RESPECT,
            id="referenced Deployment",
        ),
    ],
)
def test_what_controllers_write_is_no_drift(
    app: Spec, options: list[str], ignored: object, added: list[str], tmp_path: Path
) -> None:
    resources = rendered(resolved(tmp_path, app, {"argocd": {"sync": {"options": options}}}))
    spec = one(resources, "Application", "api-stage")["spec"]
    assert spec.get("ignoreDifferences") == ignored
    assert spec["syncPolicy"].get("syncOptions", []) == options + added


@pytest.mark.parametrize(
    ("chart", "source"),
    [
        pytest.param(
            {"path": "charts/api"},
            {"repoURL": "https://git.example.com/shop", "targetRevision": "main", "path": "charts/api"},
            id="in this repository",
        ),
        pytest.param(
            {"repoURL": "oci://ghcr.io/x/charts", "name": "api", "version": "1.2.3"},
            {"repoURL": "ghcr.io/x/charts", "targetRevision": "1.2.3", "chart": "api"},
            id="in a registry, which Argo CD wants without a scheme",
        ),
    ],
)
def test_an_application_with_a_chart(chart: Spec, source: Spec, tmp_path: Path) -> None:
    resources = rendered(resolved(tmp_path, {**WEB, "chart": chart}, {}))
    application = one(resources, "Application", "api-stage")["spec"]
    first, second = application["sources"]
    helm = {"releaseName": "api", "valueFiles": ["$values/rendered/stage/api/values.yaml"]}
    assert first == {**source, "helm": helm}
    assert second == {
        "repoURL": "https://git.example.com/shop",
        "targetRevision": "main",
        "path": "rendered/stage/api/manifests",
        "ref": "values",
    }
    assert "source" not in application
    written = [manifest.kind for manifest in resources if not manifest.virtual]
    assert "Rollout" not in written, "the chart draws it"


def test_a_deployment_of_a_chart_is_referenced(tmp_path: Path) -> None:
    app = {**WEB, "chart": {"path": "charts/api", "workload": "deployment"}}
    spec = one(rendered(resolved(tmp_path, app, {})), "Rollout")["spec"]
    assert spec["workloadRef"] == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "name": "api",
        "scaleDown": "onsuccess",
    }
    assert not {"template", "selector"} & set(spec)


def test_application_and_root(tmp_path: Path) -> None:
    argocd: dict[str, Any] = {
        "sync": {"automated": {"prune": True, "selfHeal": False}, "wave": 3},
        "notifications": {"slack": {"on-deployed": "deployments"}},
    }
    resources = rendered(resolved(tmp_path, WEB, {"argocd": argocd, "cluster": {"name": "remote"}}))
    application, root = one(resources, "Application", "api-stage"), one(resources, "Application", "stage-root")
    assert application["metadata"]["annotations"] == {
        "argocd.argoproj.io/manifest-generate-paths": "/rendered/stage/api",
        "argocd.argoproj.io/sync-wave": "3",
        "notifications.argoproj.io/subscribe.on-deployed.slack": "deployments",
    }
    assert application["spec"]["destination"] == {"name": "remote", "namespace": "shop"}
    # Argo CD drops both when it writes an Application, and they would differ for ever.
    assert application["spec"]["syncPolicy"]["automated"] == {"prune": True}
    assert "directory" not in application["spec"]["source"]
    assert root["spec"]["source"]["directory"] == {"recurse": True, "exclude": "root.yaml"}
    assert root["spec"]["destination"] == {"server": "https://kubernetes.default.svc", "namespace": "argocd"}
    assert "finalizers" not in root["metadata"]


def test_values_hold_the_same_facts_as_the_rollout(tmp_path: Path) -> None:
    release = resolved(tmp_path, FULL, {})
    values, rollout = values_of(release), one(rendered(release), "Rollout")["spec"]
    (container,) = rollout["template"]["spec"]["containers"]
    assert values["rollout"]["strategy"] == rollout["strategy"]
    for key in ("env", "ports", "resources", "livenessProbe", "readinessProbe", "securityContext", "volumeMounts"):
        assert values[key] == container[key]
    assert [values[key]["enabled"] for key in ("service", "ingress", "autoscaling")] == [False] * 3
