"""The remote that a branch is pushed to: whether it has moved on, and the push itself."""

from dataclasses import dataclass, replace
from pathlib import Path

from gitopsgen.git.command import GitFailed, ask, decode, run
from gitopsgen.git.worktree import Branch
from gitopsgen.model.errors import GitopsgenError

_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a branch is pushed to: ``ref`` is the full name there, ``tip`` its last commit, empty when it is new."""

    remote: str
    ref: str
    tip: str

    def __str__(self) -> str:
        return f"{self.remote}/{self.ref.removeprefix('refs/heads/')}"


def remote_of(root: Path, branch: str) -> str:
    """Return the remote that a branch is pushed to, as the user's configuration has it.

    Raises:
        GitopsgenError: there is none.
    """
    candidates = (
        _setting(root, f"branch.{branch}.pushRemote"),
        _setting(root, "remote.pushDefault"),
        _setting(root, f"branch.{branch}.remote"),
        _only_remote(root),
    )
    remote = next((one for one in candidates if one), "")
    if not remote or remote == ".":
        raise GitopsgenError(
            f"there is no remote to push {branch} to",
            fix=f"`git remote add origin URL`, or `git branch --set-upstream-to=REMOTE/{branch}`",
        )
    return remote


def push_target(root: Path, branch: Branch) -> Target:
    """Return where the branch goes, as the user's configuration has it, after a look at the remote.

    Raises:
        GitopsgenError: there is no remote, it does not answer, or it has commits that the branch does not have.
    """
    remote = remote_of(root, branch.name)
    upstream = _setting(root, f"branch.{branch.name}.remote")
    merge = _setting(root, f"branch.{branch.name}.merge") if remote == upstream else ""
    ref = merge or f"refs/heads/{branch.name}"
    target = Target(remote=remote, ref=ref, tip="")
    try:
        target = replace(target, tip=remote_tip(root, target))
    except GitFailed as error:
        raise GitopsgenError(f"the remote {remote} does not answer: {error}", fix="look at `git remote -v`") from error
    if target.tip and ask(root, "merge-base", "--is-ancestor", target.tip, branch.commit) is None:
        raise _moved(root, branch, target)
    return target


def remote_tip(root: Path, target: Target) -> str:
    """Return the last commit that the remote has there now, empty when there is none.

    Raises:
        GitFailed: it does not answer.
    """
    listed = decode(run(root, "ls-remote", "--quiet", target.remote, target.ref))
    return listed.split("\t")[0] if listed else ""


def unpushed(root: Path, branch: Branch, target: Target) -> int:
    """Return how many commits of before a push takes along; 0 where the branch is new on the remote."""
    if not target.tip:
        return 0
    return int(decode(run(root, "rev-list", "--count", f"{target.tip}..{branch.commit}")))


def push(root: Path, target: Target, commit: str, tag: str = "") -> None:
    """Push a commit, and its tag with it, both or none.

    Raises:
        GitFailed: the remote refuses, has moved on meanwhile, or does not answer.
    """
    refs = [f"{commit}:{target.ref}", *([f"refs/tags/{tag}:refs/tags/{tag}"] if tag else [])]
    run(root, "push", "--quiet", *(["--atomic"] if tag else []), target.remote, *refs)


def _moved(root: Path, branch: Branch, target: Target) -> GitopsgenError:
    ask(root, "fetch", "--quiet", "--no-tags", target.remote, target.ref)
    listed = ask(
        root, "-c", "log.showSignature=false", "log", "--no-color", "--format=%h %s", f"{branch.commit}..{target.tip}"
    )
    subjects = (listed or "").splitlines()
    shown = "; ".join(subjects[:_SHOWN]) + (f"; and {len(subjects) - _SHOWN} more" if len(subjects) > _SHOWN else "")
    short = target.ref.removeprefix("refs/heads/")
    return GitopsgenError(
        f"{target} has moved on{f': {shown}' if shown else ''}",
        fix=f"`git pull --rebase {target.remote} {short}`, and run this again",
    )


def _setting(root: Path, key: str) -> str:
    return (ask(root, "config", "--get", key) or "").strip()


def _only_remote(root: Path) -> str:
    remotes = (ask(root, "remote") or "").split()
    return "origin" if "origin" in remotes else remotes[0] if len(remotes) == 1 else ""
