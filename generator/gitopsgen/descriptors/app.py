"""The fields of an App: what a service is, the same everywhere. Every overlay on an App has these fields too."""

from typing import Final

from gitopsgen.descriptors.fields import (
    DNS_LABEL,
    HOST,
    Schema,
    boolean,
    choice,
    duration,
    either,
    folder_name,
    free,
    integer,
    labels,
    listing,
    mapping,
    name,
    number,
    port,
    quantity,
    record,
    stringlike,
    text,
)

_PATH: Final = {"pattern": "^/", "expected": "a path that begins with /"}

_IMAGE: Final = record(
    "The container image. A digest wins over a tag; with both, the tag is for people.",
    {
        "repository": text("Registry and repository, without tag.", pattern="^[^\\s:@]+(:[0-9]+/[^\\s:@]+)?$"),
        "tag": text(
            "The tag, usually the version.",
            pattern="^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$",
            expected="an image tag: letters, digits, dots, dashes and underscores",
        ),
        "digest": text(
            "The content digest.", pattern="^sha256:[0-9a-f]{64}$", expected="sha256: and 64 hexadecimal digits"
        ),
        "pullPolicy": choice("When the kubelet pulls.", "IfNotPresent", "Always", "Never", default="IfNotPresent"),
        "pullSecrets": listing("Names of Secrets for the registry.", name("A Secret."), default=[]),
    },
    required=("repository",),
)

_PROBE: Final = record(
    "An HTTP probe in full.",
    {
        "path": text("The HTTP path.", **_PATH),
        "port": either(
            "The name or number of a port; the main port when left out.", "a port name or number", text(""), port("")
        ),
        "initialDelaySeconds": integer("Seconds before the first probe."),
        "periodSeconds": integer("Seconds between probes.", 1),
        "timeoutSeconds": integer("Seconds until a probe counts as failed.", 1),
        "failureThreshold": integer("Failures in a row that count.", 1),
    },
    required=("path",),
)


def _probe(description: str, **more: object) -> Schema:
    return either(description, "an HTTP path, or a map with path", text("The HTTP path.", **_PATH), _PROBE, **more)


_HEALTH: Final = record(
    "HTTP probes on the main port.",
    {
        "live": _probe("Liveness: the container is restarted when it fails."),
        "ready": _probe("Readiness: no traffic, and no promotion, while it fails."),
        "startup": _probe("Startup: the other probes wait for it."),
    },
    default={},
)

_METRICS: Final = record(
    "Prometheus metrics; without this key there is no ServiceMonitor, and no built-in analysis on metrics.",
    {
        "path": text("The HTTP path.", default="/metrics", **_PATH),
        "port": text("The name of the port; the main port when left out."),
        "interval": duration("The scrape interval.", default="15s"),
        "requests": text("The counter of requests.", default="http_requests_total"),
        "latency": text("The latency histogram's buckets, in seconds.", default="http_request_duration_seconds_bucket"),
        "statusLabel": text("The label with the HTTP status.", default="status"),
    },
    required=("path", "interval", "requests", "latency", "statusLabel"),
)

_ENV_SOURCE: Final = {"key": text("The key in it."), "optional": boolean("Start without it.")}
_ENV: Final = mapping(
    "Environment variables: a value, or where it comes from.",
    either(
        "The value, or its source.",
        "a string, {secret: NAME, key: KEY}, {configMap: NAME, key: KEY} or {field: PATH}",
        stringlike("The value."),
        record("A key of a Secret.", {"secret": name("The Secret.", 253), **_ENV_SOURCE}, ("secret", "key")),
        record(
            "A key of a ConfigMap.", {"configMap": name("The ConfigMap.", 253), **_ENV_SOURCE}, ("configMap", "key")
        ),
        record("A field of the pod.", {"field": text("The path, such as metadata.name.")}, ("field",)),
    ),
    keys="^[A-Za-z_][A-Za-z0-9_.-]*$",
    default={},
)

