"""``publish``: an Environment's tree on a branch of its own, in real repositories with a bare remote."""

import json
from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import Run, run
from tests.delivery.repositories import Repository, start

__all__ = ["run"]

DESCRIPTORS = """\
apiVersion: gitopsgen.io/v1
kind: App
metadata: {name: api}
spec: {image: {repository: ghcr.io/x/api, tag: v1.0.0}, ports: {http: 8000}, health: {ready: /}}
---
apiVersion: gitopsgen.io/v1
kind: App
metadata: {name: web}
spec: {image: {repository: ghcr.io/x/web, tag: v1.0.0}, ports: {http: 8000}, health: {ready: /}}
---
apiVersion: gitopsgen.io/v1
kind: Environment
metadata: {name: dev}
spec:
  tier: development
  namespace: dev
  argocd: {repoURL: https://x/y, targetRevision: environments/dev}
  apps: {api: {}, web: {}}
---
apiVersion: gitopsgen.io/v1
kind: Environment
metadata: {name: test}
spec: {tier: development, namespace: test, argocd: {repoURL: https://x/y}, apps: {api: {}}}
"""
BRANCH = "environments/dev"


@pytest.fixture
def repository(tmp_path: Path, run: Run) -> Repository:
    repository = start(tmp_path / "work")
    repository.git("init", "--quiet", "--bare", "--initial-branch", "main", str(tmp_path / "remote.git"))
    repository.git("remote", "add", "origin", str(tmp_path / "remote.git"))
    repository.write("environments/all.yaml", DESCRIPTORS)
    rendered(repository, run, "feat: start\n\nThe reason.")
    return repository


def rendered(repository: Repository, run: Run, message: str, before: str = "", after: str = "") -> str:
    file = repository.root / "environments/all.yaml"
    file.write_text(file.read_text().replace(before, after, 1))
    result = run("render", "-C", str(repository.root))
    assert result.status == 0, result.output
    return repository.commit(message)


def publish(run: Run, repository: Repository, *options: str, env: str = "dev", branch: str = BRANCH) -> str:
    result = run("publish", "--env", env, "--branch", branch, "-C", str(repository.root), *options)
    assert result.status == 0, result.output
    return result.stdout


def refused(run: Run, repository: Repository, *options: str, branch: str = BRANCH, env: str = "dev") -> str:
    result = run("publish", "--env", env, "--branch", branch, "-C", str(repository.root), *options)
    assert result.status != 0
    assert result.stdout == ""
    return result.stderr


def files(repository: Repository, revision: str = BRANCH) -> dict[str, str]:
    listed = repository.git("ls-tree", "-r", "--name-only", revision).splitlines()
    return {file: repository.git("show", f"{revision}:{file}") for file in listed}


def test_the_tree_lies_on_the_branch_as_argo_cd_looks_for_it(repository: Repository, run: Run) -> None:
    source = repository.git("rev-parse", "HEAD")
    said = publish(run, repository).splitlines()[-1]
    assert f"changed on {BRANCH}, a new branch: dev as of {source[:10]}, commit" in said
    published = files(repository)
    committed = files(repository, "main")
    expected = {file for file in committed if file.startswith("rendered/dev/")}
    assert set(published) == {*expected, ".gitopsgen.json"}
    assert {file: published[file] for file in expected} == {file: committed[file] for file in expected}
    application = yaml.safe_load(published["rendered/dev/argocd/apps/api.yaml"])["spec"]["source"]
    assert application["targetRevision"] == BRANCH
    assert any(file.startswith(f"{application['path']}/") for file in published)
    message = repository.git("log", "-1", "--format=%B", BRANCH)
    assert message == f"{source[:7]}: feat: start\n\nThe reason.\n\nEnvironment: dev\nDry-Commit: {source}"
    assert repository.git("status", "--porcelain") == ""
    assert repository.git("symbolic-ref", "--short", "HEAD") == "main"


