"""``promote`` and ``rollback``: the chain of promotesFrom, what is there, for how long, and the way back."""

from datetime import UTC, datetime, timedelta

import pytest

from gitopsgen.delivery.history import VersionChange, VersionHistory
from gitopsgen.delivery.rollback import version_before, version_named
from gitopsgen.delivery.version import ImageVersion
from gitopsgen.git.log import Commit
from gitopsgen.model.errors import GitopsgenError
from tests.delivery.conftest import Gitopsgen, everything
from tests.delivery.repositories import Repository

DIGEST = "sha256:" + "0123456789abcdef" * 4
WAIVERS = """\
apiVersion: gitopsgen.io/v1
kind: Waivers
spec:
  waivers:
  - {{policy: {policy}, releases: [prod/hello], reason: a hotfix, owner: platform, expires: "2999-01-01"}}
"""


def commit(clone: Repository, age: timedelta) -> None:
    """Commit all there is as if ``age`` had passed since."""
    clone.time = (datetime.now(UTC) - age).isoformat()
    clone.commit("deploy")
    clone.time = ""


@pytest.fixture
def staged(clone: Repository, gitopsgen: Gitopsgen) -> Repository:
    """v1.1.0 with its digest in dev, and for three hours in staging."""
    for name in ("dev", "staging"):
        assert gitopsgen("deploy", f"{name}/hello", f"v1.1.0@{DIGEST}").status == 0
    commit(clone, timedelta(hours=3))
    return clone


def soak(clone: Repository, wanted: str) -> None:
    prod = clone.root / "environments/prod.yaml"
    prod.write_text(prod.read_text().replace("promotesFrom: staging", f"promotesFrom: staging\n  soak: {wanted}"))
    clone.commit("feat: soak")


def test_tag_and_digest_go_on_together(staged: Repository, gitopsgen: Gitopsgen) -> None:
    said = gitopsgen("promote", "hello", "--from", "staging", "--to", "prod", "--commit")
    assert said.status == 0, said.output
    assert f"      image: {{tag: v1.1.0, digest: {DIGEST}}}\n" in (staged.root / "environments/prod.yaml").read_text()
    message = staged.git("log", "-1", "--format=%B")
    assert message.startswith("promote(prod): hello v1.1.0\n")
    assert f"Version: v1.1.0@{DIGEST}\nPrevious-Version: v1.0.0\nFrom: staging\nPolicy-Verdict: passed" in message


def test_from_is_where_the_environment_is_promoted_from(staged: Repository, gitopsgen: Gitopsgen) -> None:
    assert gitopsgen("promote", "hello", "--to", "prod").status == 0
    assert "v1.1.0" in (staged.root / "environments/prod.yaml").read_text()


def test_an_environment_is_not_skipped(staged: Repository, gitopsgen: Gitopsgen) -> None:
    before = everything(staged)
    said = gitopsgen("promote", "hello", "--from", "dev", "--to", "prod", "--commit")
    assert said.status == 1
    assert (
        "environments/prod.yaml:8:3: error[promotion/skipped-environment] prod/hello: prod is promoted from staging, not from dev\n"
        in said.stderr
    )
    assert "fix: `gitopsgen promote hello --from dev --to staging` first, and from there to prod" in said.stderr
    assert everything(staged) == before


def test_a_version_that_is_not_committed_is_not_there(gitopsgen: Gitopsgen) -> None:
    assert gitopsgen("deploy", "staging/hello", "v1.1.0").status == 0
    said = gitopsgen("promote", "hello", "--to", "prod")
    assert said.status == 1
    assert (
        "error[promotion/not-deployed] prod/hello: staging/hello does not have v1.1.0: by the last commit it has v1.0.0"
        in said.stderr
    )


def test_an_older_version_is_no_promotion(clone: Repository, gitopsgen: Gitopsgen) -> None:
    assert gitopsgen("deploy", "staging/hello", "v1.2.0").status == 0
    clone.commit("deploy")
    assert gitopsgen("promote", "hello", "--to", "prod").status == 0
    assert gitopsgen("deploy", "staging/hello", "v1.1.0").status == 0
    clone.commit("deploy")
    said = gitopsgen("promote", "hello", "--to", "prod")
    assert said.status == 1
    assert "error[promotion/downgrade] prod/hello: prod has v1.2.0, and v1.1.0 is older" in said.stderr
    assert "fix: if it is meant: `gitopsgen rollback hello --env prod --to v1.1.0`" in said.stderr


