"""Notification subscriptions, as the engine of Argo CD and Argo Rollouts reads them.

Source: notifications-engine v0.5.0, pkg/subscriptions/annotations.go and pkg/api/config.go.
"""

import pytest

from gitopsgen.model.finding import Severity
from gitopsgen.model.manifest import Manifest, ManifestSet, NotificationNames
from gitopsgen.model.versions import Versions
from gitopsgen.source.reader import read
from gitopsgen.validation.argo_cd import check_argo_cd
from gitopsgen.validation.argo_rollouts import check_argo_rollouts
from gitopsgen.validation.notifications.configuration import check_config
from gitopsgen.validation.notifications.names import APPLICATION_TRIGGERS, SERVICE_TYPES, misspelt
from gitopsgen.validation.notifications.subscriptions import SUBSCRIBE, SUBSCRIPTIONS, Subscription, read_subscriptions

WARNING, DEFAULT = Severity.WARNING, None
ON_DEPLOYED = """\
trigger.on-deployed: |
  - when: app.status.operationState != nil and app.status.operationState.phase in ['Succeeded']
      and !time.Parse(app.status.health.lastTransitionTime).Before(time.Parse(app.status.operationState.finishedAt))
    oncePer: app.status.operationState?.syncResult?.revision
    send: [app-deployed]
template.app-deployed: "message: deployed"
"""
SERVICES = """\
service.slack: "token: $slack-token"
service.webhook.deploys: "url: https://example.com"
service.teams.ops: "recipientUrls: {}"
"""


def manifest(kind: str, metadata: str, rest: str = "", release: str = "") -> Manifest:
    version = "v1" if kind == "ConfigMap" else "argoproj.io/v1alpha1"
    text = f"apiVersion: {version}\nkind: {kind}\nmetadata: {metadata}\n{rest}"
    return Manifest(body=read(text, "a.yaml").documents[0].data, file="a.yaml", release=release)


def annotated(kind: str, key: str, value: str = "a", release: str = "") -> Manifest:
    return manifest(kind, f"{{name: api, annotations: {{{key}: {value}}}}}", release=release)


def config(data: str, name: str = "argocd-notifications-cm") -> Manifest:
    return manifest("ConfigMap", f"{{name: {name}}}", "data:\n" + "".join(f"  {line}\n" for line in data.splitlines()))


def told(*manifests: Manifest, names: NotificationNames | None = None) -> list[tuple[str, Severity | None, str]]:
    resources = ManifestSet(manifests, notifications=names or NotificationNames())
    faults = [*check_argo_cd(resources, Versions()), *check_argo_rollouts(resources, Versions())]
    return [
        (fault.rule.partition("/")[2], fault.severity, fault.word) for fault in faults if "notification" in fault.rule
    ]


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        pytest.param("on-deployed.slack", "#a", [("on-deployed", "slack", ("#a",))], id="a channel"),
        pytest.param("on-deployed.slack", " a ;b;; c", [("on-deployed", "slack", ("a", "b", "c"))], id="several"),
        pytest.param("on-deployed.hook", "", [("on-deployed", "hook", ("",))], id="no recipient is one"),
        pytest.param("slack", "a", [("", "slack", ("a",))], id="the default triggers"),
        pytest.param("on-deployed.slack", " ", [("on-deployed", "slack", ())], id="a blank is none"),
        pytest.param("on-deployed.slack", None, [], id="no value"),
        pytest.param("on-deployed.webhook.hook", "", [], id="what follows the service is ignored"),
        pytest.param("on-deployed.", "a", [], id="no service"),
        pytest.param(".slack", "a", [], id="no trigger"),
    ],
)
def test_a_subscription(key: str, value: str | None, expected: list[tuple[str, str, tuple[str, ...]]]) -> None:
    found = [one for one in read_subscriptions({SUBSCRIBE + key: value}) if isinstance(one, Subscription)]
    assert [(one.trigger, one.service, one.recipients) for one in found] == expected


