"""An Environment's rendered tree onto a branch of its own: refused where somebody would lose something.

What is published is what the last commit holds. The branch is built from objects, without a checkout.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gitopsgen.delivery.layouts import MANIFEST, MARKER, METADATA, NOTES, Layout, Published
from gitopsgen.git.command import GitFailed, ask, decode, run
from gitopsgen.git.history import read_blobs
from gitopsgen.git.plumbing import Source, move_branch, tree_blobs, write_blobs, write_commit, write_note, write_tree
from gitopsgen.git.remotes import Target, push
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.listing import some_of
from gitopsgen.tree.header import Ownership, ownership

_DRY_COMMIT: Final = "Dry-Commit"
_LOOKED_AT: Final = 50
_SHOWN: Final = 5
_ATTEMPTS: Final = 5
_ORDINARY: Final = ("README.md", ".gitattributes", METADATA, MARKER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What would be, or was, published: ``commit`` is the branch's new end, empty where nothing changes.

    ``before`` is its end until now, empty for a new branch. ``changed`` and ``removed`` are files.
    """

    branch: str
    before: str
    commit: str
    changed: tuple[str, ...]
    removed: tuple[str, ...]


def require_branch_name(root: Path, name: str) -> None:
    """Refuse what git does not take as the name of a branch.

    Raises:
        GitopsgenError: it is none, or one as git shows it for a remote.
    """
    if ask(root, "check-ref-format", "--branch", name) is None:
        raise GitopsgenError(f"`{name}` cannot be the name of a branch", fix="such as `--branch environments/prod`")
    for before in ("refs/heads/", *(f"{remote}/" for remote in (ask(root, "remote") or "").split())):
        if name.startswith(before):
            raise GitopsgenError(
                f"`{name}` would be a branch with `{before}` in its name",
                fix=f"name it alone, `--branch {name.removeprefix(before)}`, and add `--push` for the remote's",
            )


def end_of(root: Path, branch: str, remote: str = "") -> str:
    """Return the last commit of a branch, of the remote's when one is named; empty when it is new.

    Raises:
        GitopsgenError: the remote does not answer, or the branch here has commits that the remote's has not.
    """
    here = (ask(root, "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}^{{commit}}") or "").strip()
    if not remote:
        return here
    try:
        listed = decode(run(root, "ls-remote", "--quiet", remote, f"refs/heads/{branch}"))
        there = listed.split("\t")[0] if listed else ""
        if there:
            run(root, "fetch", "--quiet", "--no-tags", remote, f"refs/heads/{branch}")
    except GitFailed as error:
        raise GitopsgenError(f"the remote {remote} does not answer: {error}", fix="look at `git remote -v`") from error
    if not here or not there or _contains(root, there, here):
        return there or here
    if not _contains(root, here, there):
        raise GitopsgenError(
            f"{branch} here and on {remote} have gone apart",
            fix=f"keep the remote's, `git branch --force {branch} {there[:12]}`, or push yours, and run this again",
        )
    return here


def _contains(root: Path, commit: str, older: str) -> bool:
    return ask(root, "merge-base", "--is-ancestor", older, commit) is not None


def require_ours(root: Path, branch: str, end: str, environment: str, *, force: bool) -> None:
    """Refuse a branch that somebody else keeps, or has edited, or that another Environment is published to.

    Raises:
        GitopsgenError: it is such a branch. ``force`` lets edits be overwritten, and nothing else.
    """
    blobs = tree_blobs(root, end)
    marker = read_blobs(root, [blobs[MARKER]]).get(blobs[MARKER], "") if MARKER in blobs else ""
    try:
        owner = json.loads(marker).get("environment") if marker else None
    except (ValueError, AttributeError):
        owner = None
    if owner is None:
        raise GitopsgenError(
            f"the branch {branch} is not one that gitopsgen publishes to: it has no {MARKER}, and {len(blobs)} files",
            fix="name another branch; a new one is made",
        )
    if owner != environment:
        raise GitopsgenError(f"{branch} is the branch of {owner}", fix=f"name one of its own for {environment}")
    edited = [] if force else _edited(root, blobs)
    if edited:
        raise GitopsgenError(
            f"on {branch} somebody has edited {_named(edited)}",
            fix="make the change in the descriptors, and publish with `--force` to drop it there",
        )


def _edited(root: Path, blobs: Mapping[str, str]) -> list[str]:
    rendered = {path: blob for path, blob in blobs.items() if path.rpartition("/")[2] not in _ORDINARY}
    texts = read_blobs(root, rendered.values())
    yaml = [path for path in rendered if path.endswith(".yaml")]
    return sorted(path for path in yaml if ownership(texts[rendered[path]]) is Ownership.EDITED)


def require_kept(root: Path, publication: Publication) -> None:
    """Refuse to remove or overwrite files without a header that somebody else has put on the branch.

    Raises:
        GitopsgenError: there are such files since the last publication.
    """
    end = publication.before
    published, _ = _last_publication(root, end) if end and publication.commit else ("", "")
    if published in ("", end):
        return
    here, then = tree_blobs(root, end), tree_blobs(root, published)
    lost = (*publication.changed, *publication.removed)
    theirs = [path for path in lost if here.get(path, "") not in ("", then.get(path)) and not _beside(path, here)]
    texts = read_blobs(root, (here[path] for path in theirs))
    foreign = sorted(path for path in theirs if ownership(texts[here[path]]) is Ownership.FOREIGN)
    if foreign:
        verb = "edited" if any(path in then for path in foreign) else "added"
        raise GitopsgenError(
            f"on {publication.branch} somebody has {verb} {_named(foreign)}",
            fix="keep it on another branch, and publish with `--force` to drop it there",
        )


