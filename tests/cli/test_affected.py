"""``affected``: the releases and rendered files that an edit reaches, and no others."""

import json
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gitopsgen.cli.main import run
from gitopsgen.reports.provenance_schemas import OUTPUT_AFFECTED
from tests.tracing import repository as own_templates

Capture = pytest.CaptureFixture[str]
POLICY = """\
apiVersion: gitopsgen.io/v1
kind: Policy
metadata: {name: no-node-port}
spec:
  severity: warning
  summary: A Service is open on every node.
  match: {kinds: [Service], tiers: [production]}
  validations: [{expression: object.spec.type != "NodePort", message: it is a NodePort}]
  examples:
  - fail: "kind: Service # <- here\\napiVersion: v1\\nmetadata: {name: a}\\nspec: {type: NodePort}\\n"
  - pass: "kind: Service\\napiVersion: v1\\nmetadata: {name: a}\\nspec: {type: ClusterIP}\\n"
"""
WAIVERS = """\
apiVersion: gitopsgen.io/v1
kind: Waivers
spec:
  waivers:
  - {policy: no-node-port, releases: [prod/shop], reason: soon, owner: web, expires: 2099-01-01}
  - {policy: owner-label-missing, releases: [staging/*], objects: [Rollout/*], reason: soon, owner: web, expires: 2099-01-01}
"""
CONFIG = "apiVersion: gitopsgen.io/v1\nkind: PolicyConfig\nspec: {rules: {no-node-port: {severity: error}}}\n"
CHARTED = """\
---
apiVersion: gitopsgen.io/v1
kind: App
metadata: {name: local}
spec: {image: {repository: ghcr.io/acme/local, tag: v1}, ports: {http: 8000}, chart: {path: charts/local}}
---
apiVersion: gitopsgen.io/v1
kind: Release
metadata: {name: local, environment: prod}
---
apiVersion: gitopsgen.io/v1
kind: App
metadata: {name: unused}
spec: {image: {repository: ghcr.io/acme/unused, tag: v1}, ports: {http: 8000}}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    own_templates.write(folder)
    files = {
        "environments/more.yaml": CHARTED,
        "environments/alone.yaml": own_templates.DESCRIPTORS.split("---\n")[0].replace("name: shop,", "name: alone,"),
        "policies/no-node-port.yaml": POLICY,
        "policies/waivers.yaml": WAIVERS,
        "policies/config.yaml": CONFIG,
        "charts/local/Chart.yaml": "apiVersion: v2\nname: local\nversion: 1.0.0\n",
        "charts/local/values.yaml": "a: 1\n",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def affected(root: Path, capsys: Capture, *arguments: str) -> dict[str, Any]:
    status = run(["affected", "-C", str(root), "--format", "json", *arguments])
    output = capsys.readouterr()
    assert status == 0, output.err
    data: dict[str, Any] = json.loads(output.out)
    jsonschema.validate(data, OUTPUT_AFFECTED)
    return data


def reached(data: dict[str, Any]) -> dict[str, set[str]]:
    """Return the names of files by release or Environment, without the folders that are theirs."""
    units = {one.get("release", one["environment"]): one["files"] for one in (*data["releases"], *data["environments"])}
    return {unit: {file.removeprefix(f"rendered/{unit}/") for file in files} for unit, files in units.items()}


def line_of(file: Path, text: str, after: str = "") -> int:
    lines = file.read_text().splitlines()
    first = next(number for number, line in enumerate(lines) if after in line)
    return next(number for number, line in enumerate(lines, 1) if number > first and text in line)


@pytest.mark.parametrize(
    ("text", "after", "about", "expected"),
    [
        pytest.param("replicas: 2", "", "spec.apps.shop.replicas", {"staging/shop": {
            "manifests/configmap-shop-control.yaml", "manifests/configmap-shop-shapes.yaml", "manifests/list-shop.yaml",
                "manifests/rollout-shop.yaml", "manifests/shape-shop.yaml", "values.yaml",
        }}, id="a scalar that wins"),
        pytest.param("MODE: slow", "", "spec.defaults.env", ..., id="a map, with its name on the line"),
        pytest.param("targetRevision: main", "", "spec.argocd.targetRevision", ..., id="of an Environment"),
        pytest.param("maxUnavailable: 25%", "", "spec.defaults", {
            "prod/charted": {"manifests/poddisruptionbudget-charted.yaml"},
            "prod/local": {"manifests/poddisruptionbudget-local.yaml"},
            "prod/shop": {"manifests/poddisruptionbudget-shop.yaml"},
        }, id="the defaults of an Environment"),
        pytest.param("promotesFrom: staging", "", "spec.promotesFrom", {}, id="read by no template"),
        pytest.param("externals:", "", "spec.externals", {}, id="of an App, read by no template"),
    ],
)  # fmt: skip
def test_a_line_of_a_descriptor(
    root: Path, capsys: Capture, text: str, after: str, about: str | None, expected: object
) -> None:
    line = line_of(root / "environments/all.yaml", text, after)
    data = affected(root, capsys, f"environments/all.yaml:{line}")
    assert about in (None, data["edits"][0]["about"])
    assert expected in (..., reached(data))
    assert data["files"] == sorted(
        {file for one in (*data["releases"], *data["environments"]) for file in one["files"]}
    )


def test_a_line_that_only_decides_reaches_what_is_not_there(root: Path, capsys: Capture) -> None:
    """Without the autoscaler the Rollout has a number of replicas."""
    line = line_of(root / "environments/all.yaml", "autoscaling: {min: 4")
    found = reached(affected(root, capsys, f"environments/all.yaml:{line}"))
    assert {"manifests/rollout-shop.yaml", "manifests/horizontalpodautoscaler-shop.yaml", "values.yaml"} <= found[
        "prod/shop"
    ]
    assert set(found) == {"prod/shop"}


def test_a_null_of_a_patch_reaches_what_it_takes_something_out_of(root: Path, capsys: Capture) -> None:
    file = root / "environments/all.yaml"
    file.write_text(file.read_text().replace("tty: true}", "tty: true,\n     lifecycle: null}"))
    found = reached(affected(root, capsys, f"environments/all.yaml:{line_of(file, 'lifecycle: null')}"))
    assert found["prod/shop"] == {"manifests/rollout-shop.yaml"}


def test_a_line_that_loses_everywhere_reaches_nothing(root: Path, capsys: Capture) -> None:
    file = root / "environments/all.yaml"
    file.write_text(file.read_text().replace("  namespace: acme\n", "  namespace: acme\n  soak: 1h\n"))
    line = line_of(file, "abstract: true") + 1
    assert "tier: staging" in file.read_text().splitlines()[line - 1]
    assert {one["environment"] for one in affected(root, capsys, f"environments/all.yaml:{line}")["releases"]} == {
        "staging",
        "waiting",
    }


@pytest.mark.parametrize("text", ["# a comment", ""])
def test_a_line_without_a_key_reaches_nothing(root: Path, capsys: Capture, text: str) -> None:
    file = root / "environments/more.yaml"
    file.write_text(f"{text}\n{file.read_text().removeprefix('---')}")
    data = affected(root, capsys, "environments/more.yaml:1")
    assert (data["edits"][0]["about"], data["files"]) == ("no key", [])
    assert run(["affected", "-C", str(root), "environments/more.yaml:1"]) == 0
    assert capsys.readouterr().out == (
        "environments/more.yaml:1 (no key) reaches no rendered file\n0 releases, 0 files\n"
    )


def test_what_a_descriptor_is_reaches_all_of_it(root: Path, capsys: Capture) -> None:
    everything = {one["release"] for one in affected(root, capsys, "environments/all.yaml")["releases"]}
    assert everything == {
        f"{environment}/{app}" for environment in ("prod", "staging", "waiting") for app in ("charted", "shop")
    } | {"prod/local"}
    extends = line_of(root / "environments/all.yaml", "extends:", after="name: prod")
    data = affected(root, capsys, f"environments/all.yaml:{extends}")
    assert {one["release"] for one in data["releases"]} == {"prod/charted", "prod/local", "prod/shop"}
    assert [one["environment"] for one in data["environments"]] == ["prod"]


def test_an_app_that_is_deployed_nowhere_reaches_nothing(root: Path, capsys: Capture) -> None:
    assert affected(root, capsys, "environments/alone.yaml")["files"] == []
    assert run(["affected", "-C", str(root), "environments/alone.yaml"]) == 0
    assert capsys.readouterr().out == "environments/alone.yaml reaches no rendered file\n0 releases, 0 files\n"


@pytest.mark.parametrize(
    ("template", "releases", "files"),
    [
        pytest.param(
            "templates/lib/boxes.j2", ..., {"manifests/configmap-{app}-control.yaml"}, id="a macro of one's own"
        ),
        pytest.param("templates/lib/included.j2", ..., {"manifests/configmap-{app}-control.yaml"}, id="an include"),
        pytest.param(
            "templates/rollouts/patient.yaml.j2", {"waiting/shop", "waiting/charted"}, ..., id="a profile of one's own"
        ),
        pytest.param("templates/rollouts/experiment.yaml.j2", {"prod/shop"}, ..., id="a built-in profile"),
        pytest.param(
            "templates/analysis/smoke-test.yaml.j2", {"staging/shop", "prod/shop", "prod/charted"}, ..., id="analysis"
        ),
        pytest.param(
            "templates/manifests/virtualservice.yaml.j2", {"staging/shop"}, ..., id="a manifest that few have"
        ),
        pytest.param("templates/rollouts/rolling.yaml.j2", set(), set(), id="a profile that nobody uses"),
    ],
)
def test_a_template(root: Path, capsys: Capture, template: str, releases: Any, files: Any) -> None:  # noqa: ANN401 - sets, or `...` for any
    found = reached(affected(root, capsys, template))
    if template.endswith("smoke-test.yaml.j2"):
        releases = {name for name in found if name}  # whichever use it
        assert "staging/shop" in found
        assert "staging/charted" not in found
    everything = {
        f"{environment}/{app}" for environment in ("prod", "staging", "waiting") for app in ("charted", "shop")
    }
    assert set(found) - {"prod/local"} == (everything if releases is ... else releases)
    for name, some in found.items():
        assert files is ... or {one.format(app=name.partition("/")[2]) for one in files} <= some
        assert template != "templates/lib/included.j2" or all(
            "control" in one or "flags" in one or "list" in one for one in some
        )


def test_a_template_of_ones_own_takes_the_built_in_ones_place(root: Path, capsys: Capture) -> None:
    own = root / "templates/manifests/serviceaccount.yaml.j2"
    own.write_text("{% if app.serviceAccount.name %}apiVersion: v1\nkind: ServiceAccount\n"
                   "metadata: {name: {{ names.service_account | yaml }}, namespace: {{ environment.namespace }}}\n{% endif %}\n")  # fmt: skip
    found = reached(affected(root, capsys, "templates/manifests/serviceaccount.yaml.j2"))
    assert set(found) == {"prod/shop", "staging/shop", "waiting/shop"}


def test_a_line_of_a_template(root: Path, capsys: Capture) -> None:
    file = root / "templates/manifests/control.yaml.j2"
    immutable = line_of(file, "immutable: false")
    found = reached(affected(root, capsys, f"templates/manifests/control.yaml.j2:{immutable}"))
    assert {name: {one.partition("-flags")[0] for one in some} for name, some in found.items()} == {
        f"{environment}/shop": {"manifests/configmap-shop"} for environment in ("prod", "staging", "waiting")
    }
    test = line_of(file, "{% if port % 2 %}")
    assert len(affected(root, capsys, f"templates/manifests/control.yaml.j2:{test}")["releases"]) == 7


LINES = """\
{% set words = {
  "quiet": "hush",
  "loud": "shout",
} %}
apiVersion: acme.dev/v1
kind: Word
metadata: {name: {{ app.name }}-word, namespace: {{ environment.namespace }}}
spec:
  word: {{ words["loud" if app.image.digest
    else "quiet"] }}
{% if app.image.digest %}
  pinned:
    - by: digest
{% endif %}
  {{ "flagged: yes, it is" if app.featureFlags }}{% if app.chart %} # drawn{% endif %}