def test_the_same_again_publishes_nothing(repository: Repository, run: Run) -> None:
    publish(run, repository)
    end = repository.git("rev-parse", BRANCH)
    repository.write("README", "elsewhere")
    repository.commit("docs: read me")
    assert publish(run, repository).startswith(f"nothing to do: {BRANCH} holds dev as of ")
    assert repository.git("rev-parse", BRANCH) == end
    rendered(repository, run, "feat: web", "web, tag: v1.0.0", "web, tag: v1.1.0")
    assert "changed  rendered/dev/web/values.yaml\n" in publish(run, repository)
    assert repository.git("rev-parse", f"{BRANCH}^") == end


def test_the_same_input_gives_the_same_commit(repository: Repository, run: Run) -> None:
    publish(run, repository, branch="one")
    publish(run, repository, branch="two")
    assert repository.git("rev-parse", "one") == repository.git("rev-parse", "two")


def test_what_is_gone_goes_from_the_branch(repository: Repository, run: Run) -> None:
    publish(run, repository)
    rendered(repository, run, "feat: no web", ", web: {}}", "}")
    assert "removed  rendered/dev/argocd/apps/web.yaml\n" in publish(run, repository)
    assert not any("web" in file for file in files(repository))


def test_the_layout_of_the_hydrator(repository: Repository, run: Run) -> None:
    source = repository.git("rev-parse", "HEAD")
    publish(run, repository, "--layout", "hydrator")
    published = files(repository)
    folder = "rendered/dev/api/manifests"
    documents = list(yaml.safe_load_all(published[f"{folder}/manifest.yaml"]))
    committed = [
        yaml.safe_load(text) for file, text in files(repository, "main").items() if file.startswith(f"{folder}/")
    ]
    assert sorted(documents, key=str) == sorted(committed, key=str)
    assert json.loads(published[f"{folder}/hydrator.metadata"]) == {
        "repoURL": "https://x/y",
        "drySha": source,
        "commands": ["gitopsgen render --env dev"],
    }
    assert f"git checkout {source}\n" in published[f"{folder}/README.md"]
    assert json.loads(published["hydrator.metadata"]) == {
        "repoURL": "https://x/y",
        "drySha": source,
        "author": "Ada <ada@example.com>",
        "date": "2026-01-01T01:00:00Z",
        "subject": "feat: start",
        "body": "The reason.",
    }
    assert published[".gitattributes"].splitlines() == [
        "**/README.md linguist-generated=true",
        "**/hydrator.metadata linguist-generated=true",
    ]
    applications = yaml.safe_load_all(published["rendered/dev/argocd/manifest.yaml"])
    assert sorted(one["metadata"]["name"] for one in applications) == ["api-dev", "dev", "web-dev"]
    assert "rendered/dev/argocd/root.yaml" in published, "the folder beside it excludes it by its name"
    note = repository.git("notes", "--ref=hydrator.metadata", "show", BRANCH)
    assert json.loads(note) == {"drySha": source}


def test_unchanged_manifests_only_get_the_note(repository: Repository, run: Run) -> None:
    publish(run, repository, "--layout", "hydrator")
    before, end = files(repository), repository.git("rev-parse", BRANCH)
    repository.write("README", "elsewhere")
    dry = repository.commit("docs: read me")
    assert publish(run, repository, "--layout", "hydrator").startswith("nothing to do")
    assert repository.git("rev-parse", BRANCH) == end
    assert json.loads(repository.git("notes", "--ref=hydrator.metadata", "show", BRANCH)) == {"drySha": dry}
    dry = rendered(repository, run, "feat: web", "web, tag: v1.0.0", "web, tag: v1.1.0")
    publish(run, repository, "--layout", "hydrator")
    after = files(repository)
    changed = {file for file in after if after[file] != before[file]}
    web = "rendered/dev/web"
    assert changed == {
        "hydrator.metadata",
        f"{web}/values.yaml",
        *(f"{web}/manifests/{name}" for name in ("manifest.yaml", "hydrator.metadata", "README.md")),
    }
    assert json.loads(after["hydrator.metadata"])["drySha"] == dry


