"""Commits of some files, that leave everything else as it is, and can be taken back."""

import re
from collections.abc import Iterable
from pathlib import Path

from gitopsgen.git.command import GitFailed, decode, run
from gitopsgen.git.worktree import Branch
from gitopsgen.model.errors import GitopsgenError

_UTF8 = ("-c", "i18n.commitEncoding=UTF-8")


def commit_files(root: Path, branch: Branch, files: Iterable[str], message: str) -> str:
    """Commit ``files`` (from the folder ``root``) as they are on disk, and nothing else; return the commit's id.

    What else is staged stays so. Hooks run and the commit is signed, as the user has set it.

    Raises:
        GitopsgenError: git refuses, or a hook does, or puts something else into the commit; there is no commit then,
            and the index is as it was.
    """
    paths = sorted(files)
    before = decode(run(root, "rev-parse", "HEAD")).strip()
    try:
        run(root, "--literal-pathspecs", "add", "--all", "--", *paths)
        options = ("--quiet", "--cleanup=whitespace", "--file=-", "--only")
        run(root, "--literal-pathspecs", *_UTF8, "commit", *options, "--", *paths, stdin=message.encode())
    except BaseException as error:
        made = decode(run(root, "rev-parse", "HEAD")).strip()
        try:
            if made == before:
                unstage(root, paths)
            else:
                take_back(root, branch, made, paths)
        except GitFailed as left:
            raise GitopsgenError(
                f"the commit was refused: {error}; the files are as they were, but the index is not: {left}",
                fix=f"make room, or mend what it says, and `git reset --quiet -- {' '.join(paths)}`",
            ) from error
        if isinstance(error, GitFailed):
            fix = "mend what it says, and run this again"
            raise GitopsgenError(f"the commit was refused: {error}", fix=fix) from error
        raise
    commit = decode(run(root, "rev-parse", "HEAD")).strip()
    shown = ("--no-commit-id", "--name-only", "--no-renames", "-r", "-z", "--relative")
    changed = {name for name in decode(run(root, "diff-tree", *shown, commit)).split("\0") if name}
    if more := sorted(changed - set(paths)):
        take_back(root, branch, commit, paths)
        raise GitopsgenError(
            f"the commit was taken back: a hook put {', '.join(more)} into it", fix="commit that by itself first"
        )
    return commit


def changed_by_hooks(root: Path, files: Iterable[str]) -> list[str]:
    """Return which of the files just committed are not as they were added; the index has them as committed then.

    A hook works on a copy of the index, which git drops when only some files are committed.
    """
    paths = sorted(files)
    options = ("--cached", "--name-only", "--no-renames", "--no-ext-diff", "--relative", "-z")
    listed = decode(run(root, "--literal-pathspecs", "diff", *options, "--", *paths))
    if changed := [name for name in listed.split("\0") if name]:
        unstage(root, changed)
    return changed


def take_back(root: Path, branch: Branch, commit: str, files: Iterable[str]) -> None:
    """Let the branch end in what ``commit`` was made on; the work tree stays as it is, for the caller to restore.

    That is not always where the branch ended when the run began: somebody may have committed meanwhile.

    Raises:
        GitFailed: the branch does not end in ``commit`` any more.
    """
    run(root, "update-ref", "-m", "gitopsgen: taken back", f"refs/heads/{branch.name}", f"{commit}^", commit)
    unstage(root, files)


def unstage(root: Path, files: Iterable[str]) -> None:
    """Let the index hold of ``files`` what the last commit has."""
    run(root, "--literal-pathspecs", "reset", "--quiet", "--", *sorted(files))


def free_tag(root: Path, wanted: str, remote: str = "") -> str:
    """Return ``wanted``, or the first of ``wanted+2``, ``wanted+3`` … that is no tag yet: tags do not move.

    The tags of ``remote`` count, too, where one is named: a clone need not have them.

    Raises:
        GitopsgenError: git does not take such a name, or the remote does not answer.
    """
    name = re.sub(r"[^A-Za-z0-9._/+-]", "-", wanted)
    try:
        run(root, "check-ref-format", f"refs/tags/{name}")
    except GitFailed as error:
        raise GitopsgenError(f"`{name}` cannot be the name of a tag", fix="leave out `--tag`") from error
    folder = f"refs/tags/{name.rpartition('/')[0]}"
    listed = decode(run(root, "for-each-ref", "--format=%(refname)", folder)).splitlines()
    if remote:
        there = decode(run(root, "ls-remote", "--quiet", "--refs", remote, f"{folder}/*")).splitlines()
        listed += [line.partition("\t")[2] for line in there]
    taken = {ref.removeprefix("refs/tags/") for ref in listed}
    return next(
        one for number in range(1, len(taken) + 2) if (one := f"{name}+{number}" if number > 1 else name) not in taken
    )


def tag_commit(root: Path, name: str, commit: str, message: str) -> None:
    """Put an annotated tag on a commit, signed as the user has set it.

    Raises:
        GitopsgenError: git refuses.
    """
    options = ("--annotate", "--cleanup=whitespace", "--file=-")
    try:
        run(root, *_UTF8, "tag", *options, name, commit, stdin=message.encode())
    except GitFailed as error:
        raise GitopsgenError(
            f"nothing was changed: {error}", fix="mend what it says, or run this again without `--tag`"
        ) from error


def delete_tag(root: Path, name: str) -> None:
    """Take a tag away that was not pushed."""
    run(root, "tag", "--delete", name)
