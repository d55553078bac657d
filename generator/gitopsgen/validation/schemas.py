"""Manifests against the schemas of what they are: unknown keys, wrong types, missing keys, versions that are gone."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from gitopsgen.descriptors.validation import SchemaFault, Validator
from gitopsgen.model.finding import Fault, NotChecked, Severity
from gitopsgen.model.manifest import Body, Manifest, dig, text_at
from gitopsgen.model.suggest import did_you_mean
from gitopsgen.model.versions import Versions, version_key
from gitopsgen.source.location import Path
from gitopsgen.validation import embedded
from gitopsgen.validation.deprecated import DEPRECATED
from gitopsgen.validation.names import name_faults

_LIST_KINDS: Final = "List"


class SchemaChecker:
    """Checks manifests against embedded schemas, and ``extra`` ones by group, version and kind."""

    def __init__(self, extra: Mapping[tuple[str, str, str], Mapping[str, Any]] | None = None) -> None:
        self.extra = extra or {}

    def check(self, manifest: Manifest, versions: Versions) -> tuple[list[Fault], NotChecked | None]:
        """Return every fault of ``manifest``, and what of it could not be checked."""
        if manifest.kind == _LIST_KINDS and manifest.api_version == "v1":
            return self._list(manifest, versions)
        return self._object(manifest, manifest.body, (), versions)

    def _list(self, manifest: Manifest, versions: Versions) -> tuple[list[Fault], NotChecked | None]:
        faults: list[Fault] = []
        skipped: NotChecked | None = None
        items = manifest.body.get("items")
        for index, item in enumerate(items if isinstance(items, list) else ()):
            body = item if isinstance(item, dict) else {}
            found, not_checked = self._object(manifest, body, ("items", index), versions)
            faults += found
            skipped = skipped or not_checked
        return faults, skipped

    def _object(
        self, manifest: Manifest, body: Body, base: Path, versions: Versions
    ) -> tuple[list[Fault], NotChecked | None]:
        missing = [key for key in ("apiVersion", "kind") if not text_at(body, key)]
        if missing:
            return [
                Fault(
                    rule="schema/not-an-object",
                    manifest=manifest,
                    path=(*base, missing[0]),
                    message=f"no Kubernetes object: no {' and no '.join(missing)}, or it is no string",
                    fix="add apiVersion and kind, or keep the file out of what is linted",
                )
            ], None
        api_version, kind = text_at(body, "apiVersion"), text_at(body, "kind")
        group, slash, version = api_version.rpartition("/")
        group = group if slash else ""
        release = embedded.release_for(versions.kubernetes)
        validator = self._validator(group, version, kind, release)
        if validator is None:
            return self._unknown(manifest, base, (group, version, kind), release)
        faults = [_fault(manifest, base, fault) for fault in validator.faults(dict(body), lambda _: None)]
        if (group, kind) == ("argoproj.io", "Rollout") and isinstance(dig(body, "spec", "template"), dict):
            # The Rollout's own schema leaves much of the pod open; what runs is an ordinary pod.
            template = _pod_template(release)
            seen = {fault.path for fault in faults}
            inner = [
                _fault(manifest, (*base, "spec", "template"), fault)
                for fault in template.faults(dig(body, "spec", "template"), lambda _: None)
            ]
            faults += [fault for fault in inner if fault.path not in seen]
        faults += name_faults(manifest, body, base)
        faults += _deprecated(manifest, base, (group, version, kind), versions)
        return faults, None

    def _validator(self, group: str, version: str, kind: str, release: str) -> Validator | None:
        if (group, version, kind) in self.extra:
            return _extra_validator(self, (group, version, kind), release)
        return _validator(group, version, kind, release)

    def _unknown(
        self, manifest: Manifest, base: Path, identity: tuple[str, str, str], release: str
    ) -> tuple[list[Fault], NotChecked | None]:
        """Return what is wrong with a kind without a schema: a version that is not served, a misspelt kind."""
        group, version, kind = identity
        name = f"{group}/{version}" if group else version
        served = embedded.served_versions(group, kind, release)
        if served:
            past = embedded.releases_serving(group, version, kind)
            removed = f", and was last served by {past[-1]}" if past else ""
            rule = (
                "schema/removed-api"
                if past and version_key(past[-1]) < version_key(release)
                else "schema/unknown-version"
            )
            path, message = ("apiVersion",), f"Kubernetes {release} does not serve {kind} as {name}{removed}"
            fix = f"write `apiVersion: {f'{group}/' if group else ''}{served[-1]}`"
        elif past := embedded.releases_serving(group, version, kind):
            rule, path = "schema/removed-api", ("apiVersion",)
            message = f"Kubernetes {release} does not serve {kind} of {name}; {past[0]} to {past[-1]} do"
            fix = "say in the Environment's `versions.kubernetes` what runs there, or use another kind"
        elif embedded.knows_group(group, release) and _looks_builtin(group):
            rule, path = "schema/unknown-kind", ("kind",)
            message = f"there is no kind {kind} in {name}"
            fix = did_you_mean(kind, embedded.kinds_of(group, release))
        else:
            return [], NotChecked(
                object=f"{manifest.file}: {kind} {text_at(manifest.body, 'metadata', 'name')}".rstrip(),
                reason=f"no schema of {name} {kind} is known",
            )
        return [Fault(rule=rule, manifest=manifest, path=(*base, *path), message=message, fix=fix)], None


def _looks_builtin(group: str) -> bool:
    return "." not in group or (group.endswith(".k8s.io") and not group.startswith("gateway."))


@cache
def _validator(group: str, version: str, kind: str, release: str) -> Validator | None:
    schema = embedded.schema_of(group, version, kind, release)
    return Validator(dict(schema)) if schema else None


@cache
def _extra_validator(checker: SchemaChecker, identity: tuple[str, str, str], release: str) -> Validator:
    return Validator(dict(embedded.with_definitions(checker.extra[identity], release)))


@cache
def _pod_template(release: str) -> Validator:
    return Validator(dict(embedded.definition(embedded.POD_TEMPLATE, release)))


def _fault(manifest: Manifest, base: Path, fault: SchemaFault) -> Fault:
    rule = fault.rule.replace("descriptor/", "schema/")
    if rule == "schema/invalid-value" and "a quantity such as" in fault.message:
        rule = "schema/malformed-quantity"
    return Fault(rule=rule, manifest=manifest, path=(*base, *fault.path), message=fault.message, fix=fault.fix)


def _deprecated(manifest: Manifest, base: Path, identity: tuple[str, str, str], versions: Versions) -> Iterator[Fault]:
    entry = DEPRECATED.get(identity)
    if entry and version_key(entry.since) <= version_key(versions.kubernetes):
        yield Fault(
            rule="schema/deprecated-api",
            manifest=manifest,
            path=(*base, "apiVersion"),
            message=f"{identity[2]} of {identity[0]}/{identity[1]} is deprecated since Kubernetes {entry.since}"
            + (f", and gone in {entry.removed}" if entry.removed else ""),
            fix=f"use {entry.instead}",
            severity=Severity.WARNING,
        )
