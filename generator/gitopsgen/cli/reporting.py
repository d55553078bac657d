"""``gitopsgen report``: the whole repository on one page."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from io import TextIOWrapper
from typing import Final

from gitopsgen.cli.checks import load_checker, severity_named
from gitopsgen.cli.console import note, progress
from gitopsgen.cli.exit_status import CLEAN, FAULTS
from gitopsgen.cli.options import ReportOptions
from gitopsgen.cli.outputs import line_reader, write_whole
from gitopsgen.delivery.review.model import Review
from gitopsgen.delivery.review.reviewing import review
from gitopsgen.delivery.review.trees import Committed, Recalled
from gitopsgen.delivery.status import Status, read_status
from gitopsgen.descriptors.selecting import Selection
from gitopsgen.git.changes import resolve
from gitopsgen.git.history import base_commit
from gitopsgen.git.log import last_commit
from gitopsgen.git.worktree import uncommitted
from gitopsgen.library import Library
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.finding import Severity
from gitopsgen.model.manifest import Manifest, ManifestSet
from gitopsgen.pipeline import Rendered, check, render
from gitopsgen.policies.plans import plans_of
from gitopsgen.reports import Style
from gitopsgen.reports.overview import Overview, overview_html
from gitopsgen.reports.text_format import summary
from gitopsgen.rollouts.plan import Plan
from gitopsgen.tree.state import TREE, compare

_NEVER: Final = "never"
_WRITTEN: Final = ("environments", "templates", "policies", "schemas", "charts", TREE)


def report_command(options: ReportOptions) -> int:
    """Write the page; return 1 where a finding is as bad as ``fail_on`` says, or the tree is not current.

    Raises:
        GitopsgenError: there is no such revision or level, or the page has nowhere to go.
    """
    level = None if options.fail_on == _NEVER else severity_named(options.fail_on, _NEVER)
    if options.file is None and sys.stdout.isatty():
        raise GitopsgenError("the report is a page of HTML", fix="name its file: `gitopsgen report report.html`")
    root, selection = options.root, Selection(environments=options.environments, apps=options.apps)
    base = resolve(root, options.base) if options.base else base_commit(root)
    library = Library(root=root)
    checker = load_checker(library, None, "", jobs=options.jobs)
    with progress() as show:
        rendered = render(root, library, selection, show, options.jobs)
        report = check(rendered, checker, show)
    faulty = any(one.severity is Severity.ERROR for one in rendered.findings)
    commit = last_commit(root)
    found = None if faulty or base is None else _review(rendered, base)
    status = _status(rendered, faulty=faulty)
    overview = Overview(
        name=root.resolve().name or str(root),
        now=datetime.now(UTC),
        commit=commit,
        uncommitted=len(uncommitted(root, _WRITTEN)) if commit else 0,
        status=status,
        report=report,
        plans=_plans(rendered),
        review=found,
        uncompared=_why_not_compared(base, faulty=faulty),
    )
    text = overview_html(overview, Style(lines=line_reader(root), page=checker.catalogue.page))
    if options.file is None:
        if isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8")  # as the page itself says
        sys.stdout.write(text)
    else:
        write_whole(options.file, text)
        note(f"{options.file}: {summary(report)}{'; the tree is not current' if status.drifted else ''}")
    failed = status.drifted or faulty or (level is not None and report.fails(level))
    return FAULTS if failed and level is not None else CLEAN


def _status(rendered: Rendered, *, faulty: bool) -> Status:
    """Return the matrix; where something does not render, what the tree should be is not known."""
    states = None if faulty else compare(rendered.library.root, rendered.texts, rendered.scope)
    return read_status(rendered.library.root, rendered.fleet, rendered.selection, states)


def _plans(rendered: Rendered) -> Mapping[str, tuple[Plan, ...]]:
    """Return the plans of each release's Rollouts."""
    by_release: dict[str, list[Manifest]] = {}
    for manifest in rendered.manifests:
        if manifest.release:
            by_release.setdefault(manifest.release, []).append(manifest)
    return {
        name: tuple(plans_of(ManifestSet(tuple(manifests)), rendered.releases[name].environment.versions))
        for name, manifests in by_release.items()
    }


def _review(rendered: Rendered, base: str) -> Review:
    """Return what the rendered texts change against the commit ``base``."""
    root, selection = rendered.library.root, rendered.selection
    before = Committed(root=root, commit=base)
    after = Recalled(root=root, base=before, blobs={}).with_texts(rendered.texts, without=())
    return review(before, after, selection.covers)


def _why_not_compared(base: str | None, *, faulty: bool) -> str:
    if base is None:
        return "nothing to compare with: git has no commit here"
    return "not compared: what descriptors or templates at fault come to is not known" if faulty else ""
