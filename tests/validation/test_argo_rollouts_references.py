"""What a Rollout names and is not there: missing where all is rendered, quieter where it may be in the cluster."""

from typing import Any

import pytest

from gitopsgen.model.finding import Severity
from gitopsgen.model.manifest import Manifest, ManifestSet
from gitopsgen.model.versions import Versions
from gitopsgen.policies.catalogue import structural_pages
from gitopsgen.validation.argo_rollouts import check_argo_rollouts

POD = {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [{"name": "a", "image": "a:1"}]}}


def rollout(
    routing: dict[str, Any] | None = None, *, workload: bool = False, blue_green: bool = False
) -> dict[str, Any]:
    services = {"stableService": "stable", "canaryService": "canary", "trafficRouting": routing}
    spec: dict[str, Any] = {"strategy": {"canary": services if routing else {}}}
    if blue_green:
        spec["strategy"] = {"blueGreen": {"activeService": "active", "previewService": "preview"}}
    if workload:
        spec["workloadRef"] = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "a"}
    else:
        spec |= {"selector": {"matchLabels": {"app": "a"}}, "template": POD}
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "a"}, "spec": spec}


def service(name: str, namespace: str = "") -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace} if namespace else {"name": name}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"selector": {"app": "a"}}}


NGINX = {"nginx": {"stableIngress": "web"}}
ISTIO = {"istio": {"virtualService": {"name": "web"}}}
GATEWAY = {"plugins": {"argoproj-labs/gatewayAPI": {"httpRoute": "web"}}}
REFERENCES = [
    pytest.param(rollout(blue_green=True), "service", "active", {"Service/active", "Service/preview"}, id="Services"),
    pytest.param(
        rollout(NGINX),
        "ingress",
        "web",
        {"Service/stable", "Service/canary", "Ingress/web"},
        id="an Ingress",
    ),
    pytest.param(
        rollout(ISTIO),
        "virtual-service",
        "web",
        {"Service/stable", "Service/canary", "VirtualService/web"},
        id="a VirtualService",
    ),
    pytest.param(
        rollout(GATEWAY),
        "route",
        "web",
        {"Service/stable", "Service/canary", "HTTPRoute/web"},
        id="a route",
    ),
    pytest.param(rollout(workload=True), "workload", "a", {"Deployment/a"}, id="a workload"),
]


def told(*manifests: Manifest, externals: frozenset[str] = frozenset()) -> list[tuple[str, Severity | None, str]]:
    pages = structural_pages("argo-rollouts")
    return [
        (fault.rule.partition("/")[2], fault.severity or pages[fault.rule].severity_in(""), fault.message)
        for fault in check_argo_rollouts(ManifestSet(manifests, externals), Versions())
        if fault.rule.endswith(("-missing", "-not-in-set"))
    ]


@pytest.mark.parametrize(("body", "noun", "name", "externals"), REFERENCES)
def test_what_a_release_does_not_render_is_missing(
    body: dict[str, Any], noun: str, name: str, externals: set[str]
) -> None:
    rendered = Manifest(body=body, file="a.yaml", release="prod/a", environment="prod")
    assert any(
        (rule, severity) == (f"{noun}-missing", Severity.ERROR) and f"`{name}`" in message
        for rule, severity, message in told(rendered)
    )
    assert told(rendered, externals=frozenset(externals)) == []


@pytest.mark.parametrize(("body", "noun", "name", "externals"), REFERENCES)
def test_what_another_tool_wrote_may_rest_on_what_is_in_the_cluster(
    body: dict[str, Any], noun: str, name: str, externals: set[str]
) -> None:
    found = told(Manifest(body=body, file="a.yaml"))
    assert len(found) == len(externals)
    assert {severity for _, severity, _ in found} == {Severity.WARNING}
    assert any(rule == f"{noun}-not-in-set" and f"`{name}`" in message for rule, _, message in found)


def test_a_file_that_brings_one_service_is_meant_to_bring_the_other() -> None:
    first = Manifest(body=rollout(blue_green=True), file="a.yaml")
    beside = Manifest(body=service("active"), file="a.yaml", document=1)
    assert told(first, beside) == [("service-missing", Severity.ERROR, "there is no Service `preview`")]


def test_a_service_of_another_namespace_is_another() -> None:
    body = rollout(blue_green=True)
    body["metadata"]["namespace"] = "a"
    services = [service("active", "a"), service("preview", "b")]
    manifests = [
        Manifest(body=one, file="a.yaml", release="prod/a", environment="prod", document=index)
        for index, one in enumerate((body, *services))
    ]
    assert [message for _, _, message in told(*manifests)] == ["there is no Service `preview`"]


def test_of_equal_names_the_one_in_the_same_file_is_meant() -> None:
    wrong = service("active")
    wrong["spec"] = {"selector": {"app": "b"}}
    manifests = (
        Manifest(body=wrong, file="other/a.yaml"),
        Manifest(body=rollout(blue_green=True), file="this/a.yaml"),
        Manifest(body=service("active"), file="this/a.yaml", document=1),
        Manifest(body=service("preview"), file="this/a.yaml", document=2),
    )
    found = [fault.rule for fault in check_argo_rollouts(ManifestSet(manifests), Versions())]
    assert "argo-rollouts/service-selector-unmatched" not in found
    assert "argo-rollouts/service-selector-unmatched" in [
        fault.rule
        for fault in check_argo_rollouts(
            ManifestSet((Manifest(body=wrong, file="this/a.yaml"), *manifests[1:2], manifests[3])), Versions()
        )
    ]
