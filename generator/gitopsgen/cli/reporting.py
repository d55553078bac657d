"""``gitopsgen report``: the whole repository on one page."""

import sys
from collections import defaultdict
from io import TextIOWrapper

from gitopsgen.cli.checks import load_checker
from gitopsgen.cli.console import note, progress
from gitopsgen.cli.main import CLEAN, FAULTS
from gitopsgen.cli.options import ReportOptions, failing_level
from gitopsgen.cli.outputs import line_reader, write_whole
from gitopsgen.cli.planning import plan_of
from gitopsgen.delivery.review.model import Review
from gitopsgen.delivery.review.reviewing import review
from gitopsgen.delivery.review.trees import Committed, InMemory
from gitopsgen.delivery.status import Status, read_status
from gitopsgen.git.command import ask
from gitopsgen.git.history import base_commit
from gitopsgen.library import Library
from gitopsgen.model.finding import Severity
from gitopsgen.model.manifest import Manifest, ManifestSet
from gitopsgen.pipeline import Rendered, Selection, check, render
from gitopsgen.reports import Style
from gitopsgen.reports.page import render_page
from gitopsgen.reports.page.overview import Overview
from gitopsgen.reports.text_format import summary
from gitopsgen.rollouts.planned import Plan
from gitopsgen.tree.state import State, compare


def report_command(options: ReportOptions) -> int:
    """Print the page, or write it; return 1 when a finding is at least as bad as ``fail_on``."""
    level = None if options.fail_on == "never" else failing_level(options.fail_on)
    selection = Selection(environments=options.environments, apps=options.apps)
    library = Library(root=options.root, more_policies=options.policies)
    checker = load_checker(library, options.schema_engine, options.policy_set)
    with progress() as show:
        rendered = render(options.root, library, selection, show, options.jobs)
        report = check(rendered, checker, show)
    overview = Overview(
        revision=(ask(options.root, "log", "-1", "--format=%h, %cs: %s") or "").strip(),
        status=_status(rendered),
        tiers={environment.name: environment.tier for environment in rendered.fleet.environments},
        plans=_plans(rendered),
        report=report,
        review=_review(rendered),
        style=Style(lines=line_reader(options.root), page=checker.catalogue.page, command="report"),
    )
    _deliver(render_page(overview), options)
    note(summary(report))
    return FAULTS if level and report.fails(level) else CLEAN


def _deliver(page: str, options: ReportOptions) -> None:
    if options.file:
        write_whole(options.file, page)
        return
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")  # as the page itself says
    sys.stdout.write(page)


def _is_faulty(rendered: Rendered) -> bool:
    """Tell whether something is missing of what would be rendered: it is then not gone."""
    return any(finding.severity is Severity.ERROR for finding in rendered.findings)


def _status(rendered: Rendered) -> Status:
    root, selection = rendered.library.root, rendered.selection
    states = [] if _is_faulty(rendered) else compare(root, rendered.texts, rendered.scope)
    environments = [one.name for one in rendered.fleet.environments if selection.has_environment(one.name)]
    apps = {one.app for one in rendered.fleet.releases if selection.has_app(one.app)}
    return read_status(
        root, rendered.fleet, environments, apps, [one for one in states if one.state is not State.CURRENT]
    )


def _plans(rendered: Rendered) -> dict[str, tuple[Plan, ...]]:
    releases: defaultdict[str, list[Manifest]] = defaultdict(list)
    for manifest in rendered.manifests:
        if manifest.release and rendered.selection.has_app(manifest.app):
            releases[manifest.release].append(manifest)
    plans = {}
    for name, manifests in releases.items():
        resources = ManifestSet(tuple(manifests))
        versions = rendered.releases[name].environment.versions
        plans[name] = tuple(
            plan_of(manifest, resources, versions) for manifest in resources.of_kind("Rollout", "argoproj.io")
        )
    return plans


def _review(rendered: Rendered) -> Review | None:
    root, selection = rendered.library.root, rendered.selection
    base = None if _is_faulty(rendered) else base_commit(root)
    if base is None:
        return None

    def selected(place: str) -> bool:
        environment, _, app = place.partition("/")
        return selection.has_environment(environment) and (selection.has_app(app) if app else not selection.apps)

    return review(Committed(root=root, commit=base), InMemory(texts=rendered.texts), selected, head="")
