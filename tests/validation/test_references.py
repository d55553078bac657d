"""References between objects: how bad a missing one is, what counts as there, and what garbage does."""

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gitopsgen.model.finding import Severity
from gitopsgen.model.manifest import Manifest, ManifestSet
from gitopsgen.model.versions import Versions
from gitopsgen.source.reader import read
from gitopsgen.validation.references import check_references
from gitopsgen.validation.references.selectors import LabelIndex, label_selector

Reported = list[tuple[str, Severity | None, tuple[str | int, ...]]]

ROLLOUT = """
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: api, namespace: apps}
spec:
  template:
    metadata: {labels: {app: api}}
    spec: {containers: [{name: api, ports: [{name: http, containerPort: 8000}]}]}
"""


def report(text: str, *, ours: bool = False, externals: frozenset[str] = frozenset()) -> Reported:
    """Return rule, severity and path of what is found in ``text``, as a release's or as another tool's."""
    release = "prod/api" if ours else ""
    manifests = tuple(
        Manifest(body=document.data, file="a.yaml", document=document.index, release=release)
        for document in read(text, "a.yaml").documents
    )
    faults = check_references(ManifestSet(manifests, externals), Versions())
    return [(fault.rule.removeprefix("reference/"), fault.severity, fault.path) for fault in faults]


def pod(spec: str) -> str:
    return "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: apps}, spec: {%s}}" % spec  # noqa: UP031 - braces


SERVICE = "{apiVersion: v1, kind: Service, metadata: {name: %s, namespace: apps}, spec: {selector: {app: %s}}}"
INGRESS = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: api, namespace: apps}
spec: {defaultBackend: {service: {name: api, port: {number: 80}}}}
"""


@pytest.mark.parametrize(
    ("text", "ours", "foreign"),
    [
        pytest.param(SERVICE % ("api", "x"), Severity.ERROR, Severity.INFO, id="a Service alone"),
        pytest.param(
            f"{SERVICE % ('api', 'x')}\n---{ROLLOUT}", Severity.ERROR, Severity.WARNING, id="a workload of its name"
        ),
        pytest.param(
            f"{SERVICE % ('api-canary', 'x')}\n---{ROLLOUT}", Severity.ERROR, Severity.WARNING, id="one of its sides"
        ),
        pytest.param(INGRESS, Severity.ERROR, Severity.INFO, id="a backend"),
        pytest.param(pod("serviceAccountName: x"), Severity.ERROR, Severity.INFO, id="an account"),
        pytest.param(pod("volumes: [{configMap: {name: x}}]"), Severity.WARNING, Severity.INFO, id="a ConfigMap"),
        pytest.param(pod("volumes: [{secret: {secretName: x}}]"), Severity.WARNING, Severity.INFO, id="a Secret"),
        pytest.param(pod("imagePullSecrets: [{name: x}]"), Severity.WARNING, Severity.INFO, id="a pull secret"),
    ],
)
def test_how_bad_it_is_depends_on_whose_it_is(text: str, ours: Severity, foreign: Severity) -> None:
    assert [severity for _, severity, _ in report(text, ours=True)] == [ours]
    assert [severity for _, severity, _ in report(text)] == [foreign]


@pytest.mark.parametrize(
    ("text", "external"),
    [
        pytest.param(INGRESS, "Service/api", id="Service"),
        pytest.param(pod("serviceAccountName: x"), "ServiceAccount/x", id="ServiceAccount"),
        pytest.param(pod("volumes: [{configMap: {name: x}}]"), "ConfigMap/x", id="ConfigMap"),
        pytest.param(pod("volumes: [{secret: {secretName: x}}]"), "Secret/x", id="Secret"),
        pytest.param(pod("volumes: [{persistentVolumeClaim: {claimName: x}}]"), "PersistentVolumeClaim/x", id="claim"),
    ],
)
def test_an_external_is_there(text: str, external: str) -> None:
    assert len(report(text, ours=True)) == 1
    assert report(text, ours=True, externals=frozenset({external})) == []


@pytest.mark.parametrize(
    "maker",
    [
        "{apiVersion: v1, kind: Secret, metadata: {name: x}}",
        "{apiVersion: bitnami.com/v1alpha1, kind: SealedSecret, metadata: {name: x}}",
        "{apiVersion: external-secrets.io/v1, kind: ExternalSecret, metadata: {name: y}, spec: {target: {name: x}}}",
        "{apiVersion: cert-manager.io/v1, kind: Certificate, metadata: {name: y}, spec: {secretName: x}}",
    ],
)
def test_what_makes_a_secret_counts_as_one(maker: str) -> None:
    assert report(f"{maker}\n---\n{pod('volumes: [{secret: {secretName: x}}]')}", ours=True) == []


@pytest.mark.parametrize(
    ("port", "expected"),
    [
        pytest.param("{port: 80, targetPort: http}", [], id="a name"),
        pytest.param("{port: 80, targetPort: 8000}", [], id="a number"),
        pytest.param('{port: 80, targetPort: "8000"}', [], id="a number in quotes"),
        pytest.param("{port: 8000}", [], id="the port itself"),
        pytest.param("{port: 80, targetPort: web}", [Severity.ERROR], id="no such name"),
        pytest.param("{port: 80, targetPort: 8080}", [Severity.WARNING], id="no such number"),
    ],
)
def test_target_ports(port: str, expected: list[Severity]) -> None:
    service = f"""
