"""Commits made of trees that no work tree and no index has: nothing is checked out, and nothing is staged."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from gitopsgen.git.command import GitFailed, ask, decode, run
from gitopsgen.model.errors import GitopsgenError

_FILE: Final = "100644"


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who wrote or committed something, and when: ``date`` as git has it, seconds and offset."""

    name: str
    email: str
    date: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A commit with all that is told of it elsewhere; ``when`` is its author's date, in ISO 8601."""

    commit: str
    author: Author
    committer: Author
    when: str
    subject: str
    body: str


def read_source(root: Path, revision: str = "HEAD") -> Source:
    """Return what a commit says of itself.

    Raises:
        GitopsgenError: there is no such commit.
    """
    fields = ("%H", "%an", "%ae", "%ad", "%cn", "%ce", "%cd", "%aI", "%s", "%b")
    options = ("--no-patch", "--no-show-signature", "--no-color", "--date=raw", f"--format={'%x00'.join(fields)}")
    try:
        said = decode(run(root, "-c", "i18n.logOutputEncoding=UTF-8", "show", *options, revision))
    except GitFailed as error:
        raise GitopsgenError("there is no commit yet", fix="commit what there is") from error
    commit, author, author_mail, authored, committer, committer_mail, committed, when, subject, body = said.split("\0")
    return Source(
        commit=commit,
        author=Author(name=author, email=author_mail, date=authored),
        committer=Author(name=committer, email=committer_mail, date=committed),
        when=when.removesuffix("+00:00") + "Z" if when.endswith("+00:00") else when,
        subject=subject,
        body=body.strip(),
    )


def tree_blobs(root: Path, commit: str) -> dict[str, str]:
    """Return the ids of all files of a commit, by their path from the top."""
    blobs: dict[str, str] = {}
    for entry in decode(run(root, "ls-tree", "-r", "-z", "--full-tree", commit)).split("\0"):
        details, tab, path = entry.partition("\t")
        if tab and details.split(" ")[1] == "blob":
            blobs[path] = details.split(" ")[2]
    return blobs


def write_blobs(root: Path, texts: Mapping[str, str]) -> dict[str, str]:
    """Write texts to the object store; return their ids by the same keys."""
    if not texts:
        return {}
    with TemporaryDirectory(prefix="gitopsgen-") as folder:
        files = []
        for index, text in enumerate(texts.values()):
            file = Path(folder, str(index))
            file.write_bytes(text.encode("utf-8", "surrogateescape"))
            files.append(str(file))
        listed = "\n".join(files).encode()
        ids = decode(run(root, "hash-object", "-w", "--no-filters", "--stdin-paths", stdin=listed)).split()
    return dict(zip(texts, ids, strict=True))


def write_tree(root: Path, blobs: Mapping[str, str]) -> str:
    """Return the id of a tree that holds exactly these files."""
    entries = "".join(f"{_FILE} {blob}\t{path}\0" for path, blob in sorted(blobs.items()))
    with TemporaryDirectory(prefix="gitopsgen-") as folder:
        index = {"GIT_INDEX_FILE": str(Path(folder, "index"))}
        run(
            root,
            "update-index",
            "-z",
            "--index-info",
            stdin=entries.encode("utf-8", "surrogateescape"),
            environment=index,
        )
        return decode(run(root, "write-tree", environment=index)).strip()


def write_commit(root: Path, tree: str, parents: Iterable[str], source: Source, message: str) -> str:
    """Return the id of a commit by the people and of the times of ``source``: the same input, the same id.

    It is signed where the user signs all commits.
    """
    signs = (ask(root, "config", "--type=bool", "--get", "commit.gpgSign") or "").strip() == "true"
    options = [*(["-S"] if signs else []), *(part for parent in parents for part in ("-p", parent))]
    return decode(run(root, "commit-tree", tree, *options, stdin=message.encode(), environment=_people(source))).strip()


def move_branch(root: Path, name: str, commit: str, before: str) -> None:
    """Let a branch that is not checked out end in ``commit``; ``before`` is where it ends now, empty when it is new.

    Raises:
        GitopsgenError: it is checked out somewhere, or has moved meanwhile.
    """
    ref = f"refs/heads/{name}"
    listed = decode(run(root, "worktree", "list", "--porcelain"))
    if f"branch {ref}" in listed.splitlines():
        raise GitopsgenError(f"the branch {name} is checked out", fix="switch to another branch, and run this again")
    try:
        run(root, "update-ref", "-m", "gitopsgen: published", ref, commit, before or "0" * len(commit))
    except GitFailed as error:
        raise GitopsgenError(f"the branch {name} has moved meanwhile", fix="run this again") from error


def write_note(root: Path, ref: str, commit: str, note: Mapping[str, str], source: Source) -> None:
    """Put a note on a commit, in place of the one that it has there, by the people and of the times of ``source``."""
    text = json.dumps(note, separators=(",", ":"))
    run(
        root,
        "notes",
        f"--ref={ref}",
        "add",
        "--force",
        "--file=-",
        commit,
        stdin=text.encode(),
        environment=_people(source),
    )


def _people(source: Source) -> dict[str, str]:
    """Return the environment in which git writes a commit by the people, and of the times, of ``source``."""
    return {
        f"GIT_{role}_{key}": value
        for role, person in (("AUTHOR", source.author), ("COMMITTER", source.committer))
        for key, value in (("NAME", person.name), ("EMAIL", person.email), ("DATE", person.date))
    }
