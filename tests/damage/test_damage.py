"""A repository that renders at once, and every way to damage it: refused, at the damaged line, with nothing written."""

import json
from difflib import SequenceMatcher
from pathlib import Path

import jsonschema
import pytest

from gitopsgen.cli.main import run
from gitopsgen.reports.schemas import OUTPUT_LINT
from gitopsgen.source.emitter import emit
from gitopsgen.source.reader import read
from tests.damage.repository import APPS, ENVIRONMENTS


def write(root: Path, apps: str = APPS, environments: str = ENVIRONMENTS) -> None:
    (root / "environments").mkdir(exist_ok=True)
    (root / "environments/apps.yaml").write_text(apps)
    (root / "environments/envs.yml").write_text(environments)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_it_renders_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path)
    assert run(["render", "-C", str(tmp_path)]) == 0, capsys.readouterr().err
    assert (tmp_path / "rendered/prod/checkout/manifests/rollout-checkout.yaml").exists()
    assert (tmp_path / "rendered/prod/worker/manifests/service-worker-preview.yaml").exists()
    assert run(["render", "-C", str(tmp_path), "--check", "--no-cache"]) == 0
    assert run(["verify", "-C", str(tmp_path)]) == 0


DAMAGES = [
    # what is there, what is written instead, the rule, and a part of the line that must be named (empty: the new text)
    ("replicas: 2\n", "replica: 2\n", "descriptor/unknown-key"),
    ("replicas: 2\n", "replicas: two\n", "descriptor/wrong-type"),
    ("replicas: 2\n", "replicas: -2\n", "descriptor/invalid-value"),
    ("replicas: 2\n", "replicas: 2.5\n", "descriptor/wrong-type"),
    ("replicas: 2\n", "replicas: [2]\n", "descriptor/wrong-type"),
    ("tag: v2.3.1", "tag: 2.30", "descriptor/wrong-type"),
    ("tag: v2.3.1", "tag: 1e3", "descriptor/wrong-type"),
    ("tag: v2.3.1", "tag: v 2", "descriptor/invalid-value"),
    ("tag: v2.3.1", "digest: sha256:abc", "descriptor/invalid-value"),
    ("tag: v2.3.1", "tag: latest", "image-tag-not-pinned"),
    ("{repository: ghcr.io/acme/checkout, tag: v2.3.1}", "ghcr.io/acme/checkout:v2", "descriptor/wrong-type"),
    ("ports: {http: 8080, metrics: 9090}", "ports: {http: 99999}", "descriptor/invalid-value"),
    ("ports: {http: 8080, metrics: 9090}", 'ports: {http: "8080"}', "descriptor/wrong-type"),
    ("ports: {http: 8080, metrics: 9090}", "ports: {HTTP: 8080}", "descriptor/invalid-value"),
    ("ports: {http: 8080, metrics: 9090}", "ports: [8080]", "descriptor/wrong-type"),
    ("live: /live", "live: live", "descriptor/invalid-value"),
    ("live: /live", "alive: /live", "descriptor/unknown-key"),
    ("periodSeconds: 5", "periodSecond: 5", "descriptor/unknown-key"),
    ("periodSeconds: 5", "periodSeconds: 0", "descriptor/invalid-value"),
    ("LOG_LEVEL: info", "LOG_LEVEL: yes", "yaml/ambiguous-scalar"),
    ("LOG_LEVEL: info", "LOG_LEVEL: 1.10", "yaml/ambiguous-scalar"),
    ("LOG_LEVEL: info", "LOG_LEVEL: [a]", "descriptor/wrong-type"),
    ("LOG_LEVEL: info", "LOG-LEVEL!: info", "descriptor/invalid-value"),
    ("LOG_LEVEL: info", "API_TOKEN: hunter2", "secret-in-environment"),
    ("{secret: checkout-db, key: password}", "{secret: checkout-db}", "descriptor/missing-key"),
    ("{secret: checkout-db, key: password}", "{secrt: checkout-db, key: password}", "descriptor/unknown-key"),
    ("requests: {cpu: 250m, memory: 256Mi}", "requests: {cpu: 250x}", "descriptor/invalid-value"),
    ("requests: {cpu: 250m, memory: 256Mi}", "requests: {cpu: 250m, memory: 1Gi}", "request-above-limit"),
    ("className: nginx", "class: nginx", "descriptor/unknown-key"),
    ("host: checkout.acme.dev", 'host: "*.acme.dev"', "ingress-host-open"),
    ("host: checkout.acme.dev", "host: Checkout_acme", "descriptor/invalid-value"),
    ("path: /, class", "path: x, class", "descriptor/invalid-value"),
    ("rolloutPercentage: 10", "rolloutPercentage: 110", "descriptor/invalid-value"),
    ("availability: 99.9", "availability: 999", "descriptor/invalid-value"),
    ("{p99: 300ms}", "{p99: fast}", "descriptor/invalid-value"),
    ("terminationGracePeriodSeconds: 60", "terminationGracePeriodSecond: 60", "schema/unknown-key"),
    ("terminationGracePeriodSeconds: 60", "terminationGracePeriodSeconds: soon", "schema/wrong-type"),
    ("terminationGracePeriodSeconds: 60", "hostNetwork: true", "host-namespace"),
    ("target: {kind: Rollout}, ", "", "descriptor/missing-key"),
    ("metadata: {name: worker, labels: {team: payments}}", "metadata: {name: Worker}", "descriptor/invalid-value"),
    ("metadata: {name: worker, labels: {team: payments}}", "metadata: {name: checkout}", "descriptor/duplicate"),
    ("metadata: {name: worker, labels: {team: payments}}", "metadata: {}", "descriptor/missing-key"),
    (
        "labels: {team: payments}}\nspec:\n  image: {repository: ghcr.io/acme/worker",
        'labels: {team: "a b"}}\nspec:\n  image: {repository: ghcr.io/acme/worker',
        "schema/invalid-label",
    ),
    ("kind: App\nmetadata: {name: worker", "kind: Application\nmetadata: {name: worker", "descriptor/unknown-kind"),
    (
        "apiVersion: gitopsgen.io/v1\nkind: App\nmetadata: {name: worker",
        "apiVersion: v1\nkind: App\nmetadata: {name: worker",
        "descriptor/invalid-value",
    ),
    ("  health: {live: /h, ready: /r}", "  image: {tag: v2}", "yaml/duplicate-key"),
    ("tier: staging\n", "tier: stage\n", "descriptor/invalid-value"),
    ("abstract: true", "abstract: yes", "yaml/ambiguous-scalar"),
    ('versions: {kubernetes: "1.33"', "versions: {kubernetes: 1.33", "descriptor/wrong-type"),
    (
        "repoURL: https://github.com/acme/deploy\n",
        "repoUrl: https://github.com/acme/deploy\n",
        "descriptor/unknown-key",
    ),
    ("options: [CreateNamespace=true]", "options: [CreateNamespace=true, PrunLast=true]", "argo-cd/"),
    ("options: [CreateNamespace=true]", "options: [CreateNamespace=true, PruneLast=true]", "argo-cd/"),
    (
        "options: [CreateNamespace=true]",
        "options: [CreateNamespace=true, Replace=true, ServerSideApply=true]",
        "argo-cd/",
    ),
    ("prometheus: http://prometheus", "prometheus: prometheus", "descriptor/invalid-value"),
    (
        "extends: [common]\n  namespace: acme-staging",
        "extends: [comon]\n  namespace: acme-staging",
        "descriptor/unknown-environment",
    ),
    ("abstract: true", "abstract: true\n  extends: [prod]", "descriptor/extends-cycle"),
    ("promotesFrom: staging", "promotesFrom: stagng", "descriptor/unknown-environment"),
    ("    worker: {}\n", "    workr: {}\n", "descriptor/unknown-app"),
    ("profile: gated-canary", "profile: gated-canry", "descriptor/unknown-profile"),
    ("profile: gated-canary", "profile: gated-canary, with: {weight: [5]}", "descriptor/unknown-key"),
    ("profile: gated-canary", "profile: gated-canary, with: {weights: [150]}", "descriptor/invalid-value"),
    ("{success-rate: {min: 0.95}}", "{success-rate: {mn: 0.95}}", "descriptor/unknown-key"),
    ("{analysis: [success-rate]}", "{analysis: [sucess-rate]}", "descriptor/unknown-analysis"),
    ("{setWeight: 10}, {pause: manual}", "{setWeight: 10}", "ungated-production-canary"),
    ("{setWeight: 10}, {pause: manual}", "{setWeight: 60}, {pause: manual}", "ungated-production-canary"),
    ("{setWeight: 10}, {pause: manual}", "{setWeight: ten}, {pause: manual}", "schema/wrong-type"),
    ("{setWeight: 10}, {pause: manual}", "{setWeigth: 10}, {pause: manual}", "schema/unknown-key"),
    ("trafficRouting: nginx", "trafficRouting: ngnix", "descriptor/unknown-router"),
    ("autoPromotionEnabled: false", "autoPromotionEnabled: true", "ungated-production-canary"),
    ("autoPromotionEnabled: false", "autoPromotionEnable: false", "schema/unknown-key"),
    (
        "    checkout:\n      replicas: 6",
        "    worker: {}\n    checkout:\n      replicas: 6",
        "descriptor/release-twice",
    ),
    (
        "metadata: {name: worker, environment: prod}",
        "metadata: {name: worker, environment: production}",
        "descriptor/unknown-environment",
    ),
    ("disruption: {maxUnavailable: 1}", "disruption: {maxUnavailable: 0}", "disruption-budget-blocks"),
    ("min: 3, max: 10", "min: 3", "descriptor/missing-key"),
    ('schedule: "0 22 * * *"', 'schedule: "0 25 * * *"', "argo-cd/"),
    ("duration: 8h, app", "duration: 8 hours, app", "argo-cd/"),
]