def test_tags_that_do_not_compare_are_told(clone: Repository, gitopsgen: Gitopsgen) -> None:
    assert gitopsgen("deploy", "staging/hello", "main-3f2a").status == 0
    clone.commit("deploy")
    said = gitopsgen("promote", "hello", "--to", "prod")
    assert said.status == 0, said.output
    assert "not checked: prod/hello: whether main-3f2a is older than v1.0.0" in said.stderr


@pytest.mark.parametrize(
    "command", [("promote", "hello", "--to", "prod"), ("deploy", "prod/hello", f"v1.1.0@{DIGEST}")]
)
def test_a_version_has_to_soak(command: tuple[str, ...], staged: Repository, gitopsgen: Gitopsgen) -> None:
    soak(staged, "24h")
    said = gitopsgen(*command)
    assert said.status == 1
    assert (
        "environments/prod.yaml:9:3: error[promotion/soak] prod/hello: staging/hello has had v1.1.0@sha256:0123456789ab for 3h, "
        "and must have it for 1d\n" in said.stderr
    )
    assert "fix: promote it in 20h 59m, at " in said.stderr
    staged.write("policies/waivers.yaml", WAIVERS.format(policy="promotion/soak"))
    said = gitopsgen(*command, "--commit")
    assert said.status == 0, said.output
    assert "Policy-Verdict: passed, waived: promotion/soak" in staged.git("log", "-1", "--format=%B")
    assert "waiver/unused" not in gitopsgen("lint").output, "a run without a promotion does not judge its waivers"


def test_a_version_that_has_soaked_goes_on(staged: Repository, gitopsgen: Gitopsgen) -> None:
    soak(staged, "2h")
    said = gitopsgen("promote", "prod/hello")
    assert said.status == 0, said.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(("promote", "hello", "--to", "dev"), "dev says of no Environment that it is promoted from it", id="the first of the chain"),
        pytest.param(("promote", "hello", "--from", "qa", "--to", "prod"), "there is no release qa/hello", id="an unknown source"),
        pytest.param(("deploy", "hello", "v1"), "in which Environment?", id="no Environment"),
        pytest.param(("promote", "hello"), "in which Environment?\n   fix: add `--to ENV`, or write ENV/hello", id="no target"),
        pytest.param(("promote", "staging/hello", "--to", "prod"), "there is no release prod/staging/hello", id="another target, said twice"),
        pytest.param(("deploy", "hello", "v1", "--env", "dev", "--env", "staging"), "`--env` is given 2 times, and one run is about one Environment", id="two Environments"),
        pytest.param(("promote", "hello", "--to", "staging", "--to", "prod"), "`--to` is given 2 times", id="two targets"),
        pytest.param(("rollback", "hello", "--env", "staging", "--env", "prod"), "`--env` is given 2 times", id="two to roll back"),
        pytest.param(("history", "hello", "--env", "staging", "--env", "prod"), "`--env` is given 2 times", id="two histories"),
        pytest.param(("publish", "--branch", "x", "--env", "staging", "--env", "prod"), "`--env` is given 2 times", id="two to publish"),
        pytest.param(("set", "hello", "replicas=2", "--env", "dev", "--env", "prod"), "`--env` is given 2 times", id="two to set"),
        pytest.param(("deploy", "dev/hello", "v1", "--env", "prod"), "there is no release prod/dev/hello", id="two ways to say another"),
        pytest.param(("deploy", "prod/hello", "ghcr.io/your-org/other:v1"), "prod/hello runs ghcr.io/your-org/hello, and ghcr.io/your-org/other:v1 is another image", id="another image"),
        pytest.param(("deploy", "prod/hello", "ghcr.io/your-org/hello"), "a version is a tag, a digest, or both", id="an image alone"),
        pytest.param(("deploy", "prod/hello", "a b"), "`image.tag` is a b, and must be an image tag", id="no tag"),
        pytest.param(("deploy", "prod/hello", "v1@sha256:12"), "`image.digest` is", id="no digest"),
        pytest.param(("deploy", "prod/hello", "@"), "a version is a tag, a digest, or both", id="no version"),
        pytest.param(("rollback", "prod/hello"), "prod/hello has had no version before v1.0.0", id="nothing to go back to"),
        pytest.param(("rollback", "prod/hello", "--to", "v0.9.0"), "prod/hello has never had v0.9.0", id="a version of nobody"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_said(
    arguments: tuple[str, ...], message: str, clone: Repository, gitopsgen: Gitopsgen
) -> None:
    before = everything(clone)
    said = gitopsgen(*arguments)
    assert said.status == 2, said.output
    assert said.stderr.startswith(f"error: {message}")
    assert "   fix: " in said.stderr or arguments[1:] in (("prod/hello", "a b"), ("prod/hello", "v1@sha256:12"))
    assert everything(clone) == before


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        pytest.param(("deploy", "hello", "ghcr.io/your-org/hello:v1.1.0", "--env", "dev"), "{tag: v1.1.0}", id="the whole image"),
        pytest.param(("deploy", "dev/hello", f"ghcr.io/your-org/hello:v1.1.0@{DIGEST}"), f"{{tag: v1.1.0, digest: {DIGEST}}}", id="with its digest"),
        pytest.param(("deploy", "dev/hello", f"ghcr.io/your-org/hello@{DIGEST}"), f"{{tag: null, digest: {DIGEST}}}", id="its digest alone"),
        pytest.param(("deploy", "dev/hello", "hello:v1.1.0"), "{tag: v1.1.0}", id="the end of its name"),
        pytest.param(("deploy", "dev/hello", " v1.1.0\n"), "{tag: v1.1.0}", id="what a file held"),
        pytest.param(("deploy", "dev/hello", "v1.1.0", "--env", "dev", "--env", "dev"), "{tag: v1.1.0}", id="the same said again"),
        pytest.param(("set", "hello", "image.tag=v1.1.0", "--env", "dev"), "{tag: v1.1.0}", id="set, with the Environment apart"),
    ],
)  # fmt: skip
def test_a_version_as_people_have_it(
    arguments: tuple[str, ...], line: str, clone: Repository, gitopsgen: Gitopsgen
) -> None:
    said = gitopsgen(*arguments)
    assert said.status == 0, said.output
    assert f"      image: {line}\n" in (clone.root / "environments/dev.yaml").read_text()


