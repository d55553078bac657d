"""The state of a work tree: on which branch it is, what it is in the middle of, and what is not committed."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gitopsgen.git.command import GitFailed, ask, decode, run
from gitopsgen.model.errors import GitopsgenError

_UNDER_WAY: Final = (
    ("MERGE_HEAD", "a merge", "git merge --continue", "git merge --abort"),
    ("rebase-merge", "a rebase", "git rebase --continue", "git rebase --abort"),
    ("rebase-apply", "a rebase", "git rebase --continue", "git rebase --abort"),
    ("CHERRY_PICK_HEAD", "a cherry-pick", "git cherry-pick --continue", "git cherry-pick --abort"),
    ("REVERT_HEAD", "a revert", "git revert --continue", "git revert --abort"),
)

_SEEN: Final = ("H", "M", "R", "C", "K", "?")
"""How git marks files that it looks at: neither skipped (``S``) nor assumed to be unchanged (small letters)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """The branch that is checked out, and its last commit."""

    name: str
    commit: str


def current_branch(root: Path) -> Branch:
    """Return the branch that a commit would go to.

    Raises:
        GitopsgenError: there is no repository, commit or branch, git is in the middle of something, or it does not know
            who commits.
    """
    if ask(root, "rev-parse", "--is-inside-work-tree") is None:
        run(root, "--version")  # where git itself is missing, it says so
        raise GitopsgenError(f"{root.resolve()} is in no git repository", fix="`git init`, or leave out `--commit`")
    for mark, what, go_on, abort in _UNDER_WAY:
        path = decode(run(root, "rev-parse", "--git-path", mark)).strip()
        if (root / path).exists():
            raise GitopsgenError(f"git is in the middle of {what}", fix=f"end it first: `{go_on}`, or `{abort}`")
    commit = ask(root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    if commit is None:
        raise GitopsgenError(
            "there is no commit yet", fix='commit what there is: `git add . && git commit -m "chore: start"`'
        )
    name = ask(root, "symbolic-ref", "--quiet", "--short", "HEAD")
    if name is None:
        raise GitopsgenError(
            f"no branch is checked out: HEAD is detached at {commit[:12]}", fix="`git switch BRANCH` first"
        )
    for role in ("AUTHOR", "COMMITTER"):
        try:
            run(root, "var", f"GIT_{role}_IDENT")
        except GitFailed as error:
            raise GitopsgenError(
                "git does not know who commits",
                fix="`git config user.name NAME` and `git config user.email ADDRESS`",
            ) from error
    return Branch(name=name.strip(), commit=commit.strip())


def uncommitted(root: Path, paths: Iterable[str]) -> list[str]:
    """Return the files at or below ``paths`` (from the folder ``root``) that are not as the last commit has them."""
    return [file for _, file in _status(root, paths)]


def unstaged(root: Path, paths: Iterable[str]) -> list[str]:
    """Return the files at or below ``paths`` (from the folder ``root``) that are not as the next commit has them."""
    return [file for marks, file in _status(root, paths) if not marks.endswith(" ")]


def _status(root: Path, paths: Iterable[str]) -> list[tuple[str, str]]:
    """Return git's two marks (of the index and of the work tree) and the name of each file that has changed."""
    prefix = decode(run(root, "rev-parse", "--show-prefix")).strip()
    wanted = sorted(paths)
    if not wanted:
        return []
    options = ("--porcelain", "-z", "--no-renames", "--untracked-files=all", "--ignored=no")
    listed = decode(run(root, "--literal-pathspecs", "status", *options, "--", *wanted))
    return [(entry[:2], entry[3:].removeprefix(prefix)) for entry in listed.split("\0") if entry]


def require_seen(root: Path, paths: Iterable[str]) -> None:
    """Refuse files that git is told to look away from: they would not get into a commit.

    Raises:
        GitopsgenError: one is ignored, outside of a sparse checkout, assumed to be unchanged, or behind a link.
    """
    wanted = sorted(paths)
    top = root.resolve()
    for path in wanted:
        real = (top / path).resolve()
        if real != top / path:
            raise GitopsgenError(
                f"{path} is a link to {real}, or lies behind one, and git would commit the link alone",
                fix="run this again without `--commit`, and commit what it changes",
            )
    try:
        ignored = decode(run(root, "check-ignore", "-z", "--stdin", stdin="\0".join(wanted).encode())).split("\0")
    except GitFailed:  # none is
        ignored = []
    if ignored:
        raise GitopsgenError(
            f"git ignores {ignored[0]}, and would not commit it",
            fix=f"`git check-ignore -v {ignored[0]}` shows the line of .gitignore to take out",
        )
    listed = decode(run(root, "--literal-pathspecs", "ls-files", "-v", "-z", "--", *wanted)).split("\0")
    hidden = [entry[2:] for entry in listed if entry and not entry.startswith(_SEEN)]
    if hidden:
        raise GitopsgenError(
            f"git is told to look away from {hidden[0]}, and would not commit it",
            fix=f"`git sparse-checkout add {hidden[0].partition('/')[0]}`, or "
            f"`git update-index --no-skip-worktree --no-assume-unchanged {hidden[0]}`",
        )
