"""Layers over each other: what wins, what is inherited, and what is wrong with the names."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitopsgen.descriptors.loading import load_descriptors
from gitopsgen.descriptors.merging import overlay
from gitopsgen.descriptors.provenance import contributions, place_of
from gitopsgen.descriptors.resolving import Fleet, resolve

APP = """
apiVersion: gitopsgen.io/v1
kind: App
metadata: {name: api, labels: {team: a}}
spec:
  image: {repository: ghcr.io/x/api}
  ports: {http: 8000}
  env: {A: app, B: app, C: app}
  replicas: 1
"""
BASE = """
apiVersion: gitopsgen.io/v1
kind: Environment
metadata: {name: base, labels: {region: eu}}
spec:
  abstract: true
  tier: production
  argocd: {repoURL: https://x, sync: {options: [A=true]}}
  defaults:
    env: {B: base-defaults, C: base-defaults}
    patches: [{target: {kind: Rollout}, merge: {spec: {a: 1}}}]
  apps:
    api: {env: {C: base-entry}, ingress: {host: base}}
"""
PROD = """
apiVersion: gitopsgen.io/v1
kind: Environment
metadata: {name: prod}
spec:
  extends: [base]
  namespace: prod
  defaults: {replicas: 4, disruption: null, patches: [{target: {kind: Service}, merge: {spec: {b: 2}}}]}
  apps:
    api: {image: {tag: v1}, env: {A: null}}
"""


def load(tmp_path: Path, *documents: str) -> tuple[Fleet, list[str]]:
    (tmp_path / "environments").mkdir(exist_ok=True)
    (tmp_path / "environments" / "all.yaml").write_text("\n---\n".join(documents))
    descriptors, findings = load_descriptors(tmp_path)
    fleet, faults = resolve(descriptors)
    lines = ["", *"\n---\n".join(documents).splitlines()]
    return fleet, [f"{lines[one.location.line].strip()}: {one.policy}: {one.message}" for one in (*findings, *faults)]


def test_the_higher_layer_wins_key_by_key(tmp_path: Path) -> None:
    fleet, faults = load(tmp_path, APP, BASE, PROD)
    assert not faults
    (release,) = fleet.releases
    assert release.name == "prod/api"
    assert release.spec["env"] == {"B": "base-defaults", "C": "base-entry"}
    assert release.spec["replicas"] == 4
    assert release.spec["ingress"] == {
        "host": "base",
        "path": "/",
        "className": "nginx",
        "tls": False,
        "annotations": {},
    }
    assert "disruption" not in release.spec
    assert [patch["target"]["kind"] for patch in release.spec["patches"]] == ["Rollout", "Service"]
    assert [layer.title for layer in release.layers] == [
        "App api",
        "Environment base, defaults",
        "Environment base, apps.api",
        "Environment prod, defaults",
        "Environment prod, apps.api",
    ]
    (environment,) = fleet.environments
    assert environment.spec["argocd"]["sync"]["options"] == ["A=true"]
    assert environment.spec["argocd"]["sync"]["automated"] == {"prune": True, "selfHeal": True}
    assert environment.labels == {"region": "eu"}


@pytest.mark.parametrize(
    ("path", "line"),
    [
        pytest.param(("image", "tag"), "api: {image: {tag: v1}, env: {A: null}}", id="set in the highest layer"),
        pytest.param(("env", "B"), "env: {B: base-defaults, C: base-defaults}", id="set in a lower layer"),
        pytest.param(
            ("ingress", "path"), "api: {env: {C: base-entry}, ingress: {host: base}}", id="a default: its map"
        ),
        pytest.param(
            ("patches", 0, "target", "kind"),
            "patches: [{target: {kind: Rollout}, merge: {spec: {a: 1}}}]",
            id="an appended list, the lower layer's item",
        ),
        pytest.param(
            ("patches", 1, "target", "kind"),
            "defaults: {replicas: 4, disruption: null, patches: [{target: {kind: Service}, merge: {spec: {b: 2}}}]}",
            id="an appended list, the higher layer's item",
        ),
        pytest.param(("network", "allowFrom"), None, id="in no layer at all"),
    ],
)
def test_place_of(tmp_path: Path, path: tuple[str | int, ...], line: str | None) -> None:
    fleet, _ = load(tmp_path, APP, BASE, PROD)
    place = place_of(fleet.releases[0].layers, path)
    lines = ["", *f"{APP}\n---\n{BASE}\n---\n{PROD}".splitlines()]
    assert (lines[place.line].strip() if place else None) == line


def test_every_layer_that_says_something_is_told(tmp_path: Path) -> None:
    fleet, _ = load(tmp_path, APP, BASE, PROD)
    told = [(one.layer, one.value, one.wins) for one in contributions(fleet.releases[0].layers, ("env", "C"))]
    assert told == [
        ("App api", "app", False),
        ("Environment base, defaults", "base-defaults", False),
        ("Environment base, apps.api", "base-entry", True),
    ]


@pytest.mark.parametrize(
    ("documents", "expected"),
    [
        pytest.param(
            [APP, BASE.replace("abstract: true", "extends: [prod]"), PROD],
            "extends: [base]: descriptor/extends-cycle: Environments extend each other in a circle: base → prod → base",
            id="cycle",
        ),
        pytest.param(
            [APP, PROD],
            "extends: [base]: descriptor/unknown-environment: there is no Environment `base`",
            id="unknown parent",
        ),
        pytest.param(
            [APP.replace("name: api", "name: other"), BASE, PROD],
            "api: {env: {C: base-entry}, ingress: {host: base}}: descriptor/unknown-app: there is no App `api`",
            id="unknown app",
        ),
        pytest.param(
            [APP, BASE, PROD.replace("image: {tag: v1}, ", "image: null, ")],
            "api: {image: null, env: {A: null}}: descriptor/missing-key: the key `image` is missing",
            id="a required key that a layer removed",
        ),
        pytest.param(
            [APP, BASE, PROD.replace("env: {A: null}", "chart: {}")],
            "api: {image: {tag: v1}, chart: {}}: descriptor/missing-key: "
            "the key `chart.repoURL` or `chart.path` is missing",
            id="a chart from nowhere",
        ),
        pytest.param(
            [APP, BASE, PROD.replace("env: {A: null}", "chart: {repoURL: https://x, name: web}")],
            "api: {image: {tag: v1}, chart: {repoURL: https://x, name: web}}: descriptor/missing-key: "
            "the key `chart.version` is missing",
            id="a chart without version",
        ),
        pytest.param(
            [APP, BASE.replace("  tier: production\n", ""), PROD],
            "spec:: descriptor/missing-key: the key `tier` is missing",
            id="an Environment without tier",
        ),
        pytest.param(
            [APP, BASE, PROD, "apiVersion: gitopsgen.io/v1\nkind: Release\nmetadata: {name: api, environment: prod}\n"],
            "metadata: {name: api, environment: prod}: descriptor/release-twice: "
            "prod/api is described as a Release, and at environments/all.yaml:36:5",
            id="an entry and a Release",
        ),
        pytest.param(
            [APP, BASE, PROD.replace("  namespace", "  promotesFrom: prod\n  namespace")],
            "promotesFrom: prod: descriptor/unknown-environment: there is no other Environment `prod`",
            id="promotes from itself",
        ),
    ],
)
def test_names_that_lead_nowhere(tmp_path: Path, documents: list[str], expected: str) -> None:
    _, faults = load(tmp_path, *documents)
    assert expected in faults


def test_a_release_file_is_the_entry_under_apps(tmp_path: Path) -> None:
    release = "apiVersion: gitopsgen.io/v1\nkind: Release\nmetadata: {name: api, environment: prod}\nspec: {image: {tag: v1}}\n"
    without = PROD[: PROD.index("  apps:")]
    fleet, faults = load(tmp_path, APP, BASE, without + "\n", release)
    assert not faults
    assert fleet.releases[0].spec["image"]["tag"] == "v1"
    assert fleet.releases[0].layers[-1].title == "Release prod/api"


def test_an_entry_of_null_takes_an_inherited_app_out(tmp_path: Path) -> None:
    fleet, faults = load(tmp_path, APP, BASE, PROD.replace("api: {image: {tag: v1}, env: {A: null}}", "api: null"))
    assert not faults
    assert not fleet.releases


def test_an_own_strategy_drops_a_lower_layers_profile(tmp_path: Path) -> None:
    app = APP.rstrip() + "\n  rollout: {profile: canary, with: {weights: [5]}}\n"
    prod = PROD.replace("env: {A: null}", "rollout: {canary: {steps: []}}")
    fleet, faults = load(tmp_path, app, BASE, prod)
    assert not faults
    assert fleet.releases[0].spec["rollout"] == {"canary": {"steps": []}}


values = st.recursive(
    st.none() | st.integers() | st.text(max_size=3), lambda inner: st.dictionaries(st.sampled_from("abc"), inner)
)
maps = st.dictionaries(st.sampled_from("abc"), values)


@given(base=maps, patch=maps)
def test_a_second_overlay_changes_nothing(base: dict[str, Any], patch: dict[str, Any]) -> None:
    once = overlay(base, patch, {})
    assert overlay(once, patch, {}) == once
