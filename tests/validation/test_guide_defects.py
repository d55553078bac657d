"""Faults of a tutorial's sample application, each made anew: what a reader of the manifests could have seen is found.

The tutorial deploys one service with Argo CD, Argo Rollouts, ingress-nginx and the Prometheus operator. Every object of
it would be accepted by the API server or refused with few words; most of its faults lie between two objects.
"""

from functools import cache
from pathlib import Path

import pytest

from gitopsgen.checking import Checker
from gitopsgen.foreign import load_manifests
from gitopsgen.library import Library

CANARY = """canary:
      stableService: orders
      canaryService: orders-canary
      trafficRouting: {nginx: {stableIngress: orders}}
      steps: [{setWeight: 20}, {pause: {}}]"""
QUANTILE = "histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[2m])))"
RATIO = 'sum(rate(http_requests_total{status!~"5.."}[1m])) / sum(rate(http_requests_total[1m]))'


def rollout(strategy: str = CANARY, *, annotations: str = "{}", spec: str = "") -> str:
    return f"""
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {{name: orders, namespace: shop}}
spec:
  replicas: 4
  selector: {{matchLabels: {{app.kubernetes.io/name: orders}}}}
  template:
    metadata: {{labels: {{app.kubernetes.io/name: orders}}, annotations: {annotations}}}
    spec: {{containers: [{{name: orders, image: "example.com/orders:v3", ports: [{{name: http, containerPort: 80}}]}}]}}
{spec}
  strategy:
    {strategy}
---"""


def service(name: str) -> str:
    return f"""
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: shop, labels: {{scrape: orders}}}}
spec: {{selector: {{app.kubernetes.io/name: orders}}, ports: [{{name: http, port: 80, targetPort: http}}]}}
---"""


def ingress(name: str = "orders", annotations: str = "{}") -> str:
    return f"""
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: {name}, namespace: shop, annotations: {annotations}}}
spec:
  ingressClassName: nginx
  rules:
  - host: orders.example.com
    http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: {{name: orders, port: {{name: http}}}}}}}}]}}
---"""


def application(
    *,
    annotations: str = "{}",
    project: str = "project: shop",
    revision: str = "v3",
    source: str = "",
    options: str = "",
) -> str:
    return f"""
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: orders, namespace: argocd, annotations: {annotations}}}
spec:
  {project}
  source: {{repoURL: https://example.com/shop.git, path: charts/orders, targetRevision: {revision}{source}}}
  destination: {{server: https://kubernetes.default.svc, namespace: shop}}
  syncPolicy: {{automated: {{prune: true, selfHeal: true}}, syncOptions: [{options}]}}
---"""


def analysis(
    query: str = RATIO,
    *,
    success: str = "result[0] >= 0.95",
    failure: str = "failureCondition: result[0] < 0.9",
    arguments: str = "[]",
) -> str:
    return f"""
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {{name: errors, namespace: shop}}
spec:
  args: {arguments}
  metrics:
  - name: errors
    interval: 1m
    count: 3
    successCondition: {success}
    {failure}
    provider: {{prometheus: {{address: "http://prometheus:9090", query: '{query}'}}}}
---"""


def monitor(labels: str = "{scrape: orders}", port: str = "http", endpoint: str = "") -> str:
    return f"""
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {{name: orders, namespace: shop}}
spec: {{selector: {{matchLabels: {labels}}}, endpoints: [{{port: {port}{endpoint}}}]}}
---"""


def alerts(labels: str, selector: str = "{matchLabels: {release: monitoring}}", namespace: str = "monitoring") -> str:
    return f"""
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {{name: orders, namespace: {namespace}, labels: {labels}}}
spec: {{groups: [{{name: orders, rules: [{{alert: OrdersDown, expr: up == 0}}]}}]}}
---
apiVersion: monitoring.coreos.com/v1
kind: Prometheus
metadata: {{name: main, namespace: monitoring}}
spec: {{ruleSelector: {selector}}}
---"""


