"""What an AppProject permits: repositories, destinations, namespaces of Applications, and kinds.

Source: argo-cd v3.2.6, pkg/apis/application/v1alpha1/app_project_types.go, IsSourcePermitted, isDestinationMatched,
IsGroupKindPermitted, IsAppNamespacePermitted.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final

from gitopsgen.model.finding import Fault, Severity
from gitopsgen.model.manifest import Manifest, dig, list_at, text_at
from gitopsgen.validation.argo_cd.glob import is_deny, matches
from gitopsgen.validation.argo_cd.repository_url import normalize
from gitopsgen.validation.argo_cd.scopes import is_namespaced
from gitopsgen.validation.argo_cd.spec import (
    IN_CLUSTER_NAME,
    IN_CLUSTER_SERVER,
    ApplicationSpec,
    is_templated,
)


class Project:
    """An AppProject, asked what it permits."""

    def __init__(self, manifest: Manifest) -> None:
        self.manifest = manifest
        self.name = manifest.name

    @cached_property
    def _repositories(self) -> tuple[tuple[str, bool], ...]:
        return tuple(
            (normalize(entry.removeprefix("!")), is_deny(entry))
            for entry in list_at(self.manifest.body, "spec", "sourceRepos")
            if isinstance(entry, str)
        )

    @cached_property
    def _destinations(self) -> tuple[Mapping[str, Any], ...]:
        entries = list_at(self.manifest.body, "spec", "destinations")
        return tuple(entry for entry in entries if isinstance(entry, Mapping))

    @cached_property
    def _kinds(self) -> dict[tuple[str, str, bool], bool]:
        return {}

    def permits_source(self, url: str) -> bool:
        """Tell whether Applications may take manifests from the repository ``url``."""
        address = normalize(url)
        permitted = False
        for pattern, deny in self._repositories:
            if deny != _matches_address(pattern, address):
                permitted = True
            elif deny:
                return False
        return permitted

    def permits_destination(self, server: str, name: str, namespace: str) -> bool:
        """Tell whether Applications may deploy there; of a cluster known by one of its two names, the other may match.

        Only Argo CD knows which server has which name. What rests on the unknown one is taken as permitted.
        """
        permitted = False
        for entry in self._destinations:
            by_name, name_denies = _matches_cluster(text_at(entry, "name"), name)
            by_server, server_denies = _matches_cluster(text_at(entry, "server"), server)
            pattern = text_at(entry, "namespace")
            in_namespace = _matches_text(pattern, namespace)
            if (by_name or by_server) and in_namespace:
                permitted = True
            elif name_denies or (server_denies if in_namespace else is_deny(pattern) and by_server):
                return False
        return permitted

    def permits_kind(self, group: str, kind: str, *, namespaced: bool) -> bool:
        """Tell whether objects of this kind may be deployed."""
        key = (group, kind, namespaced)
        if key not in self._kinds:
            self._kinds[key] = self._permits_kind(group, kind, namespaced=namespaced)
        return self._kinds[key]

    def _permits_kind(self, group: str, kind: str, *, namespaced: bool) -> bool:
        prefix = "namespaceResource" if namespaced else "clusterResource"
        permitted = dig(self.manifest.body, "spec", f"{prefix}Whitelist")
        denied = list_at(self.manifest.body, "spec", f"{prefix}Blacklist")
        if not (namespaced and permitted is None) and not _lists(permitted, group, kind):
            return False
        # An entry with a name denies that object only.
        return not _lists([entry for entry in denied if not dig(entry, "name")], group, kind)

    def permits_application_namespace(self, namespace: str) -> bool:
        """Tell whether Applications of ``namespace`` may use this project; the one of Argo CD itself always may."""
        if not namespace or not self.manifest.namespace or namespace == self.manifest.namespace:
            return True
        patterns = [text for text in list_at(self.manifest.body, "spec", "sourceNamespaces") if isinstance(text, str)]
        return any(_matches_namespace(pattern, namespace) for pattern in patterns)


def check_permission(project: Project, application: ApplicationSpec, deployed: Iterable[Manifest]) -> Iterator[Fault]:
    """Yield what the project of an Application does not let it do."""
    for source in application.sources:
        url = source.text("repoURL")
        if url and not is_templated(url) and not project.permits_source(url):
            yield application.fault(
                "source-not-permitted",
                (*source.path, "repoURL"),
                f"the project `{project.name}` does not permit the repository `{url}`",
                f"add it to `sourceRepos` of the project `{project.name}`",
                related=((project.manifest, ("spec", "sourceRepos")),),
            )
    yield from _check_destination(project, application)
    namespace = application.manifest.namespace
    if not project.permits_application_namespace(namespace):
        yield application.fault(
            "application-namespace-not-permitted",
            ("metadata", "namespace"),
            f"the project `{project.name}` is not for Applications of the namespace `{namespace}`",
            f"add it to `sourceNamespaces` of the project `{project.name}`",
            related=((project.manifest, ("spec", "sourceNamespaces")),),
        )
    yield from _check_objects(project, application, deployed)


def _check_destination(project: Project, application: ApplicationSpec) -> Iterator[Fault]:
    server, name = text_at(application.destination, "server"), text_at(application.destination, "name")
    namespace = application.namespace
    if bool(server) == bool(name) or any(is_templated(text) for text in (server, name, namespace)):
        return
    if not _permits(project, server, name, namespace):
        yield application.fault(
            "destination-not-permitted",
            application.path("destination"),
            f"the project `{project.name}` does not permit the namespace `{namespace}` of `{server or name}`",
            f"add it to `destinations` of the project `{project.name}`",
            related=((project.manifest, ("spec", "destinations")),),
        )
    elif "CreateNamespace=true" in application.options and not project.permits_kind("", "Namespace", namespaced=False):
        yield application.fault(
            "create-namespace-not-permitted",
            application.option_path("CreateNamespace=true"),
            f"the project `{project.name}` does not permit Namespaces: without `{namespace}` nothing is applied",
            'add `{group: "", kind: Namespace}` to `clusterResourceWhitelist` of the project',
            # Where another tool makes the Namespace, nothing is missing.
            severity=None if application.manifest.release else Severity.WARNING,
            related=((project.manifest, ("spec", "clusterResourceWhitelist")),),
        )


def _check_objects(project: Project, application: ApplicationSpec, deployed: Iterable[Manifest]) -> Iterator[Fault]:
    for manifest in deployed:
        namespaced = is_namespaced(manifest.group, manifest.kind)
        if namespaced is None and manifest.namespace:
            namespaced = True
        if namespaced is not None:
            yield from _check_kind(project, application, manifest, namespaced=namespaced)
        if namespaced:
            yield from _check_namespace(project, application, manifest)


def _check_kind(
    project: Project, application: ApplicationSpec, manifest: Manifest, *, namespaced: bool
) -> Iterator[Fault]:
    group, kind = manifest.group, manifest.kind
    if not project.permits_kind(group, kind, namespaced=namespaced):
        whitelist = f"{'namespace' if namespaced else 'cluster'}ResourceWhitelist"
        yield Fault(
            rule="argo-cd/kind-not-permitted",
            manifest=manifest,
            path=("kind",),
            message=f"the project `{project.name}` does not permit {kind}: nothing of the Application "
            f"`{application.name}` is applied",
            fix=f'permit `{{group: "{group}", kind: {kind}}}` in `{whitelist}` of the project',
            related=((project.manifest, ("spec",)), (application.manifest, application.path("project"))),
        )


def _check_namespace(project: Project, application: ApplicationSpec, manifest: Manifest) -> Iterator[Fault]:
    server, name = text_at(application.destination, "server"), text_at(application.destination, "name")
    namespace = manifest.namespace
    if not namespace or namespace == application.namespace or not (server or name):
        return
    if not _permits(project, server, name, namespace):
        yield Fault(
            rule="argo-cd/namespace-not-permitted",
            manifest=manifest,
            path=("metadata", "namespace"),
            message=f"the project `{project.name}` does not permit the namespace `{namespace}`: nothing of the "
            f"Application `{application.name}` is applied",
            fix=f"add it to `destinations` of the project `{project.name}`",
            related=((project.manifest, ("spec", "destinations")),),
        )


_UNKNOWN: Final = "\0"


def _permits(project: Project, server: str, name: str, namespace: str) -> bool:
    if server == IN_CLUSTER_SERVER or name == IN_CLUSTER_NAME:
        return project.permits_destination(IN_CLUSTER_SERVER, IN_CLUSTER_NAME, namespace)
    return project.permits_destination(server or _UNKNOWN, name or _UNKNOWN, namespace)


def _matches_cluster(pattern: str, value: str) -> tuple[bool, bool]:
    """Return whether ``pattern`` takes the cluster in, and whether it denies it."""
    if value == _UNKNOWN:
        return bool(pattern), False
    if is_deny(pattern):
        found = matches(pattern[1:], value)
        return not found, found
    return matches(pattern, value), False


def _matches_text(pattern: str, text: str) -> bool:
    return not matches(pattern[1:], text) if is_deny(pattern) else matches(pattern, text)


def _matches_address(pattern: str, address: str) -> bool:
    return matches(pattern, address, "/")


def _matches_namespace(pattern: str, namespace: str) -> bool:
    if len(pattern) > 1 and pattern.startswith("/") and pattern.endswith("/"):
        try:
            return re.search(pattern[1:-1], namespace) is not None
        except re.error:
            return True
    return matches(pattern, namespace)


def _lists(entries: object, group: str, kind: str) -> bool:
    return isinstance(entries, list) and any(
        matches(text_at(entry, "group"), group) and matches(text_at(entry, "kind"), kind) for entry in entries
    )
