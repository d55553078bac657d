"""Reports to be formatted: one with all that a finding may have, and any at all."""

from collections.abc import Mapping
from datetime import date

from hypothesis import strategies as st

from gitopsgen.model.finding import Finding, NotChecked, Related, Severity, WaivedBy
from gitopsgen.model.manifest import ObjectId
from gitopsgen.model.report import Report
from gitopsgen.policies.fingerprints import with_fingerprints
from gitopsgen.policies.policy import Policy, read_policy
from gitopsgen.reports import Style
from gitopsgen.source.location import Location
from gitopsgen.source.reader import read

FILES: Mapping[str, list[str]] = {
    "environments/prod.yaml": ["kind: Environment", "spec:", '  rollout: {profile: "quick", with: {gates: []}}', ""],
    "environments/apps/ä b.yaml": ["spec:", '  title: "漢字\t\U0001f600 é", tag: latest', ""],
    "rendered/prod/api/manifests/rollout-api.yaml": ["# one", "kind: Rollout", "spec:", "  strategy:", "    canary:"],
}
_PAGE = """
apiVersion: gitopsgen.io/v1
kind: Policy
metadata: {name: ungated-production-canary}
spec:
  severity: {production: error, default: warning}
  category: progressive-delivery
  summary: Production takes traffic that no person released.
  why: A pause without a duration waits until somebody promotes.
  source: https://example.com/canary/
  fix: "add a step `- pause: {}`"
  validations: [{expression: "true"}]
  examples: [{pass: "kind: Rollout"}]
"""
PAGES: Mapping[str, Policy] = {page.id: page for page in [read_policy(read(_PAGE, "page").documents[0])]}
STYLE = Style(lines=lambda file: FILES.get(file, []), page=PAGES.get)

GATE = Finding(
    policy="ungated-production-canary",
    severity=Severity.ERROR,
    message="reaches 50 % of traffic before `the first` manual gate",
    location=Location("environments/prod.yaml", 3, 31),
    fix="add a step `- pause: {}`",
    release="prod/api",
    object=ObjectId("argoproj.io", "Rollout", "shop", "api"),
    path=("spec", "strategy", "canary", "steps", 0),
    rendered=Location("rendered/prod/api/manifests/rollout-api.yaml", 5, 5),
    related=(Related(location=Location("templates/lib/canary.j2", 27, 1), message="the template"),),
)
TAG = Finding(
    policy="image-tag-not-pinned",
    severity=Severity.WARNING,
    message="the tag `latest` moves: a|b <c> @org/team #12 https://example.com",
    location=Location("environments/apps/ä b.yaml", 2, 20),
)
WAIVED = Finding(
    policy="cpu-limit-set",
    severity=Severity.WARNING,
    message="a limit is set",
    location=Location("environments/prod.yaml", 2, 1),
    release="prod/api",
    waived_by=WaivedBy(
        location=Location("policies/waivers.yaml", 5, 5), reason="measured", owner="team-a", expires=date(2027, 1, 31)
    ),
)
NOTE = Finding(
    policy="policy/matched-nothing",
    severity=Severity.INFO,
    message="the policy x matched no object of this run: it guards nothing",
    location=Location("policies/x.yaml", 4, 9),
)


def report(*findings: Finding, not_checked: tuple[NotChecked, ...] = ()) -> Report:
    """Return a report with fingerprints and in order, as a run gives it."""
    told = with_fingerprints(sorted(findings, key=lambda finding: finding.order))
    return Report(
        findings=tuple(finding for finding in told if not finding.waived_by),
        waived=tuple(finding for finding in told if finding.waived_by),
        not_checked=not_checked,
    )


FULL = report(
    GATE, TAG, WAIVED, NOTE, not_checked=(NotChecked(object="Widget shop/w", reason="no schema is known of it"),)
)

_HOSTILE = (
    "::error::x",
    "a|b`c` ``d",
    "<script>alert(1)</script>",
    "]]>",
    "@org/team #12 GH-7 !4",
    "x\r\n::stop-commands::t",
    "##[error]x",
    "%0A%25",
    "\x00\x0b\x1b[31m\u202e\ufffe",
    "\udc80\ud800",
    "[x](http://example.com) ![y](z) www.example.com",
    "{0} [a](1)",
    "漢字\U0001f600e\u0301\t",
    "- a\n1. b\n# c\n```\n---",
)
texts = st.text(st.characters(exclude_categories=()), max_size=40) | st.sampled_from(_HOSTILE)
_names = texts.filter(bool)
_locations = st.builds(Location, file=_names, line=st.integers(1, 10**6), column=st.integers(1, 10**4))
_waivers = st.builds(
    WaivedBy, location=_locations, reason=_names, owner=_names, expires=st.dates(date(2000, 1, 1), date(2100, 1, 1))
)
_findings = st.builds(
    Finding,
    policy=_names,
    severity=st.sampled_from(Severity),
    message=_names,
    location=_locations | st.builds(Location, st.sampled_from(list(FILES)), st.integers(1, 5), st.integers(1, 60)),
    fix=texts,
    release=texts,
    object=st.none() | st.builds(ObjectId, group=texts, kind=texts, namespace=texts, name=texts),
    path=st.lists(texts | st.integers(0, 9), max_size=4).map(tuple),
    rendered=st.none() | _locations,
    related=st.lists(st.builds(Related, location=_locations, message=texts), max_size=2).map(tuple),
    waived_by=st.none() | _waivers,
)
reports = st.builds(
    lambda findings, skipped: report(*findings, not_checked=tuple(skipped)),
    st.lists(_findings, max_size=6),
    st.lists(st.builds(NotChecked, object=texts, reason=texts), max_size=3),
)