def _beside(path: str, blobs: Mapping[str, str]) -> bool:
    """Tell whether a file only goes along: at the top, or in a folder of the hydrator's layout."""
    folder, _, name = path.rpartition("/")
    return name in _ORDINARY and (name != "README.md" or f"{folder}/{MANIFEST}" in blobs)


def _last_publication(root: Path, end: str) -> tuple[str, str]:
    """Return the last commit up to ``end`` that was published, and the one it holds; empty where there is none."""
    told = f"--format=%H %(trailers:key={_DRY_COMMIT},valueonly,separator=%x20)"
    said = ask(root, "-c", "log.showSignature=false", "log", "--no-color", told, f"-{_LOOKED_AT}", end)
    lines = (line.split() for line in (said or "").splitlines())
    return next(((commit, dry[0]) for commit, *dry in lines if dry), ("", ""))


def published_later(root: Path, end: str, source: Source, remote: str) -> str:
    """Return the commit that a branch holds, where ``source`` is one before it; else an empty text.

    Pipelines end in any order, and a checkout may be old: what is published last need not be the newest. A commit that
    is not known here is looked for on the remote.
    """
    _, published = _last_publication(root, end)
    if not published or published == source.commit:
        return ""
    if remote and ask(root, "cat-file", "-e", f"{published}^{{commit}}") is None:
        ask(root, "fetch", "--quiet", "--no-tags", remote, published)
    return published if _contains(root, published, source.commit) else ""


def require_latest(branch: str, later: str, source: Source) -> None:
    """Refuse to put what an earlier commit holds onto a branch that holds a later one.

    Raises:
        GitopsgenError: ``later`` is such a commit.
    """
    if later:
        raise GitopsgenError(
            f"{branch} holds {later[:10]}, which comes after {source.commit[:10]}: this would go back",
            fix="`git pull`, and run this again; to go back all the same, add `--force`",
        )


def build(
    root: Path, branch: str, end: str, published: Published, charts: Mapping[str, str], source: Source, environment: str
) -> Publication:
    """Write the branch's next commit, which nothing refers to yet; none where it holds all this already.

    ``charts`` are files that go along as they are committed: ids by path.

    Raises:
        GitopsgenError: git makes no commit, as when it cannot be signed.
    """
    old = tree_blobs(root, end) if end else {}
    new = {**charts, **write_blobs(root, published.texts)}
    own = {path for files in published.provenance.values() for path in files}
    differing = {
        path for path, _ in new.items() ^ {path: blob for path, blob in old.items() if path not in own}.items()
    }
    if not differing:
        return Publication(branch=branch, before=end, commit="", changed=(), removed=())
    renewed: dict[str, str] = {}
    for beside, files in published.provenance.items():
        for path, text in files.items():
            if beside and beside not in differing and path in old:
                new[path] = old[path]
            else:
                renewed[path] = text
    new |= write_blobs(root, renewed)
    try:
        commit = write_commit(root, write_tree(root, new), [end] if end else [], source, _message(environment, source))
    except GitFailed as error:
        raise GitopsgenError(f"nothing was published: {error}", fix="mend what it says, and run this again") from error
    return Publication(
        branch=branch,
        before=end,
        commit=commit,
        changed=tuple(sorted(path for path, blob in new.items() if old.get(path) != blob)),
        removed=tuple(sorted(old.keys() - new.keys())),
    )


def _message(environment: str, source: Source) -> str:
    body = f"{source.body}\n\n" if source.body else ""
    return (
        f"{source.commit[:7]}: {source.subject}\n\n{body}Environment: {environment}\n{_DRY_COMMIT}: {source.commit}\n"
    )


def publish(root: Path, publication: Publication, layout: Layout, source: Source, remote: str = "") -> None:
    """Let the branch end in what was built, here and on the remote that is named; a hydrated commit gets its note.

    Raises:
        GitopsgenError: the branch is checked out, or has moved meanwhile; nothing has changed then.
    """
    here = end_of(root, publication.branch)
    end = publication.commit or publication.before
    if remote:
        _push(root, publication, end, remote)
    if here != end:
        move_branch(root, publication.branch, end, here)
    if layout is Layout.HYDRATOR:
        _note(root, end, source, remote)


def _push(root: Path, publication: Publication, end: str, remote: str) -> None:
    target = Target(remote=remote, ref=f"refs/heads/{publication.branch}", tip=publication.before)
    try:
        push(root, target, end)
    except GitFailed as error:
        raise GitopsgenError(
            f"{target} was not pushed to, and is as it was: {error}", fix="mend what it says, and run this again"
        ) from error


def _note(root: Path, commit: str, source: Source, remote: str) -> None:
    """Note on a hydrated commit which commit it holds; where others note something meanwhile, theirs is kept."""
    for attempt in range(_ATTEMPTS):
        if remote:
            ask(root, "fetch", "--quiet", remote, f"+{NOTES}:{NOTES}")
        write_note(root, NOTES, commit, {"drySha": source.commit}, source)
        if not remote:
            return
        try:
            run(root, "push", "--quiet", remote, NOTES)
        except GitFailed as error:
            if attempt == _ATTEMPTS - 1:
                raise GitopsgenError(
                    f"the branch is published, and its note is not pushed: {error}", fix="run this again"
                ) from error
        else:
            return


def _named(files: Iterable[str]) -> str:
    return some_of(list(files), _SHOWN)