BOTH = [("x", "slack", ("a", "b")), ("x", "hook", ("",)), ("z", "slack", ("a", "b")), ("z", "hook", ("",))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "[{trigger: [x, z], destinations: [{service: slack, recipients: [a, b]}, {service: hook, recipients: ['']}]}]",
            BOTH,
            id="each trigger to each destination",
        ),
        pytest.param(
            "[{Trigger: [x], Destinations: [{Service: s, recipients: [a]}]}]", [("x", "s", ("a",))], id="any case"
        ),
        pytest.param("[{destinations: [{service: s, recipients: [a]}]}]", [("", "s", ("a",))], id="default triggers"),
        pytest.param("[{triggers: [x], destinations: [{service: s, recipients: [a]}]}]", "`triggers`", id="a plural"),
        pytest.param("[{trigger: x, destinations: [{service: s, recipients: [a]}]}]", "in part", id="a text"),
        pytest.param("[{trigger: [x]}]", "in part", id="no destination"),
        pytest.param("[{trigger: [x], destinations: [{service: s}]}]", "in part", id="no recipient"),
        pytest.param("", "no list", id="nothing"),
        pytest.param("trigger: [x]", "no list", id="a map"),
        pytest.param("[", "no list", id="no YAML"),
    ],
)
def test_a_list_of_subscriptions(text: str, expected: list[tuple[str, str, tuple[str, ...]]] | str) -> None:
    found = list(read_subscriptions({SUBSCRIPTIONS: text}))
    if isinstance(expected, str):
        assert [expected in one.message for one in found if not isinstance(one, Subscription)] == [True]
    else:
        assert [
            (one.trigger, one.service, one.recipients) for one in found if isinstance(one, Subscription)
        ] == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("on-deployed", ""),
        ("on-deployd", "on-deployed"),
        ("on-delpoyed", "on-deployed"),
        ("on-deployedd", ""),
        ("On-Deployed", "on-deployed"),
        ("on_sync_failed", "on-sync-failed"),
        ("on-deploy", ""),
        ("on-degraded", ""),
        ("my-trigger", ""),
    ],
)
def test_a_slip_in_a_trigger(name: str, expected: str) -> None:
    assert misspelt(name, APPLICATION_TRIGGERS) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("slak", "slack"), ("Slack", "slack"), ("slack2", ""), ("emial", "email"), ("pagerdutyv2", ""), ("deploys", "")],
)
def test_a_slip_in_a_service(name: str, expected: str) -> None:
    assert misspelt(name, SERVICE_TYPES) == expected


UNKNOWN_TRIGGER, UNKNOWN_SERVICE = "unknown-notification-trigger", "unknown-notification-service"
MALFORMED, NEVER = "notification-malformed", "notification-never-sent"


