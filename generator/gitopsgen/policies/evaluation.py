"""Policies over manifests: what is broken becomes a fault, what cannot be evaluated a finding on the policy."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Final, NamedTuple

from gitopsgen.model.finding import Fault, Finding, NotChecked, Related, Severity
from gitopsgen.model.manifest import Manifest, ManifestSet, map_at
from gitopsgen.model.parallel import processes, shared_out
from gitopsgen.policies.admission.resources import is_namespaced
from gitopsgen.policies.catalogue import Catalogue, parameters
from gitopsgen.policies.compiled import CompiledPolicy, Problem
from gitopsgen.policies.facts import Context, Facts, Surroundings
from gitopsgen.policies.paths import pod_path
from gitopsgen.policies.policy import Match, Policy
from gitopsgen.source.location import Location

_PART: Final = 200
"""The number of objects that a process evaluates at a time."""
_WORTHWHILE: Final = 1000
"""The number of objects from which on starting processes pays."""

__all__ = ["Evaluation", "Evaluator", "Surroundings", "is_about"]


@dataclass(kw_only=True)
class Evaluation:
    """What policies said: faults of manifests, findings on the policies themselves, and which of them matched.

    ``not_checked`` are objects whose shape is not the one of their kind, so that a policy had no answer on them.
    """

    faults: list[Fault] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    matched: set[str] = field(default_factory=set)
    not_checked: list[NotChecked] = field(default_factory=list)


class Evaluator:
    """Evaluates the policies of a catalogue; expressions are compiled once, when they are first needed."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._policies = [
            CompiledPolicy(policy, parameters(policy, catalogue.settings))
            for policy in catalogue.policies.values()
            if not policy.rule
        ]
        self._candidates: dict[_Sort, tuple[_Candidate, ...]] = {}
        self._told: set[Location] = set()

    def evaluate(
        self,
        resources: ManifestSet,
        surroundings: Surroundings,
        malformed: Collection[Manifest] = (),
        jobs: int = 1,
    ) -> Evaluation:
        """Return what the policies say of ``resources``; ``jobs`` processes work on it, 0 for one a core.

        ``malformed`` are objects that their schema refuses. An expression may count on the shape of a kind: where it
        has no value on one of these, that is not the policy's fault, and the object is not checked.
        """
        result = Evaluation()
        result.findings += self._uncompilable()
        everything = list(_all_facts(resources, Context(resources, surroundings)))
        odd = frozenset(malformed)
        parts = [everything[start : start + _PART] for start in range(0, len(everything), _PART)]
        workers = min(processes(jobs, len(everything), _WORTHWHILE), len(parts))
        same = [facts.manifest for facts in everything]
        for part in shared_out(lambda part: self._evaluate(part, odd), parts, workers, same=same):
            result.faults += part.faults
            result.findings += self._untold(part.findings) if workers > 1 else part.findings
            result.matched |= part.matched
            result.not_checked += part.not_checked
        return result

    def _evaluate(self, part: list[Facts], odd: Collection[Manifest]) -> Evaluation:
        result = Evaluation()
        for facts in part:
            chosen = [one for one in self._fitting(facts) if _fits(one.policy.policy.match, facts.manifest)]
            facts.ask(name for one in chosen for name in one.policy.asks)
            for candidate in chosen:
                self._judge(candidate, facts, result, malformed=facts.manifest in odd)
        return result

    def _judge(self, candidate: "_Candidate", facts: Facts, result: Evaluation, *, malformed: bool) -> None:
        policy = candidate.policy.policy
        if candidate.severity is None:
            result.matched.add(policy.id)  # it is off, not misspelt
            return
        judgement = candidate.policy.judge(facts)
        if judgement.applies:
            result.matched.add(policy.id)
        result.faults += judgement.faults
        for problem in judgement.problems:
            if malformed:
                reason = f"{policy.id} cannot be evaluated on an object of this shape: {problem.message}"
                result.not_checked.append(NotChecked(object=str(facts.manifest.id), reason=reason))
            else:
                result.findings += self._tell(policy, problem, facts.manifest)

    def _uncompilable(self) -> Iterator[Finding]:
        """Yield the expressions of the repository's own policies that are none, although nothing may match them."""
        for compiled in self._policies:
            if compiled.policy.id in self._catalogue.own:
                for problem in compiled.problems():
                    yield from self._tell(compiled.policy, problem, None)

    def _tell(self, policy: Policy, problem: Problem, manifest: Manifest | None) -> Iterator[Finding]:
        """Yield the finding of a problem, once for each place in a policy's file."""
        location = policy.document.locate(problem.path)
        if location in self._told:
            return
        self._told.add(location)
        where = f" on {manifest.id}" if manifest else ""
        related = (Related(location=Location(manifest.file, 1, 1), message=str(manifest.id)),) if manifest else ()
        yield Finding(
            policy="policy/cannot-evaluate",
            severity=Severity.ERROR,
            message=f"the policy {policy.id} cannot be evaluated{where}: {problem.message}",
            location=location,
            fix="test with has(), or read the field with .?field and orValue(), before using it" if manifest else "",
            related=related,
        )

    def _untold(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Yield the findings on policies that another process has not told already."""
        for finding in findings:
            if finding.location not in self._told:
                self._told.add(finding.location)
                yield finding

    def _fitting(self, facts: Facts) -> tuple["_Candidate", ...]:
        """Return the policies for an object's sort, found once for each sort."""
        manifest = facts.manifest
        sort = _Sort(
            manifest.group, manifest.kind, manifest.tier, facts.operation, runs_pods=facts.pod_path is not None
        )
        if sort not in self._candidates:
            self._candidates[sort] = tuple(
                _Candidate(one, self._catalogue.severity(one.policy.id, sort.tier))
                for one in self._policies
                if _sort_fits(one.policy.match, sort)
            )
        return self._candidates[sort]


class _Sort(NamedTuple):
    """What is the same for many objects, and decides which policies are about them."""

    group: str
    kind: str
    tier: str
    operation: str
    runs_pods: bool


class _Candidate(NamedTuple):
    policy: CompiledPolicy
    severity: Severity | None


def is_about(match: Match, manifest: Manifest) -> bool:
    """Tell whether a policy looks at an object, whatever a change does to it, its conditions aside."""
    runs_pods = pod_path(manifest.body) is not None
    sort = _Sort(manifest.group, manifest.kind, manifest.tier, match.operations[0], runs_pods=runs_pods)
    return _sort_fits(match, sort) and _fits(match, manifest)


def _all_facts(resources: ManifestSet, context: Context) -> Iterator[Facts]:
    for manifest in resources:
        yield Facts(manifest, context)
    for manifest in context.surroundings.removed:
        yield Facts(manifest, context, removed=True)


def _sort_fits(match: Match, sort: _Sort) -> bool:
    return (
        _any_fits(match.kinds, sort.kind)
        and _any_fits(match.groups, sort.group)
        and (not match.tiers or sort.tier in match.tiers)
        and sort.operation in match.operations
        and (sort.runs_pods or not match.workloads)
        and match.scope in ("", "Namespaced" if is_namespaced(sort.group, sort.kind, "") else "Cluster")
    )


def _fits(match: Match, manifest: Manifest) -> bool:
    return (
        _any_fits(match.environments, manifest.environment)
        and _any_fits(match.apps, manifest.app)
        and (not match.namespaces or _any_fits(match.namespaces, manifest.namespace))
        and (not match.labels or _labels_fit(match.labels, map_at(manifest.body, "metadata", "labels")))
    )


def _any_fits(patterns: Iterable[str], text: str) -> bool:
    return not patterns or any(fnmatchcase(text, pattern) for pattern in patterns)


def _labels_fit(patterns: Mapping[str, str], labels: Mapping[str, object]) -> bool:
    return all(key in labels and fnmatchcase(str(labels[key]), pattern) for key, pattern in patterns.items())
