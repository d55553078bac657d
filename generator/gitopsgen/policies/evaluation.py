"""Policies over manifests: what is broken becomes a fault, what cannot be evaluated a finding on the policy."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any, Final

from gitopsgen.descriptors.validation import Validator
from gitopsgen.model.finding import Fault, Finding, Related, Severity
from gitopsgen.model.location import Location, Path
from gitopsgen.model.manifest import Body, Manifest, ManifestSet, ObjectId, dig, map_at
from gitopsgen.policies.catalogue import Catalogue, parameters
from gitopsgen.policies.cel import (
    CelEvaluationError,
    CelSyntaxError,
    Program,
    Shared,
    activation,
    compile_expression,
)
from gitopsgen.policies.changes import change_of
from gitopsgen.policies.paths import places, pod_path
from gitopsgen.policies.policy import Policy, Validation
from gitopsgen.rollouts.plan import plan_rollout

VARIABLES: Final = (
    *(
        "object",
        "oldObject",
        "self",
        "outer",
        "key",
        "podSpec",
        "podMetadata",
        "params",
        "variables",
        "plan",
        "analysis",
    ),
    *("change", "app", "release", "environment", "resources", "now"),
)
_SHARED: Final = ("resources", "environment", "now")
_WORDS: Final = {name: re.compile(rf"\b{name}\b") for name in VARIABLES}


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What policies see beside the objects: plain data of the Environment, its Apps and releases, and the clock.

    ``previous`` holds the objects as they were committed at the base revision; ``None`` when that is not known.
    """

    environment: Mapping[str, Any] = field(default_factory=dict)
    apps: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    releases: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    previous: Mapping[ObjectId, Body] | None = None
    now: str = "1970-01-01T00:00:00Z"


@dataclass(kw_only=True)
class Evaluation:
    """What policies said: faults of manifests, findings on the policies themselves, and which of them matched."""

    faults: list[Fault] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    matched: set[str] = field(default_factory=set)


class Evaluator:
    """Evaluates the policies of a catalogue; expressions are compiled once, when they are first needed."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._prepared = [
            _Prepared(policy, parameters(policy, catalogue.settings))
            for policy in catalogue.policies.values()
            if not policy.rule
        ]
        self._by_kind: dict[str, list[_Prepared]] = {}
        self._told: set[tuple[str, Location]] = set()

    def evaluate(self, resources: ManifestSet, surroundings: Surroundings) -> Evaluation:
        """Return what the policies say of ``resources``."""
        result = Evaluation()
        shared = Shared(
            {
                "resources": _indexed(resources),
                "environment": dict(surroundings.environment),
                "now": surroundings.now,
            }
        )
        for manifest in resources:
            facts = _Facts(manifest, resources, surroundings)
            for prepared in self._for_kind(manifest.kind):
                policy = prepared.policy
                if not _matches(policy, facts):
                    continue
                if self._catalogue.severity(policy.id, manifest.tier) is None:
                    continue
                try:
                    faults = list(prepared.faults(facts, shared))
                except _Unevaluable as problem:
                    self._tell(result, policy, problem, manifest)
                    continue
                result.matched.add(policy.id)
                result.faults += faults
        return result

    def _for_kind(self, kind: str) -> list["_Prepared"]:
        if kind not in self._by_kind:
            self._by_kind[kind] = [one for one in self._prepared if _kind_fits(one.policy, kind)]
        return self._by_kind[kind]

    def _tell(self, result: Evaluation, policy: Policy, problem: "_Unevaluable", manifest: Manifest) -> None:
        location = policy.document.locate(problem.path)
        if (policy.id, location) in self._told:
            return
        self._told.add((policy.id, location))
        result.findings.append(
            Finding(
                policy="policy/cannot-evaluate",
                severity=Severity.ERROR,
                message=f"the policy {policy.id} cannot be evaluated on {manifest.id}: {problem}",
                location=location,
                fix="test with has(), or read the field with .?field and orValue(), before using it",
                related=(Related(location=Location(manifest.file, 1, 1), message=str(manifest.id)),),
            )
        )


class _Unevaluable(Exception):  # noqa: N818 - becomes a finding
    """An expression is no CEL, or has no value on an object; ``path`` leads to it in the policy's file."""

    def __init__(self, message: str, path: Path) -> None:
        super().__init__(message)
        self.path = path