@pytest.mark.parametrize(
    ("key", "value", "known", "expected"),
    [
        pytest.param("on-deployd.slack", "a", "", [(UNKNOWN_TRIGGER, WARNING, "on-deployd")], id="a slip"),
        pytest.param("on-deployed.slak", "a", "", [(UNKNOWN_SERVICE, WARNING, "slak")], id="a slip in the service"),
        pytest.param("on-mine.ops", "a", "", [], id="names of one's own"),
        pytest.param("slack.on-deployed", "a", "", [(MALFORMED, DEFAULT, "on-deployed")], id="the wrong way round"),
        pytest.param(
            "on-rollout-paused.slack", "a", "", [(UNKNOWN_TRIGGER, WARNING, "on-rollout-paused")], id="Rollouts"
        ),
        pytest.param("on-deployed.slack", "a", ON_DEPLOYED + SERVICES, [], id="defined"),
        pytest.param(
            "on-sync-failed.slack", "a", ON_DEPLOYED, [(UNKNOWN_TRIGGER, DEFAULT, "on-sync-failed")], id="not defined"
        ),
        pytest.param("on-sync-failed.slack", "a", SERVICES, [], id="a ConfigMap without triggers is a patch"),
        pytest.param("on-deployed.email", "a", SERVICES, [(UNKNOWN_SERVICE, DEFAULT, "email")], id="no such service"),
        pytest.param("on-deployed.email", "a", ON_DEPLOYED, [], id="a ConfigMap without services is a patch"),
        pytest.param("on-deployed.deploys", "''", SERVICES, [], id="a webhook by its name"),
        pytest.param("on-deployed.webhook", "''", SERVICES, [(UNKNOWN_SERVICE, DEFAULT, "webhook")], id="by its type"),
        pytest.param(
            "on-deployed.webhook.deploys", "''", SERVICES, [(MALFORMED, DEFAULT, "webhook.deploys")], id="both"
        ),
        pytest.param("on-deployed.slack", "''", SERVICES, [(MALFORMED, DEFAULT, "")], id="Slack without a channel"),
        pytest.param("on-deployed.ops", "''", SERVICES, [(MALFORMED, DEFAULT, "")], id="Teams without a recipient"),
        pytest.param("on-deployed.slack", "''", "", [], id="a service of that name may be a webhook"),
        pytest.param("slack", "a", ON_DEPLOYED, [(MALFORMED, DEFAULT, "")], id="there are no default triggers"),
        pytest.param("slack", "a", ON_DEPLOYED + "defaultTriggers: '[on-deployed]'", [], id="there are"),
        pytest.param("on-mine.slack", "a", ON_DEPLOYED + "config.yaml: ''", [], id="the form before 2.0"),
    ],
)
@pytest.mark.parametrize("kind", ["Application", "AppProject"])
def test_an_application_subscribes(
    kind: str, key: str, value: str, known: str, expected: list[tuple[str, Severity | None, str]]
) -> None:
    others = [config(known)] if known else []
    assert told(annotated(kind, SUBSCRIBE + key, value), *others) == expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("on-mine.slack", []),
        ("on-deployed.slack", [(UNKNOWN_TRIGGER, DEFAULT, "on-deployed")]),
        ("on-mine.email", [(UNKNOWN_SERVICE, DEFAULT, "email")]),
    ],
)
def test_the_descriptor_says_what_is_defined(key: str, expected: list[tuple[str, Severity | None, str]]) -> None:
    names = NotificationNames(triggers=frozenset({"on-mine"}), services=frozenset({"slack"}))
    assert told(annotated("Application", SUBSCRIBE + key), names=names) == expected


def test_what_an_application_set_fills_in_is_not_judged() -> None:
    template = (
        "metadata: {name: a, annotations: {'%sonx-{{.t}}.slak': a, %s: '{{.all}}', %son-deployed.slak: '{{.to}}'}}"
    )
    spec = f"spec:\n  template:\n    {template % (SUBSCRIBE, SUBSCRIPTIONS, SUBSCRIBE)}"
    assert told(manifest("ApplicationSet", "{name: a}", spec)) == [(UNKNOWN_SERVICE, WARNING, "slak")]


