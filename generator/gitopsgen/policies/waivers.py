"""Waivers: dated, owned exceptions that take findings out of the verdict, and what is wrong with them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fnmatch import fnmatchcase
from typing import Any, Final

from gitopsgen.descriptors.fields import Schema, free, listing, record, text
from gitopsgen.descriptors.validation import Validator
from gitopsgen.model.finding import Finding, Severity, WaivedBy
from gitopsgen.model.suggest import did_you_mean
from gitopsgen.policies.catalogue import Catalogue
from gitopsgen.source.location import Location, format_path
from gitopsgen.source.reader import Document

NOTICE: Final = timedelta(days=14)
_GLOBS: Final = ("releases", "objects")
_DELIVERIES: Final = "promotion/"
"""The rules of this family judge promotions: that a run without one finds nothing says nothing of their waivers."""
WAIVERS_SCHEMA: Final[Schema] = record(
    "Exceptions to policies.",
    {
        "apiVersion": {"const": "gitopsgen.io/v1", "description": "Always this."},
        "kind": {"const": "Waivers", "description": "Always this."},
        "metadata": free("Not used."),
        "spec": record(
            "The list.",
            {
                "waivers": listing(
                    "Each takes the findings that it fits out of the verdict.",
                    record(
                        "One waiver.",
                        {
                            "policy": text("The id of the policy or rule."),
                            "releases": listing("Globs of releases, env/app.", text("A glob."), minItems=1),
                            "objects": listing("Globs of objects, Kind/name.", text("A glob."), minItems=1),
                            "path": text("A glob of the path in the object."),
                            "reason": text("Why.", minLength=1),
                            "owner": text("Who answers for it.", minLength=1),
                            "expires": text(
                                "The last day, YYYY-MM-DD.",
                                pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
                                expected="a day, YYYY-MM-DD",
                            ),
                        },
                        required=("policy", "reason", "owner", "expires"),
                    ),
                )
            },
            required=("waivers",),
        ),
    },
    required=("apiVersion", "kind", "spec"),
)
_VALIDATOR: Final = Validator(WAIVERS_SCHEMA)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """One exception and where it stands."""

    policy: str
    releases: tuple[str, ...]
    objects: tuple[str, ...]
    path: str
    reason: str
    owner: str
    expires: date
    location: Location

    @property
    def said(self) -> WaivedBy:
        """What a finding that it fits carries of it."""
        return WaivedBy(location=self.location, reason=self.reason, owner=self.owner, expires=self.expires)

    def fits(self, finding: Finding) -> bool:
        """Tell whether this waiver is about ``finding``, its date aside."""
        identity = finding.object
        named = f"{identity.kind}/{identity.name}" if identity else ""
        return (
            fnmatchcase(finding.policy, self.policy)
            and (not self.releases or any(fnmatchcase(finding.release, glob) for glob in self.releases))
            and (not self.objects or any(fnmatchcase(named, glob) for glob in self.objects))
            and (not self.path or fnmatchcase(format_path(finding.path), self.path.replace("[", "[[]")))
        )


def read_waivers(documents: Iterable[Document]) -> tuple[list[Waiver], list[Finding]]:
    """Return the waivers of all documents, and what is wrong with them; a faulty document waives nothing."""
    waivers: list[Waiver] = []
    findings: list[Finding] = []
    for document in documents:
        faults = list(_VALIDATOR.faults(document.data, document.written))
        findings += [
            _finding("waiver/invalid", fault.message, document.locate(fault.path), fault.fix) for fault in faults
        ]
        if faults:
            continue
        for index, written in enumerate(document.data["spec"]["waivers"]):
            location = document.locate(("spec", "waivers", index))
            if not written.get("releases") and not written.get("objects"):
                message = "a waiver says which releases or which objects it is about"
                findings.append(_finding("waiver/invalid", message, location, 'add `releases: ["env/app"]`'))
                continue
            try:
                waivers.append(_waiver(written, location))
            except ValueError:
                place = document.locate(("spec", "waivers", index, "expires"))
                findings.append(_finding("waiver/invalid", f"there is no day {written['expires']}", place))
    return waivers, findings


def _waiver(written: dict[str, Any], location: Location) -> Waiver:
    return Waiver(
        policy=written["policy"],
        releases=tuple(written.get("releases") or ()),
        objects=tuple(written.get("objects") or ()),
        path=written.get("path", ""),
        reason=written["reason"],
        owner=written["owner"],
        expires=date.fromisoformat(written["expires"]),
        location=location,
    )


def apply_waivers(
    findings: Iterable[Finding], waivers: list[Waiver], catalogue: Catalogue, today: date, *, whole: bool = True
) -> tuple[list[Finding], list[Finding]]:
    """Return the findings that count, with what there is to say of the waivers, and those that are waived.

    ``whole`` tells that everything was checked, so that a waiver that fits no finding is one too many.
    """
    counted: list[Finding] = []
    waived: list[Finding] = []
    used: set[Waiver] = set()
    for finding in findings:
        fitting = [waiver for waiver in waivers if waiver.fits(finding)]
        used.update(fitting)
        valid = next((waiver for waiver in fitting if waiver.expires >= today), None)
        if valid and catalogue.waivable(finding.policy):
            waived.append(replace(finding, waived_by=valid.said))
        else:
            counted.append(finding)
    for waiver in waivers:
        counted.extend(_judged(waiver, catalogue, today, used=waiver in used or not whole))
    return counted, waived


def _judged(waiver: Waiver, catalogue: Catalogue, today: date, *, used: bool) -> list[Finding]:
    subject = f"the waiver of {waiver.policy}, owned by {waiver.owner},"
    if waiver.expires < today:
        message = f"{subject} expired on {waiver.expires}"
        return [_finding("waiver/expired", message, waiver.location, "mend what it excused and remove it, or renew it")]
    findings: list[Finding] = []
    if not catalogue.waivable(waiver.policy):
        message = f"{subject} has no effect: that policy cannot be waived"
        findings.append(_finding("waiver/not-waivable", message, waiver.location, "remove it"))
    elif not used and not waiver.policy.startswith(_DELIVERIES):
        message, fix = f"{subject} waives nothing", "remove it"
        if not catalogue.matching((waiver.policy,)):
            message = f"{message}: there is no such policy or rule"
            fix = did_you_mean(waiver.policy, catalogue.all) or fix
        findings.append(_finding("waiver/unused", message, waiver.location, fix, Severity.WARNING))
    if waiver.expires <= today + NOTICE:
        message = f"{subject} expires on {waiver.expires}"
        findings.append(_finding("waiver/expires-soon", message, waiver.location, "", Severity.WARNING))
    return findings


def _finding(
    rule: str, message: str, location: Location, fix: str = "", severity: Severity = Severity.ERROR
) -> Finding:
    return Finding(policy=rule, severity=severity, message=message, location=location, fix=fix)
