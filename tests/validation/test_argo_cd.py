"""The Argo CD rules where a page's examples do not reach: globs, schedules, permission, ownership, tiers, versions."""

import pytest

from gitopsgen.model.finding import Severity
from gitopsgen.model.manifest import Manifest, ManifestSet
from gitopsgen.model.versions import Versions
from gitopsgen.source.reader import read
from gitopsgen.validation.argo_cd import check_argo_cd
from gitopsgen.validation.argo_cd.glob import GlobError, compile_glob, matches
from gitopsgen.validation.argo_cd.permission import Project
from gitopsgen.validation.argo_cd.repository_url import normalize
from gitopsgen.validation.argo_cd.schedule import cron_error, parse_duration
from gitopsgen.validation.argo_cd.template_text import go_template_error, legacy_placeholders


@pytest.mark.parametrize(
    ("pattern", "text", "separator", "expected"),
    [
        pytest.param("*", "https://a/b", "/", True, id="a bare star is everything"),
        pytest.param("https://a/*", "https://a/b", "/", True, id="a star inside"),
        pytest.param("https://a/*", "https://a/b/c", "/", False, id="a star stops at a separator"),
        pytest.param("https://a/**", "https://a/b/c", "/", True, id="two stars do not"),
        pytest.param("team-*", "team-a", "", True, id="a prefix"),
        pytest.param("{dev,prod}", "prod", "", True, id="alternatives"),
        pytest.param("app-[a-c]", "app-b", "", True, id="a range"),
        pytest.param("app-[!a-c]", "app-b", "", False, id="not a range"),
        pytest.param("a?c", "abc", "", True, id="one character"),
        pytest.param("a.c", "abc", "", False, id="a dot is a dot"),
        pytest.param("a[", "a[", "", False, id="what does not compile matches nothing"),
        pytest.param("", "", "", True, id="nothing"),
        pytest.param("", "a", "", False, id="nothing is not something"),
    ],
)
def test_globs(pattern: str, text: str, separator: str, expected: bool) -> None:  # noqa: FBT001 - a table
    assert matches(pattern, text, separator) is expected


@pytest.mark.parametrize("pattern", ["[", "[]", "{a,b", "a\\", "[z-a]", "[!]"])
def test_broken_globs(pattern: str) -> None:
    with pytest.raises(GlobError):
        compile_glob(pattern)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://GitHub.com/A/B.git", "https://github.com/a/b"),
        ("git@github.com:a/b.git", "git@github.com/a/b"),
        ("ssh://git@github.com/a/b", "git@github.com/a/b"),
        (" https://github.com/a/b ", "https://github.com/a/b"),
    ],
)
def test_repository_addresses(url: str, expected: str) -> None:
    assert normalize(url) == expected


@pytest.mark.parametrize(
    "schedule", ["* * * * *", "0 8 * * 1-5", "*/15 0-6,22 1 jan-mar SUN", "0 0 ? * ?", "CRON_TZ=UTC 0 0 * * *"]
)
def test_schedules(schedule: str) -> None:
    assert cron_error(schedule) == ""


@pytest.mark.parametrize(
    "schedule",
    [
        "",
        "* * * *",
        "0 0 0 0 * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * * * 7",
        "@daily",
        "5-1 * * * *",
        "*/0 * * * *",
        "a * * * *",
        "0 0 31 2 *",
    ],
)
def test_broken_schedules(schedule: str) -> None:
    assert cron_error(schedule)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("8h", 28800.0),
        ("1h30m", 5400.0),
        ("1.5h", 5400.0),
        ("90s", 90.0),
        ("-1m", -60.0),
        ("0", 0.0),
        ("1d", None),
        ("8", None),
        ("", None),
        ("1 h", None),
    ],
)
def test_durations(text: str, seconds: float | None) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["{{.a}}", "{{if .a}}x{{end}}", '{{ "}}" }}', "{{`{{.x}}`}}", "{{range .a}}{{.}}{{end}}"]
)
def test_go_templates(text: str) -> None:
    assert go_template_error(text) == ""
    assert list(legacy_placeholders(text)) == []


@pytest.mark.parametrize("text", ["{{.a", "{{if .a}}x", "x{{end}}", "{{}}"])
def test_broken_go_templates(text: str) -> None:
    assert go_template_error(text)


IN_CLUSTER = "https://kubernetes.default.svc"


def project(spec: str) -> Project:
    return Project(
        Manifest(body=read(f"metadata: {{name: p, namespace: argocd}}\nspec: {spec}", "p").documents[0].data, file="p")
    )