def job(annotations: str) -> str:
    return f"""
apiVersion: batch/v1
kind: Job
metadata: {{name: migrate, namespace: shop, annotations: {annotations}}}
spec: {{template: {{spec: {{restartPolicy: Never, containers: [{{name: migrate, image: "example.com/orders:v3"}}]}}}}}}
---"""


NETWORK_POLICY = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: orders, namespace: shop}
spec: {podSelector: {matchLabels: {app: orders}}, policyTypes: [Ingress], ingress: [{}]}
---"""
NOTIFICATIONS = """
apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-notifications-cm, namespace: argocd}
data:
  service.webhook.deployment: "url: https://example.com/deployments"
  trigger.on-deployed: "- when: app.status.sync.status == 'Synced'\\n  send: [deployed]"
  template.deployed: "message: deployed"
---"""
SERVICES = service("orders") + service("orders-canary")
WHOLE = rollout() + SERVICES + ingress()
STEP = "canary: {{steps: [{{setWeight: 20}}, {{analysis: {{templates: [{0}]}}}}, {{pause: {{}}}}]}}"


@cache
def checker() -> Checker:
    return Checker.load(Library(root=Path(__file__).parent))


def rules_of(text: str) -> set[str]:
    foreign = load_manifests(Path(), ["-"], lambda: text)
    return {finding.policy for finding in checker().check_foreign(foreign).findings}


DEFECTS = {
    "the stable Ingress is a canary itself": (
        rollout() + SERVICES + ingress(annotations='{nginx.ingress.kubernetes.io/canary: "true"}'),
        {"argo-rollouts/stable-ingress-is-canary"},
    ),
    "the stable Ingress has another name than the Rollout says": (
        rollout() + SERVICES + ingress("shop-orders"),
        {"argo-rollouts/ingress-missing"},
    ),
    "an endless pause in an Application that prunes last": (
        application(options="PruneLast=true") + WHOLE,
        {"argo-cd/gate-blocks-prune-last"},
    ),
    "alerts with another label than Prometheus asks for": (
        alerts("{release: kube-prometheus-stack}"),
        {"reference/not-selected-by-prometheus"},
    ),
    "a monitor with labels that no Service has": (
        SERVICES + monitor("{app: orders-metrics}"),
        {"reference/monitor-selects-nothing"},
    ),
    "a monitor with a port that no Service has": (
        SERVICES + monitor(port="metrics"),
        {"reference/monitor-port-missing"},
    ),
    "an analysis of the traffic of the whole cluster": (analysis(), {"argo-rollouts/promql-looks-at-all-versions"}),
    "an analysis that errs without traffic": (analysis(), {"argo-rollouts/condition-errs-on-empty"}),
    "a canary that nothing judges before it gets everything": (
        analysis() + WHOLE,
        {"argo-rollouts/unwatched-last-jump"},
    ),
    "an image tag that an edit of the value files does not change": (
        application(source=", helm: {valueFiles: [values.yaml], parameters: [{name: image.tag, value: v3}]}"),
        {"argo-cd/helm-parameter-shadows-value-file"},
    ),
    "an image tag that an edit of the chart's own values does not change": (
        application(source=", helm: {parameters: [{name: image.tag, value: v3}]}"),
        {"argo-cd/helm-parameter-shadows-value-file"},
    ),
    "replacing objects and server-side apply at once": (
        application(options="Replace=true, ServerSideApply=true"),
        {"argo-cd/replace-with-server-side-apply"},
    ),
    "a Rollout with an empty strategy": (rollout("{}"), {"argo-rollouts/strategy-missing"}),
    "the name of an analysis where a map belongs": (rollout(STEP.format("errors")), {"schema/wrong-type"}),
    "a template of the namespace that is asked for in the cluster": (
        analysis() + rollout(STEP.format("{templateName: errors, clusterScope: true}")),
        {"argo-rollouts/analysis-template-missing"},
    ),
    "an argument of an analysis that nobody gives": (
        analysis('sum(rate(errors{app="{{args.app}}"}[2m]))', arguments="[{name: app}]")
        + rollout(STEP.format("{templateName: errors}")),
        {"argo-rollouts/argument-not-given"},
    ),
    "a latency in milliseconds against a metric in seconds": (
        analysis(QUANTILE, success="result[0] < 500", failure="failureLimit: 1"),
        {"argo-rollouts/condition-in-milliseconds"},
    ),
    "pods that are scraped through both of their Services": (WHOLE + monitor(), {"reference/pods-scraped-twice"}),
    "a subscription to a service and a trigger that there are not": (
        application(annotations="{notifications.argoproj.io/subscribe.on-sync-failed.slack: alerts}") + NOTIFICATIONS,
        {"argo-cd/unknown-notification-service", "argo-cd/unknown-notification-trigger"},
    ),
    "an Application in the project that permits everything": (
        application(project="project: default"),
        {"argo-cd/default-project"},
    ),
    "a network policy for pods with a label that none has": (
        WHOLE + NETWORK_POLICY,
        {"reference/network-policy-selects-nothing"},
    ),
    "a restart by an annotation of the pods": (
        rollout(annotations='{rollouts.argoproj.io/restartedAt: "2025-01-01T00:00:00Z"}'),
        {"argo-rollouts/restart-by-annotation"},
    ),
    "a rollback window beyond what is kept": (
        rollout(spec="  revisionHistoryLimit: 2\n  rollbackWindow: {revisions: 10}"),
        {"argo-rollouts/history-below-rollback-window"},
    ),
    "an Application without a project": (application(project="info: []"), {"argo-cd/application-incomplete"}),
    "pods without requests, limits and a security context": (
        rollout(),
        {"resource-requests-missing", "memory-limit-missing", "run-as-root", "privilege-escalation-allowed"},
    ),
    "an annotation that Argo CD does not have": (
        job('{argocd.argoproj.io/hook: PreSync, argocd.argoproj.io/hook-weight: "1"}'),
        {"argo-cd/unknown-annotation"},
    ),
    "an Application that follows the default branch": (application(revision="HEAD"), {"argo-cd/floating-revision"}),
    "an Application that names no revision": (application(revision='""'), {"argo-cd/floating-revision"}),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_is_found(defect: str) -> None:
    text, rules = DEFECTS[defect]
    assert rules <= rules_of(text)


UNKNOWABLE = {
    "a Prometheus that asks for every rule": (alerts("{}", "{}"), "reference/not-selected-by-prometheus"),
    "a Prometheus that does not look there": (
        alerts("{}", namespace="shop"),
        "reference/not-selected-by-prometheus",
    ),
    "a Prometheus that says nothing of rules": (alerts("{}", "null"), "reference/not-selected-by-prometheus"),
    "an analysis that tells the Services apart": (
        WHOLE + monitor() + analysis('sum(rate(http_requests_total{service="orders-canary"}[2m]))'),
        "reference/pods-scraped-twice",
    ),
    "a monitor that drops some of its targets": (
        WHOLE + monitor(endpoint=", relabelings: [{action: drop, regex: x, sourceLabels: [y]}]"),
        "reference/pods-scraped-twice",
    ),
    "a parameter that is no image": (
        application(source=", helm: {valueFiles: [a.yaml], parameters: [{name: replicas, value: '3'}]}"),
        "argo-cd/helm-parameter-shadows-value-file",
    ),
    "a duration of something else than requests": (
        analysis("max(backup_duration_seconds)", success="result[0] < 500"),
        "argo-rollouts/condition-in-milliseconds",
    ),
    "a query that calculates with the seconds": (
        analysis(f"{QUANTILE} * 1000", success="result[0] < 500"),
        "argo-rollouts/condition-in-milliseconds",
    ),
    "a window as long as the default history": (
        rollout(spec="  rollbackWindow: {revisions: 10}"),
        "argo-rollouts/history-below-rollback-window",
    ),
}


@pytest.mark.parametrize("case", UNKNOWABLE)
def test_what_is_right_or_cannot_be_known_is_not_told(case: str) -> None:
    text, rule = UNKNOWABLE[case]
    assert rule not in rules_of(text)
