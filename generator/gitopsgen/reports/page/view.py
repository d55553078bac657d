"""What the page shows, in the order in which it is read; the template only puts it into elements."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from markupsafe import Markup

from gitopsgen.delivery.review.model import Group
from gitopsgen.delivery.status import ReleaseStatus
from gitopsgen.model.finding import Finding, Severity
from gitopsgen.policies.policy import Policy
from gitopsgen.reports.frames import Excerpt, excerpt
from gitopsgen.reports.page.overview import Overview
from gitopsgen.reports.plain import counted
from gitopsgen.reports.review_text import names, title
from gitopsgen.reports.text_format import summary
from gitopsgen.rollouts.drawing import HEADINGS, draw_svg, row_of, totals
from gitopsgen.rollouts.planned import Plan

_MOST_FINDINGS: Final = 1000
_MOST_ROLLOUTS: Final = 100
_WORDS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One release in the matrix: its version, what is to be done about it, and the number of its rollout."""

    version: str
    notes: tuple[str, ...]
    counts: Mapping[str, int]
    finding: int | None
    rollout: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """A plan and the releases that go by it."""

    number: int
    releases: tuple[str, ...]
    plan: Plan

    @property
    def name(self) -> str:
        """The releases in words."""
        return names(self.releases)

    @property
    def drawing(self) -> Markup:
        """The plan as SVG, which escapes all that it takes from manifests."""
        return Markup(draw_svg(self.plan))  # noqa: S704 - see above

    @property
    def totals(self) -> list[tuple[str, str]]:
        """What the plan comes to."""
        return list(totals(self.plan))

    @property
    def headings(self) -> tuple[str, ...]:
        """Those of the table of steps."""
        return HEADINGS

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """The table of steps."""
        return [row_of(self.plan, step) for step in self.plan.steps]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is said of one line, its number on the page, the releases of which it is said, and the lines around it."""

    number: int
    findings: tuple[Finding, ...]
    excerpt: Excerpt | None

    @property
    def finding(self) -> Finding:
        """The first of them: all say the same of the same line."""
        return self.findings[0]

    @property
    def releases(self) -> str:
        """The first releases in words, empty where it is about none."""
        return names(tuple(dict.fromkeys(one.release for one in self.findings if one.release)))

    @property
    def more(self) -> tuple[Finding, ...]:
        """The others, of which only the release and the rendered line are told."""
        return self.findings[1:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule, and what it finds of one severity."""

    id: str
    severity: Severity
    page: Policy | None
    told: tuple[Told, ...]

    @property
    def word(self) -> str:
        """The severity as people say it."""
        return _WORDS[self.severity]

    @property
    def count(self) -> int:
        """How often it is found."""
        return sum(len(told.findings) for told in self.told)

    @property
    def source(self) -> str:
        """Where the rule comes from, if that is an address that can be followed."""
        return self.page.source if self.page and self.page.source.startswith("https://") else ""