def test_back_to_what_was_there(staged: Repository, gitopsgen: Gitopsgen) -> None:
    assert gitopsgen("promote", "hello", "--to", "prod", "--commit").status == 0
    assert gitopsgen("set", "prod/hello", "replicas=6", "--commit").status == 0
    said = gitopsgen("rollback", "hello", "--env", "prod", "--commit")
    assert said.status == 0, said.output
    text = (staged.root / "environments/prod.yaml").read_text()
    assert "image: {tag: v1.0.0}" in text
    assert "replicas: 6" in text, "only the version goes back"
    assert "\nRolls-Back: prod/hello\n" in staged.git("log", "-1", "--format=%B")
    said = gitopsgen("rollback", "hello", "--env", "prod", "--to", "v1.1.0", "--commit")
    assert said.status == 0, said.output
    assert DIGEST in (staged.root / "environments/prod.yaml").read_text(), "with the digest that it had"


def history(*tags: str, complete: bool = True) -> VersionHistory:
    """Return a history of versions, the oldest first; one after a ``<`` was a rollback."""
    commit = Commit(id="0", author="", email="", date=datetime.now(UTC), subject="", trailers=())
    changes = [
        VersionChange(
            commit=commit,
            version=ImageVersion(tag=tag.removeprefix("<")) if tag else None,
            rollback=tag.startswith("<"),
        )
        for tag in tags
    ]
    return VersionHistory(release="prod/hello", changes=tuple(changes[::-1]), complete=complete)


@pytest.mark.parametrize(
    ("past", "expected"),
    [
        pytest.param(history("v1", "v2"), "v1", id="the one before"),
        pytest.param(history("v1", "v2", "v3", "<v2"), "v1", id="what was rolled back from does not come back"),
        pytest.param(history("v1", "v2", "<v1", "v3"), "v1", id="nor does it after the next deployment"),
        pytest.param(history("v1", "v2", "v3", "<v2", "v3"), "v2", id="a second try counts"),
        pytest.param(history("v1", "v2", "<v1", "<v2"), "v1", id="a rollback that was rolled back"),
        pytest.param(history("v1", "", "v2"), "v1", id="a release that was away"),
        pytest.param(history("v2", "v1", "v2"), "v1", id="forward again after an older version that was no rollback"),
        pytest.param(
            history("v3", "<v2", "v4", complete=False), "v2", id="a rollback to before a shallow clone starts"
        ),
    ],
)
def test_the_version_before(past: VersionHistory, expected: str) -> None:
    assert past.current
    assert past.current.version
    assert version_before(past, past.current.version) == ImageVersion(tag=expected)


def test_before_what_is_not_committed_yet_is_what_is() -> None:
    assert version_before(history("v1", "v2"), ImageVersion(tag="v3")) == ImageVersion(tag="v2")


