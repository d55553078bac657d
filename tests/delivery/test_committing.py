"""``--commit``, ``--push`` and ``--tag``: one commit of the right files, or everything as it was."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.delivery.conftest import Gitopsgen, everything
from tests.delivery.repositories import Repository

DIGEST = "sha256:" + "0123456789abcdef" * 4
MESSAGE = f"""\
deploy(dev): hello v1.1.0

dev/hello goes from v1.0.0 to v1.1.0@sha256:0123456789ab.

Release: dev/hello
Version: v1.1.0@{DIGEST}
Previous-Version: v1.0.0
Policy-Verdict: passed"""


def hook(clone: Repository, name: str, script: str, folder: Path | None = None) -> None:
    file = (folder or clone.root / ".git") / "hooks" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


def other_clone(clone: Repository, tmp_path: Path) -> Repository:
    clone.git("clone", "--quiet", "--branch", "main", str(tmp_path / "remote.git"), str(tmp_path / "other"))
    return Repository(root=tmp_path / "other", hours=9)


def test_one_commit_of_descriptors_and_rendered_files(clone: Repository, gitopsgen: Gitopsgen) -> None:
    clone.write("NOTES.md", "staged\n")
    clone.git("add", "NOTES.md")
    clone.write("environments/staging.yaml", (clone.root / "environments/staging.yaml").read_text() + "# mine\n")
    said = gitopsgen("deploy", "hello", f"v1.1.0@{DIGEST}", "--env", "dev", "--commit")
    assert said.status == 0, said.output
    assert clone.git("log", "-1", "--format=%B") == MESSAGE
    assert clone.git("show", "--name-only", "--format=").split() == [
        "environments/dev.yaml",
        "rendered/dev/hello/manifests/rollout-hello.yaml",
        "rendered/dev/hello/values.yaml",
    ]
    assert clone.git("status", "--porcelain").splitlines() == ["A  NOTES.md", " M environments/staging.yaml"]
    again = gitopsgen("deploy", "dev/hello", f"v1.1.0@{DIGEST}", "--commit")
    assert again.stdout == "nothing to do: dev/hello has v1.1.0 already\n"


def test_a_digest_that_is_left_behind_would_win(clone: Repository, gitopsgen: Gitopsgen) -> None:
    dev = clone.root / "environments/dev.yaml"
    assert gitopsgen("deploy", "dev/hello", f"v1.1.0@{DIGEST}").status == 0
    assert gitopsgen("deploy", "dev/hello", "v1.2.0").status == 0
    assert "image: {tag: v1.2.0}" in dev.read_text()
    assert gitopsgen("set", "dev/hello", f"image.digest={DIGEST}", "--shared").status == 0
    assert gitopsgen("deploy", "dev/hello", "v1.3.0").status == 0
    assert "image: {tag: v1.3.0, digest: null}" in dev.read_text() or "digest" not in dev.read_text()
    assert (
        "image: ghcr.io/your-org/hello:v1.3.0\n"
        in (clone.root / "rendered/dev/hello/manifests/rollout-hello.yaml").read_text()
    )
    assert gitopsgen("deploy", "dev/hello", DIGEST).status == 0
    assert (
        f"image: ghcr.io/your-org/hello@{DIGEST}\n"
        in (clone.root / "rendered/dev/hello/manifests/rollout-hello.yaml").read_text()
    )


def test_a_digest_that_another_environment_says_is_taken_away(clone: Repository, gitopsgen: Gitopsgen) -> None:
    base, dev = clone.root / "environments/base.yaml", clone.root / "environments/dev.yaml"
    base.write_text(base.read_text() + f"  apps:\n    hello: {{image: {{tag: v1.0.0, digest: {DIGEST}}}}}\n")
    dev.write_text(dev.read_text().partition("  apps:")[0])
    assert gitopsgen("deploy", "dev/hello", "v1.1.0").status == 0
    assert "    hello:\n      image: {tag: v1.1.0, digest: null}\n" in dev.read_text()
    rollout = (clone.root / "rendered/dev/hello/manifests/rollout-hello.yaml").read_text()
    assert "image: ghcr.io/your-org/hello:v1.1.0\n" in rollout


def test_a_file_that_is_new_and_one_that_goes(clone: Repository, gitopsgen: Gitopsgen) -> None:
    said = gitopsgen("set", "dev/hello", "config={a.yaml: x}", "autoscaling={min: 2, max: 4, cpu: 70}", "--commit")
    assert said.status == 0, said.output
    shown = clone.git("show", "--name-status", "--format=").splitlines()
    assert "A\trendered/dev/hello/manifests/configmap-hello-config.yaml" in shown
    said = gitopsgen("set", "dev/hello", "config=", "--commit")
    assert "D\trendered/dev/hello/manifests/configmap-hello-config.yaml" in clone.git(
        "show", "--name-status", "--format="
    )
    assert clone.git("status", "--porcelain") == ""


def detach(clone: Repository) -> None:
    clone.git("checkout", "--quiet", "--detach")


def merge(clone: Repository) -> None:
    clone.git("checkout", "--quiet", "-b", "side")
    clone.commit("chore: side")
    clone.git("checkout", "--quiet", "main")
    clone.commit("chore: main")
    clone.git("merge", "--quiet", "--no-commit", "--no-ff", "side")


def edit_descriptor(clone: Repository) -> None:
    file = clone.root / "environments/dev.yaml"
    file.write_text(file.read_text() + "# mine\n")


def stage_rendered(clone: Repository) -> None:
    clone.write("rendered/dev/hello/values.yaml", "{}\n")
    clone.git("add", "rendered")
    clone.git("checkout", "HEAD", "--", "rendered")
    clone.write("templates/new.j2", "mine\n")


def no_name(clone: Repository) -> None:
    clone.git("config", "user.useConfigOnly", "true")


def fail_hook(clone: Repository) -> None:
    hook(clone, "pre-commit", "echo 'the linter says no' >&2; exit 1")


def greedy_hook(clone: Repository) -> None:
    hook(clone, "pre-commit", "echo x > more.txt; git add more.txt")


def rewriting_hook(clone: Repository) -> None:
    hook(clone, "pre-commit", "sed -i 's/v1.1.0/v9/' rendered/dev/hello/values.yaml; git add rendered")


def no_tag_key(clone: Repository) -> None:
    clone.git("config", "tag.gpgSign", "true")
    clone.git("config", "gpg.program", "false")


def tag_in_the_way(clone: Repository) -> None:
    clone.git("tag", "dev/hello")


def no_key(clone: Repository) -> None:
    clone.git("config", "commit.gpgSign", "true")
    clone.git("config", "gpg.program", "false")


def no_remote(clone: Repository) -> None:
    clone.git("remote", "remove", "origin")


def dead_remote(clone: Repository) -> None:
    clone.git("remote", "set-url", "origin", "/nowhere.git")


@pytest.mark.parametrize(
    ("arrange", "option", "message", "fix"),
    [
        pytest.param(detach, "--commit", "no branch is checked out: HEAD is detached at", "`git switch BRANCH` first", id="a detached head"),
        pytest.param(merge, "--commit", "git is in the middle of a merge", "end it first: `git merge --continue`, or `git merge --abort`", id="a merge"),
        pytest.param(edit_descriptor, "--commit", "not committed yet: environments/dev.yaml; this would become a part of the commit", "commit that first, or put it away with `git stash`", id="a descriptor with changes"),
        pytest.param(stage_rendered, "--commit", "not committed yet: templates/new.j2", "commit that first", id="a template with changes"),
        pytest.param(fail_hook, "--commit", "the commit was refused: git commit: the linter says no", "mend what it says, and run this again", id="a hook that says no"),
        pytest.param(greedy_hook, "--commit", "the commit was taken back: a hook put more.txt into it", "commit that by itself first", id="a hook that adds files"),
        pytest.param(rewriting_hook, "--commit", "the commit was taken back: a hook changed rendered/dev/hello/values.yaml, which is rendered", "let the hook leave `rendered/` alone", id="a hook that changes what is rendered"),
        pytest.param(no_tag_key, "--tag", "nothing was changed: git tag: gpg failed to sign the data", "mend what it says, or run this again without `--tag`", id="a signature of the tag that fails"),
        pytest.param(tag_in_the_way, "--tag", "nothing was changed: git tag: cannot lock ref 'refs/tags/dev/hello/v1.1.0'", "run this again without `--tag`", id="a tag where its folder would be"),
        pytest.param(no_key, "--commit", "the commit was refused: git commit: gpg failed to sign the data", "mend what it says", id="a signature that fails"),
        pytest.param(no_remote, "--push", "there is no remote to push main to", "`git remote add origin URL`", id="no remote"),
        pytest.param(dead_remote, "--push", "the remote origin does not answer", "look at `git remote -v`", id="a remote that does not answer"),
    ],
)  # fmt: skip
def test_what_git_cannot_do_changes_nothing(
    arrange: Callable[[Repository], None],
    option: str,
    message: str,
    fix: str,
    clone: Repository,
    gitopsgen: Gitopsgen,
) -> None:
    arrange(clone)
    before = everything(clone)
    said = gitopsgen("deploy", "hello", "v1.1.0", "--env", "dev", option)
    assert said.status == 2, said.output
    assert message in said.stderr
    assert fix in said.stderr
    of_the_hook = ("more.txt", "index", "status") if arrange is greedy_hook else ()
    after = {key: value for key, value in everything(clone).items() if key not in of_the_hook}
    assert after == {key: value for key, value in before.items() if key not in of_the_hook}


def test_who_commits_has_to_be_known(clone: Repository, gitopsgen: Gitopsgen, monkeypatch: pytest.MonkeyPatch) -> None:
    no_name(clone)
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.delenv(f"GIT_{role}_NAME")
        monkeypatch.delenv(f"GIT_{role}_EMAIL")
    said = gitopsgen("deploy", "hello", "v1.1.0", "--env", "dev", "--commit")
    assert said.status == 2
    assert "git does not know who commits\n   fix: `git config user.name NAME`" in said.stderr


def test_without_a_repository(pristine: Path, gitopsgen: Gitopsgen) -> None:
    said = gitopsgen("deploy", "hello", "v1.1.0", "--env", "dev", "--commit", root=pristine)
    assert said.status == 2
    assert "is in no git repository" in said.stderr


def test_pushed_and_tagged(clone: Repository, gitopsgen: Gitopsgen) -> None:
    clone.commit("docs: not pushed yet")
    said = gitopsgen("deploy", "hello", "v1.1.0", "--env", "dev", "--push", "--tag")
    assert said.status == 0, said.output
    assert "tagged dev/hello/v1.1.0\npushed to origin/main, with 1 commit before it\n" in said.stdout
    remote = dict(line.split("\t")[::-1] for line in clone.git("ls-remote", "origin").splitlines())
    assert remote["refs/heads/main"] == remote["refs/tags/dev/hello/v1.1.0^{}"] == clone.git("rev-parse", "HEAD")
    assert clone.git("status", "--branch", "--porcelain") == "## main...origin/main"
    gitopsgen("deploy", "hello", "v1.0.0", "--env", "dev", "--push", "--tag")
    gitopsgen("deploy", "hello", "v1.1.0", "--env", "dev", "--push", "--tag")
    assert clone.git("tag").split() == ["dev/hello/v1.0.0", "dev/hello/v1.1.0", "dev/hello/v1.1.0+2"]


def test_a_tag_that_only_the_remote_has_does_not_move(clone: Repository, gitopsgen: Gitopsgen) -> None:
    clone.git("push", "--quiet", "origin", "HEAD:refs/tags/dev/hello/v1.1.0")
    said = gitopsgen("deploy", "hello", "v1.1.0", "--env", "dev", "--push", "--tag")
    assert said.status == 0, said.output
    assert clone.git("tag").split() == ["dev/hello/v1.1.0+2"]


def test_what_a_hook_makes_of_a_descriptor_is_committed(clone: Repository, gitopsgen: Gitopsgen) -> None:
    hook(clone, "pre-commit", "sed -i 's/{tag: v1.1.0}/{ tag: v1.1.0 }/' environments/dev.yaml; git add environments")
    said = gitopsgen("deploy", "hello", "v1.1.0", "--env", "dev", "--commit")
    assert said.status == 0, said.output
    assert "image: { tag: v1.1.0 }\n" in clone.git("show", "HEAD:environments/dev.yaml")
    assert clone.git("status", "--porcelain") == ""


def test_the_user_s_settings_change_nothing(clone: Repository, gitopsgen: Gitopsgen) -> None:
    settings = {
        "column.ui": "always",
        "color.ui": "always",
        "i18n.commitEncoding": "latin1",
        "status.showUntrackedFiles": "no",
        "status.branch": "true",
        "status.relativePaths": "true",
        "commit.template": "/nowhere",
        "commit.cleanup": "strip",
        "commit.status": "true",
        "commit.verbose": "2",
        "core.commentChar": "R",
        "core.quotePath": "true",
        "core.editor": "false",
        "diff.noprefix": "true",
        "log.showSignature": "true",
        "push.default": "nothing",
        "tag.forceSignAnnotated": "false",
    }
    for key, value in settings.items():
        clone.git("config", key, value)
    said = gitopsgen("set", "dev/hello", 'config={"a.yaml": "é"}', "--push")
    assert said.status == 0, said.output
    said = gitopsgen("deploy", "hello", f"v1.1.0@{DIGEST}", "--env", "dev", "--push", "--tag")
    assert said.status == 0, said.output
    assert clone.git("log", "-1", "--format=%B") == MESSAGE
    assert 'config: null → {a.yaml: "é"}' in clone.git("log", "-1", "--format=%B", "HEAD~1")
    assert clone.git("-c", "status.branch=false", "status", "--porcelain", "--untracked-files=all") == ""


def test_a_remote_that_has_moved_on(clone: Repository, gitopsgen: Gitopsgen, tmp_path: Path) -> None:
    other = other_clone(clone, tmp_path)
    other.write("README.md", "theirs\n")
    other.commit("docs: theirs")
    other.git("push", "--quiet")
    before = everything(clone)
    said = gitopsgen("deploy", "hello", "v1.1.0", "--env", "dev", "--push")
    assert said.status == 2
    assert "origin/main has moved on: " in said.stderr
    assert "docs: theirs" in said.stderr
    assert "fix: `git pull --rebase origin main`, and run this again" in said.stderr
    assert everything(clone) == before
    clone.git("pull", "--quiet", "--rebase", "origin", "main")
    assert gitopsgen("deploy", "hello", "v1.1.0", "--env", "dev", "--push").status == 0


def test_a_push_that_is_refused_is_taken_back(clone: Repository, gitopsgen: Gitopsgen, tmp_path: Path) -> None:
    hook(clone, "pre-receive", "echo 'main is protected' >&2; exit 1", tmp_path / "remote.git")
    before = everything(clone)
    said = gitopsgen("deploy", "hello", "v1.1.0", "--env", "dev", "--push", "--tag")
    assert said.status == 2
    assert "main is protected" in said.stderr
    assert "fix: if main takes pull requests only: `git switch --create NAME`, and run this again" in said.stderr
    assert everything(clone) == before


def test_a_remote_that_moves_on_during_the_push(clone: Repository, gitopsgen: Gitopsgen, tmp_path: Path) -> None:
    other = other_clone(clone, tmp_path)
    other.write("README.md", "theirs\n")
    other.commit("docs: theirs")
    hook(clone, "post-commit", f"cd {other.root} && env -u GIT_DIR -u GIT_INDEX_FILE git push --quiet")
    before = everything(clone)
    said = gitopsgen("deploy", "hello", "v1.1.0", "--env", "dev", "--push")
    assert said.status == 2
    assert "origin/main has moved on: " in said.stderr
    assert everything(clone) == before


def test_a_dry_run_shows_the_commit(clone: Repository, gitopsgen: Gitopsgen) -> None:
    before = everything(clone)
    said = gitopsgen("deploy", "hello", f"v1.1.0@{DIGEST}", "--env", "dev", "--push", "--tag", "--dry-run")
    assert said.status == 0, said.output
    assert MESSAGE in said.stdout
    assert everything(clone) == before


def test_below_the_root_of_the_repository(clone: Repository, gitopsgen: Gitopsgen, tmp_path: Path) -> None:
    outer = Repository(root=tmp_path / "outer", hours=3)
    outer.root.mkdir()
    outer.git("init", "--quiet", "--initial-branch", "main")
    clone.git("checkout-index", "--all", f"--prefix={outer.root}/deploy/")
    outer.commit("chore: start")
    said = gitopsgen("deploy", "hello", "v1.1.0", "--env", "dev", "--commit", root=outer.root / "deploy")
    assert said.status == 0, said.output
    assert outer.git("show", "--name-only", "--format=").split()[0] == "deploy/environments/dev.yaml"
    assert outer.git("status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("hide", "said"),
    [
        pytest.param(("update-index", "--assume-unchanged", "environments/dev.yaml"), "git is told to look away from environments/dev.yaml", id="assumed to be unchanged"),
        pytest.param(("update-index", "--skip-worktree", "environments/dev.yaml"), "git is told to look away from environments/dev.yaml", id="skipped"),
        pytest.param(("sparse-checkout", "set", "environments"), "git is told to look away from rendered/dev/argocd/apps/hello.yaml", id="a sparse checkout"),
    ],
)  # fmt: skip
def test_what_git_does_not_look_at_is_not_committed(
    hide: tuple[str, ...], said: str, clone: Repository, gitopsgen: Gitopsgen
) -> None:
    clone.git(*hide)
    before = everything(clone)
    hidden = clone.git("ls-files", "-v")
    result = gitopsgen("deploy", "hello", "v1.1.0", "--env", "dev", "--commit")
    assert (result.status, said in result.stderr) == (2, True), result.output
    assert everything(clone) == before
    assert clone.git("ls-files", "-v") == hidden, "what git skips it goes on skipping"


def test_a_descriptor_behind_a_link_is_not_committed(clone: Repository, gitopsgen: Gitopsgen) -> None:
    clone.git("mv", "environments/dev.yaml", "dev.yaml")
    (clone.root / "environments/dev.yaml").symlink_to("../dev.yaml")
    clone.commit("refactor: a link")
    before = everything(clone)
    said = gitopsgen("deploy", "dev/hello", "v1.1.0", "--commit")
    assert said.status == 2
    assert f"environments/dev.yaml is a link to {clone.root.resolve() / 'dev.yaml'}, or lies" in said.stderr
    assert everything(clone) == before
    assert gitopsgen("deploy", "dev/hello", "v1.1.0").status == 0
    assert "tag: v1.1.0" in (clone.root / "dev.yaml").read_text()


def test_what_git_ignores_is_not_committed(clone: Repository, gitopsgen: Gitopsgen) -> None:
    clone.write(".gitignore", "rendered/\n")
    clone.git("rm", "--quiet", "-r", "--cached", "rendered")
    clone.commit("chore: ignore what is rendered")
    before = everything(clone)
    result = gitopsgen("deploy", "hello", "v1.1.0", "--env", "dev", "--commit")
    file = "rendered/dev/hello/manifests/rollout-hello.yaml"
    assert result.status == 2
    assert f"error: git ignores {file}, and would not commit it\n   fix: `git check-ignore -v {file}`" in result.stderr
    assert everything(clone) == before