apiVersion: v1
kind: Service
metadata: {{name: api, namespace: apps}}
spec: {{selector: {{app: api}}, ports: [{port}]}}
"""
    assert [severity for _, severity, _ in report(f"{service}---{ROLLOUT}", ours=True)] == expected


@pytest.mark.parametrize(
    ("kubernetes", "found"), [pytest.param("1.28", 1, id="no sidecars yet"), pytest.param("1.29", 0, id="sidecars")]
)
def test_a_sidecar_has_ports_where_the_cluster_knows_sidecars(kubernetes: str, found: int) -> None:
    text = """
apiVersion: v1
kind: Pod
metadata: {name: p, labels: {app: api}}
spec: {initContainers: [{name: proxy, restartPolicy: Always, ports: [{name: web, containerPort: 1}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: api}
spec: {selector: {app: api}, ports: [{port: 80, targetPort: web}]}
"""
    manifests = tuple(Manifest(body=document.data, file="a.yaml") for document in read(text, "a.yaml").documents)
    assert len(list(check_references(ManifestSet(manifests), Versions(kubernetes=kubernetes)))) == found


CONFIG = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "x"}}


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        pytest.param({"release": "prod/a"}, {"release": "prod/b"}, [Severity.ERROR], id="two releases"),
        pytest.param({"file": "a/x.yaml"}, {"file": "a/x.yaml"}, [Severity.ERROR], id="one foreign file"),
        pytest.param({"file": "a/x.yaml"}, {"file": "a/y.yaml"}, [Severity.INFO], id="one foreign folder"),
        pytest.param({"file": "a/x.yaml"}, {"file": "b/x.yaml"}, [], id="foreign folders"),
    ],
)
def test_duplicates(first: dict[str, str], second: dict[str, str], expected: list[Severity]) -> None:
    manifests = [
        Manifest(body=CONFIG, file=place.get("file", "f.yaml"), release=place.get("release", ""))
        for place in (first, second)
    ]
    faults = list(check_references(ManifestSet(tuple(manifests)), Versions()))
    assert [fault.severity for fault in faults] == expected
    assert all(fault.manifest is manifests[1] for fault in faults)


def test_a_name_in_another_namespace_is_not_there() -> None:
    account = "{apiVersion: v1, kind: ServiceAccount, metadata: {name: x, namespace: other}}"
    assert len(report(f"{account}\n---\n{pod('serviceAccountName: x')}")) == 1


@pytest.mark.parametrize(
    ("host", "found"),
    [
        pytest.param("api", 0, id="short"),
        pytest.param("api.apps.svc.cluster.local", 0, id="whole"),
        pytest.param("api.apps.svc", 0, id="without the domain"),
        pytest.param("example.com", 0, id="outside"),
        pytest.param("app", 1, id="no such Service"),
        pytest.param("api.other.svc.cluster.local", 1, id="another namespace"),
    ],
)
def test_hosts_of_virtual_services(host: str, found: int) -> None:
    route = f"""
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: api, namespace: apps}}
spec: {{http: [{{route: [{{destination: {{host: {host}}}}}]}}]}}
"""
    assert len(report(f"{route}---\n{SERVICE % ('api', 'api')}\n---{ROLLOUT}")) == found


_LABELS = st.dictionaries(st.sampled_from("abc"), st.sampled_from(["1", "2"]), max_size=3)
_EXPRESSIONS = st.lists(
    st.fixed_dictionaries(
        {
            "key": st.sampled_from("abc"),
            "operator": st.sampled_from(["In", "NotIn", "Exists", "DoesNotExist"]),
            "values": st.lists(st.sampled_from(["1", "2"]), max_size=2),
        }
    ),
    max_size=2,
)


@given(st.lists(_LABELS, max_size=6), _LABELS, _EXPRESSIONS)
def test_the_index_finds_what_a_look_at_each_object_finds(
    objects: list[dict[str, str]], labels: dict[str, str], expressions: list[dict[str, Any]]
) -> None:
    selector = label_selector({"matchLabels": labels, "matchExpressions": expressions})
    index = LabelIndex((each, "", number) for number, each in enumerate(objects))
    assert sorted(index.select(selector, None)) == [
        number for number, each in enumerate(objects) if selector.matches(each)
    ]


_WORDS = """
metadata name namespace labels annotations spec selector matchLabels matchExpressions template containers ports port
targetPort env valueFrom configMapKeyRef key envFrom secretRef volumes configMap items projected sources rules http paths
backend service parentRefs backendRefs route destination host subset scaleTargetRef roleRef subjects tls secretName
endpoints gateways data kind metrics provider job initContainers serviceAccountName volumeClaimTemplates project
"""
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.sampled_from(["a", "Service", "{{x}}"]),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.sampled_from(_WORDS.split()), children, max_size=4)
    ),
    max_leaves=25,
)
_KINDS = """
v1/Service v1/Pod v1/Secret v1/ConfigMap apps/v1/Deployment argoproj.io/v1alpha1/Rollout networking.k8s.io/v1/Ingress
argoproj.io/v1alpha1/AnalysisTemplate argoproj.io/v1alpha1/Experiment autoscaling/v2/HorizontalPodAutoscaler
gateway.networking.k8s.io/v1/HTTPRoute networking.istio.io/v1/VirtualService networking.istio.io/v1/DestinationRule
monitoring.coreos.com/v1/ServiceMonitor monitoring.coreos.com/v1/PodMonitor rbac.authorization.k8s.io/v1/RoleBinding
policy/v1/PodDisruptionBudget networking.k8s.io/v1/NetworkPolicy external-secrets.io/v1/ExternalSecret v1/ServiceEntry
bitnami.com/v1alpha1/SealedSecret argoproj.io/v1alpha1/Application secrets-store.csi.x-k8s.io/v1/SecretProviderClass
"""


@st.composite
def bodies(draw: st.DrawFn) -> dict[str, Any]:
    version, _, kind = draw(st.sampled_from(_KINDS.split())).rpartition("/")
    parts = st.dictionaries(st.sampled_from(_WORDS.split()), _VALUES, max_size=6) | _VALUES
    return {"apiVersion": version, "kind": kind, "metadata": draw(parts), "spec": draw(parts), "data": draw(parts)}


@settings(max_examples=300, deadline=None)
@given(st.lists(bodies(), max_size=5))
@example([{"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"annotations": True}}])
def test_garbage_is_no_reason_to_stop(documents: list[dict[str, Any]]) -> None:
    manifests = [Manifest(body=body, file="a.yaml", document=index) for index, body in enumerate(documents)]
    manifests += [Manifest(body=body, file="b.yaml", release="prod/a", environment="prod") for body in documents]
    for fault in check_references(ManifestSet(tuple(manifests)), Versions()):
        assert fault.message
