"""The commit of a delivery in words: a conventional subject, what changed, and trailers for machines."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from gitopsgen.model.finding import Severity
from gitopsgen.model.report import Report

_LONGEST_SUBJECT: Final = 72


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What is done to which release, in words.

    ``verb`` is ``set``, ``deploy``, ``promote`` or ``rollback``. ``short`` takes the place of ``what`` where the
    subject would be too long. ``lines`` say what changes; ``trailers`` come in their order.
    """

    verb: str
    environment: str
    app: str
    what: str
    short: str
    lines: tuple[str, ...] = ()
    trailers: Mapping[str, str] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        """``deploy(prod): sample-api v1.1.0``, at most 72 characters long where that can be."""
        head = f"{self.verb}({self.environment}): {self.app}"
        whole = f"{head} {self.what}"
        return whole if len(whole) <= _LONGEST_SUBJECT else f"{head} {self.short}"


def commit_message(delivery: Delivery, affected: Iterable[str], report: Report) -> str:
    """Return the message of the commit that carries out ``delivery``."""
    releases = " ".join(affected) or f"{delivery.environment}/{delivery.app}"
    trailers = {"Release": releases, **delivery.trailers, "Policy-Verdict": verdict(report)}
    told = [f"{key}: {value}" for key, value in trailers.items()]
    body = [*delivery.lines, ""] if delivery.lines else []
    return "\n".join((delivery.subject, "", *body, *told, ""))


def verdict(report: Report) -> str:
    """Return what the checks said of a change that nothing blocks: ``passed, 2 warnings, waived: promotion/soak``."""
    parts = ["passed"]
    if warnings := report.count(Severity.WARNING):
        parts.append(f"{warnings} warning{'s' if warnings > 1 else ''}")
    if report.not_checked:
        parts.append(f"{len(report.not_checked)} not checked")
    if waived := sorted({finding.policy for finding in report.waived}):
        parts.append(f"waived: {' '.join(waived)}")
    return ", ".join(parts)
