"""Argo CD's annotations on any object: waves, hooks, options, and words it does not know."""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Final

from gitopsgen.model.finding import Fault, Severity
from gitopsgen.model.manifest import Body, Manifest
from gitopsgen.model.versions import Versions, version_key
from gitopsgen.source.location import Path
from gitopsgen.validation.argo_cd.spec import is_templated
from gitopsgen.validation.argo_cd.sync_options import ANNOTATION as SYNC_OPTIONS
from gitopsgen.validation.argo_cd.sync_options import check_option_annotation

WAVE: Final = "argocd.argoproj.io/sync-wave"
HOOK: Final = "argocd.argoproj.io/hook"
HELM_HOOK: Final = "helm.sh/hook"
_HELM_WEIGHT: Final = "helm.sh/hook-weight"
_DELETE_POLICY: Final = "argocd.argoproj.io/hook-delete-policy"
_COMPARE: Final = "argocd.argoproj.io/compare-options"
_TRACKING: Final = "argocd.argoproj.io/tracking-id"
_DOMAIN: Final = "argocd.argoproj.io/"

_HOOKS: Final = frozenset({"PreSync", "Sync", "PostSync", "SyncFail", "Skip", "PreDelete", "PostDelete"})
_PRE_DELETE_SINCE: Final = (3, 3)
_DELETE_POLICIES: Final = frozenset({"HookSucceeded", "HookFailed", "BeforeHookCreation"})
_COMPARE_OPTIONS: Final = frozenset(
    {"IgnoreExtraneous", "IncludeMutationWebhook=true"} | {f"ServerSideDiff={flag}" for flag in ("true", "false")}
)
_HELM_PHASES: Final = {
    "post-install": "PostSync",
    "post-upgrade": "PostSync",
    "pre-install": "PreSync",
    "pre-upgrade": "PreSync",
}
_KNOWN: Final = frozenset(
    _DOMAIN + name
    for name in (
        "application-set-refresh",
        "auto-label-cluster-info",
        "client-side-apply-migration-manager",
        "compare-options",
        "deletion-approved",
        "hook",
        "hook-delete-policy",
        "hook-finalizer",
        "hydrate",
        "ignore-default-links",
        "ignore-healthcheck",
        "ignore-resource-updates",
        "installation-id",
        "instance",
        "kubernetes-version",
        "managed-by",
        "managed-by-url",
        "manifest-generate-paths",
        "refresh",
        "secret-type",
        "skip-reconcile",
        "sync-options",
        "sync-wave",
        "tracking-id",
    )
)
_ON_ANY_OBJECT: Final = frozenset({WAVE, HOOK, _DELETE_POLICY, _COMPARE, SYNC_OPTIONS})
_LONGEST_INTEGER: Final = 20
_INTEGER: Final = re.compile(r"[-+]?\d+", re.ASCII)


