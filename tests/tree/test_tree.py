"""The rendered tree: every state told apart, nothing foreign touched, nothing half written."""

import os
from pathlib import Path

import pytest

from gitopsgen.model.errors import GitopsgenError
from gitopsgen.tree.faults import tree_findings
from gitopsgen.tree.header import Ownership, ownership, with_header
from gitopsgen.tree.state import FileState, Scope, State, compare
from gitopsgen.tree.writing import changes, clean, write

A = "rendered/prod/a/manifests/service-a.yaml"
B = "rendered/prod/b/manifests/service-b.yaml"
OLD = with_header("a: 1\n", ["environments/prod.yaml"])
NEW = with_header("a: 2\n", ["environments/prod.yaml"])
ALL = Scope()


def lay(root: Path, files: dict[str, str]) -> None:
    for file, text in files.items():
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


@pytest.mark.parametrize(
    ("on_disk", "expected", "state"),
    [
        pytest.param(NEW, NEW, State.CURRENT, id="the same bytes"),
        pytest.param(NEW.replace("\n", "\r\n"), NEW, State.CURRENT, id="the same text in a CRLF checkout"),
        pytest.param(OLD, NEW, State.STALE, id="what was rendered before"),
        pytest.param(OLD.replace("a: 1", "a: 3"), NEW, State.EDITED, id="another value"),
        pytest.param(OLD.replace("# digest", "# Digest"), NEW, State.EDITED, id="a damaged header"),
        pytest.param(OLD.replace("environments/prod", "environments/x"), NEW, State.EDITED, id="an edited header"),
        pytest.param("a: 1\n", NEW, State.FOREIGN, id="no header, in the way"),
        pytest.param("a: 1\n", None, State.FOREIGN, id="no header, in no way"),
        pytest.param(OLD, None, State.ORPHAN, id="no longer rendered"),
        pytest.param(None, NEW, State.MISSING, id="not there"),
    ],
)
def test_state(tmp_path: Path, on_disk: str | None, expected: str | None, state: State) -> None:
    if on_disk is not None:
        lay(tmp_path, {A: on_disk})
    states = compare(tmp_path, {A: expected} if expected else {}, ALL)
    assert [(one.file, one.state) for one in states] == [(A, state)]


def test_writing_makes_the_tree_current_and_removes_orphans_with_their_folders(tmp_path: Path) -> None:
    lay(tmp_path, {A: OLD, B: OLD})
    write(tmp_path, changes(compare(tmp_path, {A: NEW}, ALL)))
    assert (tmp_path / A).read_text() == NEW
    assert not (tmp_path / "rendered/prod/b").exists()
    assert not changes(compare(tmp_path, {A: NEW}, ALL))


def test_an_unchanged_file_keeps_its_time(tmp_path: Path) -> None:
    lay(tmp_path, {A: NEW, B: OLD})
    os.utime(tmp_path / A, (1, 1))
    write(tmp_path, changes(compare(tmp_path, {A: NEW, B: NEW}, ALL)))
    assert (tmp_path / A).stat().st_mtime == 1
    assert (tmp_path / B).read_text() == NEW


def test_a_foreign_file_is_never_overwritten_nor_removed(tmp_path: Path) -> None:
    lay(tmp_path, {A: "mine\n", B: "mine too\n"})
    states = compare(tmp_path, {A: NEW}, ALL)
    assert not changes(states, force=True)
    findings = tree_findings(states, force=True, allow_empty=True)
    assert [(one.location.file, one.severity.value) for one in findings] == [(A, "error"), (B, "warning")]


def test_a_hand_edit_stops_unless_forced_and_is_shown(tmp_path: Path) -> None:
    lay(tmp_path, {A: OLD.replace("a: 1", "a: 3")})
    states = compare(tmp_path, {A: OLD}, ALL)
    (finding,) = tree_findings(states, force=False, allow_empty=False)
    assert (finding.policy, finding.location.line) == ("tree/edited", 3)
    assert "`-a: 1`; `+a: 3`" in finding.message
    (stale,) = tree_findings(compare(tmp_path, {A: NEW}, ALL), force=False, allow_empty=False)
    assert stale.location.line == 3, "the digest of the header is no edit"
    assert not changes(states)
    write(tmp_path, changes(states, force=True))
    assert (tmp_path / A).read_text() == OLD