class _Facts:
    """What is known of one manifest, each worked out when a policy first asks for it."""

    def __init__(self, manifest: Manifest, resources: ManifestSet, surroundings: Surroundings) -> None:
        self.manifest = manifest
        self.resources = resources
        self.surroundings = surroundings

    @cached_property
    def pod(self) -> Path | None:
        return pod_path(self.manifest.body)

    @cached_property
    def values(self) -> dict[str, Any]:
        """The bindings that are the same for every policy on this manifest, without those that cost."""
        pod = dig(self.manifest.body, *self.pod) if self.pod is not None else None
        return {
            "object": self.manifest.body,
            "oldObject": self.previous,
            "podSpec": dict(map_at(pod, "spec")) if pod is not None else None,
            "podMetadata": dict(map_at(pod, "metadata")) if pod is not None else None,
            "app": dict(self.surroundings.apps.get(self.manifest.app, {"name": self.manifest.app, "labels": {}})),
            "release": dict(self.surroundings.releases.get(self.manifest.release, {"name": self.manifest.release})),
            "self": None,
            "variables": {},
        }

    @cached_property
    def previous(self) -> Body | None:
        return (self.surroundings.previous or {}).get(self.manifest.id)

    @cached_property
    def plan(self) -> dict[str, Any] | None:
        if (self.manifest.group, self.manifest.kind) != ("argoproj.io", "Rollout"):
            return None
        namespace = self.manifest.namespace

        def template(name: str, cluster_scope: bool) -> Body | None:  # noqa: FBT001 - as analyses name templates
            kind = "ClusterAnalysisTemplate" if cluster_scope else "AnalysisTemplate"
            found = self.resources.get(kind, name, "" if cluster_scope else namespace, "argoproj.io")
            return found.body if found else None

        replicas = fewest_pods(self.manifest, self.resources)
        return plan_rollout(self.manifest.body, templates=template, replicas=replicas).as_policy_data()

    @cached_property
    def analysis(self) -> dict[str, Any]:
        """The AnalysisTemplates of the manifest's namespace by their name: their spec."""
        return {
            one.name: dict(map_at(one.body, "spec"))
            for one in self.resources.of_kind("AnalysisTemplate", "argoproj.io")
            if one.namespace == self.manifest.namespace
        }

    @cached_property
    def change(self) -> dict[str, Any]:
        return change_of(self.previous, self.manifest.body, known=self.surroundings.previous is not None)


