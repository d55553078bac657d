"""What a run found: the value that every output format prints."""

from dataclasses import dataclass

from gitopsgen.model.finding import Finding, NotChecked, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Findings in order, those that a waiver takes out of the verdict, and what could not be checked."""

    findings: tuple[Finding, ...] = ()
    waived: tuple[Finding, ...] = ()
    not_checked: tuple[NotChecked, ...] = ()

    def count(self, severity: Severity) -> int:
        """Return how many findings have this severity."""
        return sum(finding.severity is severity for finding in self.findings)

    @property
    def worst_first(self) -> tuple[Finding, ...]:
        """The findings by severity, and then in order: for readers that show only so many."""
        return tuple(sorted(self.findings, key=lambda finding: (finding.severity.rank, finding.order)))

    @property
    def blocks(self) -> bool:
        """Tell whether a finding keeps the tree from being written."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)

    def fails(self, level: Severity) -> bool:
        """Tell whether a finding is at least as bad as ``level``."""
        return any(finding.severity.rank <= level.rank for finding in self.findings)