def test_an_edited_orphan_stays_unless_forced(tmp_path: Path) -> None:
    lay(tmp_path, {A: OLD.replace("a: 1", "a: 3"), B: OLD})
    states = compare(tmp_path, {B: OLD}, ALL)
    assert [one.policy for one in tree_findings(states, force=False, allow_empty=False)] == ["tree/edited"]
    assert not changes(states)
    assert changes(states, force=True).remove == (A,)


def test_an_environment_is_not_emptied_unless_that_is_meant(tmp_path: Path) -> None:
    lay(tmp_path, {A: OLD, "rendered/dev/a/values.yaml": OLD})
    states = compare(tmp_path, {"rendered/dev/a/values.yaml": OLD}, ALL)
    assert [one.message for one in tree_findings(states, force=False, allow_empty=False)] == [
        "all 1 files of prod would be removed"
    ]
    assert not tree_findings(states, force=False, allow_empty=True)


@pytest.mark.parametrize(
    ("scope", "held"),
    [
        pytest.param(Scope(), {"dev/a", "prod/a", "prod/b", "prod/gone", "prod/argocd", "prod/apps/b"}, id="all"),
        pytest.param(
            Scope(environments=frozenset({"prod"})),
            {"prod/a", "prod/b", "prod/gone", "prod/argocd", "prod/apps/b"},
            id="prod",
        ),
        pytest.param(
            Scope(environments=frozenset({"prod"}), apps=frozenset({"b"}), known=frozenset({"a", "b"})),
            {"prod/b", "prod/gone", "prod/apps/b"},
            id="prod/b, and what is in no Environment any more",
        ),
    ],
)
def test_scope(scope: Scope, held: set[str]) -> None:
    files = {
        "dev/a": "rendered/dev/a/values.yaml",
        "prod/a": "rendered/prod/a/values.yaml",
        "prod/b": "rendered/prod/b/manifests/x.yaml",
        "prod/gone": "rendered/prod/gone/values.yaml",
        "prod/argocd": "rendered/prod/argocd/root.yaml",
        "prod/apps/b": "rendered/prod/argocd/apps/b.yaml",
    }
    assert {name for name, file in files.items() if scope.holds(file)} == held


def test_what_an_interrupted_run_left_is_no_file_of_the_tree_and_is_cleaned(tmp_path: Path) -> None:
    lay(tmp_path, {A: NEW, "rendered/prod/a/manifests/.gitopsgen-x": "half"})
    assert [one.state for one in compare(tmp_path, {A: NEW}, ALL)] == [State.CURRENT]
    clean(tmp_path)
    assert not (tmp_path / "rendered/prod/a/manifests/.gitopsgen-x").exists()


@pytest.mark.skipif(os.name == "nt", reason="folders are not read-only on Windows")
def test_when_one_file_cannot_be_written_none_is(tmp_path: Path) -> None:
    lay(tmp_path, {A: OLD})
    (tmp_path / "rendered/prod/b").write_text("a file where a folder is needed")
    planned = changes(
        [FileState(file=A, state=State.STALE, expected=NEW), FileState(file=B, state=State.MISSING, expected=NEW)]
    )
    with pytest.raises(GitopsgenError, match="nothing was written"):
        write(tmp_path, planned)
    assert (tmp_path / A).read_text() == OLD
    assert [path.name for path in (tmp_path / A).parent.iterdir()] == ["service-a.yaml"]


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_link_leads_nowhere(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    root = tmp_path / "repository"
    (root / "rendered").mkdir(parents=True)
    (root / "rendered" / "prod").symlink_to(outside)
    with pytest.raises(GitopsgenError, match="only written inside the repository"):
        write(root, changes([FileState(file=A, state=State.MISSING, expected=NEW)]))
    assert not list(outside.iterdir())


def test_ownership_is_by_the_files_own_words() -> None:
    assert ownership(NEW) is Ownership.OURS
    assert ownership(NEW + "b: 1\n") is Ownership.EDITED
    assert ownership("# Some comment\na: 1\n") is Ownership.FOREIGN
