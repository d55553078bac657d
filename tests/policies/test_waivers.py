"""Waivers: what they take out of the verdict, for how long, and what is told of the waivers themselves."""

from datetime import date
from pathlib import Path
from typing import Final

import pytest

from gitopsgen.model.finding import Finding, Severity
from gitopsgen.model.manifest import ObjectId
from gitopsgen.policies.catalogue import Catalogue, load_catalogue
from gitopsgen.policies.waivers import apply_waivers, read_waivers
from gitopsgen.source.location import Location
from gitopsgen.source.location import Path as ObjectPath
from gitopsgen.source.reader import read

TODAY: Final = date(2026, 6, 1)
FOLDER: Final = Path(__file__).resolve().parents[2] / "policies"
FULL: Final = "policy: run-as-root, releases: [prod/api], reason: legacy, owner: shop, expires: 2026-12-31"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(FOLDER, None)[0]


def finding(
    policy: str = "run-as-root", release: str = "prod/api", path: ObjectPath = ("spec", "containers", 0, "image")
) -> Finding:
    return Finding(
        policy=policy,
        severity=Severity.ERROR,
        message="may run as root",
        location=Location("environments/prod.yaml", 7, 3),
        release=release,
        object=ObjectId("argoproj.io", "Rollout", "shop", "api"),
        path=path,
    )


def apply(
    catalogue: Catalogue, *waivers: str, found: Finding | None = None, whole: bool = True
) -> tuple[list[Finding], list[Finding], list[tuple[str, str, str]]]:
    """Return what counts, what is waived, and what is told of the waivers: rule, place and message."""
    lines = "".join(f"  - {{{waiver}}}\n" for waiver in waivers)
    text = f"apiVersion: gitopsgen.io/v1\nkind: Waivers\nspec:\n  waivers:\n{lines}"
    valid, faults = read_waivers(read(text, "policies/waivers.yaml").documents)
    counted, waived = apply_waivers([found or finding()], valid, catalogue, TODAY, whole=whole)
    own = [one for one in counted if not one.policy.startswith("waiver/")]
    told = [one for one in (*faults, *counted) if one.policy.startswith("waiver/")]
    return own, waived, [(one.policy, str(one.location), one.message) for one in told]


def test_a_waiver_takes_a_finding_out_of_the_verdict_and_says_so(catalogue: Catalogue) -> None:
    counted, waived, told = apply(catalogue, FULL)
    assert not counted
    assert [str(one.waived_by.location) for one in waived if one.waived_by] == ["policies/waivers.yaml:5:5"]
    assert not told


@pytest.mark.parametrize(
    ("scope", "fits"),
    [
        pytest.param("releases: ['*/api']", True, id="a glob of releases"),
        pytest.param("releases: [staging/*, prod/*]", True, id="one of several"),
        pytest.param("releases: [prod/web]", False, id="another release"),
        pytest.param("objects: [Rollout/api]", True, id="an object"),
        pytest.param("objects: ['Deployment/*']", False, id="another kind"),
        pytest.param("releases: ['*'], objects: [Rollout/web]", False, id="both must fit"),
        pytest.param("releases: ['*'], path: 'spec.containers[0].image'", True, id="a path"),
        pytest.param("releases: ['*'], path: 'spec.containers[*].image'", True, id="a glob of paths"),
        pytest.param("releases: ['*'], path: spec.*", True, id="all below a path"),
        pytest.param("releases: ['*'], path: 'spec.containers[1].image'", False, id="another path"),
    ],
)
def test_scope(catalogue: Catalogue, scope: str, fits: bool) -> None:  # noqa: FBT001 - a table
    text = f"policy: run-as-root, {scope}, reason: legacy, owner: shop, expires: 2026-12-31"
    counted, waived, _ = apply(catalogue, text)
    assert (len(counted), len(waived)) == (0 if fits else 1, 1 if fits else 0)