# the end
"""
PINNED = {"prod/shop"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("  pinned:", PINNED, id="a key alone"),
        pytest.param("by: digest", PINNED, id="a value"),
        pytest.param('"loud": "shout"', ..., id="a constant in a statement"),
        pytest.param('else "quiet"', ..., id="the second line of an expression"),
        pytest.param("{% if app.image.digest %}", ..., id="a test"),
        pytest.param("flagged:", ..., id="a line with a statement"),
        pytest.param("kind: Word", ..., id="what all have"),
        pytest.param("# the end", ..., id="a comment of YAML"),
    ],
)
def test_a_line_of_a_template_reaches_what_it_puts_out_or_decides(
    root: Path, capsys: Capture, text: str, expected: object
) -> None:
    file = root / "templates/manifests/word.yaml.j2"
    file.write_text(LINES, encoding="utf-8")
    found = reached(affected(root, capsys, f"templates/manifests/word.yaml.j2:{line_of(file, text)}"))
    assert {one.split("/")[-1].partition("-")[0] for files in found.values() for one in files} == {"word"}
    assert len(found) == 7 if expected is ... else found.keys() == expected


def test_a_line_of_a_profile_reaches_what_the_strategy_decides(root: Path, capsys: Capture) -> None:
    """Whether traffic is divided, for one, and so which Services there are."""
    file = root / "templates/rollouts/patient.yaml.j2"
    found = affected(root, capsys, f"templates/rollouts/patient.yaml.j2:{line_of(file, 'trafficRouting: auto')}")
    assert reached(found) == reached(affected(root, capsys, "templates/rollouts/patient.yaml.j2"))


def test_a_policy_reaches_what_it_looks_at(root: Path, capsys: Capture) -> None:
    services = reached(affected(root, capsys, "policies/no-node-port.yaml"))
    assert set(services) == {"prod/charted", "prod/local", "prod/shop"}
    assert all(one.startswith("manifests/service-") for some in services.values() for one in some)
    assert reached(affected(root, capsys, "policies/config.yaml")) == services
    waived = reached(
        affected(root, capsys, f"policies/waivers.yaml:{line_of(root / 'policies/waivers.yaml', 'no-node-port')}")
    )
    assert waived == {"prod/shop": services["prod/shop"]}
    other = line_of(root / "policies/waivers.yaml", "owner-label-missing")
    assert reached(affected(root, capsys, f"policies/waivers.yaml:{other}")) == {
        "staging/charted": {"manifests/rollout-charted.yaml"},
        "staging/shop": {"manifests/rollout-shop.yaml"},
    }


def test_a_chart_reaches_the_releases_that_it_draws(root: Path, capsys: Capture) -> None:
    data = affected(root, capsys, "charts/local/values.yaml")
    assert data["files"] == ["rendered/prod/argocd/apps/local.yaml", "rendered/prod/local/values.yaml"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(
            ["environments/al.yaml"], "there is no file environments/al.yaml\n   fix: did you mean", id="typo"
        ),
        pytest.param(["gone/for-ever.txt:3"], "there is no file gone/for-ever.txt\n   fix: of a file", id="gone"),
        pytest.param(["charts/README"], "there is no file charts/README", id="no such chart"),
        pytest.param(["environments/all.yaml:9999"], "environments/all.yaml has", id="no such line"),
        pytest.param(["rendered/prod/argocd/root.yaml"], "is rendered, and nothing is read from it", id="rendered"),
        pytest.param(["/etc/hostname"], "is no descriptor, template, policy or chart", id="elsewhere"),
        pytest.param([], "there is nothing to follow", id="nothing"),
        pytest.param(["environments/all.yaml", "--since", "main"], "exclude each other", id="both"),
        pytest.param(["--since", "main"], "git knows no commit `main`", id="no repository"),
        pytest.param(["environments/all.yaml", "--format", "xml"], "there is no format `xml`", id="format"),
    ],
)
def test_what_cannot_be_followed(root: Path, capsys: Capture, arguments: list[str], said: str) -> None:
    assert run(["affected", "-C", str(root), *arguments]) == 2
    assert said in capsys.readouterr().err


def git(root: Path, *arguments: str) -> None:
    subprocess.run(
        ["git", "-C", str(root), "-c", "user.name=a", "-c", "user.email=a@b.c", *arguments],
        check=True,
        capture_output=True,
    )


@pytest.fixture
def committed(root: Path) -> Path:
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "first")
    return root


def replaced(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        pytest.param("environments/all.yaml", "      replicas: 2\n", "      replicas: 4\n", {"staging/shop"}, id="a value"),
        pytest.param("environments/all.yaml", "replicas: 3\n", "replicas: 4\n", {"prod/shop", "waiting/shop"}, id="not where a layer says otherwise"),
        pytest.param("environments/all.yaml", "spec:\n", "spec:  # said\n", set(), id="a comment"),
        pytest.param("environments/all.yaml", "    charted: {}\n", "", {"staging/charted"}, id="no longer deployed"),
        pytest.param("environments/more.yaml", "name: local, environment: prod", "name: unused, environment: prod",
                     {"prod/local", "prod/unused"}, id="another App"),
        pytest.param("templates/rollouts/patient.yaml.j2", "pause: manual", "pause: {}", set(), id="a template, without effect"),
        pytest.param("templates/rollouts/patient.yaml.j2", "100 *", "90 *", {"waiting/charted", "waiting/shop"}, id="a template"),
        pytest.param("policies/no-node-port.yaml", "production", "staging",
                     {"prod/charted", "prod/local", "prod/shop", "staging/charted", "staging/shop", "waiting/charted", "waiting/shop"},
                     id="a policy, as it was and as it is"),
        pytest.param("charts/local/values.yaml", "a: 1", "a: 2", {"prod/local"}, id="a chart"),
        pytest.param("rendered.txt", None, "x", set(), id="something else"),
    ],
)  # fmt: skip
def test_a_change_since_a_commit(
    committed: Path, capsys: Capture, file: str, old: str | None, new: str, expected: set[str]
) -> None:
    if old is None:
        (committed / file).write_text(new)
    else:
        replaced(committed / file, old, new)
    data = affected(committed, capsys, "--since", "HEAD")
    assert {one["release"] for one in data["releases"]} == expected
    assert data["since"] == "HEAD"


def test_the_files_that_a_change_reaches_are_those_that_differ(committed: Path, capsys: Capture) -> None:
    """What render writes before and after the change is compared."""
    assert run(["render", "-C", str(committed), "--no-cache"]) in (0, 1)
    replaced(committed / "environments/all.yaml", "port: admin, interval: 15s", "port: http, interval: 15s")
    capsys.readouterr()
    found = set(affected(committed, capsys, "--since", "main")["files"])
    assert {one for one in found if "servicemonitor" in one}
    replaced(committed / "environments/all.yaml", "port: http, interval: 15s", "port: admin, interval: 15s")
    assert affected(committed, capsys, "--since", "main")["files"] == []


def test_deleted_files(committed: Path, capsys: Capture) -> None:
    (committed / "environments/more.yaml").unlink()
    data = affected(committed, capsys, "--since", "HEAD")
    assert {one["release"] for one in data["releases"]} == {"prod/local"}
    assert "rendered/prod/local/values.yaml" in data["files"]
    (committed / "templates/manifests/control.yaml.j2").unlink()
    assert {"rendered/prod/shop/manifests/list-shop.yaml"} <= set(
        affected(committed, capsys, "--since", "HEAD")["files"]
    )


def test_a_faulty_descriptor_is_told(committed: Path, capsys: Capture) -> None:
    replaced(committed / "environments/more.yaml", "tag: v1}", "tag: [v1]}")
    assert run(["affected", "-C", str(committed), "--since", "HEAD"]) == 1
    assert "run `gitopsgen lint`" in capsys.readouterr().err


def test_a_faulty_policy_is_told(committed: Path, capsys: Capture) -> None:
    (committed / "policies" / "no-node-port.yaml").write_text(POLICY.replace("severity: warning", "severity: loud"))
    assert run(["affected", "--since", "HEAD", "-C", str(committed)]) == 1
    # The policy, and the settings that name it.
    assert "2 faults in descriptors or policies, and what has one is left out" in capsys.readouterr().err