@pytest.mark.parametrize(
    ("key", "known", "expected"),
    [
        pytest.param("on-rollout-completed.slack", "", [], id="an event"),
        pytest.param("on-rollout-complete.slack", "", [(UNKNOWN_TRIGGER, WARNING, "on-rollout-complete")], id="a slip"),
        pytest.param("on-rollout-finished.slack", "", [(NEVER, DEFAULT, "on-rollout-finished")], id="no event"),
        pytest.param("on-deployed.slack", "", [(UNKNOWN_TRIGGER, WARNING, "on-deployed")], id="Argo CD's"),
        pytest.param("on-traffic-weight-updated.slack", "", [], id="an event without a shipped trigger"),
        pytest.param(
            "on-rollout-paused.slack",
            "trigger.on-rollout-aborted: '[{send: [x]}]'",
            [(UNKNOWN_TRIGGER, DEFAULT, "on-rollout-paused")],
            id="not defined",
        ),
        pytest.param("on-mine.slack", "trigger.on-mine: '[{send: [x]}]'", [(NEVER, DEFAULT, "on-mine")], id="no use"),
    ],
)
def test_a_rollout_subscribes(key: str, known: str, expected: list[tuple[str, Severity | None, str]]) -> None:
    others = [config(known, "argo-rollouts-notification-configmap")] if known else []
    assert told(annotated("Rollout", SUBSCRIBE + key), *others) == expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        pytest.param("on-rollout-completed.slack", [], id="an event of the Rollout"),
        pytest.param("on-mine.slack", [], id="a trigger of the Application"),
        pytest.param("on-sync-failed.slack", [(UNKNOWN_TRIGGER, DEFAULT, "on-sync-failed")], id="told once"),
        pytest.param(
            "on-rollout-paued.slack", [(UNKNOWN_TRIGGER, WARNING, "on-rollout-paued")], id="a slip, told once"
        ),
    ],
)
def test_an_annotation_of_an_app_is_for_one_of_its_objects(
    key: str, expected: list[tuple[str, Severity | None, str]]
) -> None:
    objects = [annotated(kind, SUBSCRIBE + key, release="dev/api") for kind in ("Application", "Rollout")]
    assert told(*objects, names=NotificationNames(triggers=frozenset({"on-mine"}))) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(ON_DEPLOYED + SERVICES, [], id="as shipped"),
        pytest.param('service.slak: "token: x"', [True], id="no such type"),
        pytest.param("service.webhook.a.b: ''", [True], id="too many parts"),
        pytest.param("trigger.x: 'when: true'", [True], id="no list"),
        pytest.param("trigger.x: '[x]'", [True], id="no condition"),
        pytest.param("trigger.x: '[{when: true}, null]'", [], id="what becomes a string, and nothing"),
        pytest.param("trigger.x: '[{when: [a]}]'", [True], id="no string"),
        pytest.param("trigger.x: '['", [True], id="no YAML"),
        pytest.param("service.slack: x", [True], id="no options"),
        pytest.param("service.slack: ''", [], id="an option for none"),
        pytest.param("defaultTriggers: x", [True], id="no default triggers"),
        pytest.param("defaultTriggers.slack: x", [True], id="nor of a service"),
        pytest.param("subscriptions: x", [True], id="no subscriptions"),
        pytest.param("trigger.x: '[{when: \"a\", send: b}]'", [True], id="no list of templates"),
        pytest.param("trigger.x: '[{when: a ==, send: []}]'", [True], id="no expression"),
        pytest.param("trigger.x: '[{when: a, oncePer: a., send: []}]'", [True], id="nor how often"),
        pytest.param("template.x: '[x]'", [True], id="no template"),
        pytest.param("trigger.x: '[{when: a, send: [y]}]'\ntemplate.x: ''", [False], id="no such template"),
        pytest.param("trigger.x: '[{when: a, send: [y]}]'", [], id="templates are elsewhere"),
        pytest.param("context: 'a: b'\nsubscriptions: '[]'", [], id="other keys"),
    ],
)
def test_what_a_config_map_is_refused_for(data: str, expected: list[bool]) -> None:
    assert [fault.refuses_all for fault in check_config(config(data))] == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        pytest.param('{when: "true", send: [x]}', ["notification-repeated"], id="on-deployed again and again"),
        pytest.param("{oncePer: app.a, send: [x]}", [NEVER], id="no condition"),
        pytest.param('{when: "true", oncePer: app.a, send: [x]}', [], id="both"),
    ],
)
def test_a_trigger_that_fires_too_often_or_never(condition: str, expected: list[str]) -> None:
    assert [rule for rule, *_ in told(config(f"trigger.on-deployed: '[{condition}]'"))] == expected