@pytest.mark.parametrize(
    ("repositories", "url", "expected"),
    [
        pytest.param("['*']", "https://a/b/c", True, id="all"),
        pytest.param("['https://a/*']", "https://A/b.git", True, id="spelling"),
        pytest.param("['https://a/*']", "https://a/b/c", False, id="not below"),
        pytest.param("['*', '!https://a/b']", "https://a/b", False, id="denied"),
        pytest.param("['*', '!https://a/b']", "https://a/c", True, id="another than the denied one"),
        pytest.param("['!https://a/b']", "https://a/c", True, id="a denial alone permits the rest"),
        pytest.param("[]", "https://a/b", False, id="none"),
    ],
)
def test_permitted_sources(repositories: str, url: str, expected: bool) -> None:  # noqa: FBT001 - a table
    assert project(f"{{sourceRepos: {repositories}}}").permits_source(url) is expected


@pytest.mark.parametrize(
    ("destinations", "namespace", "expected"),
    [
        pytest.param(f"[{{server: '{IN_CLUSTER}', namespace: a-*}}]", "a-1", True, id="by server"),
        pytest.param("[{name: in-cluster, namespace: '*'}]", "a", True, id="by name"),
        pytest.param("[{server: https://other, namespace: '*'}]", "a", False, id="another cluster"),
        pytest.param(
            "[{server: '*', namespace: '*'}, {server: '*', namespace: '!kube-*'}]", "kube-system", False, id="denied"
        ),
        pytest.param(
            "[{server: '*', namespace: '*'}, {server: '*', namespace: '!kube-*'}]", "a", True, id="not denied"
        ),
        pytest.param(
            f"[{{server: '*', namespace: '*'}}, {{server: '!{IN_CLUSTER}', namespace: '*'}}]",
            "a",
            False,
            id="a denied server",
        ),
    ],
)
def test_permitted_destinations(destinations: str, namespace: str, expected: bool) -> None:  # noqa: FBT001 - a table
    asked = project(f"{{destinations: {destinations}}}")
    assert asked.permits_destination(IN_CLUSTER, "in-cluster", namespace) is expected


@pytest.mark.parametrize(
    ("spec", "kind", "namespaced", "expected"),
    [
        pytest.param("{}", "ConfigMap", True, True, id="no list permits all in a namespace"),
        pytest.param("{}", "Namespace", False, False, id="no list permits none outside"),
        pytest.param("{namespaceResourceWhitelist: []}", "ConfigMap", True, False, id="an empty list permits none"),
        pytest.param("{namespaceResourceBlacklist: [{group: '', kind: Conf*}]}", "ConfigMap", True, False, id="denied"),
        pytest.param("{clusterResourceWhitelist: [{group: '*', kind: '*'}]}", "Namespace", False, True, id="all"),
    ],
)
def test_permitted_kinds(spec: str, kind: str, namespaced: bool, expected: bool) -> None:  # noqa: FBT001 - a table
    assert project(spec).permits_kind("", kind, namespaced=namespaced) is expected


@pytest.mark.parametrize(
    ("entries", "namespace", "expected"),
    [("[]", "argocd", True), ("[]", "a", False), ("[team-*]", "team-a", True), ("['/team-(a|b)/']", "team-b", True)],
)
def test_permitted_namespaces_of_applications(entries: str, namespace: str, expected: bool) -> None:  # noqa: FBT001 - a table
    assert project(f"{{sourceNamespaces: {entries}}}").permits_application_namespace(namespace) is expected


APPLICATION = """
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: api, namespace: argocd}
spec:
  project: p
  source: {repoURL: https://a/b, targetRevision: main, path: rendered/api}
  destination: {server: https://kubernetes.default.svc, namespace: apps}
"""
ROLLOUT = """
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: api%s}
spec: {strategy: {canary: {steps: [{setWeight: 5}, {pause: %s}]}}}
"""
LATER = """
apiVersion: v1
kind: ConfigMap
metadata: {name: later%s, annotations: {argocd.argoproj.io/sync-wave: "1"}}
"""


def manifest(text: str, file: str = "a.yaml", *, release: str = "", tier: str = "") -> Manifest:
    environment = release.partition("/")[0]
    return Manifest(
        body=read(text, file).documents[0].data, file=file, release=release, environment=environment, tier=tier
    )


def severities(rule: str, *manifests: Manifest, argo_cd: str = "3.2") -> list[Severity | None]:
    faults = check_argo_cd(ManifestSet(manifests), Versions(argo_cd=argo_cd))
    return [fault.severity for fault in faults if fault.rule == f"argo-cd/{rule}"]


