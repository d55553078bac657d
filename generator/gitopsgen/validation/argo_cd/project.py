"""An AppProject: repositories, destinations, kinds, service accounts and integrity rules."""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import Manifest, dig, list_at, map_at, text_at
from gitopsgen.source.location import Path
from gitopsgen.validation.argo_cd.glob import GlobError, compile_glob

_LONGEST_DESCRIPTION: Final = 255
_ACCOUNT_FORBIDDEN: Final = frozenset("!*[]{}\\/")


def check_project(manifest: Manifest) -> Iterator[Fault]:
    """Yield what Argo CD's API server would refuse of a project; no one else looks at one that comes from git."""
    spec = map_at(manifest.body, "spec")
    yield from _check_destinations(manifest)
    yield from _check_repositories(manifest)
    yield from _check_kinds(manifest)
    yield from _check_service_accounts(manifest)
    yield from _check_integrity(manifest)
    description = spec.get("description")
    if isinstance(description, str) and len(description) > _LONGEST_DESCRIPTION:
        yield _fault(
            manifest,
            "description-too-long",
            ("spec", "description"),
            f"the description has {len(description)} characters, and {_LONGEST_DESCRIPTION} are allowed",
            "shorten it",
        )


def _check_destinations(manifest: Manifest) -> Iterator[Fault]:
    keys: list[tuple[Path, Hashable, str]] = []
    for index, entry in enumerate(list_at(manifest.body, "spec", "destinations")):
        path: Path = ("spec", "destinations", index)
        if not isinstance(entry, Mapping):
            message = f"the destination `{entry}` is no map"
            yield _fault(manifest, "project-destination-no-map", path, message, "write `server` and `namespace`")
            continue
        for key in ("name", "server", "namespace"):
            if entry.get(key) == "!*":
                message = f"`!*` as a destination's {key} denies every Application"
                yield _fault(manifest, "deny-everything", (*path, key), message, "delete it")
        cluster = text_at(entry, "server") or text_at(entry, "name")
        place = f"{cluster}/{text_at(entry, 'namespace')}"
        keys.append((path, place, f"the destination `{place}` is there already"))
    yield from _duplicates(manifest, "duplicate-destination", keys)


def _check_repositories(manifest: Manifest) -> Iterator[Fault]:
    for key, rule, what in (
        ("sourceRepos", "duplicate-source-repository", "repository"),
        ("sourceNamespaces", "duplicate-source-namespace", "namespace"),
    ):
        entries = [
            (("spec", key, index), entry, f"the {what} `{entry}` is there already")
            for index, entry in enumerate(list_at(manifest.body, "spec", key))
            if isinstance(entry, str)
        ]
        yield from _duplicates(manifest, rule, entries)
    for index, entry in enumerate(list_at(manifest.body, "spec", "sourceRepos")):
        if entry == "!*":
            message = "`!*` denies nothing, because a star stops at a slash"
            yield _fault(manifest, "deny-everything", ("spec", "sourceRepos", index), message, "delete it")


def _check_kinds(manifest: Manifest) -> Iterator[Fault]:
    """The traps of the two whitelists: an empty one and a missing one do not mean the same in both."""
    spec = map_at(manifest.body, "spec")
    if not spec:
        return
    # An empty list is written on purpose; a missing one is what surprises.
    if spec.get("clusterResourceWhitelist") is None:
        yield _fault(
            manifest,
            "no-cluster-resources-permitted",
            ("spec", "clusterResourceWhitelist"),
            "no kind without a namespace may be deployed, not even a Namespace",
            'add `clusterResourceWhitelist: [{group: "", kind: Namespace}]`, or what is needed',
            key=("argocd", "sync", "options"),
        )
    if spec.get("namespaceResourceWhitelist") == []:
        yield _fault(
            manifest,
            "no-namespaced-resources-permitted",
            ("spec", "namespaceResourceWhitelist"),
            "an empty list permits no kind at all; a missing one permits all",
            "delete the key, or list what is permitted",
        )


def _check_service_accounts(manifest: Manifest) -> Iterator[Fault]:
    keys: list[tuple[Path, Hashable, str]] = []
    for index, entry in enumerate(list_at(manifest.body, "spec", "destinationServiceAccounts")):
        path: Path = ("spec", "destinationServiceAccounts", index)
        for key in ("server", "namespace"):
            text = text_at(entry, key)
            if "!" in text or not _compiles(text):
                message = f"`{text}` is no glob, or denies: neither is allowed here"
                yield _fault(manifest, "service-account-glob", (*path, key), message, "write a plain glob")
        account = text_at(entry, "defaultServiceAccount")
        if not account.strip() or _ACCOUNT_FORBIDDEN.intersection(account):
            message = f"`{account}` is no name of a service account"
            at = (*path, "defaultServiceAccount")
            yield _fault(manifest, "service-account-name", at, message, "write `name`, or `namespace:name`")
        place = f"{text_at(entry, 'server')}/{text_at(entry, 'namespace')}"
        keys.append((path, place, f"a service account for `{place}` is there already"))
    yield from _duplicates(manifest, "duplicate-service-account", keys)


def _check_integrity(manifest: Manifest) -> Iterator[Fault]:
    spec = map_at(manifest.body, "spec")
    git = dig(spec, "sourceIntegrity", "git")
    if git is not None and spec.get("signatureKeys"):
        yield _fault(
            manifest,
            "signature-keys-ignored",
            ("spec", "signatureKeys"),
            "signatureKeys are ignored, because sourceIntegrity.git is there",
            "move the keys into sourceIntegrity",
        )
    for index, policy in enumerate(list_at(git, "policies")):
        path: Path = ("spec", "sourceIntegrity", "git", "policies", index)
        for keys in (("repos",), ("gpg", "keys"), ("gpg", "mode")):
            if dig(policy, *keys) is None:
                message = f"a source integrity policy has no `{'.'.join(keys)}`"
                yield _fault(manifest, "source-integrity-incomplete", (*path, *keys), message, f"add `{keys[-1]}`")


def _compiles(pattern: str) -> bool:
    try:
        compile_glob(pattern)
    except GlobError:
        return False
    return True


def _duplicates(manifest: Manifest, rule: str, entries: Iterable[tuple[Path, Hashable, str]]) -> Iterator[Fault]:
    seen: dict[Hashable, Path] = {}
    for path, key, message in entries:
        if key in seen:
            yield _fault(manifest, rule, path, message, "delete one of them", related=((manifest, seen[key]),))
        seen.setdefault(key, path)


def _fault(
    manifest: Manifest,
    rule: str,
    path: Path,
    message: str,
    fix: str,
    *,
    key: Path = (),
    related: tuple[tuple[Manifest, Path], ...] = (),
) -> Fault:
    return Fault(
        rule=f"argo-cd/{rule}", manifest=manifest, path=path, message=message, fix=fix, key=key, related=related
    )
