"""Write Kubernetes documents as other tools do: charts drawn by helm, one file each, and overlays, a file an object."""

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

IMAGES = ("registry.example.com/shop/{name}:v{a}.{b}.{c}", "ghcr.io/acme/{name}:{a}.{b}.{c}-alpine")
_NEVER = "  restartPolicy: Never\n"
FAULTY = 20
"""One release in so many has a fault: a misspelt key, a wrong type, a missing probe."""


def write_documents(folder: Path, count: int) -> int:
    """Write at least ``count`` documents, the same ones each time, and return how many they are."""
    random = Random(7)  # noqa: S311 - the same documents each time
    written = 0
    number = 0
    while written < count:
        name = f"{random.choice(('cart', 'search', 'billing', 'mail', 'login', 'stock', 'price', 'feed'))}-{number:04d}"
        release = Release(name, random, faulty=number % FAULTY == 0)
        documents = list(release.documents())
        if number % 3:
            chart = folder / "charts" / f"{name}.yaml"
            chart.parent.mkdir(parents=True, exist_ok=True)
            chart.write_text("".join(f"---\n# Source: {name}/templates/{file}\n{text}" for file, text in documents))
        else:
            for file, text in documents:
                overlay = folder / "overlays" / name / file
                overlay.parent.mkdir(parents=True, exist_ok=True)
                overlay.write_text(text)
        written += len(documents)
        number += 1
    return written


