"""Manifests to findings: schemas, structure, policies; then waivers, and the verdict."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final, assert_never

from gitopsgen.elsewhere import Elsewhere
from gitopsgen.foreign import Foreign
from gitopsgen.library import Library
from gitopsgen.model.engine import EngineName
from gitopsgen.model.finding import Fault, Finding, NotChecked, Severity
from gitopsgen.model.manifest import Body, Manifest, ManifestSet, ObjectId
from gitopsgen.model.parallel import processes, shared_out
from gitopsgen.model.release import Environment, Release
from gitopsgen.model.report import Report
from gitopsgen.model.versions import Versions
from gitopsgen.policies.catalogue import Catalogue, load_catalogue
from gitopsgen.policies.evaluation import Evaluation, Evaluator, Surroundings
from gitopsgen.policies.fingerprints import with_fingerprints
from gitopsgen.policies.settings import Settings
from gitopsgen.policies.waivers import apply_waivers, read_waivers
from gitopsgen.source.location import Location
from gitopsgen.source.reader import Document
from gitopsgen.templating.context import version_of
from gitopsgen.templating.locating import Locator
from gitopsgen.validation.charts.helm import Charts
from gitopsgen.validation.custom_kinds.lock import LockedSchemas, load_lock
from gitopsgen.validation.engine import EmbeddedEngine, SchemaEngine
from gitopsgen.validation.schemas import SchemaChecker
from gitopsgen.validation.structural import check_structure

_WORTHWHILE: Final = 30
"""The number of releases with faults from which on starting processes pays."""
_CHUNK: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the checks found on one set of manifests, and which policies had something to look at."""

    findings: tuple[Finding, ...]
    not_checked: tuple[NotChecked, ...]
    matched: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known beside an Environment's manifests.

    ``committed`` are its objects at the base revision, and those of them that are gone; ``None`` without one.
    """

    releases: Mapping[str, Release]
    committed: tuple[Mapping[ObjectId, Body], tuple[Manifest, ...]] | None
    elsewhere: Elsewhere


@dataclass(kw_only=True)
class Checker:
    """All checks of a run, loaded once."""

    catalogue: Catalogue
    catalogue_findings: list[Finding]
    now: datetime
    charts: Charts
    engine: SchemaEngine
    locked: LockedSchemas
    jobs: int = 1

    @classmethod
    def load(
        cls,
        library: Library,
        now: datetime | None = None,
        charts: Charts | None = None,
        engine: EngineName | None = None,
        kubeconform: Path | None = None,
        jobs: int = 1,
    ) -> "Checker":
        """Return the checks with the policies of ``library``; ``now`` decides which waivers have expired.

        Without ``charts``, none is drawn. ``engine`` holds objects against their schemas, ``None`` for the one that
        the repository sets; ``kubeconform`` is the program of that name, ``None`` where it is not installed. ``jobs``
        processes work on large sets, 0 for as many as there are cores.
        """
        catalogue, findings = load_catalogue(*library.policies)
        return cls(
            catalogue=catalogue,
            catalogue_findings=findings,
            now=now or datetime.now(UTC),
            charts=charts or Charts(root=library.root),
            locked=load_lock(library.root),
            engine=_engine(engine or catalogue.settings.engine, catalogue.settings, library.root, kubeconform),
            jobs=jobs,
        )

    @cached_property
    def _schemas(self) -> SchemaChecker:
        return SchemaChecker(self.engine, self.locked)

    @cached_property
    def _evaluator(self) -> Evaluator:
        return Evaluator(self.catalogue)

    def check(
        self,
        resources: ManifestSet,
        environment: Environment,
        known: "Known",
        locator: Locator,
    ) -> Verdict:
        """Return what every check says of an Environment's manifests."""
        releases, committed = known.releases, known.committed
        surroundings = Surroundings(
            environment=_environment_data(environment),
            apps={one.app: {"name": one.app, "labels": dict(one.labels)} for one in releases.values()},
            releases={
                one.name: {"name": one.name, "version": version_of(one.spec["image"])} for one in releases.values()
            },
            now=self.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            previous=committed[0] if committed else None,
            removed=committed[1] if committed else (),
            versions=environment.versions,
            lower=known.elsewhere.lower,
            lower_images=known.elsewhere.lower_images,
            past_images=known.elsewhere.past_images,
            environments=known.elsewhere.all,
        )
        return self._verdict(resources, environment.versions, surroundings, locator)

    def check_foreign(self, foreign: Foreign, kubernetes_version: str = "") -> Report:
        """Return the report on manifests that other tools wrote."""
        versions = Versions(kubernetes=kubernetes_version) if kubernetes_version else Versions()
        resources = ManifestSet(foreign.manifests)
        locator = Locator(
            releases={}, environments={}, tracer=None, rendered=lambda _: None, documents=foreign.documents
        )
        surroundings = Surroundings(versions=versions, now=self.now.strftime("%Y-%m-%dT%H:%M:%SZ"))
        verdict = self._verdict(resources, versions, surroundings, locator)
        nothing = (NotChecked(object=path, reason="there is no Kubernetes object in it") for path in foreign.empty)
        verdict = replace(verdict, not_checked=(*nothing, *verdict.not_checked))
        return self.conclude(foreign.findings, [verdict], selected=lambda _: True, whole=False)

    def _verdict(
        self, resources: ManifestSet, versions: Versions, surroundings: Surroundings, locator: Locator
    ) -> Verdict:
        schemas = self._schemas.check(resources, versions)
        faults, not_checked = schemas.faults, schemas.not_checked
        faults += check_structure(resources, versions)
        faults += self._admission_faults(resources, surroundings, not_checked)
        evaluation: Evaluation = self._evaluator.evaluate(resources, surroundings, schemas.malformed, self.jobs)
        faults += evaluation.faults
        return Verdict(
            findings=(*self._findings(faults, locator), *evaluation.findings),
            not_checked=(*not_checked, *evaluation.not_checked),
            matched=frozenset(evaluation.matched),
        )

    def _admission_faults(
        self, resources: ManifestSet, surroundings: Surroundings, not_checked: list[NotChecked]
    ) -> list[Fault]:
        """Return what ValidatingAdmissionPolicies among the policies say, as the API server would."""
        if not self._admission:
            return []
        from gitopsgen.policies.admission.check import check_admission  # noqa: PLC0415 - few repositories have any

        faults: list[Fault] = []
        for said in check_admission(resources, self._admission, surroundings.previous):
            if isinstance(said, Fault):
                faults.append(said)
            else:
                not_checked.append(said)
        return faults

    @cached_property
    def _admission(self) -> Mapping[Manifest, Document]:
        """The admission policies, their bindings and parameters, with the documents that they stand in."""
        return {
            Manifest(body=document.data, file=document.file, document=document.index): document
            for document in self.catalogue.documents
        }

    def _findings(self, faults: Iterable[Fault], locator: Locator) -> Iterator[Finding]:
        """Yield the findings of faults, but of those whose rule is off.

        To find the lines to edit, a release is rendered once more: its faults go together, and many releases are shared
        out to processes.
        """
        if self._admission:
            locator = replace(locator, documents={**locator.documents, **self._admission})
        groups: defaultdict[str, list[tuple[Fault, Severity]]] = defaultdict(list)
        for fault in faults:
            severity = self.catalogue.severity(fault.rule, fault.manifest.tier)
            if severity is not None:
                groups[fault.manifest.release or fault.manifest.environment].append((fault, severity))

        def located(group: list[tuple[Fault, Severity]]) -> list[Finding]:
            return [self._finding(fault, severity, locator) for fault, severity in group]

        first, *rest = list(groups.values()) or [[]]
        yield from located(first)  # in this process, so that the others have what is made only once
        workers = min(processes(self.jobs, len(rest), _WORTHWHILE), len(rest) // _CHUNK)
        for findings in shared_out(located, rest, workers, chunk=_CHUNK):
            yield from findings

    def _finding(self, fault: Fault, severity: Severity, locator: Locator) -> Finding:
        page = self.catalogue.page(fault.rule)
        fix = fault.fix or (page.fix if page else "")
        return locator.finding(replace(fault, fix=fix), severity, docs=page.source if page else "")

    def conclude(
        self,
        base: Iterable[Finding],
        verdicts: Iterable[Verdict],
        selected: Callable[[str], bool],
        *,
        whole: bool = True,
    ) -> Report:
        """Return the report: all findings in order, without those of Apps that are not selected, waivers applied.

        A policy that had nothing to look at, and a waiver that waives nothing, are told when the run looked at the
        ``whole`` repository.
        """
        verdicts = list(verdicts)
        findings = [*base, *self.catalogue_findings, *self.locked.findings]
        for verdict in verdicts:
            findings += [
                one for one in verdict.findings if selected(one.release.partition("/")[2]) or "/" not in one.release
            ]
        if whole and verdicts:
            matched = frozenset().union(*(verdict.matched for verdict in verdicts))
            findings += self._unmatched(matched)
        ordered = sorted(_unique(findings), key=lambda finding: finding.order)
        waivers, faults = read_waivers(self.catalogue.waiver_documents)
        counted, waived = apply_waivers(ordered, waivers, self.catalogue, self.now.date(), whole=whole)
        told = with_fingerprints(sorted((*counted, *faults, *waived), key=lambda finding: finding.order))
        return Report(
            findings=tuple(finding for finding in told if not finding.waived_by),
            waived=tuple(finding for finding in told if finding.waived_by),
            not_checked=tuple(dict.fromkeys(skipped for verdict in verdicts for skipped in verdict.not_checked)),
        )

    def _unmatched(self, matched: frozenset[str]) -> list[Finding]:
        """Return a note for each of the repository's own policies that matched no object at all."""
        return [
            Finding(
                policy="policy/matched-nothing",
                severity=Severity.INFO,
                message=f"the policy {policy.id} matched no object of this run: it guards nothing",
                location=policy.document.locate(("metadata", "name")),
                fix="look at its `match`",
            )
            for policy in self.catalogue.policies.values()
            if policy.id not in matched and not policy.rule and policy.id in self.catalogue.own
        ]


def _unique(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings without those that say the same of the same place."""
    seen: dict[tuple[str, Location, str, str, object], Finding] = {}
    for finding in findings:
        key = (finding.policy, finding.location, finding.message, finding.release, finding.rendered)
        seen.setdefault(key, finding)
    return list(seen.values())


def _engine(name: EngineName, settings: Settings, root: Path, program: Path | None) -> SchemaEngine:
    match name:
        case EngineName.EMBEDDED:
            return EmbeddedEngine()
        case EngineName.KUBECONFORM:
            from gitopsgen.validation.kubeconform import KubeconformEngine  # noqa: PLC0415 - only when asked for

            return KubeconformEngine(root=root, program=program, locations=settings.schema_locations)
        case _:
            assert_never(name)


def _environment_data(environment: Environment) -> dict[str, Any]:
    return {"name": environment.name, "labels": dict(environment.labels), **environment.spec}
