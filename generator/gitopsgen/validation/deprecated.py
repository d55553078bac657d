"""Kinds in versions that are gone, or will not be served for ever."""

from collections.abc import Iterator
from itertools import dropwhile

from gitopsgen.model.finding import Fault, Severity
from gitopsgen.model.versions import version_key
from gitopsgen.validation import embedded
from gitopsgen.validation.api_versions import KUBERNETES, Retired, retired
from gitopsgen.validation.embedded import Schema
from gitopsgen.validation.subjects import Subject


def removed_fault(subject: Subject, kubernetes: str) -> Fault | None:
    """Return that an object of a kind without a schema is of a version that was retired.

    What Kubernetes no longer serves is an error; which version of another component runs there nobody has said.
    """
    entry = retired(subject.identity)
    if entry is None or not entry.gone:
        return None
    name, fix = f"{subject.kind} of {subject.api_version}", f"use {entry.instead}"
    if entry.component != KUBERNETES:
        message = f"{name} is gone since {entry.component} {entry.gone}"
        return subject.fault("schema/removed-api", ("apiVersion",), message, fix, severity=Severity.WARNING)
    if version_key(entry.gone) <= version_key(kubernetes):
        message = f"Kubernetes {kubernetes} does not serve {name}: it is gone since {entry.gone}"
        return subject.fault("schema/removed-api", ("apiVersion",), message, fix)
    return _deprecated(subject, _since(entry), fix)


def deprecated_faults(subject: Subject, kubernetes: str, given: Schema | None) -> Iterator[Fault]:
    """Yield that the version of an object is deprecated; ``given`` is its schema, where that is not an embedded one."""
    entry = retired(subject.identity)
    if entry and (entry.component != KUBERNETES or version_key(entry.since) <= version_key(kubernetes)):
        yield _deprecated(subject, _since(entry), f"use {entry.instead}")
    elif given is not None:
        if given.get("deprecated") is True:
            said = given.get("x-deprecation-warning") or "its CustomResourceDefinition says so"
            yield _deprecated(subject, f"is deprecated: {said}", "use a version that is not")
    else:
        yield from _superseded(subject, embedded.release_for(kubernetes))


def _since(entry: Retired) -> str:
    since = f" since {entry.component} {entry.since}" if entry.since else ""
    return f"is deprecated{since}{f', and gone in {entry.gone}' if entry.gone else ''}"


def _superseded(subject: Subject, release: str) -> Iterator[Fault]:
    """Yield that Kubernetes serves a stable version by now, or that a later release no longer serves this one."""
    group, version, kind = subject.identity
    if "alpha" not in version and "beta" not in version:
        return
    later = dropwhile(lambda one: one != release, embedded.index()["kubernetes"])
    serving = embedded.releases_serving(group, version, kind)
    if release not in serving:
        return
    gone = next((one for one in later if one not in serving), "")
    stable = [one for one in embedded.served_versions(group, kind, release) if "alpha" not in one and "beta" not in one]
    if not stable and not gone:
        return
    served = stable or embedded.served_versions(group, kind, gone)
    reason = (
        f"is deprecated: Kubernetes {release} serves {group}/{stable[-1]}"
        if stable
        else f"is experimental in {release}"
    )
    fix = f"use {group}/{served[-1]}" if served else "do without it"
    yield _deprecated(subject, f"{reason}{f', and {gone} no longer serves it' if gone else ''}", fix)


def _deprecated(subject: Subject, said: str, fix: str) -> Fault:
    message = f"{subject.kind} of {subject.api_version} {said}"
    return subject.fault("schema/deprecated-api", ("apiVersion",), message, fix, severity=Severity.WARNING)