@pytest.mark.parametrize(
    ("pause", "tier", "expected"),
    [
        pytest.param("{}", "production", Severity.ERROR, id="a gate in production"),
        pytest.param("{}", "staging", Severity.ERROR, id="a gate elsewhere"),
        pytest.param("{duration: 5m}", "production", Severity.ERROR, id="a hold in production"),
        pytest.param("{duration: 5m}", "development", Severity.WARNING, id="a hold elsewhere"),
    ],
)
def test_a_later_wave_waits_for_a_gate(pause: str, tier: str, expected: Severity) -> None:
    texts = (APPLICATION, ROLLOUT % ("", pause), LATER % "")
    assert severities("gate-blocks-later-wave", *(manifest(text, release="prod/api", tier=tier) for text in texts)) == [
        expected
    ]


def test_releases_do_not_wait_for_each_other() -> None:
    one = [manifest(text, release="prod/api") for text in (APPLICATION, ROLLOUT % ("", "{}"))]
    other = manifest(LATER % "", release="prod/other")
    assert severities("gate-blocks-later-wave", *one, other) == []


@pytest.mark.parametrize(
    ("rollout", "later", "expected"),
    [
        pytest.param("x.yaml", "y.yaml", [Severity.ERROR], id="the destination's namespace"),
        pytest.param("rendered/api/x.yaml", "rendered/api/y.yaml", [Severity.ERROR], id="the source's folder"),
    ],
)
def test_foreign_files_belong_to_an_application(rollout: str, later: str, expected: list[Severity]) -> None:
    found = severities(
        "gate-blocks-later-wave",
        manifest(APPLICATION, "argocd/app.yaml"),
        manifest(ROLLOUT % (", namespace: apps", "{}"), rollout),
        manifest(LATER % ", namespace: apps", later),
    )
    assert found == expected


def test_two_applications_for_one_namespace_own_nothing_of_it() -> None:
    other = APPLICATION.replace("name: api", "name: other").replace("rendered/api", "rendered/other")
    found = severities(
        "gate-blocks-later-wave",
        manifest(APPLICATION, "argocd/a.yaml"),
        manifest(other, "argocd/b.yaml"),
        manifest(ROLLOUT % (", namespace: apps", "{}"), "x.yaml"),
        manifest(LATER % ", namespace: apps", "y.yaml"),
    )
    assert found == []


def test_a_file_without_its_application_gets_a_warning() -> None:
    texts = (ROLLOUT % ("", "{}"), LATER % "")
    assert severities("gate-blocks-later-wave", *(manifest(text) for text in texts)) == [Severity.WARNING]


HOOK = """
apiVersion: batch/v1
kind: Job
metadata: {name: job, annotations: {argocd.argoproj.io/hook: %s}}
"""


@pytest.mark.parametrize(
    ("hook", "argo_cd", "expected"),
    [
        pytest.param("PostSynk", "3.2", [None], id="unknown"),
        pytest.param('"PostSync,PostSynk"', "3.2", [Severity.WARNING], id="one of two"),
        pytest.param("PreDelete", "3.2", [Severity.WARNING], id="not yet"),
        pytest.param("PreDelete", "3.3", [], id="from 3.3 on"),
    ],
)
def test_hooks(hook: str, argo_cd: str, expected: list[Severity | None]) -> None:
    assert severities("unknown-hook", manifest(HOOK % hook), argo_cd=argo_cd) == expected


@pytest.mark.parametrize(("argo_cd", "expected"), [("3.2", [Severity.WARNING]), ("3.3", [None])])
def test_managed_by_url_is_checked_from_3_3_on(argo_cd: str, expected: list[Severity | None]) -> None:
    text = APPLICATION.replace("argocd}", "argocd, annotations: {argocd.argoproj.io/managed-by-url: x}}")
    assert severities("managed-by-url-invalid", manifest(text), argo_cd=argo_cd) == expected


def test_an_app_set_template_leaves_room_for_its_parameters() -> None:
    text = """
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: a}
spec:
  goTemplate: true
  generators: [{clusters: {}}]
  template:
    metadata: {name: "{{.name}}", annotations: {argocd.argoproj.io/sync-wave: "{{.wave}}"}}
    spec:
      project: p
      source: {repoURL: "{{.repo}}", path: "{{.path}}", targetRevision: "{{.revision}}"}
      destination: {server: "{{.server}}", namespace: "{{.namespace}}"}
      syncPolicy: {syncOptions: ["CreateNamespace={{.create}}"]}
"""
    assert list(check_argo_cd(ManifestSet((manifest(text),)), Versions())) == []
