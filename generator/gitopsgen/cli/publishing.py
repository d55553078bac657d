"""``gitopsgen publish``: an Environment's rendered tree onto a branch of its own."""

from dataclasses import dataclass
from pathlib import Path
from posixpath import normpath
from typing import Final

from gitopsgen.cli.checks import load_checker
from gitopsgen.cli.console import note, progress, say
from gitopsgen.cli.exit_status import CLEAN, FAULTS
from gitopsgen.cli.options import Outputs
from gitopsgen.cli.outputs import Printer
from gitopsgen.delivery.layouts import Layout, Published, hydrated, plain
from gitopsgen.delivery.publishing import (
    Publication,
    build,
    end_of,
    publish,
    published_later,
    require_branch_name,
    require_kept,
    require_latest,
    require_ours,
)
from gitopsgen.git.plumbing import read_source, tree_blobs
from gitopsgen.git.remotes import remote_of
from gitopsgen.git.worktree import uncommitted
from gitopsgen.library import Library
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.suggest import did_you_mean
from gitopsgen.pipeline import Rendered, Selection, check, render
from gitopsgen.tree.state import TREE, State, compare

_INPUTS: Final = ("environments", "templates", "policies", "charts")
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishOptions:
    """The options of ``gitopsgen publish``."""

    root: Path
    environment: str
    branch: str
    layout: str
    push: bool
    force: bool
    dry_run: bool


def publish_command(options: PublishOptions) -> int:
    """Publish the Environment; return 1 when its tree is not what the descriptors say, or a finding blocks.

    Raises:
        GitopsgenError: it cannot be, and nothing has changed.
    """
    root = options.root
    layout = _layout(options.layout)
    require_branch_name(root, options.branch)
    source = read_source(root)
    _require_committed(root, options.environment)
    library = Library(root=root)
    checker = load_checker(library)
    with progress() as show:
        rendered = render(root, library, Selection(environments=(options.environment,)), show, 0)
        environment = rendered.environments.get(options.environment)
        if environment is None and not rendered.findings:
            raise GitopsgenError(
                f"there is no Environment `{options.environment}`",
                fix=did_you_mean(options.environment, rendered.environments),
            )
        report = check(rendered, checker, show)
    if environment is None or report.blocks:
        Printer(root=root, outputs=Outputs(), command="publish", page=checker.catalogue.page).emit(
            report, diagnostics=True
        )
        note("nothing was published")
        return FAULTS
    stale = [
        one for one in compare(root, rendered.texts, rendered.scope) if one.state not in (State.CURRENT, State.FOREIGN)
    ]
    if stale:
        for one in stale[:_SHOWN]:
            note(f"{one.state:<8} {one.file}")
        count = f"{len(stale)} file{'s are' if len(stale) != 1 else ' is'} not what the descriptors say"
        note(f"{count}: run `gitopsgen render`, and commit; nothing was published")
        return FAULTS
    remote = remote_of(root, options.branch) if options.push else ""
    end = end_of(root, options.branch, remote)
    if end:
        require_ours(root, options.branch, end, options.environment, force=options.force)
    published = _published(rendered, layout, options.environment)
    charts = _charts(rendered)
    publication = build(root, options.branch, end, published, charts, source, options.environment)
    if publication.commit and end and not options.force:
        require_kept(root, publication)
        require_latest(options.branch, published_later(root, end, source, remote), source)
    if not options.dry_run:
        publish(root, publication, layout, source, remote)
    _tell(publication, options, remote, source.commit)
    followed = str(environment.spec["argocd"]["targetRevision"])
    if followed not in (options.branch, options.branch.removesuffix("-next")):
        note(
            f"the Applications of {options.environment} follow {followed}, not {options.branch}: "
            f"set `spec.argocd.targetRevision: {options.branch}` in its descriptor"
        )
    return CLEAN


def _layout(text: str) -> Layout:
    try:
        return Layout(text)
    except ValueError:
        raise GitopsgenError(f"there is no layout `{text}`", fix="one of: plain, hydrator") from None


def _require_committed(root: Path, environment: str) -> None:
    dirty = uncommitted(root, (*_INPUTS, f"{TREE}/{environment}"))
    if dirty:
        more = f" and {len(dirty) - _SHOWN} more" if len(dirty) > _SHOWN else ""
        raise GitopsgenError(
            f"not committed yet: {', '.join(dirty[:_SHOWN])}{more}; what is published is what a commit holds",
            fix="commit, or put it away with `git stash`, and run this again",
        )


def _published(rendered: Rendered, layout: Layout, name: str) -> Published:
    if not rendered.texts:
        raise GitopsgenError(f"{name} renders to nothing, and its branch would be emptied", fix="name an App in it")
    argocd = rendered.environments[name].spec["argocd"]
    folder = str(argocd["path"]).strip("/").removeprefix("./").removeprefix(".")
    if layout is Layout.PLAIN:
        return plain(name, folder, rendered.texts)
    source = read_source(rendered.library.root)
    return hydrated(name, folder, rendered.texts, source, str(argocd["repoURL"]))


def _charts(rendered: Rendered) -> dict[str, str]:
    """Return the files of charts that lie in the repository, which the Applications look for on the branch too."""
    charts = [release.spec.get("chart") or {} for release in rendered.releases.values()]
    folders = {f"{normpath(str(chart['path']))}/" for chart in charts if chart.get("path")}
    blobs = tree_blobs(rendered.library.root, "HEAD") if folders else {}
    return {path: blob for path, blob in blobs.items() if path.startswith(tuple(folders))}


def _tell(publication: Publication, options: PublishOptions, remote: str, source: str) -> None:
    where = f"{remote}/{publication.branch}" if remote else publication.branch
    if not publication.commit:
        say(f"nothing to do: {where} holds {options.environment} as of {source[:10]}")
        return
    for word, files in (("changed", publication.changed), ("removed", publication.removed)):
        for file in files:
            say(f"{word}  {file}")
    count = len(publication.changed) + len(publication.removed)
    done = "would change" if options.dry_run else "changed"
    new = "" if publication.before else ", a new branch"
    changed = f"{count} file{'s' * (count != 1)} {done} on {where}{new}"
    say(f"{changed}: {options.environment} as of {source[:10]}, commit {publication.commit[:10]}")