def test_a_branch_is_pushed_on_top_of_what_others_published(repository: Repository, run: Run, tmp_path: Path) -> None:
    assert f"on origin/{BRANCH}, a new branch" in publish(run, repository, "--push", "--layout", "hydrator")
    repository.git("push", "--quiet", "origin", "main")
    repository.git("clone", "--quiet", str(tmp_path / "remote.git"), str(tmp_path / "other"))
    other = Repository(root=tmp_path / "other", hours=repository.hours)
    rendered(other, run, "feat: web", "web, tag: v1.0.0", "web, tag: v1.1.0")
    publish(run, other, "--push", "--layout", "hydrator")
    end = other.git("rev-parse", BRANCH)
    other.git("push", "--quiet", "origin", "main")
    repository.git("pull", "--quiet", "origin", "main")
    assert publish(run, repository, "--push", "--layout", "hydrator").startswith("nothing to do")
    assert repository.git("rev-parse", BRANCH) == end, "the branch here follows"
    rendered(repository, run, "feat: api", "api, tag: v1.0.0", "api, tag: v1.1.0")
    publish(run, repository, "--push", "--layout", "hydrator")
    remote = Repository(root=tmp_path / "remote.git")
    assert remote.git("rev-parse", f"{BRANCH}^") == end
    noted = json.loads(remote.git("notes", "--ref=hydrator.metadata", "show", BRANCH))
    assert noted == {"drySha": repository.git("rev-parse", "main")}


def test_what_was_published_here_is_pushed_later(repository: Repository, run: Run, tmp_path: Path) -> None:
    publish(run, repository)
    publish(run, repository, "--push")
    assert Repository(root=tmp_path / "remote.git").git("rev-parse", BRANCH) == repository.git("rev-parse", BRANCH)


def test_branches_that_went_apart_are_left_alone(repository: Repository, run: Run, tmp_path: Path) -> None:
    publish(run, repository, "--push")
    repository.git("clone", "--quiet", str(tmp_path / "remote.git"), str(tmp_path / "other"))
    other = Repository(root=tmp_path / "other", hours=30)
    other.git("checkout", "--quiet", BRANCH)
    other.commit("chore: theirs")
    other.git("push", "--quiet", "origin", BRANCH)
    rendered(repository, run, "feat: web", "web, tag: v1.0.0", "web, tag: v1.1.0")
    publish(run, repository)
    end = repository.git("rev-parse", BRANCH)
    assert f"error: {BRANCH} here and on origin have gone apart" in refused(run, repository, "--push")
    assert repository.git("rev-parse", BRANCH) == end


def test_an_older_commit_does_not_go_over_a_later_one(repository: Repository, run: Run, tmp_path: Path) -> None:
    older = repository.git("rev-parse", "HEAD")
    rendered(repository, run, "feat: web", "web, tag: v1.0.0", "web, tag: v1.1.0")
    newer = repository.git("rev-parse", "HEAD")
    publish(run, repository, "--push")
    repository.git("push", "--quiet", "origin", "main")
    repository.git("checkout", "--quiet", older)
    clone = Repository(root=tmp_path / "older", hours=30)
    url = (tmp_path / "remote.git").as_uri()
    repository.git("clone", "--quiet", "--no-local", "--single-branch", url, str(clone.root))
    clone.git("reset", "--quiet", "--hard", older)
    clone.git("update-ref", "-d", "refs/remotes/origin/main")
    clone.git("reflog", "expire", "--expire=all", "--all")
    clone.git("gc", "--quiet", "--prune=now")
    for one in (repository, clone):  # one that knows the later commit, and a pipeline that does not
        said = refused(run, one, "--push")
        assert f"error: {BRANCH} holds {newer[:10]}, which comes after {older[:10]}: this would go back" in said
        assert "`git pull`, and run this again; to go back all the same, add `--force`" in said
    publish(run, repository, "--push", "--force")
    assert "Dry-Commit: " + older in repository.git("log", "-1", "--format=%B", BRANCH)
    repository.git("checkout", "--quiet", newer)
    publish(run, repository, "--push")


