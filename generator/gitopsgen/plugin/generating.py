"""What an Application asks for, rendered, checked, and as one stream of YAML; nothing of it where a finding blocks.

Where one App is asked for, it is rendered alone: a plugin runs once for each Application and commit, and to render all
others each time would cost the square of their number. What it refers to may be another App's; so when something
blocks, or is not there, the whole Environment decides. Git is not asked: whether Argo CD's copy has a ``.git`` changes
nothing.
"""

import glob
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from gitopsgen.checking import Checker
from gitopsgen.descriptors.resolving import Fleet, load_fleet
from gitopsgen.library import Library
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.finding import NotChecked, Severity
from gitopsgen.model.listing import some_of
from gitopsgen.model.release import Environment, Release
from gitopsgen.model.report import Report
from gitopsgen.model.suggest import did_you_mean
from gitopsgen.pipeline import Rendered, Selection, check, render_fleet
from gitopsgen.plugin.request import Request
from gitopsgen.reports.plain import printable
from gitopsgen.source.emitter import emit
from gitopsgen.tree.state import TREE

_SHOWN: Final = 5
_LONGEST: Final = 80
_REFERENCE: Final = "reference/"
"""How the rules begin that say that something is not there."""
_ELSEWHERE: Final = "`gitopsgen lint` in the repository and in CI checks it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """What was found, and the objects as a stream of YAML documents, which is empty where a finding blocks."""

    report: Report
    stream: str


def generate(root: Path, load_checker: Callable[[], Checker], request: Request) -> Generation:
    """Return what ``request`` asks for of the repository ``root``; ``load_checker`` gives its checks, fresh each time.

    Raises:
        GitopsgenError: there is no such Environment or App, a chart draws it, or it renders to nothing.
    """
    fleet, findings = load_fleet(root)
    faulty = any(one.severity is Severity.ERROR for one in findings)
    if not faulty:
        _require_manifests(request, fleet)
    library = Library(root=root)
    apps = (glob.escape(request.app),) if request.app else ()
    selection = Selection(environments=(glob.escape(request.environment),), apps=apps)
    alone = bool(request.app)
    checker = load_checker()
    rendered = render_fleet(library, fleet, findings, selection, alone=alone, history=False)
    report = check(rendered, checker)
    if alone and _asks_for_others(report) and not faulty:
        alone, checker = False, load_checker()
        rendered = render_fleet(library, fleet, findings, selection, history=False)
        report = check(rendered, checker)
    if report.blocks:
        return Generation(report=report, stream="")
    if faulty:
        _require_manifests(request, fleet)  # what is faulty may be waived, and yet leave something out
    unseen = tuple(_not_checked(rendered, checker, request, alone=alone))
    report = replace(report, not_checked=(*report.not_checked, *unseen))
    return Generation(report=report, stream=_stream(rendered, request))


def _asks_for_others(report: Report) -> bool:
    """Tell whether what was found of one App alone may be otherwise together with the others."""
    return report.blocks or any(one.policy.startswith(_REFERENCE) for one in report.findings)


def _require_manifests(request: Request, fleet: Fleet) -> None:
    """Refuse what does not exist, and what is no manifests of this tool.

    Raises:
        GitopsgenError: there is no such Environment or App, or a chart draws the objects of one.
    """
    environments = [one.name for one in fleet.environments]
    app = printable(request.app)[:_LONGEST]
    if request.environment not in environments:
        raise GitopsgenError(
            f"there is no Environment `{printable(request.environment)[:_LONGEST]}`, which {request.said} names",
            fix=did_you_mean(request.environment, environments),
        )
    releases = {one.app: one for one in fleet.releases if one.environment.name == request.environment}
    if not request.app:
        _refuse_charts(list(releases.values()), request)
    elif request.app in releases:
        _refuse_charts([releases[request.app]], request)
    elif any(one.app == request.app for one in fleet.releases):
        raise GitopsgenError(
            f"{request.environment} does not deploy the App `{app}`, which {request.app_said} names",
            fix=f"name it under `apps` in the Environment {request.environment}, or ask for one of: "
            f"{', '.join(sorted(releases)[:_SHOWN]) or 'none is there'}",
        )
    else:
        raise GitopsgenError(
            f"there is no App `{app}` in {request.environment}, which {request.app_said} names",
            fix=did_you_mean(request.app, releases) or "leave the App out for all of them",
        )


def _refuse_charts(releases: list[Release], request: Request) -> None:
    drawn = [one.app for one in releases if one.spec.get("chart")]
    if not drawn:
        return
    named = some_of(drawn, _SHOWN)
    others = "" if request.app else ", and let this one name one `app` of the others"
    raise GitopsgenError(
        f"a Helm chart draws the objects of {named} in {request.environment}, and a plugin gives whole manifests only",
        fix=f"let Argo CD draw the chart, in an Application as `gitopsgen render` writes it to "
        f"{TREE}/{request.environment}/argocd/apps/{others}",
    )


def _stream(rendered: Rendered, request: Request) -> str:
    folder = f"{TREE}/{request.environment}/"
    own = f"{folder}argocd/"
    bodies = [
        one.body
        for one in rendered.manifests
        if one.file.startswith(folder)
        and not one.file.startswith(own)
        and (not request.app or one.app == request.app)
        and not one.virtual
    ]
    if not bodies:
        raise GitopsgenError(
            f"{request} renders to no object: with prune, Argo CD would delete all that it has deployed",
            fix="delete the Application where that is meant, or name an App in the Environment",
        )
    return "".join(f"---\n{emit(body)}" for body in bodies)


def _not_checked(rendered: Rendered, checker: Checker, request: Request, *, alone: bool) -> Iterator[NotChecked]:
    """Yield what a run in the repository checks and this one does not."""
    environment = rendered.environments[request.environment]
    if unseen := _change_policies(checker, environment):
        reason = f"there is no commit to compare with ({some_of(unseen, _SHOWN)}); {_ELSEWHERE}"
        yield NotChecked(object=f"{request}: what the change does", reason=reason)
    lower = environment.spec.get("promotesFrom")
    if lower and not (rendered.library.root / TREE / str(lower)).is_dir():
        reason = f"there is no {TREE}/{lower}/ in this copy; {_ELSEWHERE}"
        yield NotChecked(object=f"{request}: how it differs from {lower}", reason=reason)
    if alone and any(one.environment is environment and one.app != request.app for one in rendered.fleet.releases):
        reason = f"they are not rendered for one App; {_ELSEWHERE}"
        yield NotChecked(object=f"{request}: clashes with other Apps of {environment.name}", reason=reason)


def _change_policies(checker: Checker, environment: Environment) -> list[str]:
    """Return the policies that are on, and look at nothing but what a change alters or takes away."""
    policies = checker.catalogue.policies.values()
    return sorted(
        one.id
        for one in policies
        if "CREATE" not in one.match.operations and checker.catalogue.severity(one.id, environment.tier)
    )
