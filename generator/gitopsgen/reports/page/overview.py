"""What the page is about: the values that a run has, before any of them is put into words."""

from collections.abc import Mapping
from dataclasses import dataclass

from gitopsgen.delivery.review.model import Review
from gitopsgen.delivery.status import Status
from gitopsgen.model.report import Report
from gitopsgen.reports import Style
from gitopsgen.rollouts.planned import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """All that the page tells.

    ``revision`` is the commit that is checked out, in words, empty where there is none. ``tiers`` are those of the
    Environments, ``plans`` the rollouts of each release. ``review`` is ``None`` where there is nothing to compare with.
    """

    revision: str
    status: Status
    tiers: Mapping[str, str]
    plans: Mapping[str, tuple[Plan, ...]]
    report: Report
    review: Review | None
    style: Style
