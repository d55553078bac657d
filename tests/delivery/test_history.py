"""What git says of the versions that a release has had."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from gitopsgen.delivery.history import VersionHistory, read_history
from gitopsgen.delivery.version import ImageVersion
from gitopsgen.git.command import GitFailed
from gitopsgen.model.errors import GitopsgenError
from tests.delivery.repositories import Repository, start

RELEASE = "prod/sample-api"
VALUES = f"rendered/{RELEASE}/values.yaml"
DIGEST = "sha256:" + "ab" * 32


def deploy(repository: Repository, tag: str, message: str = "", *, digest: str = "", note: str = "") -> str:
    image = f"image:\n  repository: r\n  tag: {tag}\n" + (f"  digest: {digest}\n" if digest else "")
    repository.write(VALUES, f"# {note}\n{image}")
    return repository.commit(message or f"deploy(prod): sample-api {tag}")


def told(history: VersionHistory) -> list[tuple[str, bool]]:
    return [(str(one.version or "removed"), one.rollback) for one in history.changes]


def history_of(repository: Repository, folder: str = ".") -> VersionHistory:
    return read_history(repository.root / folder, (RELEASE,))[RELEASE]


def test_each_change_of_the_version_is_told_with_its_commit(tmp_path: Path) -> None:
    repository = start(tmp_path)
    deploy(repository, "v1.0.0")
    deploy(repository, "v1.0.0", "fix: a note", note="the version stays")
    repository.write("README", "elsewhere")
    repository.commit("docs: read me")
    last = deploy(repository, "v1.1.0", "deploy(prod): sample-api v1.1.0\n\nBecause.\n\nReviewed-by: B <b@example.com>")
    history = history_of(repository)
    assert told(history) == [("v1.1.0", False), ("v1.0.0", False)]
    commit = history.changes[0].commit
    assert (commit.id, commit.author, commit.email) == (last, "Ada", "ada@example.com")
    assert commit.date == datetime(2026, 1, 1, 4, tzinfo=UTC)
    assert commit.subject == "deploy(prod): sample-api v1.1.0"
    assert commit.trailers == (("Reviewed-by", "B <b@example.com>"),)
    assert history.complete
    assert history.previous == ImageVersion(tag="v1.0.0")
    assert history.since(ImageVersion(tag="v1.1.0")) == commit.date
    assert history.since(ImageVersion(tag="v1.0.0")) is None


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        pytest.param(["v1.0.0", "v1.1.0", "v1.0.0"], [False, False, True], id="an older one again"),
        pytest.param(
            ["v1.0.0", "v1.1.0", "v1.0.0", "v1.1.0"], [False, False, True, False], id="forward again after going back"
        ),
        pytest.param(["v1.1.0", "v1.0.0"], [False, False], id="an older one that was never there"),
        pytest.param(["blue", "green", "blue"], [False, False, True], id="names without an order"),
        pytest.param(
            ["v2.0.0-rc.1", "v2.0.0", "v2.0.0-rc.1"], [False, False, True], id="a candidate after its release"
        ),
    ],
)
def test_a_rollback_is_a_version_that_was_there_before(tmp_path: Path, tags: list[str], expected: list[bool]) -> None:
    repository = start(tmp_path)
    for tag in tags:
        deploy(repository, tag)
    assert [one.rollback for one in history_of(repository).changes][::-1] == expected


def test_a_commit_can_say_that_it_is_a_rollback(tmp_path: Path) -> None:
    repository = start(tmp_path)
    deploy(repository, "v1.1.0")
    deploy(repository, "v1.0.9", f"rollback(prod): sample-api v1.0.9\n\nRolls-Back: dev/x {RELEASE}")
    deploy(repository, "v1.0.8", "rollback(prod): other v1.0.8\n\nRolls-Back: prod/other")
    assert told(history_of(repository)) == [("v1.0.8", False), ("v1.0.9", True), ("v1.1.0", False)]


def test_one_tag_with_another_digest_is_another_version(tmp_path: Path) -> None:
    repository = start(tmp_path)
    deploy(repository, "v1.0.0")
    deploy(repository, "v1.0.0", digest=DIGEST)
    assert told(history_of(repository)) == [("v1.0.0@sha256:abababababab", False), ("v1.0.0", False)]


def test_a_release_that_was_taken_away_and_came_back(tmp_path: Path) -> None:
    repository = start(tmp_path)
    deploy(repository, "v1.0.0")
    (tmp_path / VALUES).unlink()
    repository.commit("chore: away")
    gone = history_of(repository)
    assert gone.current is None
    deploy(repository, "v1.0.0")
    assert told(history_of(repository)) == [("v1.0.0", False), ("removed", False), ("v1.0.0", False)]


def test_a_branch_counts_when_it_is_merged(tmp_path: Path) -> None:
    repository = start(tmp_path)
    deploy(repository, "v1.0.0")
    repository.git("checkout", "--quiet", "-b", "release")
    deploy(repository, "v1.1.0-rc.1")
    deploy(repository, "v1.1.0")
    repository.git("checkout", "--quiet", "main")
    repository.write("README", "meanwhile")
    repository.commit("docs: read me")
    repository.hours = 48
    repository.git("merge", "--quiet", "--no-ff", "--message", "Merge release", "release")
    history = history_of(repository)
    assert told(history) == [("v1.1.0", False), ("v1.0.0", False)]
    assert history.since(ImageVersion(tag="v1.1.0")) == datetime(2026, 1, 3, tzinfo=UTC)


def test_a_text_that_is_no_values_is_passed_over(tmp_path: Path) -> None:
    repository = start(tmp_path)
    deploy(repository, "v1.0.0")
    repository.write(VALUES, "<<<<<<< HEAD\n\tno: yaml")
    repository.commit("fix: a conflict")
    deploy(repository, "v1.0.0")
    assert told(history_of(repository)) == [("v1.0.0", False)]


def test_a_shallow_clone_says_that_it_does_not_know_all(tmp_path: Path) -> None:
    repository = start(tmp_path / "origin")
    for tag in ("v1.0.0", "v1.1.0"):
        deploy(repository, tag)
    repository.git("clone", "--quiet", "--depth", "1", repository.root.as_uri(), str(tmp_path / "clone"))
    history = read_history(tmp_path / "clone", (RELEASE,))[RELEASE]
    assert told(history) == [("v1.1.0", False)]
    assert not history.complete


def test_a_repository_below_the_root_of_git(tmp_path: Path) -> None:
    repository = start(tmp_path)
    repository.write(f"deploy/été/{VALUES}", "image: {tag: v1.0.0}\n")
    repository.commit("deploy(prod): sample-api v1.0.0")
    assert told(history_of(repository, "deploy/été")) == [("v1.0.0", False)]


def test_where_there_is_no_history_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(GitopsgenError, match="is in no git repository"):
        read_history(tmp_path, (RELEASE,))
    repository = start(tmp_path)
    with pytest.raises(GitopsgenError, match="there is no history: nothing is committed yet"):
        read_history(tmp_path, (RELEASE,))
    repository.commit("chore: start")
    with pytest.raises(GitFailed, match="bad revision 'nope'"):
        read_history(tmp_path, (RELEASE,), "nope")


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"),
    [
        ("v1.9.0", "v1.10.0", True),
        ("1.10", "v1.9.9", False),
        ("v1.2", "v1.2.0", False),
        ("v1.0.0-rc.2", "v1.0.0-rc.10", True),
        ("v1.0.0-rc.10", "v1.0.0", True),
        ("v1.0.0+a", "v1.0.0+b", False),
        ("latest", "v1.0.0", None),
    ],
)
def test_which_of_two_versions_comes_first(mine: str, theirs: str, *, expected: bool | None) -> None:
    assert ImageVersion(tag=mine).is_older_than(ImageVersion(tag=theirs)) is expected
