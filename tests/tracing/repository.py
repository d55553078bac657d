"""A repository that uses what it can: every merge rule, every way to decide, and templates of its own."""

from pathlib import Path

DESCRIPTORS = """\
apiVersion: gitopsgen.io/v1
kind: App
metadata: {name: shop, labels: {team: web, tier: front}, annotations: {owner: web@acme.dev}}
spec:
  image: {repository: ghcr.io/acme/shop, tag: v1.2.3, pullPolicy: Always, pullSecrets: [registry, mirror]}
  command: [/shop, --serve]
  ports: {http: 8080, admin: 9090}
  health:
    live: /live
    ready: {path: /ready, port: admin, periodSeconds: 7, initialDelaySeconds: 3}
  metrics: {path: /metrics, port: admin, interval: 15s}
  env:
    MODE: fast
    TOKEN: {secret: shop-token, key: token}
    REGION: {configMap: region, key: name, optional: true}
    NODE: {field: spec.nodeName}
  config: {app.conf: "level=1", extra.conf: "a\\nb\\n"}
  resources: {requests: {cpu: 250m, memory: 128Mi}, limits: {memory: 512Mi}}
  serviceAccount: {name: shop-runner, annotations: {role: reader}, automountToken: true}
  replicas: 3
  scheduling:
    nodeSelector: {disk: ssd}
    tolerations: [{key: dedicated, operator: Equal, value: web}]
    priorityClassName: high
  terminationGracePeriodSeconds: 25
  ingress: {host: shop.dev, path: /shop, tls: shop-tls, annotations: {nginx.ingress.kubernetes.io/proxy-body-size: 8m}}
  network: {allowFrom: [ingress-nginx, monitoring]}
  featureFlags:
    new-cart: {enabled: true, rolloutPercentage: 10, allow: [a@acme.dev, b@acme.dev]}
    dark-mode: {enabled: false}
  patches:
  - target: {kind: Rollout}
    merge: {spec: {progressDeadlineSeconds: 400, template: {spec: {containers: [{name: shop, tty: true}]}}}}
  - target: {kind: Service, name: shop-*}
    merge: {spec: {type: NodePort, sessionAffinity: ClientIP}}
  slo: {availability: 99.5, latency: {p99: 400ms}}
  analysis: {success-rate: {count: 4}, latency-p99: {}, smoke-test: {path: /ready}, load-test: {users: 5, duration: 90s}}
  externals: [Secret/shop-tls, Secret/shop-token, Secret/registry, Secret/mirror, ConfigMap/region]
---
apiVersion: gitopsgen.io/v1
kind: App
metadata: {name: charted, labels: {team: data}}
spec:
  image: {repository: ghcr.io/acme/charted, tag: v2.0.0}
  ports: {http: 8000}
  chart: {repoURL: "oci://ghcr.io/acme/charts", name: charted, version: 1.4.2, workload: deployment, values: {extra: {a: 1, b: [x, z]}}}
  autoscaling: {min: 2, max: 6, memory: 75}
  metrics: null
---
apiVersion: gitopsgen.io/v1
kind: Environment
metadata: {name: common, labels: {region: eu}}
spec:
  abstract: true
  tier: staging
  argocd:
    repoURL: https://git.acme.dev/deploy
    targetRevision: main
    sync: {automated: {prune: true, selfHeal: true}, options: [CreateNamespace=true], retry: {limit: 3}, wave: 2}
    notifications: {slack: {on-deployed: deployments}}
    project: {roles: [{name: dev, groups: [devs]}, {name: ops, groups: [ops]}]}
  monitoring: {prometheus: http://prometheus.monitoring:9090, serviceMonitorLabels: {release: prom}}
  defaults:
    env: {SHARED: "yes", MODE: slow}
    patches: [{target: {kind: ConfigMap}, merge: {metadata: {annotations: {checked: "true"}}}}]
    disruption: {minAvailable: 1}
---
apiVersion: gitopsgen.io/v1
kind: Environment
metadata: {name: staging}
spec:
  extends: [common]
  namespace: acme-staging
  versions: {kubernetes: "1.32"}
  apps:
    shop:
      replicas: 2
      env: {MODE: debug, NODE: null}
      rollout:
        canary:
          maxSurge: 2
          trafficRouting: istio
          analysis: [success-rate]
          steps: [{setWeight: 20}, {pause: manual}, {analysis: [latency-p99, smoke-test]}, {setWeight: 60}, {pause: {duration: 5m}}]
    charted: {}
---
apiVersion: gitopsgen.io/v1
kind: Environment
metadata: {name: prod, labels: {region: us, zone: a}}
spec:
  extends: [common]
  tier: production
  namespace: acme
  promotesFrom: staging
  cluster: {name: main-cluster}
  argocd:
    project: {name: acme, roles: [{name: ops, groups: [sre]}, {name: audit}], destinations: [{namespace: other, name: main-cluster}]}
    sync: {options: [ServerSideApply=true, CreateNamespace=true]}
  defaults: {disruption: {maxUnavailable: 25%}}
---
apiVersion: gitopsgen.io/v1
kind: Release
metadata: {name: shop, environment: prod}
spec:
  image: {digest: "sha256:0123456789012345678901234567890123456789012345678901234567890123"}
  autoscaling: {min: 4, max: 12, cpu: 60}
  ingress: {host: shop.acme.dev, className: acme/gateway}
  featureFlags: {dark-mode: null}
  rollout: {profile: experiment, with: {duration: 20m, weights: [10, 40, 90], hold: 3m, trafficRouting: gatewayAPI}}
---
apiVersion: gitopsgen.io/v1
kind: Release
metadata: {name: charted, environment: prod}
spec: {rollout: {profile: guarded-blue-green, with: {scaleDownDelay: 90s, previewReplicaCount: 2}}}
"""