class View:
    """The parts of the page."""

    def __init__(self, overview: Overview) -> None:
        self.overview = overview
        self.report = overview.report
        self.status = overview.status
        self.review = overview.review

    @property
    def verdict(self) -> str:
        """The one line that matters."""
        return summary(self.report)

    @property
    def severity(self) -> str:
        """The word of the worst severity that there is; ``clean`` when there is none."""
        return next((_WORDS[one] for one in Severity if self.report.count(one)), "clean")

    @property
    def counts(self) -> dict[str, int]:
        """How many findings there are of each severity that occurs, the worst first."""
        return {word: count for one, word in _WORDS.items() if (count := self.report.count(one))}

    @cached_property
    def matrix(self) -> list[tuple[str, list[Cell | None]]]:
        """A row for each App: its releases, ``None`` where it is not deployed."""
        return [
            (app, [self._cell(f"{environment}/{app}") for environment in self.status.environments])
            for app in self.status.apps
        ]

    def _cell(self, name: str) -> Cell | None:
        release = self.status.releases.get(name)
        if release is None:
            return None
        findings = self._by_release.get(name, [])
        counts = Counter(finding.severity for finding in findings)
        numbers = [number for finding in findings if (number := self._numbers.get(id(finding)))]
        return Cell(
            version=str(release.version),
            notes=tuple(_notes(release, committed=bool(self.overview.revision))),
            counts={word: counts[one] for one, word in _WORDS.items() if counts[one]},
            finding=min(numbers, default=None),
            rollout=self._rollout_of.get(name),
        )

    @cached_property
    def _by_release(self) -> dict[str, list[Finding]]:
        found: defaultdict[str, list[Finding]] = defaultdict(list)
        for finding in self.report.findings:
            found[finding.release].append(finding)
        return found

    @cached_property
    def rollouts(self) -> list[Rollout]:
        """The plans, each once with all releases that go by it."""
        same: defaultdict[str, list[tuple[str, Plan]]] = defaultdict(list)
        for environment in self.status.environments:
            for app in self.status.apps:
                name = f"{environment}/{app}"
                for plan in self.overview.plans.get(name, ()):
                    same[_likeness(plan)].append((name, plan))
        return [
            Rollout(number=number, releases=tuple(name for name, _ in found), plan=found[0][1])
            for number, found in enumerate(same.values(), 1)
        ]

    @cached_property
    def _rollout_of(self) -> dict[str, int]:
        """The number of the first rollout of each release."""
        return {name: one.number for one in reversed(self.rollouts) for name in one.releases}

    @property
    def drawn(self) -> list[Rollout]:
        """The rollouts that are drawn."""
        return self.rollouts[:_MOST_ROLLOUTS]

    @property
    def not_drawn(self) -> int:
        """How many are not."""
        return len(self.rollouts) - len(self.drawn)

    @cached_property
    def rules(self) -> list[Rule]:
        """The rules that find something, the worst first."""
        groups: defaultdict[tuple[int, str], list[Told]] = defaultdict(list)
        for number, findings in enumerate(self._alike[:_MOST_FINDINGS], 1):
            first = findings[0]
            told = Told(
                number=number,
                findings=tuple(findings),
                excerpt=excerpt(first.location, self.overview.style.lines),
            )
            groups[first.severity.rank, first.policy].append(told)
        return [
            Rule(id=rule, severity=list(Severity)[rank], page=self.overview.style.page(rule), told=tuple(told))
            for (rank, rule), told in sorted(groups.items())
        ]

    @cached_property
    def _alike(self) -> list[list[Finding]]:
        """The findings, the worst first; those that say the same of the same line, of many releases, stand together."""
        alike: defaultdict[tuple[object, ...], list[Finding]] = defaultdict(list)
        for one in self.report.worst_first:
            alike[one.severity, one.policy, one.location, one.message, one.fix].append(one)
        return list(alike.values())

    @property
    def not_told(self) -> str:
        """How many findings the page leaves out, by severity; they are the least bad."""
        left = Counter(one.severity for findings in self._alike[_MOST_FINDINGS:] for one in findings)
        return ", ".join(counted(left[one], word) for one, word in _WORDS.items() if left[one])

    @cached_property
    def _numbers(self) -> dict[int, int]:
        return {id(one): told.number for rule in self.rules for told in rule.told for one in told.findings}

    @property
    def not_checked(self) -> list[tuple[str, list[str]]]:
        """What could not be checked, by the reason."""
        reasons: defaultdict[str, list[str]] = defaultdict(list)
        for one in self.report.not_checked:
            reasons[one.reason].append(one.object)
        return sorted(reasons.items())

    def title_of(self, group: Group) -> str:
        """Return what a group of changes is about."""
        return title(group)


def _likeness(plan: Plan) -> str:
    """Return what plans have in common that differ in the name of the Rollout alone, and so in their templates'."""
    told = json.dumps([plan.as_json(), plan.detections, plan.background, plan.faults], default=str)
    return told.replace(json.dumps(plan.name)[:-1], '"')


def _notes(release: ReleaseStatus, *, committed: bool) -> list[str]:
    """Return what is to be done about a release, in a few words each; ``committed`` tells that there is a commit."""
    notes = []
    if release.awaiting:
        since = f" since {release.awaiting.since:%Y-%m-%d}" if release.awaiting.since else ""
        notes.append(f"↑ {release.awaiting.version} awaits promotion, in {release.awaiting.source}{since}")
    if release.ahead:
        notes.append(f"↓ newer than in {release.ahead}")
    notes += [f"! {counted(number, 'file')} {state}" for state, number in release.drift.items()]
    if release.uncommitted and committed:
        notes.append(f"{counted(release.uncommitted, 'file')} not committed")
    return notes