class _Prepared:
    """A policy with its parameters, and its expressions compiled."""

    def __init__(self, policy: Policy, params: Mapping[str, Any]) -> None:
        self.policy = policy
        self.params = dict(params)
        self._validator = Validator(dict(policy.schema["schema"])) if policy.schema else None
        self._texts = "\n".join(
            (
                *(text for _, text in policy.conditions),
                *(text for _, text in policy.variables),
                *(f"{one.expression}\n{one.message_expression}" for one in policy.validations),
            )
        )
        self._asks = {name for name, word in _WORDS.items() if word.search(self._texts)}
        self._programs: dict[str, Program] = {}

    def faults(self, facts: _Facts, shared: Shared) -> Iterator[Fault]:
        """Yield what is broken.

        Raises:
            _Unevaluable: an expression cannot be compiled, or has no value on this object.
        """
        if self._validator:
            yield from self._schema_faults(facts)
            return
        bindings = {name: facts.values[name] for name in self._asks & facts.values.keys()}
        for name in self._asks & {"plan", "analysis", "change"}:
            bindings[name] = getattr(facts, name)
        bindings["params"] = self.params
        for index, (_, text) in enumerate(self.policy.conditions):
            if self._value(text, ("spec", "matchConditions", index, "expression"), bindings, shared) is not True:
                return
        for index, (name, text) in enumerate(self.policy.variables):
            value = self._value(text, ("spec", "variables", index, "expression"), bindings, shared)
            bindings["variables"] = {**bindings.get("variables", {}), name: value}
        for validation in self.policy.validations:
            for at in validation.at:
                for spot in places(facts.manifest.body, at):
                    here = {**bindings, "self": spot.value, "outer": spot.outer, "key": spot.key}
                    yield from self._validate(validation, spot.path, here, facts, shared)

    def _validate(
        self, validation: Validation, path: Path, bindings: dict[str, Any], facts: _Facts, shared: Shared
    ) -> Iterator[Fault]:
        place: Path = ("spec", "validations", validation.index)
        held = self._value(validation.expression, (*place, "expression"), bindings, shared)
        if held is True:
            return
        if held is not False:
            raise _Unevaluable(f"it gives {held!r}, and must give true or false", (*place, "expression"))
        message = validation.message or self.policy.summary
        if validation.message_expression:
            said = self._value(validation.message_expression, (*place, "messageExpression"), bindings, shared)
            message = said if isinstance(said, str) and said.strip() else message
        yield Fault(
            rule=self.policy.id,
            manifest=facts.manifest,
            path=path,
            message=message,
            fix=validation.fix or self.policy.fix,
            key=validation.key,
        )

    def _schema_faults(self, facts: _Facts) -> Iterator[Fault]:
        schema = self.policy.schema or {}
        for spot in places(facts.manifest.body, schema.get("at") or ""):
            found = list(self._validator.faults(spot.value, lambda _: None)) if self._validator else []
            for fault in found:
                yield Fault(
                    rule=self.policy.id,
                    manifest=facts.manifest,
                    path=(*spot.path, *fault.path),
                    message=schema.get("message") or fault.message,
                    fix=schema.get("fix") or fault.fix or self.policy.fix,
                )

    def _value(self, text: str, path: Path, bindings: Mapping[str, Any], shared: Shared) -> object:
        try:
            program = self._programs.get(text)
            if program is None:
                program = self._programs[text] = compile_expression(text, VARIABLES)
            return program.evaluate(activation(bindings, shared))
        except CelSyntaxError as error:
            where = f" (line {error.line}, column {error.column})" if error.line > 1 or error.column > 1 else ""
            raise _Unevaluable(f"{error.message}{where}", path) from None
        except CelEvaluationError as error:
            raise _Unevaluable(error.message, path) from None


def fewest_pods(manifest: Manifest, resources: ManifestSet) -> int | None:
    """Return the fewest pods that an autoscaler of the set keeps of a workload; ``None`` when nothing scales it."""
    for scaler in resources.of_kind("HorizontalPodAutoscaler", "autoscaling"):
        target = map_at(scaler.body, "spec", "scaleTargetRef")
        if (target.get("kind"), target.get("name")) == (manifest.kind, manifest.name):
            fewest = dig(scaler.body, "spec", "minReplicas")
            return fewest if isinstance(fewest, int) else 1
    return None


def _indexed(resources: ManifestSet) -> dict[str, dict[str, Any]]:
    """Return all objects by kind and name, as ``resources.Service["api"]``."""
    index: dict[str, dict[str, Any]] = {}
    for manifest in resources:
        index.setdefault(manifest.kind, {})[manifest.name] = manifest.body
    return index


def _kind_fits(policy: Policy, kind: str) -> bool:
    kinds = policy.match.kinds
    return not kinds or any(fnmatchcase(kind, pattern) for pattern in kinds)


def _matches(policy: Policy, facts: _Facts) -> bool:
    match, manifest = policy.match, facts.manifest
    if match.tiers and manifest.tier not in match.tiers:
        return False
    if match.workloads and facts.pod is None:
        return False
    pairs = (
        (match.groups, manifest.group),
        (match.environments, manifest.environment),
        (match.apps, manifest.app),
        (match.namespaces, manifest.namespace),
    )
    if any(patterns and not any(fnmatchcase(value, pattern) for pattern in patterns) for patterns, value in pairs):
        return False
    labels = map_at(manifest.body, "metadata", "labels")
    return all(
        fnmatchcase(str(labels.get(key, "")), pattern) and key in labels for key, pattern in match.labels.items()
    )