_RESOURCES: Final = record(
    "What the container requests and may use.",
    {
        part: mapping(f"The {part}: cpu, memory, ephemeral-storage.", quantity("A quantity."), default={})
        for part in ("requests", "limits")
    },
    default={"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
)

_SECURITY_CONTEXT: Final = free(
    "Kubernetes' security context. Keys that only a pod has (fsGroup, supplementalGroups, sysctls …) go to the pod.",
    default={
        "runAsNonRoot": True,
        "runAsUser": 10001,
        "runAsGroup": 10001,
        "readOnlyRootFilesystem": True,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    },
)

_CHART: Final = record(
    "A Helm chart draws the workload.",
    {
        "repoURL": text("A Helm or OCI repository."),
        "name": text("The chart's name in it."),
        "version": text("The chart's version."),
        "path": text("A chart in this repository.", pattern="^[^/.][^\\s]*$", expected="a folder in this repository"),
        "workload": choice("What the chart creates.", "rollout", "deployment", default="rollout"),
        "values": free("Laid over the generated values.", default={}),
    },
    required=("workload", "values"),
    one_of=(("repoURL", "name", "version"), ("path",)),
    needs_one=True,
)

_INGRESS: Final = record(
    "How traffic comes in; with it the canary's weight is exact.",
    {
        "host": text("The host name.", pattern=HOST, expected="a host name in lower case"),
        "path": text("The path prefix.", default="/", **_PATH),
        "className": text("The IngressClass.", default="nginx"),
        "tls": either(
            "Whether the host has a certificate, or the name of its Secret.",
            "true, false, or the name of a Secret",
            boolean(""),
            name("", 253),
            default=False,
        ),
        "annotations": {**labels("Annotations of the Ingress."), "default": {}},
    },
    required=("host", "path"),
)

_NETWORK: Final = record(
    "The NetworkPolicy: who may connect. The metrics scraper is always let in.",
    {"allowFrom": listing("Names of namespaces.", name("A namespace."), default=[])},
    default={},
    off=True,
)

_FLAG: Final = record(
    "One flag.",
    {
        "enabled": boolean("Whether it is on.", default=False),
        "rolloutPercentage": integer("The share of users who see it, in percent.", 0, 100, default=100),
        "allow": listing("Users who always see it.", text("A user."), default=[]),
    },
)

_PATCH: Final = record(
    "One patch on the rendered objects that match.",
    {
        "target": record(
            "Which objects: all that have these.",
            {
                "kind": text("The kind."),
                "name": text("The name; `*` and `?` are wildcards."),
                "group": text("The API group."),
            },
        ),
        "merge": free("Merged into the object: maps key by key, lists of named things by their key, null removes."),
    },
    required=("target", "merge"),
)

_STEPS: Final = listing(
    "The canary's steps in Argo Rollouts' words, with two short forms.",
    {
        "type": "object",
        "description": "One step; `pause: manual` is `pause: {}`, `analysis: [NAME]` names analyses of this App.",
        "additionalProperties": True,
    },
)

_ROLLOUT: Final = record(
    "How a new version takes over: a profile with parameters, or Argo Rollouts' own strategy. When no layer says, by"
    " the tier: conservative-canary in production, canary in staging, rolling in development.",
    {
        "profile": text("A template under templates/rollouts/.", pattern="^[a-z0-9][a-z0-9-]*$"),
        "with": free("The profile's parameters; `gitopsgen schema profile NAME` prints them."),
        "canary": {**free("Argo's canary strategy."), "properties": {"steps": _STEPS}},
        "blueGreen": free("Argo's blue-green strategy."),
    },
    one_of=(("profile", "with"), ("canary",), ("blueGreen",)),
)

_SLO: Final = record(
    "Objectives: analyses take the parameters that they are not given from here.",
    {
        "availability": number("Percent of requests that succeed.", 0, 100),
        "latency": mapping("Quantiles, such as p99: 500ms.", duration("The time."), keys="^p[0-9]{1,2}([.]?[0-9]+)?$"),
    },
)

SPEC: Final = record(
    "What the service is.",
    {
        "image": _IMAGE,
        "command": listing("Replaces the image's entry point.", text("A word.")),
        "args": listing("The arguments.", text("A word.")),
        "ports": mapping(
            "Container ports by name; the first is the service's main port.",
            port("The port."),
            keys="^[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$",
        ),
        "health": _HEALTH,
        "metrics": _METRICS,
        "env": _ENV,
        "config": mapping(
            "Files of a ConfigMap, mounted under /etc/<app>.", text("The text."), keys="^[-._a-zA-Z0-9]+$"
        ),
        "resources": _RESOURCES,
        "serviceAccount": record(
            "The ServiceAccount that the pods run as.",
            {
                "create": boolean("Whether it is rendered.", default=True),
                "name": name("Its name; the App's when left out.", 253),
                "annotations": {**labels("Its annotations."), "default": {}},
                "automountToken": boolean("Whether pods get its token.", default=False),
            },
            default={},
        ),
        "securityContext": _SECURITY_CONTEXT,
        "chart": _CHART,
        "replicas": integer("The pods, when nothing scales them.", default=2),
        "autoscaling": record(
            "A HorizontalPodAutoscaler; replicas are then left to it.",
            {
                "min": integer("The fewest pods.", 1, default=2),
                "max": integer("The most pods.", 1),
                "cpu": integer("Average CPU utilisation to aim at, in percent of the request.", 1, 1000),
                "memory": integer("Average memory utilisation to aim at, in percent of the request.", 1, 1000),
            },
            required=("min", "max"),
        ),
        "disruption": record(
            "The PodDisruptionBudget.",
            {
                key: either(
                    f"The {words} pods.",
                    "a number of pods, or a percentage",
                    integer(""),
                    text("", pattern="^[0-9]{1,3}%$"),
                )
                for key, words in (("maxUnavailable", "most unavailable"), ("minAvailable", "fewest available"))
            },
            default={"maxUnavailable": 1},
            one_of=(("maxUnavailable",), ("minAvailable",)),
        ),
        "scheduling": record(
            "Where pods run.",
            {
                "spread": boolean("Spread the pods over zones and nodes.", default=True),
                "nodeSelector": labels("Labels that a node must have."),
                "tolerations": listing("Kubernetes' tolerations.", free("One toleration.")),
                "affinity": free("Kubernetes' affinity."),
                "priorityClassName": text("The PriorityClass."),
            },
            default={},
        ),
        "terminationGracePeriodSeconds": integer("Seconds that a pod has to stop.", default=30),
        "ingress": _INGRESS,
        "network": _NETWORK,
        "featureFlags": mapping(
            "Feature flags, in a ConfigMap of their own.", _FLAG, keys="^[A-Za-z0-9][A-Za-z0-9._-]*$"
        ),
        "patches": listing("The way out: merged into the rendered objects.", _PATCH, merge="append", default=[]),
        "rollout": _ROLLOUT,
        "analysis": mapping(
            "Analyses by the name of their template under templates/analysis/, with parameters.",
            free("Parameters; `gitopsgen schema analysis NAME` prints them."),
            keys=DNS_LABEL,
            default={},
        ),
        "slo": _SLO,
        "externals": listing(
            "Objects that exist in the cluster and are not rendered, as Kind/name.",
            text("Kind/name.", pattern="^[A-Z][A-Za-z]+/[-a-z0-9.*]+$", expected="Kind/name, such as Secret/db"),
            merge="append",
            default=[],
        ),
    },
    required=("image", "ports"),
)

METADATA: Final = record(
    "Who it is.",
    {
        "name": folder_name("DNS-1123 label; suffixes are added to it."),
        "labels": {**labels("Put on every object."), "default": {}},
        "annotations": {**labels("Put on every object."), "default": {}},
    },
    required=("name",),
)