MACROS = """\
{% macro boxed(title, wide=false) %}
title: {{ title | yaml }}
body: {{ caller() | trim | yaml }}
{% if wide %}
wide: true
{% endif %}
{% endmacro %}
{% set doubled = app.replicas * 2 + 1 %}
"""

INCLUDED = """\
  included: {{ app.image.repository.split("/")[-1] | upper | yaml }}
"""

CONTROL = """\
{% from "lib/boxes.j2" import boxed, doubled with context %}
{% set found = namespace(total=0, last=none, odd=[]) %}
{% for name, port in app.ports | dictsort %}
{% set found.total = found.total + port %}
{% if port % 2 %}
{% set found.odd = found.odd + [name] %}
{% else %}
{% set found.last = name %}
{% endif %}
{% endfor %}
{% set size = "small" %}
{% if app.replicas > 2 %}
{% set size = "large" %}
{% elif app.autoscaling is not none and app.autoscaling.max > 10 %}
{% set size = "huge" %}
{% endif %}
{% set texts %}
mode is {{ app.env.MODE }}, {{ "many" if doubled > 6 else "few" }}
{% endset %}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ (names.app ~ "-control") | yaml }}
  namespace: {{ environment.namespace | yaml }}
  labels: {{ labels | yaml }}
data:
  {{ "key-" ~ size }}: {{ size | yaml }}
  total: {{ found.total | string | yaml }}
  last: {{ (found.last or "none") | yaml }}
  odd: {{ found.odd | join(",") | yaml }}
  texts: {{ texts | trim | yaml }}
  hash: {{ texts | sha256 | yaml }}
  doubled: {{ doubled | string | yaml }}
  both: {{ (app.serviceAccount.automountToken and app.ingress is not none) | string | yaml }}
  either: {{ ((app.chart or {}).get("name") or app.image.pullPolicy) | yaml }}
  negated: {{ (not app.serviceAccount.automountToken) | string | yaml }}
  chained: {{ (1 < app.replicas <= 3) | string | yaml }}
  largest: {{ app.ports.values() | max | string | yaml }}
  sliced: {{ app.image.repository[:7] | yaml }}
  secrets: {{ (app.env or {}).values() | selectattr("secret", "defined") | map(attribute="secret") | join(" ") | yaml }}
  plain: {{ (app.env or {}).values() | reject("mapping") | list | length | string | yaml }}
  formatted: {{ "%s-%04d" | format(app.name, app.replicas) | yaml }}
  grouped: {{ app.ports.items() | groupby(1) | length | string | yaml }}
  {% include "lib/included.j2" %}
  block: |
{% for name, value in (app.env or {}).items() if value is string %}
    {{ loop.index }} {{ name }}={{ value }}{% if not loop.last %},{% endif %}

{% else %}
    nothing
{% endfor %}
{% filter indent(2, first=true) %}
{% call boxed("control", wide=app.replicas >= 3) %}
  of {{ app.name }} at {{ app.image.tag or "no tag" }}
{% endcall %}
{% endfilter %}
{% if app.featureFlags %}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ (names.app ~ "-flags-" ~ app.featureFlags | length) | yaml }}, namespace: {{ environment.namespace | yaml }}}
data: &shared
{% for name, flag in app.featureFlags.items() if flag.enabled or flag.rolloutPercentage < 50 %}
  {{ name }}: {{ "shown" if flag.enabled else "hidden" }}
{% endfor %}
immutable: false
binaryData: {}
---
apiVersion: acme.dev/v1
kind: List
metadata: {name: {{ names.app | yaml }}, namespace: {{ environment.namespace | yaml }}}
spec:
  base: &base {replicas: {{ app.replicas }}, tag: {{ app.image.tag | yaml }}}
  again: *base
  merged:
    <<: *base
    tag: {{ environment.tier | yaml }}
  items:
{% for name, flag in app.featureFlags.items() %}
{% if flag.enabled %}
  - {{ name }}
{% endif %}
{% for user in flag.allow or [] if "@" in user %}
  - user: {{ user.partition("@")[0] | yaml }}
{% if loop.first %}
    first: true
{% endif %}
{% endfor %}
{% endfor %}
  - last: {{ loop_free | default("nothing") | yaml }}
  sums: [{{ app.ports.values() | sum }}, {{ [app.replicas, 5] | min }}, {% if app.replicas > 2 %}7, {% endif %}8]
{% endif %}
"""

