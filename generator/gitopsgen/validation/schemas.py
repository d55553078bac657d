"""Manifests against the schemas of what they are: unknown keys, wrong types, missing keys, versions that are gone."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from gitopsgen.descriptors.validation import SchemaFault
from gitopsgen.model.finding import Fault, NotChecked
from gitopsgen.model.manifest import Manifest, text_at
from gitopsgen.model.suggest import did_you_mean
from gitopsgen.model.versions import Versions, version_key
from gitopsgen.validation import embedded
from gitopsgen.validation.custom_kinds.lock import LockedSchemas, kind_argument
from gitopsgen.validation.deprecated import deprecated_faults, removed_fault
from gitopsgen.validation.engine import EmbeddedEngine, NoSchema, SchemaEngine, Unjudged
from gitopsgen.validation.known import KnownSchemas, known_for
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
    """Checks manifests by an ``engine``, with what the repository has ``locked`` before the embedded schemas."""

    def __init__(self, engine: SchemaEngine | None = None, locked: LockedSchemas | None = None) -> None:
        self._engine = engine or EmbeddedEngine()
        self._locked = locked or LockedSchemas()

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
        known = known_for(subjects, versions, self._locked)
        for subject, judgement in zip(subjects, self._engine.judge(subjects, known), strict=True):
            if isinstance(judgement, NoSchema):
                _take_unknown(subject, known, verdict)
                continue
            if isinstance(judgement, Unjudged):
                verdict.not_checked.append(NotChecked(object=_shown(subject), reason=judgement.reason))
            elif judgement:
                verdict.add(_fault(subject, fault) for fault in judgement)
            elif subject.identity in known.outspoken:
                _take_values(subject, known, verdict)
            verdict.add(name_faults(subject.manifest, subject.body, subject.base))
            verdict.add(deprecated_faults(subject, versions.kubernetes, known.given.get(subject.identity)))
        return verdict


def _take_values(subject: Subject, known: KnownSchemas, verdict: SchemaVerdict) -> None:
    """Say what an object breaks that its schema says in Kubernetes' own words."""
    from gitopsgen.validation.custom_kinds.values import value_faults  # noqa: PLC0415 - for kinds that are not embedded

    for fault in value_faults(known.given[subject.identity], subject.body):
        if fault.rule:
            verdict.add([subject.fault(fault.rule, fault.path, fault.message, fault.fix)])
        else:
            verdict.not_checked.append(NotChecked(object=_shown(subject), reason=fault.message))


def unknown_kinds(manifests: Iterable[Manifest], versions: Versions, locked: LockedSchemas) -> list[Identity]:
    """Return the kinds among ``manifests`` that no schema is known of, in order."""
    subjects = [one for manifest in manifests for one in subjects_of(manifest) if isinstance(one, Subject)]
    known = known_for(subjects, versions, locked)
    kinds = {one.identity: one for one in subjects if one.identity[0] and known.find(one.identity) is None}
    return sorted(identity for identity, subject in kinds.items() if not _is_error(_unserved(subject, known)))


def _take_unknown(subject: Subject, known: KnownSchemas, verdict: SchemaVerdict) -> None:
    """Say what is wrong with a kind without a schema; or that nothing is known of it."""
    fault = _unserved(subject, known)
    if fault:
        verdict.add([fault])
    if _is_error(fault):
        return
    group = subject.identity[0]
    pull = f": `gitopsgen schemas pull {kind_argument(subject.identity)}` gets one" if group else ""
    reason = known.unusable.get(subject.identity) or f"no schema of {subject.api_version} {subject.kind} is known{pull}"
    verdict.not_checked.append(NotChecked(object=_shown(subject), reason=reason))


def _is_error(fault: Fault | None) -> bool:
    return fault is not None and fault.severity is None


def _unserved(subject: Subject, known: KnownSchemas) -> Fault | None:
    """Return that a version is not served, or a kind misspelt; ``None`` when neither can be told."""
    group, version, kind = subject.identity
    name, release = subject.api_version, known.release
    if subject.identity in known.unusable:
        return None
    file, declared = known.declared.get((group, kind), ("", ()))
    if declared:
        if version in declared:
            return None
        message = f"{file} declares {kind} of {group} in {', '.join(declared)}, and not in {version}"
        fix = f"write `apiVersion: {group}/{declared[-1]}`"
        return subject.fault("schema/unknown-version", ("apiVersion",), message, fix)
    if fault := removed_fault(subject, known.kubernetes):
        return fault
    if custom := embedded.custom_kind(group, kind):
        message = f"{custom['source']} serves {kind} as {', '.join(custom['versions'])}, and not as {version}"
        pull = f"`gitopsgen schemas pull {kind_argument(subject.identity)}`"
        fix = f"write `apiVersion: {group}/{custom['versions'][0]}`, or get the schema of what runs there: {pull}"
        return subject.fault("schema/unknown-version", ("apiVersion",), message, fix)
    past = embedded.releases_serving(group, version, kind)
    if served := embedded.served_versions(group, kind, release):
        removed = f", and was last served by {past[-1]}" if past else ""
        gone = past and version_key(past[-1]) < version_key(release)
        return subject.fault(
            "schema/removed-api" if gone else "schema/unknown-version",
            ("apiVersion",),
            f"Kubernetes {release} does not serve {kind} as {name}{removed}",
            f"write `apiVersion: {f'{group}/' if group else ''}{served[-1]}`",
        )
    if past:
        return subject.fault(
            "schema/removed-api",
            ("apiVersion",),
            f"Kubernetes {release} does not serve {kind} of {name}; {past[0]} to {past[-1]} do",
            "say in the Environment's `versions.kubernetes` what runs there, or use another kind",
        )
    if embedded.knows_group(group, release) and _looks_builtin(group):
        fix = did_you_mean(kind, embedded.kinds_of(group, release))
        return subject.fault("schema/unknown-kind", ("kind",), f"there is no kind {kind} in {name}", fix)
    return None


def _shown(subject: Subject) -> str:
    return f"{subject.manifest.file}: {subject.kind} {text_at(subject.body, 'metadata', 'name')}".rstrip()


def _looks_builtin(group: str) -> bool:
    return "." not in group or (group.endswith(".k8s.io") and not group.startswith("gateway."))


def _fault(subject: Subject, fault: SchemaFault) -> Fault:
    rule = _RULES[fault.rule]
    if rule == "schema/invalid-value" and "a quantity such as" in fault.message:
        rule = "schema/malformed-quantity"
    return subject.fault(rule, fault.path, fault.message, fault.fix)
