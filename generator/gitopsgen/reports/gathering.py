"""Findings as a person reads them: what is said in the same words of one line is said once, with all its releases."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from gitopsgen.model.finding import Finding, NotChecked
from gitopsgen.model.listing import some_of

NAMED: Final = 3
"""How many releases are named at the head of a finding; the others come after it."""
_LISTED: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """The first of the findings that say the same, and the releases that they say it of, one of each."""

    finding: Finding
    releases: list[str] = field(default_factory=list)

    @property
    def subject(self) -> str:
        """The releases, some by name: ``dev/api, prod/api and 4 more: ``; empty when it is about none."""
        named = some_of(self.releases, NAMED)
        return f"{named}: " if named else ""

    @property
    def others(self) -> str:
        """The releases that the subject does not name, as far as they fit in a line."""
        return some_of(self.releases[NAMED:], _LISTED)


def gathered(findings: Iterable[Finding]) -> list[Gathered]:
    """Return the findings in their order, those of several releases at the place of the first.

    A shared layer with one fault has it in every release, and a template in all that it fails for.
    """
    result: list[Gathered] = []
    known: defaultdict[object, list[Gathered]] = defaultdict(list)
    for finding in findings:
        alike = known[finding.policy, finding.severity, finding.location, finding.message, finding.fix]
        one = next((one for one in alike if finding.release not in one.releases), None)
        if one is None:
            one = Gathered(finding=finding)
            alike.append(one)
            result.append(one)
        one.releases.append(finding.release)
    return result


def skipped(not_checked: Iterable[NotChecked]) -> list[NotChecked]:
    """Return what was not checked, in order; of many with one reason some by name, at the place of the first."""
    by_reason: defaultdict[str, list[NotChecked]] = defaultdict(list)
    for one in not_checked:
        by_reason[one.reason].append(one)
    result: list[NotChecked] = []
    for reason, alike in by_reason.items():
        many = len(alike) > NAMED
        named = some_of([one.object for one in alike], NAMED)
        result += [NotChecked(object=named, reason=reason)] if many else alike
    return result