def test_a_deployment_that_was_not_committed_is_what_is_rolled_back(clone: Repository, gitopsgen: Gitopsgen) -> None:
    assert gitopsgen("deploy", "dev/hello", "v1.1.0", "--commit").status == 0
    before = (clone.root / "environments/dev.yaml").read_text()
    assert gitopsgen("deploy", "dev/hello", "v1.2.0").status == 0
    assert gitopsgen("rollback", "dev/hello").status == 0
    assert (clone.root / "environments/dev.yaml").read_text() == before
    assert clone.git("status", "--porcelain") == ""


DEPLOY = "to bring one that it never had: `gitopsgen deploy hello {} --env prod`"


@pytest.mark.parametrize(
    ("past", "message", "fix"),
    [
        pytest.param(history("v1"), "prod/hello has had no version before v1", DEPLOY.format("VERSION"), id="none"),
        pytest.param(history("v1", "v2", "<v1"), "prod/hello has had no version before v1", "if it is meant: `--to v2`", id="only one that was rolled back from"),
        pytest.param(history("v2", "v1", "v2", "<v1"), "prod/hello has had no version before v1", "if it is meant: `--to v2`", id="which had been there before, too"),
        pytest.param(history("v1", "", "v1"), "prod/hello has had no version before v1", DEPLOY.format("VERSION"), id="the same before it was away"),
        pytest.param(history(), "prod/hello has had no version before one that was never committed", DEPLOY.format("VERSION"), id="no commit"),
        pytest.param(history("v1", complete=False), "git knows of no version of prod/hello before this one: the clone is shallow", "`git fetch --unshallow`, and run this again", id="a shallow clone"),
        pytest.param(history("v3", "<v2", complete=False), "git knows of no version of prod/hello before this one: the clone is shallow", "`git fetch --unshallow`, and run this again", id="a shallow clone that knows of what was rolled back from"),
    ],
)  # fmt: skip
def test_no_version_before(past: VersionHistory, message: str, fix: str) -> None:
    now = past.current.version if past.current else None
    with pytest.raises(GitopsgenError) as raised:
        version_before(past, now or ImageVersion())
    assert (str(raised.value), raised.value.fix) == (message, fix)


@pytest.mark.parametrize(
    ("past", "wanted", "message", "fix"),
    [
        pytest.param(history("v1.0.0", "v1.1.0"), "1.1.0", "prod/hello has never had 1.1.0", "did you mean `v1.1.0`?", id="nearly"),
        pytest.param(history("v1", "v2"), "main-3", "prod/hello has never had main-3", f"one of: v1, v2; {DEPLOY.format('main-3')}", id="another"),
        pytest.param(history("v1", complete=False), "v0", "prod/hello has never had v0; the clone is shallow, and ends before its history does", "`git fetch --unshallow`, and run this again", id="a shallow clone"),
    ],
)  # fmt: skip
def test_a_version_that_was_never_there(past: VersionHistory, wanted: str, message: str, fix: str) -> None:
    with pytest.raises(GitopsgenError) as raised:
        version_named(past, ImageVersion.parse(wanted))
    assert (str(raised.value), raised.value.fix) == (message, fix)


def test_back_to_what_only_production_has_had(clone: Repository, gitopsgen: Gitopsgen) -> None:
    prod = clone.root / "environments/prod.yaml"
    prod.write_text(prod.read_text().replace("    hello:\n", "    hello:\n      image: {tag: v0.9.0}\n"))
    clone.write("policies/waivers.yaml", WAIVERS.format(policy="environment-skipped"))
    assert gitopsgen("render").status == 0
    clone.commit("chore: begin with what runs")
    # Nobody has had another version yet.
    clone.git("checkout", "--quiet", "--orphan", "begin")
    clone.commit("chore: begin with what runs")
    clone.git("branch", "--quiet", "--move", "--force", "main")
    (clone.root / "policies/waivers.yaml").unlink()
    clone.write("policies/config.yaml", STRICT)
    said = gitopsgen("promote", "hello", "--to", "prod", "--commit")
    assert said.status == 0, said.output
    clone.git("push", "--quiet", "--force")
    said = gitopsgen("deploy", "prod/hello", "v0.9.0")
    assert "error[image-downgraded]" in said.output, "what nobody calls a rollback is told as the policy says"
    said = gitopsgen("rollback", "hello", "--env", "prod", "--commit")
    assert said.status == 0, said.output
    assert "info[image-downgraded] prod/hello: goes from v1.0.0 back to ghcr.io/your-org/hello:v0.9.0" in said.output
    assert gitopsgen("deploy", "prod/hello", "v0.8.0", "--dry-run").output.count("error[environment-skipped]") == 1


STRICT = """\
apiVersion: gitopsgen.io/v1
kind: PolicyConfig
spec:
  rules: {image-downgraded: {severity: error}}
"""