def test_a_dry_run_changes_nothing(repository: Repository, run: Run) -> None:
    said = publish(run, repository, "--dry-run")
    assert f"would change on {BRANCH}, a new branch" in said
    assert repository.git("branch", "--list") == "* main"


def test_a_branch_of_somebody_else_is_refused(repository: Repository, run: Run) -> None:
    repository.git("branch", "theirs")
    said = refused(run, repository, branch="theirs")
    assert "the branch theirs is not one that gitopsgen publishes to: it has no .gitopsgen.json" in said
    assert "is not one that gitopsgen publishes to" in refused(run, repository, "--force", branch="main")
    publish(run, repository)
    assert f"error: {BRANCH} is the branch of dev" in refused(run, repository, env="test")
    repository.git("checkout", "--quiet", BRANCH)
    repository.git("checkout", "--quiet", "main")


def test_a_branch_that_is_checked_out_is_not_moved(repository: Repository, run: Run, tmp_path: Path) -> None:
    publish(run, repository)
    rendered(repository, run, "feat: web", "web, tag: v1.0.0", "web, tag: v1.1.0")
    repository.git("worktree", "add", "--quiet", str(tmp_path / "tree"), BRANCH)
    assert f"the branch {BRANCH} is checked out" in refused(run, repository)


@pytest.mark.parametrize("layout", ["plain", "hydrator"])
def test_edits_on_the_branch_are_not_lost(repository: Repository, run: Run, tmp_path: Path, layout: str) -> None:
    publish(run, repository, "--layout", layout)
    repository.git("worktree", "add", "--quiet", str(tmp_path / "tree"), BRANCH)
    tree = Repository(root=tmp_path / "tree", hours=30)
    name = "service-api.yaml" if layout == "plain" else "manifest.yaml"
    file = f"rendered/dev/api/manifests/{name}"
    tree.write(file, (tree.root / file).read_text() + "# by hand\n")
    tree.commit("fix: by hand")
    repository.git("worktree", "remove", str(tmp_path / "tree"))
    assert f"error: on {BRANCH} somebody has edited {file}" in refused(run, repository, "--layout", layout)
    publish(run, repository, "--layout", layout, "--force")
    assert "by hand" not in files(repository)[file]


@pytest.mark.parametrize("layout", ["plain", "hydrator"])
@pytest.mark.parametrize(
    ("file", "verb"),
    [
        ("README.md", "added"),
        ("rendered/dev/api/manifests/extra.yaml", "added"),
        ("rendered/dev/.argocd-source-api.yaml", "added"),
        ("charts/web/values.yaml", "edited"),
    ],
)
def test_files_that_somebody_put_on_the_branch_are_not_lost(
    repository: Repository, run: Run, tmp_path: Path, file: str, verb: str, layout: str
) -> None:
    repository.write("charts/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 0.1.0\n")
    repository.write("charts/web/values.yaml", "{}\n")
    rendered(repository, run, "feat: a chart", "web: {}}", "web: {chart: {path: charts/./web, workload: rollout}}}")
    publish(run, repository, "--layout", layout)
    repository.git("worktree", "add", "--quiet", str(tmp_path / "tree"), BRANCH)
    tree = Repository(root=tmp_path / "tree", hours=30)
    tree.write(file, "mine: 1\n")
    tree.commit("feat: mine")
    repository.git("worktree", "remove", str(tmp_path / "tree"))
    rendered(repository, run, "feat: web", "api, tag: v1.0.0", "api, tag: v1.1.0")
    said = refused(run, repository, "--layout", layout)
    assert f"error: on {BRANCH} somebody has {verb} {file}\n   fix: keep it on another branch" in said
    publish(run, repository, "--layout", layout, "--force")
    assert files(repository).get(file) != "mine: 1\n"