SHAPES = """\
{% from "lib/is-" ~ ("set" if app.featureFlags else "empty") ~ ".j2" import word with context %}
{% macro count(all, flags) %}
{% for name, flag in flags.items() if flag.enabled %}
{% set all.count = all.count + 1 %}
{% if loop.last %}
{% set all.last = name %}
{% endif %}
{% endfor %}
{% endmacro %}
{% set all = namespace(count=0, last="none") %}
{{ count(all, app.featureFlags or {}) -}}
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ (names.app ~ "-shapes") | yaml }}, namespace: {{ environment.namespace | yaml }}}
data:
  word: {{ word() | yaml }}
  count: {{ all.count | string | yaml }}
  last: {{ all.last | yaml }}
  formatted: {{ ("%s at %d" % (app.name, app.replicas)) | yaml }}
  braced: {{ "{}:{}".format(app.name, app.env.MODE) | yaml }}
  sorted: {{ (app.ports | dictsort(by="value") | last | first) | yaml }}
  default: {{ app.env.NODE | default(app.env.MODE) | string | yaml }}
  grouped: {% for one in app.ports.items() | groupby(1) %}{{ one.grouper }}{{ "," if not loop.last }}{% endfor %}

  numbered: >-
{% for name, flag in (app.featureFlags or {}).items() if not flag.enabled %}
    {{ loop.index }}{{ "+" if loop.changed(flag.enabled) else "=" }}
{% endfor %}
---
apiVersion: acme.dev/v1
kind: Shape
metadata: {name: {{ names.app | yaml }}, namespace: {{ environment.namespace | yaml }}}
spec:
  flow: [{{ app.ports.values() | join(", ") }}]
  json: {{ app.resources | tojson }}
  python: {{ app.env.values() | select("string") | list }}
  ports:
{% for name, port in app.ports.items() if port > 8500 %}
  - {index: {{ loop.index }}, name: {{ name }}, next: {{ (loop.nextitem[0] if loop.nextitem is defined else none) | yaml }}}
{% else %}
  - none
{% endfor %}
{% filter trim | indent(2, first=true) %}

tree:
{% for name, value in {"a": app.resources, "b": app.replicas}.items() recursive %}
{{ "  " * loop.depth }}{{ name }}: {{ value if value is not mapping }}
{% if value is mapping %}{{ loop(value.items()) }}{% endif %}
{% endfor %}

{% endfilter %}
"""

PROFILE = """\
{#---
summary: Waits as long as it is told to.
parameters:
  waits: {type: array, items: {type: string, format: duration}, default: [1m, 2m], description: How long.}
  careful: {type: boolean, default: false, description: Whether a person promotes.}
---#}
canary:
{% if params.careful %}
  trafficRouting: auto
{% endif %}
  steps:
{% for wait in params.waits | sort(reverse=true) %}
  - setWeight: {{ 100 * loop.index // (params.waits | length + 1) }}
{% if params.careful and loop.first %}
  - pause: manual
{% endif %}
  - pause: {duration: {{ wait | duration | yaml }}}
{% endfor %}
"""

WAITING = """\
---
apiVersion: gitopsgen.io/v1
kind: Environment
metadata: {name: waiting}
spec:
  extends: [common]
  namespace: acme-waiting
  apps:
    shop: {ingress: null, network: {allowFrom: []}, rollout: {profile: patient, with: {careful: true}}}
    charted: {chart: null, metrics: {path: /m}, rollout: {profile: patient, with: {waits: [30s, 5m, 90s]}}}
"""


def write(root: Path) -> None:
    """Write the repository into ``root``."""
    files = {
        "environments/all.yaml": DESCRIPTORS + WAITING,
        "templates/lib/boxes.j2": MACROS,
        "templates/lib/included.j2": INCLUDED,
        "templates/lib/is-set.j2": "{% macro word() %}set {{ app.replicas }}{% endmacro %}",
        "templates/lib/is-empty.j2": "{% macro word() %}empty{% endmacro %}",
        "templates/manifests/control.yaml.j2": CONTROL,
        "templates/manifests/shapes.yaml.j2": SHAPES,
        "templates/rollouts/patient.yaml.j2": PROFILE,
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