@pytest.mark.parametrize(
    ("old", "new", "rule"), DAMAGES, ids=[f"{new.strip()[:60]} ({rule})" for _, new, rule in DAMAGES]
)
def test_damage(tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, rule: str) -> None:
    apps, environments = APPS.replace(old, new, 1), ENVIRONMENTS.replace(old, new, 1)
    assert (apps, environments) != (APPS, ENVIRONMENTS)
    write(tmp_path, apps, environments)
    status = run(["render", "-C", str(tmp_path), "--format", "json"])
    report = json.loads(capsys.readouterr().out)
    found = [finding for finding in report["findings"] if finding["policy"].startswith(rule)]
    assert found, [(one["policy"], one["message"]) for one in report["findings"]]
    if any(finding["severity"] == "error" for finding in found):
        assert status == 1
        assert not (tmp_path / "rendered").exists()
    lines = _lines_of(new, apps if apps != APPS else environments)
    told = [
        place for one in found for place in (one["location"], *(other["location"] for other in one.get("related", ())))
    ]
    placed = {(place["file"], place["line"]) for place in told}
    name = "environments/apps.yaml" if apps != APPS else "environments/envs.yml"
    assert any((name, line) in placed for line in lines), (sorted(placed), sorted(lines))


def _lines_of(new: str, text: str) -> set[int]:
    """Return the lines of the damage, and the one above it: there a missing key's parent stands."""
    if not new:
        return set(range(1, text.count("\n") + 1))
    start = text.count("\n", 0, text.index(new)) + 1
    return set(range(start - 1, start + new.rstrip("\n").count("\n") + 1))


