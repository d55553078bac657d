"""Versions that are deprecated, gone or never were, by what runs in the cluster."""

import pytest

from gitopsgen.model.finding import Severity
from gitopsgen.model.manifest import Manifest
from gitopsgen.model.versions import Versions, version_key
from gitopsgen.validation import embedded
from gitopsgen.validation.api_versions import KUBERNETES, every_row
from gitopsgen.validation.schemas import SchemaChecker, SchemaVerdict


def check(api_version: str, kind: str, kubernetes: str = "1.34") -> SchemaVerdict:
    body = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "a"}}
    return SchemaChecker().check([Manifest(body=body, file="a.yaml")], Versions(kubernetes=kubernetes))


def told(verdict: SchemaVerdict) -> list[tuple[str, str]]:
    """Return rule and message of what is said of the version."""
    found = [fault for fault in verdict.faults if fault.path in {("apiVersion",), ("kind",)}]
    return [(fault.rule.removeprefix("schema/"), fault.message) for fault in found]


@pytest.mark.parametrize(
    ("api_version", "kind", "kubernetes", "expected"),
    [
        ("extensions/v1beta1", "Deployment", "1.34", "removed-api: Kubernetes 1.34 does not serve Deployment of extensions/v1beta1: it is gone since 1.16"),
        ("policy/v1beta1", "PodSecurityPolicy", "1.34", "removed-api: Kubernetes 1.34 does not serve PodSecurityPolicy of policy/v1beta1: it is gone since 1.25"),
        ("autoscaling/v2beta2", "HorizontalPodAutoscaler", "1.25", "deprecated-api: HorizontalPodAutoscaler of autoscaling/v2beta2 is deprecated since Kubernetes 1.23, and gone in 1.26"),
        ("flowcontrol.apiserver.k8s.io/v1beta3", "FlowSchema", "1.31", "deprecated-api: FlowSchema of flowcontrol.apiserver.k8s.io/v1beta3 is deprecated since Kubernetes 1.29, and gone in 1.32"),
        ("v1", "Endpoints", "1.32", ""),
        ("v1", "Endpoints", "1.33", "deprecated-api: Endpoints of v1 is deprecated since Kubernetes 1.33"),
        ("admissionregistration.k8s.io/v1beta1", "ValidatingAdmissionPolicy", "1.33", "deprecated-api: ValidatingAdmissionPolicy of admissionregistration.k8s.io/v1beta1 is deprecated: Kubernetes 1.33 serves admissionregistration.k8s.io/v1, and 1.34 no longer serves it"),
        ("admissionregistration.k8s.io/v1beta1", "ValidatingAdmissionPolicy", "1.34", "removed-api: Kubernetes 1.34 does not serve ValidatingAdmissionPolicy as admissionregistration.k8s.io/v1beta1, and was last served by 1.33"),
        ("scheduling.k8s.io/v1alpha1", "Workload", "1.35", "deprecated-api: Workload of scheduling.k8s.io/v1alpha1 is experimental in 1.35, and 1.36 no longer serves it"),
        ("apps/v2", "Deployment", "1.34", "unknown-version: Kubernetes 1.34 does not serve Deployment as apps/v2"),
        ("cert-manager.io/v1alpha2", "Certificate", "1.34", "removed-api: Certificate of cert-manager.io/v1alpha2 is gone since cert-manager 1.6"),
        ("external-secrets.io/v1beta1", "ExternalSecret", "1.34", "removed-api: ExternalSecret of external-secrets.io/v1beta1 is gone since external-secrets 0.17"),
        ("argoproj.io/v1", "Rollout", "1.34", "unknown-version: argo-rollouts v1.9.1 serves Rollout as v1alpha1, and not as v1"),
        ("cert-manager.io/v1", "Certificate", "1.34", ""),
    ],
)  # fmt: skip
def test_a_version_by_what_runs_in_the_cluster(api_version: str, kind: str, kubernetes: str, expected: str) -> None:
    found = told(check(api_version, kind, kubernetes))
    assert [f"{rule}: {message}" for rule, message in found] == [expected] * bool(expected)


def test_what_is_gone_from_kubernetes_is_an_error_and_from_elsewhere_a_warning_and_unchecked() -> None:
    ours, others = check("batch/v1beta1", "CronJob"), check("keda.k8s.io/v1alpha1", "ScaledObject")
    assert [fault.severity for fault in (*ours.faults, *others.faults)] == [None, Severity.WARNING]
    assert (len(ours.not_checked), len(others.not_checked)) == (0, 1)
    assert [fault.fix for fault in (*ours.faults, *others.faults)] == ["use batch/v1", "use keda.sh/v1alpha1"]


ROWS = dict(every_row())


@pytest.mark.parametrize("identity", [pytest.param(one, id="/".join(one)) for one in ROWS])
def test_every_row_agrees_with_the_schemas(identity: tuple[str, str, str]) -> None:
    row, releases = ROWS[identity], embedded.index()["kubernetes"]
    serving = embedded.releases_serving(*identity)
    if row.component != KUBERNETES:
        assert not serving
    elif row.gone:
        assert version_key(row.since) < version_key(row.gone)
        assert serving == [one for one in releases if version_key(one) < version_key(row.gone)]
    else:
        assert serving == releases
    if row.component == KUBERNETES and " " not in row.instead:
        group, _, version = row.instead.rpartition("/")
        assert embedded.schema_of(group, version, identity[2], releases[-1])


def test_no_row_stands_twice() -> None:
    assert len(list(every_row())) == len(ROWS)
