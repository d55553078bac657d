"""The fields of an Environment, a place to deploy to, and of a Release, one App in one Environment."""

from typing import Final

from gitopsgen.descriptors import app
from gitopsgen.descriptors.fields import (
    DNS_LABEL,
    boolean,
    choice,
    duration,
    folder_name,
    free,
    integer,
    labels,
    listing,
    mapping,
    name,
    record,
    text,
)

_VERSION: Final = {"pattern": r"^[0-9]+\.[0-9]+$", "expected": 'major.minor in quotes, such as "1.34"'}

_PROJECT: Final = record(
    "The AppProject that the Applications belong to.",
    {
        "create": boolean("Whether it is rendered.", default=True),
        "name": name("Its name; the environment's when left out.", 253),
        "description": text("What it is for.", maxLength=255),
        "sourceRepos": listing(
            "Repositories that may be deployed from; argocd.repoURL is always one.", text("A URL or glob."), default=[]
        ),
        "destinations": listing(
            "Where may be deployed to; the environment's namespace is always one.",
            record(
                "A cluster and a namespace.",
                {key: text("A glob.") for key in ("server", "name", "namespace")},
                ("namespace",),
            ),
            default=[],
        ),
        "syncWindows": listing("Argo CD's sync windows.", free("One window."), default=[]),
        "roles": listing("Argo CD's project roles.", free("One role."), merge="by: name", default=[]),
    },
    default={},
)

_SYNC: Final = record(
    "The sync policy of the Applications.",
    {
        "automated": record(
            "Automated sync; null for manual.",
            {
                "prune": boolean("Delete what is no longer rendered.", default=True),
                "selfHeal": boolean("Undo changes made in the cluster.", default=True),
                "allowEmpty": boolean("Allow that everything is deleted."),
            },
            default={},
            off=True,
        ),
        "options": listing("Sync options.", text("KEY=VALUE."), default=["CreateNamespace=true"]),
        "retry": free(
            "Argo CD's retry strategy.",
            default={"limit": 5, "backoff": {"duration": "5s", "factor": 2, "maxDuration": "3m"}},
        ),
        "wave": integer("The sync wave of the Applications among themselves.", -1000, default=0),
    },
    default={},
)

_ARGOCD: Final = record(
    "How Argo CD deploys it.",
    {
        "namespace": name("Argo CD's namespace.", default="argocd"),
        "project": _PROJECT,
        "repoURL": text("The Git repository that holds rendered/."),
        "targetRevision": text("The branch, tag or commit that is watched.", default="main"),
        "path": text("The folder of the rendered tree in that repository.", default="rendered"),
        "sync": _SYNC,
        "notifications": mapping(
            "Notification subscriptions: service, then trigger, then recipients.",
            mapping("Triggers.", text("Recipients, separated by semicolons.")),
            default={},
        ),
        "notificationConfig": record(
            "What the ConfigMap argocd-notifications-cm of that Argo CD defines: other names are errors then.",
            {
                "triggers": listing("The names behind `trigger.`.", text("A trigger.", minLength=1)),
                "services": listing(
                    "The names of its services: the type's, or the last part of `service.<type>.<name>`.",
                    text("A service.", minLength=1),
                ),
            },
        ),
        "finalizer": boolean("Deleting an Application deletes what it deployed.", default=True),
        "rootProject": name(
            "The AppProject of the root Application, which has to exist before it.", 253, default="default"
        ),
    },
    required=("namespace", "repoURL", "targetRevision", "path"),
    default={},
)

SPEC: Final = record(
    "What the place is.",
    {
        "tier": choice("What policies key on.", "development", "staging", "production"),
        "abstract": boolean("Only to be extended, never rendered.", default=False),
        "extends": listing(
            "Environments whose fields it inherits, laid down in order.", name("An Environment."), default=[]
        ),
        "promotesFrom": name("The Environment that versions come from."),
        "soak": duration("How long promotesFrom must have had a version before it is promoted to here."),
        "namespace": name("The namespace that is deployed to."),
        "cluster": record(
            "The cluster, as Argo CD knows it.",
            {"server": text("Its API server's URL."), "name": text("Its name in Argo CD.")},
            default={"server": "https://kubernetes.default.svc"},
            one_of=(("server",), ("name",)),
            needs_one=True,
        ),
        "argocd": _ARGOCD,
        "versions": record(
            "What runs there: schemas and rules speak for these.",
            {
                "kubernetes": text("Kubernetes.", default="1.34", **_VERSION),
                "argoRollouts": text("Argo Rollouts.", default="1.9", **_VERSION),
                "argoCD": text("Argo CD.", default="3.2", **_VERSION),
            },
            required=("kubernetes", "argoRollouts", "argoCD"),
            default={},
        ),
        "monitoring": record(
            "Where metrics go.",
            {
                "prometheus": text(
                    "Prometheus' address.", pattern="^https?://", expected="a URL with http:// or https://"
                ),
                "namespace": name("The namespace of the scraper.", default="monitoring"),
                "serviceMonitorLabels": {**labels("Labels by which Prometheus selects monitors."), "default": {}},
            },
            default={},
        ),
        "defaults": {
            **app.SPEC,
            "description": "Laid over every App deployed here: any key of an App's spec.",
            "default": {},
        },
        "apps": mapping(
            "The Apps deployed here, each with its overlay; {} is enough.", app.SPEC, keys=DNS_LABEL, default={}
        ),
    },
    required=("tier", "namespace", "cluster", "argocd", "versions"),
)

METADATA: Final = record(
    "Which place it is.",
    {
        "name": folder_name("DNS-1123 label."),
        "labels": {**labels("Labels of the environment; policies may key on them."), "default": {}},
        "annotations": {**labels("Annotations of the environment."), "default": {}},
    },
    required=("name",),
)

RELEASE_METADATA: Final = record(
    "Which App, and where.",
    {
        "name": name("The App.", 40),
        "environment": name("The Environment.", 40),
        "labels": {**labels("Not used by the tool."), "default": {}},
        "annotations": {**labels("Not used by the tool."), "default": {}},
    },
    required=("name", "environment"),
)