AT_THE_KEY_ABOVE = {
    "ports: [8080]": "a list where a map should be: the key that holds it",
    "{setWeight: 60}, {pause: manual}": "a gate is missing among the steps",
    "abstract: true\n  extends: [prod]": "any link of the circle",
    "    worker: {}\n    checkout:\n      replicas: 6": "the other of the two",
}
"""Damages whose finding may stand at another line than the edited one, and which that is."""


def in_blocks(text: str) -> str:
    """Return the same documents with a line for every key, item and scalar."""
    return "---\n".join(emit(document.data) for document in read(text, "").documents)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [one for one in DAMAGES if not one[2].startswith("yaml/")],
    ids=[f"{new.strip()[:60]} ({rule})" for _, new, rule in DAMAGES if not rule.startswith("yaml/")],
)
def test_the_edited_line_is_the_first_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, rule: str
) -> None:
    """Each finding of the rule is at a line that the edit changed or added; of what it took out, at the key above."""
    texts = {"environments/apps.yaml": APPS, "environments/envs.yml": ENVIRONMENTS}
    edited = {file: in_blocks(text.replace(old, new, 1)) for file, text in texts.items()}
    write(tmp_path, *edited.values())
    run(["render", "-C", str(tmp_path), "--format", "json"])
    report = json.loads(capsys.readouterr().out)
    jsonschema.validate(report, OUTPUT_LINT)
    found = [one["location"] for one in report["findings"] if one["policy"].startswith(rule)]
    assert found
    changed = {(file, line) for file, text in texts.items() for line in _edited_lines(in_blocks(text), edited[file])}
    if new in AT_THE_KEY_ABOVE:
        assert {(place["file"]) for place in found} == {file for file, _ in changed}
    else:
        assert {(place["file"], place["line"]) for place in found} <= changed


