"""Sync options: exact, case-sensitive words on an Application or in an object's annotation."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import Manifest, dig, list_at
from gitopsgen.source.location import Path
from gitopsgen.validation.argo_cd.spec import ApplicationSpec, is_templated

ANNOTATION: Final = "argocd.argoproj.io/sync-options"

_FLAG: Final = ("true", "false")
_APPLICATION: Final[Mapping[str, tuple[str, ...]]] = {
    "ApplyOutOfSyncOnly": _FLAG,
    "CreateNamespace": _FLAG,
    "FailOnSharedResource": _FLAG,
    "PrunePropagationPolicy": ("foreground", "background", "orphan"),
    "RespectIgnoreDifferences": _FLAG,
}
_EITHER: Final[Mapping[str, tuple[str, ...]]] = {
    "ClientSideApplyMigration": _FLAG,
    "Delete": (*_FLAG, "confirm"),
    "DisableClientSideApplyMigration": _FLAG,
    "Prune": (*_FLAG, "confirm"),
    "PruneLast": _FLAG,
    "Replace": _FLAG,
    "ServerSideApply": _FLAG,
    "SkipDryRunOnMissingResource": _FLAG,
    "Validate": _FLAG,
}
_OBJECT: Final[Mapping[str, tuple[str, ...]]] = {"Force": _FLAG}
_ALL: Final[Mapping[str, tuple[str, ...]]] = {**_APPLICATION, **_EITHER, **_OBJECT}


def check_sync_options(application: ApplicationSpec) -> Iterator[Fault]:
    """Yield the sync options of an Application that Argo CD does not know, or that contradict each other."""
    for index, option in enumerate(list_at(application.spec, "syncPolicy", "syncOptions")):
        if isinstance(option, str) and not is_templated(option):
            path = application.path("syncPolicy", "syncOptions", index)
            yield from _check_option(application.manifest, path, option, misplaced=_OBJECT, place="on an object")
    if {"Replace=true", "ServerSideApply=true"} <= application.options.keys():
        yield application.fault(
            "replace-with-server-side-apply",
            application.option_path("Replace=true"),
            "`Replace=true` wins over `ServerSideApply=true`: objects are replaced, never applied",
            "keep one of them",
        )


def check_option_annotation(manifest: Manifest, text: str) -> Iterator[Fault]:
    """Yield the sync options of an object's annotation that Argo CD does not know."""
    for option in text.split(","):
        if option.strip() and not is_templated(text):
            path = ("metadata", "annotations", ANNOTATION)
            yield from _check_option(manifest, path, option.strip(), misplaced=_APPLICATION, place="on an Application")


def object_options(manifest: Manifest) -> frozenset[str]:
    """Return the sync options of an object's annotation."""
    text = dig(manifest.body, "metadata", "annotations", ANNOTATION)
    return frozenset(option.strip() for option in text.split(",")) if isinstance(text, str) else frozenset()


def _check_option(
    manifest: Manifest, path: Path, option: str, *, misplaced: Mapping[str, tuple[str, ...]], place: str
) -> Iterator[Fault]:
    name, _, value = option.partition("=")
    if value in _ALL.get(name, ()):
        if name in misplaced:
            yield Fault(
                rule="argo-cd/misplaced-sync-option",
                manifest=manifest,
                path=path,
                message=f"the sync option `{name}` has an effect only {place}",
                fix="move it there, or delete it",
            )
        return
    known = [f"{known_name}={known_value}" for known_name, values in _ALL.items() for known_value in values]
    near = get_close_matches(option.replace(" ", ""), known, n=1, cutoff=0.7)
    yield Fault(
        rule="argo-cd/unknown-sync-option",
        manifest=manifest,
        path=path,
        message=f"Argo CD ignores the sync option `{option}`",
        fix=f"write `{near[0]}`" if near else "write one of Argo CD's own, in its exact case, as `Name=value`",
    )