def annotations_of(body: Body) -> Mapping[str, object]:
    """Return the annotations of an object, empty when they are no map."""
    metadata = body.get("metadata")
    found = metadata.get("annotations") if isinstance(metadata, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def wave_of(annotations: Mapping[str, object]) -> int:
    """Return the sync wave, else the weight of a Helm hook; what is no whole number is 0."""
    for key in (WAVE, _HELM_WEIGHT):
        text = annotations.get(key)
        if isinstance(text, str) and len(text) < _LONGEST_INTEGER and _INTEGER.fullmatch(text):
            return int(text)
    return 0


def phases_of(annotations: Mapping[str, object]) -> frozenset[str]:
    """Return the phases that an object is a hook of; Helm's words count only where Argo CD's are absent."""
    if HOOK in annotations:
        return frozenset(_words(annotations[HOOK])) & _HOOKS
    return frozenset(
        phase for word in _words(annotations.get(HELM_HOOK)) if (phase := _HELM_PHASES.get(word)) is not None
    )


def check_annotations(manifest: Manifest, annotations: Mapping[str, object], versions: Versions) -> Iterator[Fault]:
    """Yield what Argo CD would not understand in an object's annotations."""
    for key, value in annotations.items():
        if not isinstance(key, str) or "argoproj.io/" not in key or is_templated(value):
            continue
        if key == WAVE:
            yield from _check_wave(manifest, value)
        elif key == HOOK:
            yield from _check_hook(manifest, value, versions)
        elif key == _DELETE_POLICY:
            yield from _check_words(manifest, key, value, _DELETE_POLICIES, "unknown-hook-delete-policy")
        elif key == _COMPARE:
            yield from _check_words(manifest, key, value, _COMPARE_OPTIONS, "unknown-compare-option")
        elif key == SYNC_OPTIONS and isinstance(value, str):
            yield from check_option_annotation(manifest, value)
        elif key == _TRACKING:
            yield Fault(
                rule="argo-cd/tracking-id-in-git",
                manifest=manifest,
                path=_at(key),
                message="the tracking id is Argo CD's own mark on what it has applied",
                fix="delete the annotation",
            )
        elif key not in _KNOWN and (key.startswith(_DOMAIN) or _DOMAIN + key.partition("/")[2] in _ON_ANY_OBJECT):
            near = get_close_matches(key, _KNOWN, n=1, cutoff=0.8)
            yield Fault(
                rule="argo-cd/unknown-annotation",
                manifest=manifest,
                path=_at(key),
                message=f"Argo CD does not know the annotation `{key}`",
                fix=f"write `{near[0]}`" if near else "delete it",
            )


def _check_wave(manifest: Manifest, value: object) -> Iterator[Fault]:
    if not isinstance(value, str) or not _INTEGER.fullmatch(value):
        yield Fault(
            rule="argo-cd/sync-wave-no-integer",
            manifest=manifest,
            path=_at(WAVE),
            message=f"the sync wave `{value}` is no whole number, and counts as 0",
            fix='write a whole number in quotes, such as `"1"`',
        )


def _check_hook(manifest: Manifest, value: object, versions: Versions) -> Iterator[Fault]:
    words = _words(value)
    unknown = [word for word in words if word not in _HOOKS]
    if not unknown:
        if words == ["PreDelete"] and version_key(versions.argo_cd) < _PRE_DELETE_SINCE:
            yield Fault(
                rule="argo-cd/unknown-hook",
                manifest=manifest,
                path=_at(HOOK),
                message=f"Argo CD {versions.argo_cd} has no hook `PreDelete` yet: the object is never applied",
                fix="write `PostDelete`, or run Argo CD 3.3",
                severity=Severity.WARNING,
            )
        return
    near = get_close_matches(unknown[0], _HOOKS, n=1)
    lost = len(unknown) == len(words)
    yield Fault(
        rule="argo-cd/unknown-hook",
        manifest=manifest,
        path=_at(HOOK),
        message=f"`{unknown[0]}` is no hook" + (": the object is never applied" if lost else ", and is ignored"),
        fix=f"write `{near[0]}`" if near else f"write one of {', '.join(sorted(_HOOKS))}",
        severity=None if lost else Severity.WARNING,
    )


def _check_words(manifest: Manifest, key: str, value: object, known: frozenset[str], rule: str) -> Iterator[Fault]:
    for word in _words(value):
        if word not in known:
            near = get_close_matches(word, known, n=1)
            yield Fault(
                rule=f"argo-cd/{rule}",
                manifest=manifest,
                path=_at(key),
                message=f"Argo CD ignores `{word}` in `{key}`",
                fix=f"write `{near[0]}`" if near else f"write one of {', '.join(sorted(known))}",
            )


def _words(value: object) -> list[str]:
    return [word.strip() for word in value.split(",") if word.strip()] if isinstance(value, str) else []


def _at(key: str) -> Path:
    return ("metadata", "annotations", key)
