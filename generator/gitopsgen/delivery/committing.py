"""A proposal carried out: files, a commit, a tag, a push; all of it, or nothing."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gitopsgen.delivery.message import Delivery, commit_message
from gitopsgen.delivery.proposal import Proposal
from gitopsgen.delivery.writing import written
from gitopsgen.git.command import GitFailed, ask
from gitopsgen.git.commits import changed_by_hooks, commit_files, delete_tag, free_tag, tag_commit, take_back
from gitopsgen.git.remotes import Target, push, push_target, remote_tip, unpushed
from gitopsgen.git.worktree import Branch, current_branch, require_seen, uncommitted
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.listing import some_of

_TEMPLATES: Final = "templates"
_SHOWN: Final = 5
_PROTECTED: Final = ("protected branch", "pull request", "merge request", "hook declined", "not allowed to push")
"""What hosts say where nobody may push to a branch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How far a delivery goes."""

    commit: bool
    push: bool
    tag: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Where a commit will go: the branch, the remote's branch when it is pushed, the tag when it gets one."""

    branch: Branch
    target: Target | None
    tag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """What came of it; ``also`` is how many commits from before were pushed along."""

    commit: str
    tag: str
    pushed_to: str
    also: int


def prepare(root: Path, wanted: Wanted, tag: str) -> Prepared | None:
    """Look whether git can do what is wanted, before anything else is done; ``None`` when nothing is committed.

    Raises:
        GitopsgenError: it cannot.
    """
    if not wanted.commit:
        return None
    branch = current_branch(root)
    target = push_target(root, branch) if wanted.push else None
    return Prepared(
        branch=branch,
        target=target,
        tag=free_tag(root, tag, target.remote if target else "") if wanted.tag else "",
    )


def require_clean(root: Path, proposal: Proposal) -> None:
    """Refuse to commit files that have changes of somebody's own, what was rendered from such, or what git overlooks.

    Raises:
        GitopsgenError: there are such changes.
    """
    require_seen(root, proposal.files)
    releases = proposal.rendered.releases
    sources = {file for name in proposal.affected if name in releases for file in releases[name].files}
    dirty = uncommitted(root, {*proposal.files, *sources, _TEMPLATES})
    if dirty:
        named = some_of(dirty, _SHOWN)
        raise GitopsgenError(
            f"not committed yet: {named}; this would become a part of the commit",
            fix="commit that first, or put it away with `git stash`, and run this again",
        )


def carry_out(root: Path, proposal: Proposal, delivery: Delivery, prepared: Prepared | None) -> Committed | None:
    """Write a proposal, and commit, tag and push it as prepared; when a step fails, none of it stays.

    Raises:
        GitopsgenError: a step failed.
    """
    with written(root, proposal):
        if prepared is None:
            return None
        message = commit_message(delivery, proposal.affected, proposal.report)
        commit = commit_files(root, prepared.branch, proposal.files, message)
        try:
            _require_rendered(root, proposal)
            if prepared.tag:
                tag_commit(root, prepared.tag, commit, message)
            if prepared.target:
                _push(root, prepared.target, prepared, commit)
        except BaseException:
            if prepared.tag and ask(root, "rev-parse", "--verify", "--quiet", f"refs/tags/{prepared.tag}"):
                delete_tag(root, prepared.tag)
            take_back(root, prepared.branch, commit, proposal.files)
            raise
        also = unpushed(root, prepared.branch, prepared.target) if prepared.target else 0
        return Committed(commit=commit, tag=prepared.tag, pushed_to=str(prepared.target or ""), also=also)


def _require_rendered(root: Path, proposal: Proposal) -> None:
    """Refuse a commit whose tree is not what its descriptors render to.

    Raises:
        GitopsgenError: a hook has changed a rendered file on the way into the commit.
    """
    rendered = {*proposal.tree.write, *proposal.tree.remove}
    changed = [file for file in changed_by_hooks(root, proposal.files) if file in rendered]
    if changed:
        raise GitopsgenError(
            f"the commit was taken back: a hook changed {some_of(changed, _SHOWN)}, which is rendered",
            fix="let the hook leave `rendered/` alone, and run this again",
        )


def _push(root: Path, target: Target, prepared: Prepared, commit: str) -> None:
    try:
        push(root, target, commit, prepared.tag)
    except KeyboardInterrupt:
        if not _arrived(root, target, commit):
            raise
    except GitFailed as error:
        said = " ".join(line for line in str(error).splitlines() if not line.startswith("hint:"))
        now = push_target(root, prepared.branch)  # says so, if the remote has moved on meanwhile
        if now.tip == commit:
            return  # it arrived, and only the answer was lost
        raise GitopsgenError(f"nothing was changed: {said}", fix=_mend(said, prepared)) from error


def _mend(said: str, prepared: Prepared) -> str:
    if any(word in said.lower() for word in _PROTECTED):
        name = prepared.branch.name
        return f"if {name} takes pull requests only: `git switch --create NAME`, and run this again; else mend that"
    return "mend what it says, and run this again"


def _arrived(root: Path, target: Target, commit: str) -> bool:
    """Tell whether an interrupted push has arrived: what is taken back here would not be taken back there.

    Raises:
        GitopsgenError: nobody knows.
    """
    try:
        return remote_tip(root, target) == commit
    except GitFailed as error:
        raise GitopsgenError(
            f"interrupted, and taken back here; {target.remote} does not say whether {commit[:12]} arrived: {error}",
            fix=f"`git fetch {target.remote}`, and look whether {target} has it",
        ) from error