class Release:
    """The documents of one service: a dozen or so, by what it is."""

    def __init__(self, name: str, random: Random, *, faulty: bool) -> None:
        self.name = name
        self.random = random
        self.faulty = faulty
        self.port = random.choice((8080, 3000, 9000))
        a, b, c = (random.randrange(20) for _ in range(3))
        self.image = random.choice(IMAGES).format(name=name.partition("-")[0], a=a, b=b, c=c)
        self.labels = {
            "app.kubernetes.io/name": name,
            "app.kubernetes.io/instance": f"{name}-prod",
            "app.kubernetes.io/version": f'"{a}.{b}.{c}"',
            "app.kubernetes.io/managed-by": "Helm",
            "helm.sh/chart": f"{name}-{a}.{b}.{c}",
            "team": random.choice(("payments", "growth", "platform")),
        }

    def documents(self) -> Iterator[tuple[str, str]]:
        """Yield each document with its file's name."""
        workloads: tuple[Callable[[], str], ...] = (self._deployment, self._stateful_set, self._rollout)
        workload = self.random.choices(workloads, (6, 2, 2))[0]
        parts: list[Callable[[], str]] = [
            self._service_account, self._config_map, self._secret, self._service, workload, self._ingress, self._budget,
            self._network_policy, self._role, self._role_binding, self._service_monitor, self._rules,
        ]  # fmt: skip
        if workload is self._deployment:
            parts.append(self._autoscaler)
        if self.random.randrange(3) == 0:
            parts += [self._cron_job, self._claim]
        for part in parts:
            yield f"{part.__name__.replace('_', '')}.yaml", part()

    def _head(self, api_version: str, kind: str, suffix: str = "") -> str:
        lines = [
            f"apiVersion: {api_version}",
            f"kind: {kind}",
            "metadata:",
            f"  name: {self.name}{suffix}",
            "  namespace: shop",
            "  labels:",
        ]
        lines += [f"    {key}: {value}" for key, value in self.labels.items()]
        return "\n".join(lines) + "\n"

    def _selector(self, indent: str, suffix: str = "") -> str:
        return f"{indent}app.kubernetes.io/name: {self.name}{suffix}\n{indent}app.kubernetes.io/instance: {self.name}-prod\n"

    def _pod(self, indent: str, *, probes: bool = True, restart: str = "", suffix: str = "") -> str:
        key = "livenessProbes" if self.faulty else "livenessProbe"
        probe = (
            f"""\
    {key}:
      httpGet: {{path: /health/live, port: http}}
      initialDelaySeconds: 5
      periodSeconds: 10
    readinessProbe:
      httpGet:
        path: /health/ready
        port: http
      periodSeconds: 5
"""
            if probes
            else ""
        )
        environment = "".join(
            f'    - name: {name}\n      value: "{self.random.randrange(1000)}"\n'
            for name in ("WORKERS", "TIMEOUT_MS", "POOL_SIZE", "CACHE_TTL", "BATCH")
        )
        text = f"""\
metadata:
  annotations:
    checksum/config: {self.random.getrandbits(256):064x}
  labels:
{self._selector("    ", suffix)}    app.kubernetes.io/version: {self.labels["app.kubernetes.io/version"]}
spec:
  serviceAccountName: {self.name}
  automountServiceAccountToken: false
{restart}  securityContext:
    runAsNonRoot: true
    runAsUser: 10001
    fsGroup: 10001
    seccompProfile:
      type: RuntimeDefault
  topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
{self._selector("        ", suffix)}  containers:
  - name: main
    image: {self.image}
    imagePullPolicy: IfNotPresent
    args: ["--config", "/etc/{self.name}/config.yaml"]
    ports:
    - name: http
      containerPort: {self.port}
      protocol: TCP
    env:
{environment}    - name: DATABASE_PASSWORD
      valueFrom:
        secretKeyRef:
          name: {self.name}
          key: password
{probe}    resources:
      requests:
        cpu: {self.random.choice((50, 100, 250))}m
        memory: 128Mi
      limits:
        memory: 256Mi
    securityContext:
      allowPrivilegeEscalation: false
      readOnlyRootFilesystem: true
      capabilities:
        drop: [ALL]
    volumeMounts:
    - name: config
      mountPath: /etc/{self.name}
    - name: tmp
      mountPath: /tmp
  volumes:
  - name: config
    configMap:
      name: {self.name}
  - name: tmp
    emptyDir: {{}}
"""
        return "".join(f"{indent}{line}\n" for line in text.splitlines())

    def _deployment(self) -> str:
        replicas = '"three"' if self.faulty else str(self.random.randrange(2, 8))
        return f"""\
{self._head("apps/v1", "Deployment")}spec:
  replicas: {replicas}
  revisionHistoryLimit: 3
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: 25%
      maxUnavailable: 0
  selector:
    matchLabels:
{self._selector("      ")}  template:
{self._pod("    ")}"""

    def _stateful_set(self) -> str:
        return f"""\
{self._head("apps/v1", "StatefulSet")}spec:
  serviceName: {self.name}
  replicas: 3
  podManagementPolicy: Parallel
  selector:
    matchLabels:
{self._selector("      ")}  template:
{self._pod("    ")}  volumeClaimTemplates:
  - metadata:
      name: data
    spec:
      accessModes: [ReadWriteOnce]
      resources:
        requests:
          storage: {self.random.choice((1, 5, 20))}Gi
"""

    def _rollout(self) -> str:
        return f"""\
{self._head("argoproj.io/v1alpha1", "Rollout")}spec:
  replicas: 4
  revisionHistoryLimit: 3
  selector:
    matchLabels:
{self._selector("      ")}  strategy:
    canary:
      maxSurge: 25%
      maxUnavailable: 0
      steps:
      - setWeight: 10
      - pause: {{}}
      - setWeight: 50
      - pause: {{duration: 10m}}
  template:
{self._pod("    ")}"""

    def _service(self) -> str:
        return f"""\
{self._head("v1", "Service")}spec:
  type: ClusterIP
  ports:
  - name: http
    port: 80
    targetPort: http
    protocol: TCP
  selector:
{self._selector("    ")}"""

    def _service_account(self) -> str:
        return self._head("v1", "ServiceAccount") + "automountServiceAccountToken: false\n"

    def _config_map(self) -> str:
        settings = "".join(
            f"      {key}: {self.random.randrange(10_000)}\n"
            for key in ("threads", "queue", "retries", "backoff", "window", "burst", "limit", "depth", "shards", "ttl")
        )
        routes = "".join(
            f"      - {{path: /v{n}/{self.name}, upstream: http://backend-{n}:8080, timeout: {n}s}}\n"
            for n in range(1, 7)
        )
        return f"""\
{self._head("v1", "ConfigMap")}data:
  LOG_LEVEL: info
  REGION: eu-central-1
  config.yaml: |
    server:
      listen: 0.0.0.0:{self.port}
{settings}    routes:
{routes}"""

    def _secret(self) -> str:
        return f"""\
{self._head("external-secrets.io/v1", "ExternalSecret")}spec:
  refreshInterval: 1h
  secretStoreRef:
    name: vault
    kind: ClusterSecretStore
  target:
    name: {self.name}
  data:
  - secretKey: password
    remoteRef:
      key: shop/{self.name}
      property: password
"""

    def _ingress(self) -> str:
        return f"""\
{self._head("networking.k8s.io/v1", "Ingress")}  annotations:
    cert-manager.io/cluster-issuer: letsencrypt
    nginx.ingress.kubernetes.io/proxy-body-size: 8m
spec:
  ingressClassName: nginx
  tls:
  - hosts: [{self.name}.shop.example.com]
    secretName: {self.name}-tls
  rules:
  - host: {self.name}.shop.example.com
    http:
      paths:
      - path: /
        pathType: Prefix
        backend:
          service:
            name: {self.name}
            port:
              name: http
"""

    def _autoscaler(self) -> str:
        return f"""\
{self._head("autoscaling/v2", "HorizontalPodAutoscaler")}spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {self.name}
  minReplicas: 3
  maxReplicas: 12
  metrics:
  - type: Resource
    resource:
      name: cpu
      target:
        type: Utilization
        averageUtilization: 70
"""

    def _budget(self) -> str:
        return f"""\
{self._head("policy/v1", "PodDisruptionBudget")}spec:
  maxUnavailable: 1
  selector:
    matchLabels:
{self._selector("      ")}"""

    def _network_policy(self) -> str:
        return f"""\
{self._head("networking.k8s.io/v1", "NetworkPolicy")}spec:
  podSelector:
    matchLabels:
{self._selector("      ")}  policyTypes: [Ingress, Egress]
  ingress:
  - from:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: ingress-nginx
    ports:
    - port: {self.port}
      protocol: TCP
  egress:
  - to:
    - namespaceSelector: {{}}
    ports:
    - port: 53
      protocol: UDP
"""

    def _role(self) -> str:
        return f"""\
{self._head("rbac.authorization.k8s.io/v1", "Role")}rules:
- apiGroups: [""]
  resources: [configmaps]
  resourceNames: [{self.name}]
  verbs: [get, watch]
"""

    def _role_binding(self) -> str:
        return f"""\
{self._head("rbac.authorization.k8s.io/v1", "RoleBinding")}roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {self.name}
subjects:
- kind: ServiceAccount
  name: {self.name}
  namespace: shop
"""

    def _service_monitor(self) -> str:
        return f"""\
{self._head("monitoring.coreos.com/v1", "ServiceMonitor")}spec:
  selector:
    matchLabels:
{self._selector("      ")}  endpoints:
  - port: http
    path: /metrics
    interval: 30s
"""

    def _rules(self) -> str:
        rules = "".join(
            f"""\
    - alert: {alert}
      expr: |
        sum(rate(http_requests_total{{service="{self.name}", status=~"5.."}}[5m]))
          / sum(rate(http_requests_total{{service="{self.name}"}}[5m])) > {limit}
      for: {minutes}m
      labels:
        severity: {severity}
      annotations:
        summary: "{self.name} answers with errors"
        description: "{{{{ $value }}}} of the requests fail in {{{{ $labels.namespace }}}}"
"""
            for alert, limit, minutes, severity in (("Errors", 0.05, 5, "page"), ("FewErrors", 0.01, 30, "ticket"))
        )
        return f"""\
{self._head("monitoring.coreos.com/v1", "PrometheusRule")}spec:
  groups:
  - name: {self.name}
    rules:
{rules}"""

    def _cron_job(self) -> str:
        return f"""\
{self._head("batch/v1", "CronJob", "-clean")}spec:
  schedule: "{self.random.randrange(60)} 3 * * *"
  concurrencyPolicy: Forbid
  jobTemplate:
    spec:
      backoffLimit: 2
      template:
{self._pod("        ", probes=False, restart=_NEVER, suffix="-clean")}"""

    def _claim(self) -> str:
        return f"""\
{self._head("v1", "PersistentVolumeClaim")}spec:
  accessModes: [ReadWriteOnce]
  storageClassName: standard
  resources:
    requests:
      storage: 5Gi
"""
