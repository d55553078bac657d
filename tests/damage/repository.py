"""A repository as somebody writes it who has only read the descriptors' reference."""

APPS = """\
apiVersion: gitopsgen.io/v1
kind: App
metadata:
  name: checkout
  labels: {team: payments}
spec:
  image: {repository: ghcr.io/acme/checkout, tag: v2.3.1}
  ports: {http: 8080, metrics: 9090}
  health: {live: /live, ready: {path: /ready, periodSeconds: 5}}
  metrics: {path: /metrics, requests: http_requests_total, latency: http_request_duration_seconds_bucket}
  env:
    LOG_LEVEL: info
    DB_PASSWORD: {secret: checkout-db, key: password}
    REGION: {configMap: region, key: name}
  config: {features.yaml: "a: 1\\nb: 2\\n"}
  resources: {requests: {cpu: 250m, memory: 256Mi}, limits: {memory: 512Mi}}
  replicas: 2
  ingress: {host: checkout.acme.dev, path: /, className: nginx, tls: false}
  network: {allowFrom: [ingress-nginx, monitoring]}
  featureFlags: {new-cart: {enabled: true, rolloutPercentage: 10, allow: [a@acme.dev]}}
  patches:
  - {target: {kind: Rollout}, merge: {spec: {template: {spec: {terminationGracePeriodSeconds: 60}}}}}
  slo: {availability: 99.9, latency: {p99: 300ms}}
---
apiVersion: gitopsgen.io/v1
kind: App
metadata: {name: worker, labels: {team: payments}}
spec:
  image: {repository: ghcr.io/acme/worker, tag: v1.0.0}
  ports: {http: 8000}
  health: {live: /h, ready: /r}
"""
ENVIRONMENTS = """\
apiVersion: gitopsgen.io/v1
kind: Environment
metadata: {name: common, labels: {region: eu}}
spec:
  abstract: true
  tier: staging
  cluster: {server: https://kubernetes.default.svc}
  argocd:
    namespace: argocd
    repoURL: https://github.com/acme/deploy
    targetRevision: main
    sync: {automated: {prune: true, selfHeal: true}, options: [CreateNamespace=true]}
    notifications: {slack: {on-deployed: deployments}}
  versions: {kubernetes: "1.33", argoRollouts: "1.9", argoCD: "3.2"}
  monitoring: {prometheus: http://prometheus.monitoring:9090, serviceMonitorLabels: {release: prom}}
  defaults:
    env: {ENVIRONMENT: shared}
    resources: {limits: {memory: 300Mi}}
---
apiVersion: gitopsgen.io/v1
kind: Environment
metadata: {name: staging}
spec:
  extends: [common]
  namespace: acme-staging
  apps:
    checkout: {replicas: 1, rollout: {profile: gated-canary}, analysis: {success-rate: {min: 0.95}}}
    worker: {}
---
apiVersion: gitopsgen.io/v1
kind: Environment
metadata: {name: prod}
spec:
  extends: [common]
  tier: production
  promotesFrom: staging
  namespace: acme
  argocd: {project: {create: true, name: acme-prod, syncWindows: [{kind: deny, schedule: "0 22 * * *", duration: 8h, applications: ["*"]}]}}
  apps:
    checkout:
      replicas: 6
      autoscaling: {min: 3, max: 10, cpu: 70}
      disruption: {maxUnavailable: 1}
      rollout:
        canary:
          steps: [{setWeight: 10}, {pause: manual}, {analysis: [success-rate]}, {setWeight: 50}, {pause: {duration: 10m}}, {setWeight: 90}, {pause: {duration: 5m}}]
          trafficRouting: nginx
      analysis: {success-rate: {min: 0.99, interval: 1m, count: 5, failureLimit: 1, initialDelay: 1m}, latency-p99: {max: 500ms}}
---
apiVersion: gitopsgen.io/v1
kind: Release
metadata: {name: worker, environment: prod}
spec: {image: {tag: v1.0.0}, replicas: 3, rollout: {blueGreen: {autoPromotionEnabled: false}}}
"""