def test_a_signature_that_fails_publishes_nothing(repository: Repository, run: Run) -> None:
    repository.git("config", "commit.gpgSign", "true")
    repository.git("config", "gpg.program", "false")
    assert "error: nothing was published: git commit-tree: gpg failed to sign the data" in refused(run, repository)
    assert repository.git("branch", "--list") == "* main"


def test_only_what_is_committed_and_current_is_published(repository: Repository, run: Run) -> None:
    file = repository.root / "environments/all.yaml"
    file.write_text(file.read_text().replace("web, tag: v1.0.0", "web, tag: v1.1.0"))
    assert "error: not committed yet: environments/all.yaml; what is published" in refused(run, repository)
    repository.commit("feat: web, not rendered")
    said = refused(run, repository)
    assert "stale    rendered/dev/web/manifests/rollout-web.yaml\n" in said
    assert "files are not what the descriptors say: run `gitopsgen render`, and commit; nothing was published" in said
    assert repository.git("branch", "--list") == "* main"


def test_applications_that_follow_another_branch_are_told(repository: Repository, run: Run) -> None:
    result = run("publish", "--env", "test", "--branch", "environments/test", "-C", str(repository.root))
    assert result.status == 0
    assert (
        "the Applications of test follow main, not environments/test: set `spec.argocd.targetRevision" in result.stderr
    )
    result = run("publish", "--env", "dev", "--branch", f"{BRANCH}-next", "-C", str(repository.root))
    assert result.stderr == "", "a branch that is merged into the one that is followed"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--branch", "a..b"), "error: `a..b` cannot be the name of a branch"),
        (("--layout", "flat"), "error: there is no layout `flat`\n   fix: one of: plain, hydrator"),
        (("--env", "prd"), "error: `--env` is given 2 times"),
    ],
)
def test_what_cannot_be_done(repository: Repository, run: Run, options: tuple[str, ...], said: str) -> None:
    assert said in refused(run, repository, *options)


@pytest.mark.parametrize("name", ["origin/environments/dev", "refs/heads/environments/dev"])
def test_a_branch_as_git_shows_it(repository: Repository, run: Run, name: str) -> None:
    said = refused(run, repository, branch=name)
    assert "fix: name it alone, `--branch environments/dev`, and add `--push` for the remote's" in said
    assert repository.git("branch", "--list") == "* main"


def test_an_environment_that_there_is_not(repository: Repository, run: Run) -> None:
    assert "error: no Environment matches `prd`" in refused(run, repository, env="prd")


def test_a_chart_of_the_repository_goes_along(repository: Repository, run: Run) -> None:
    repository.write("charts/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 0.1.0\n")
    repository.write("charts/web/values.yaml", "{}\n")
    repository.write("charts/other/Chart.yaml", "apiVersion: v2\nname: other\nversion: 0.1.0\n")
    before, after = "web: {}}", "web: {chart: {path: charts/web, workload: rollout}}}"
    rendered(repository, run, "feat: a chart", before, after)
    publish(run, repository)
    assert [file for file in files(repository) if file.startswith("charts/")] == [
        "charts/web/Chart.yaml",
        "charts/web/values.yaml",
    ]


def test_a_repository_below_the_top_of_git(tmp_path: Path, run: Run) -> None:
    repository = start(tmp_path / "work")
    text = DESCRIPTORS.replace("targetRevision", "path: deploy/rendered, targetRevision")
    repository.write("deploy/environments/all.yaml", text)
    repository.write("other/file", "x")
    assert run("render", "-C", str(repository.root / "deploy")).status == 0
    repository.commit("feat: start")
    below = Repository(root=repository.root / "deploy")
    publish(run, below)
    published = files(repository)
    assert "deploy/rendered/dev/argocd/apps/api.yaml" in published
    assert "other/file" not in published
