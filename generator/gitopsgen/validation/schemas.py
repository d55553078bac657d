"""Manifests against the schemas of what they are: unknown keys, wrong types, missing keys, versions that are gone."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from gitopsgen.descriptors.validation import SchemaFault
from gitopsgen.model.finding import Fault, NotChecked, Severity
from gitopsgen.model.manifest import Manifest, text_at
from gitopsgen.model.suggest import did_you_mean
from gitopsgen.model.versions import Versions, version_key
from gitopsgen.validation import embedded
from gitopsgen.validation.deprecated import DEPRECATED
from gitopsgen.validation.embedded import Schema
from gitopsgen.validation.engine import EmbeddedEngine, KnownSchemas, NoSchema, SchemaEngine, Unjudged
from gitopsgen.validation.names import name_faults
from gitopsgen.validation.subjects import Identity, Subject, subjects_of

_RULES: Final = {
    "descriptor/unknown-key": "schema/unknown-key",
    "descriptor/missing-key": "schema/missing-key",
    "descriptor/wrong-type": "schema/wrong-type",
    "descriptor/invalid-value": "schema/invalid-value",
}


@dataclass(kw_only=True)
class SchemaVerdict:
    """What the schemas say of manifests: their faults, those that have any, and what could not be checked."""

    faults: list[Fault] = field(default_factory=list)
    malformed: list[Manifest] = field(default_factory=list)
    not_checked: list[NotChecked] = field(default_factory=list)

    def add(self, faults: Iterable[Fault]) -> None:
        """Take in faults."""
        for fault in faults:
            self.faults.append(fault)
            if not self.malformed or self.malformed[-1] is not fault.manifest:
                self.malformed.append(fault.manifest)


class SchemaChecker:
    """Checks manifests by an ``engine``; ``extra`` schemas (by group, version, kind) come before the embedded ones."""

    def __init__(self, engine: SchemaEngine | None = None, extra: Mapping[Identity, Schema] | None = None) -> None:
        self._engine = engine or EmbeddedEngine()
        self._extra = extra or {}

    def check(self, manifests: Iterable[Manifest], versions: Versions) -> SchemaVerdict:
        """Return every fault of ``manifests``, and what of them could not be checked.

        Raises:
            GitopsgenError: the engine cannot be run.
        """
        verdict = SchemaVerdict()
        subjects: list[Subject] = []
        for manifest in manifests:
            for found in subjects_of(manifest):
                if isinstance(found, Subject):
                    subjects.append(found)
                else:
                    verdict.add([found])
        known = KnownSchemas(kubernetes=versions.kubernetes, given=self._extra)
        for subject, judgement in zip(subjects, self._engine.judge(subjects, known), strict=True):
            if isinstance(judgement, NoSchema):
                _take_unknown(subject, known.release, verdict)
                continue
            if isinstance(judgement, Unjudged):
                verdict.not_checked.append(NotChecked(object=_shown(subject), reason=judgement.reason))
            else:
                verdict.add(_fault(subject, fault) for fault in judgement)
            verdict.add(name_faults(subject.manifest, subject.body, subject.base))
            verdict.add(_deprecated(subject, versions))
        return verdict


def _take_unknown(subject: Subject, release: str, verdict: SchemaVerdict) -> None:
    """Say what is wrong with a kind without a schema: a version that is not served, a misspelt kind; or that it is."""
    group, version, kind = subject.identity
    name = subject.api_version
    if served := embedded.served_versions(group, kind, release):
        past = embedded.releases_serving(group, version, kind)
        removed = f", and was last served by {past[-1]}" if past else ""
        gone = past and version_key(past[-1]) < version_key(release)
        fault = subject.fault(
            "schema/removed-api" if gone else "schema/unknown-version",
            ("apiVersion",),
            f"Kubernetes {release} does not serve {kind} as {name}{removed}",
            f"write `apiVersion: {f'{group}/' if group else ''}{served[-1]}`",
        )
    elif past := embedded.releases_serving(group, version, kind):
        fault = subject.fault(
            "schema/removed-api",
            ("apiVersion",),
            f"Kubernetes {release} does not serve {kind} of {name}; {past[0]} to {past[-1]} do",
            "say in the Environment's `versions.kubernetes` what runs there, or use another kind",
        )
    elif embedded.knows_group(group, release) and _looks_builtin(group):
        fix = did_you_mean(kind, embedded.kinds_of(group, release))
        fault = subject.fault("schema/unknown-kind", ("kind",), f"there is no kind {kind} in {name}", fix)
    else:
        reason = f"no schema of {name} {kind} is known"
        verdict.not_checked.append(NotChecked(object=_shown(subject), reason=reason))
        return
    verdict.add([fault])


def _shown(subject: Subject) -> str:
    return f"{subject.manifest.file}: {subject.kind} {text_at(subject.body, 'metadata', 'name')}".rstrip()


def _looks_builtin(group: str) -> bool:
    return "." not in group or (group.endswith(".k8s.io") and not group.startswith("gateway."))


def _fault(subject: Subject, fault: SchemaFault) -> Fault:
    rule = _RULES[fault.rule]
    if rule == "schema/invalid-value" and "a quantity such as" in fault.message:
        rule = "schema/malformed-quantity"
    return subject.fault(rule, fault.path, fault.message, fault.fix)


def _deprecated(subject: Subject, versions: Versions) -> Iterator[Fault]:
    entry = DEPRECATED.get(subject.identity)
    if entry and version_key(entry.since) <= version_key(versions.kubernetes):
        yield Fault(
            rule="schema/deprecated-api",
            manifest=subject.manifest,
            path=(*subject.base, "apiVersion"),
            message=f"{subject.kind} of {subject.api_version} is deprecated since Kubernetes {entry.since}"
            + (f", and gone in {entry.removed}" if entry.removed else ""),
            fix=f"use {entry.instead}",
            severity=Severity.WARNING,
        )