@pytest.mark.parametrize(
    ("expires", "waived", "told"),
    [
        pytest.param("2026-06-01", 1, ["waiver/expires-soon"], id="the last day"),
        pytest.param("2026-05-31", 0, ["waiver/expired"], id="the day after"),
        pytest.param("2026-06-15", 1, ["waiver/expires-soon"], id="fourteen days before"),
        pytest.param("2026-06-16", 1, [], id="fifteen days before"),
    ],
)
def test_expiry(catalogue: Catalogue, expires: str, waived: int, told: list[str]) -> None:
    _, taken, findings = apply(catalogue, FULL.replace("2026-12-31", expires))
    assert len(taken) == waived
    assert [rule for rule, _, _ in findings] == told


def test_an_expired_waiver_is_an_error_that_no_waiver_excuses(catalogue: Catalogue) -> None:
    expired = FULL.replace("2026-12-31", "2026-01-01")
    excuse = FULL.replace("run-as-root, releases: [prod/api]", "waiver/expired, releases: ['*']")
    counted, _, told = apply(catalogue, expired, excuse)
    assert [one.policy for one in counted] == ["run-as-root"]
    message = "the waiver of run-as-root, owned by shop, expired on 2026-01-01"
    assert ("waiver/expired", "policies/waivers.yaml:5:5", message) in told
    assert [rule for rule, _, _ in told] == ["waiver/expired", "waiver/not-waivable"]


def test_a_valid_waiver_counts_beside_an_expired_one(catalogue: Catalogue) -> None:
    _, waived, told = apply(catalogue, FULL.replace("2026-12-31", "2026-01-01"), FULL)
    assert [str(one.waived_by.location) for one in waived if one.waived_by] == ["policies/waivers.yaml:6:5"]
    assert [rule for rule, _, _ in told] == ["waiver/expired"]


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        pytest.param("host-port", "the waiver of host-port, owned by shop, waives nothing", id="a policy"),
        pytest.param(
            "run-as-rot",
            "the waiver of run-as-rot, owned by shop, waives nothing: there is no such policy or rule",
            id="a misspelt policy",
        ),
    ],
)
def test_a_waiver_that_waives_nothing_is_told(catalogue: Catalogue, policy: str, message: str) -> None:
    text = FULL.replace("run-as-root", policy)
    counted, _, told = apply(catalogue, text)
    assert len(counted) == 1
    assert told == [("waiver/unused", "policies/waivers.yaml:5:5", message)]
    assert not apply(catalogue, text, whole=False)[2]


def test_what_cannot_be_waived_stays(catalogue: Catalogue) -> None:
    text = FULL.replace("run-as-root", "policy/cannot-evaluate")
    counted, waived, told = apply(catalogue, text, found=finding("policy/cannot-evaluate"))
    assert (len(counted), len(waived)) == (1, 0)
    assert [rule for rule, _, _ in told] == ["waiver/not-waivable"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (FULL.replace(", owner: shop", ""), "the key `spec.waivers[0].owner` is missing"),
        (FULL.replace(", reason: legacy", ""), "the key `spec.waivers[0].reason` is missing"),
        (FULL.replace("reason: legacy", 'reason: ""'), None),
        (FULL.replace(", expires: 2026-12-31", ""), "the key `spec.waivers[0].expires` is missing"),
        (FULL.replace("2026-12-31", "2026-02-30"), "there is no day 2026-02-30"),
        (FULL.replace("2026-12-31", "never"), None),
        (FULL.replace("releases", "release"), "there is no key `release` in `spec.waivers[0]`"),
        (FULL.replace(" releases: [prod/api],", ""), "a waiver says which releases or which objects it is about"),
    ],
)
def test_a_faulty_waiver_waives_nothing(catalogue: Catalogue, text: str, message: str | None) -> None:
    counted, waived, told = apply(catalogue, text)
    assert (len(counted), len(waived)) == (1, 0)
    assert {rule for rule, _, _ in told} == {"waiver/invalid"}
    assert message in (None, told[0][2])
