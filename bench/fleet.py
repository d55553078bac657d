"""Synthetic fleets: N Apps in three layered Environments each, as platform teams have them."""

import argparse
import random
from pathlib import Path
from typing import Final

ENVIRONMENTS: Final = ("dev", "staging", "prod")
_TIERS: Final = {"dev": "development", "staging": "staging", "prod": "production"}
_BASE: Final = """apiVersion: gitopsgen.io/v1
kind: Environment
metadata: {name: base}
spec:
  abstract: true
  argocd: {repoURL: https://git.example.com/fleet.git, targetRevision: main}
  monitoring:
    prometheus: http://prometheus.monitoring:9090
    serviceMonitorLabels: {release: kube-prometheus-stack}
  defaults:
    resources: {requests: {cpu: 200m}}
"""
_ENVIRONMENT: Final = """apiVersion: gitopsgen.io/v1
kind: Environment
metadata: {{name: {name}}}
spec:
  extends: [base]
  tier: {tier}
  namespace: fleet-{name}
  {promotes}
  defaults:
    rollout: {{profile: {profile}}}
    replicas: {replicas}
"""
_APP: Final = """apiVersion: gitopsgen.io/v1
kind: App
metadata:
  name: {name}
  labels: {{team: team-{team}}}
spec:
  image: {{repository: registry.example.com/fleet/{name}}}
  ports: {{http: {port}}}
  health: {{live: /live, ready: /ready}}
  metrics: {{path: /metrics}}
  env:
    LOG_LEVEL: info
    SHARD: shard-{team}
  ingress: {{host: {name}.example.com, tls: true}}
  network: {{allowFrom: [ingress-nginx]}}
  analysis: {{success-rate: {{}}, latency-p99: {{}}}}
  externals: [Secret/{name}-tls]
  slo: {{availability: 99.5, latency: {{p99: {latency}ms}}}}
"""
_RELEASE: Final = """apiVersion: gitopsgen.io/v1
kind: Release
metadata: {{name: {name}, environment: {environment}}}
spec:
  image: {{tag: v1.{minor}.{patch}}}
  ingress: {{host: {name}.{environment}.example.com}}
"""


def write_fleet(folder: Path, apps: int, seed: int = 1) -> int:
    """Write the descriptors of ``apps`` Apps in three Environments into ``folder``; return the number of releases."""
    chance = random.Random(seed)  # noqa: S311 - no secret, and the same fleet each time
    top = folder / "environments"
    _write(top / "base.yaml", _BASE)
    profiles = {"dev": "fast-blue-green", "staging": "gated-canary", "prod": "conservative-canary"}
    for index, name in enumerate(ENVIRONMENTS):
        promotes = f"promotesFrom: {ENVIRONMENTS[index - 1]}" if index else "labels: {}"
        text = _ENVIRONMENT.format(
            name=name, tier=_TIERS[name], promotes=promotes, profile=profiles[name], replicas=(2, 3, 6)[index]
        )
        _write(top / name / "environment.yaml", text.replace("  labels: {}\n", ""))
    for number in range(apps):
        name = f"app-{number:05d}"
        values = {
            "name": name,
            "team": number % 40,
            "port": 8000 + number % 50,
            "latency": chance.choice((200, 500, 900)),
        }
        _write(top / "apps" / f"{name}.yaml", _APP.format(**values))
        for environment in ENVIRONMENTS:
            version = {"minor": chance.randint(0, 30), "patch": chance.randint(0, 9)}
            text = _RELEASE.format(name=name, environment=environment, **version)
            _write(top / environment / f"{name}.yaml", text)
    return apps * len(ENVIRONMENTS)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--apps", type=int, default=167)
    arguments = parser.parse_args()
    print(write_fleet(arguments.folder, arguments.apps), "releases")