def _edited_lines(before: str, after: str) -> set[int]:
    """Return the lines that are new in ``after``; of lines that are gone, the one of the key above them."""
    lines = after.splitlines()
    changed: set[int] = set()
    for kind, start, _, first, last in SequenceMatcher(None, before.splitlines(), lines, autojunk=False).get_opcodes():
        if kind == "delete":
            gone = before.splitlines()[start]
            indent = len(gone) - len(gone.lstrip(" -"))
            changed.add(
                next(n for n in range(first, 0, -1) if len(lines[n - 1]) - len(lines[n - 1].lstrip(" -")) < indent)
            )
        elif kind != "equal":
            changed |= set(range(first + 1, last + 1))
    return changed


def test_a_fault_is_told_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What names an App or an Environment that has a fault is not told that there is none."""
    for apps, environments, rule in (
        (APPS.replace("replicas: 2", "replicas: two"), ENVIRONMENTS, "descriptor/wrong-type"),
        (APPS, ENVIRONMENTS.replace("abstract: true", "abstract: 3"), "descriptor/wrong-type"),
        (APPS.replace("metadata:\n", "metadata: {\n", 1), ENVIRONMENTS, "yaml/syntax"),
    ):
        write(tmp_path, apps, environments)
        assert run(["render", "-C", str(tmp_path), "--format", "json"]) == 1
        findings = json.loads(capsys.readouterr().out)["findings"]
        assert {one["policy"] for one in findings if one["severity"] == "error"} == {rule}


@pytest.mark.parametrize(
    ("old", "new", "rule", "key", "layers"),
    [
        pytest.param(
            "tag: v2.3.1", "tag: latest", "image-tag-not-pinned", "app image.tag", ["App checkout"], id="wins"
        ),
        pytest.param(
            "{cpu: 250m, memory: 256Mi}",
            "{cpu: 250m, memory: 1Gi}",
            "request-above-limit",
            "app resources.requests.memory",
            ["App checkout"],
            id="a value",
        ),
        pytest.param(
            "autoPromotionEnabled: false",
            "autoPromotionEnabled: true",
            "ungated-production-canary",
            "app rollout.blueGreen.autoPromotionEnabled",
            ["Release prod/worker"],
            id="a Release's",
        ),
    ],
)
def test_what_a_finding_is_about_comes_with_its_layers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, rule: str, key: str, layers: list[str]
) -> None:
    write(tmp_path, APPS.replace(old, new, 1), ENVIRONMENTS.replace(old, new, 1))
    run(["lint", "-C", str(tmp_path), "--format", "json"])
    report = json.loads(capsys.readouterr().out)
    told = [one["provenance"] for one in report["findings"] if one["policy"] == rule]
    assert told
    for provenance in told:
        named = [*provenance["values"], *provenance["decidedBy"]]
        found = next(one for one in named if f"{one['of']} {one['key']}" == key)
        assert [layer["layer"] for layer in found["layers"]] == layers
        assert all(place["line"] > 0 for place in provenance["templates"])
