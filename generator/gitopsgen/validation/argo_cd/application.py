"""An Application by itself: name, project, destination, finalizers, and what the CRD asks of its entries."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from gitopsgen.model.finding import Fault, Severity
from gitopsgen.model.manifest import dig, list_at, map_at, text_at
from gitopsgen.model.versions import Versions, version_key
from gitopsgen.source.location import Path, format_path
from gitopsgen.validation.argo_cd.spec import ApplicationSpec, is_templated

_SUBDOMAIN: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LONGEST_NAME: Final = 253
_FINALIZERS: Final = frozenset(
    stem + end
    for stem, ends in {
        "resources-finalizer.argocd.argoproj.io": ("", "/foreground", "/background"),
        "pre-delete-finalizer.argocd.argoproj.io": ("", "/cleanup"),
        "post-delete-finalizer.argocd.argoproj.io": ("", "/cleanup"),
    }.items()
    for end in ends
)
_MANAGED_BY_URL: Final = "argocd.argoproj.io/managed-by-url"
_CHECKS_MANAGED_BY_URL: Final = (3, 3)

_IS_STRING: Final = ("a string", lambda value: isinstance(value, str))
_IS_FLAG: Final = ("a boolean", lambda value: isinstance(value, bool))
_IS_NUMBER: Final = ("a whole number", lambda value: isinstance(value, int) and not isinstance(value, bool))
_TYPES: Final[Mapping[Path, tuple[str, Callable[[Any], bool]]]] = {
    ("syncPolicy", "automated", "prune"): _IS_FLAG,
    ("syncPolicy", "automated", "selfHeal"): _IS_FLAG,
    ("syncPolicy", "automated", "allowEmpty"): _IS_FLAG,
    ("syncPolicy", "automated", "enabled"): _IS_FLAG,
    ("syncPolicy", "retry", "limit"): _IS_NUMBER,
    ("syncPolicy", "retry", "backoff", "duration"): _IS_STRING,
    ("syncPolicy", "retry", "backoff", "maxDuration"): _IS_STRING,
    ("syncPolicy", "retry", "backoff", "factor"): _IS_NUMBER,
    ("revisionHistoryLimit",): _IS_NUMBER,
}


def check_application(application: ApplicationSpec, versions: Versions) -> Iterator[Fault]:
    """Yield what is wrong with an Application whatever its source is."""
    yield from _check_identity(application)
    yield from _check_destination(application)
    yield from _check_types(application)
    yield from _check_entries(application)
    yield from _check_namespace_metadata(application)
    yield from _check_annotations(application, versions)


def _check_identity(application: ApplicationSpec) -> Iterator[Fault]:
    name = application.name
    if name and not is_templated(name) and (len(name) > _LONGEST_NAME or not _SUBDOMAIN.fullmatch(name)):
        yield application.fault(
            "application-name-invalid",
            (*application.base, "metadata", "name"),
            f"the name `{name}` is no lower case DNS subdomain",
            "use lower case letters, digits, `-` and `.`",
        )
    project = dig(application.spec, "project")
    if project is None and not application.is_generated:
        yield application.fault(
            "application-incomplete", application.path("project"), "names no project", "add `spec.project`"
        )
    elif project in ("default", "") and not _is_root(application):
        yield application.fault(
            "default-project",
            application.path("project"),
            "uses the project `default`, which permits every repository, cluster and kind",
            "name an AppProject of its own",
        )
    for index, finalizer in enumerate(list_at(application.body, "metadata", "finalizers")):
        if isinstance(finalizer, str) and "argoproj.io" in finalizer and finalizer not in _FINALIZERS:
            yield application.fault(
                "unknown-finalizer",
                (*application.base, "metadata", "finalizers", index),
                f"no controller removes the finalizer `{finalizer}`: the Application can never be deleted",
                "write `resources-finalizer.argocd.argoproj.io/foreground`",
            )


def _is_root(application: ApplicationSpec) -> bool:
    """Tell whether an Environment renders it for no App: the root brings the AppProject, and cannot be in it before."""
    return bool(application.manifest.environment) and not application.manifest.release


def _check_destination(application: ApplicationSpec) -> Iterator[Fault]:
    destination = application.destination
    path = application.path("destination")
    server, name = text_at(destination, "server"), text_at(destination, "name")
    if server and name and not is_templated(server) and not is_templated(name):
        yield application.fault(
            "destination-server-and-name",
            (*path, "name"),
            f"the destination has both the server `{server}` and the name `{name}`",
            "keep one of the two",
        )
    elif not server and not name:
        if not application.may_be_completed and isinstance(destination.get("server", ""), str):
            yield application.fault(
                "destination-missing",
                path,
                "the destination has neither a server nor a name",
                "add `server: https://kubernetes.default.svc`, or the name of a registered cluster",
            )
    elif server and not name and "://" not in server and not is_templated(server):
        yield application.fault(
            "destination-server-no-url",
            (*path, "server"),
            f"`{server}` is no URL: clusters are found by the URL of their API server",
            f"write `name: {server}` instead, or the server's URL",
        )


def _check_types(application: ApplicationSpec) -> Iterator[Fault]:
    for keys, (expected, holds) in _TYPES.items():
        value = dig(application.spec, *keys)
        if value is not None and not holds(value) and not is_templated(value):
            yield application.fault(
                "wrong-type",
                application.path(*keys),
                f"{format_path(keys)} is `{value}`, and must be {expected}",
                f"write {expected}, quoted only when it is a string",
            )
    for part in ("labels", "annotations"):
        keys = ("syncPolicy", "managedNamespaceMetadata", part)
        for key, value in map_at(application.spec, *keys).items():
            if not isinstance(value, str):
                yield application.fault(
                    "wrong-type",
                    application.path(*keys, key),
                    f"the {part[:-1]} `{key}` is `{value}`, and must be a string",
                    "quote it",
                )


def _check_entries(application: ApplicationSpec) -> Iterator[Fault]:
    required = {"info": ("name", "value"), "ignoreDifferences": ("kind",)}
    for key, names in required.items():
        for index, entry in enumerate(list_at(application.spec, key)):
            for name in names:
                if not isinstance(dig(entry, name), str):
                    yield application.fault(
                        "entry-incomplete",
                        application.path(key, index, name),
                        f"an entry of `{key}` has no `{name}`",
                        f"add `{name}`",
                    )


def _check_namespace_metadata(application: ApplicationSpec) -> Iterator[Fault]:
    if (
        map_at(application.spec, "syncPolicy", "managedNamespaceMetadata")
        and "CreateNamespace=true" not in application.options
    ):
        yield application.fault(
            "namespace-metadata-without-create-namespace",
            application.path("syncPolicy", "managedNamespaceMetadata"),
            "labels and annotations of a namespace that Argo CD does not create are never written",
            "add the sync option `CreateNamespace=true`",
        )


def _check_annotations(application: ApplicationSpec, versions: Versions) -> Iterator[Fault]:
    url = dig(application.body, "metadata", "annotations", _MANAGED_BY_URL)
    if not isinstance(url, str) or is_templated(url):
        return
    if not _is_web_address(url):
        yield application.fault(
            "managed-by-url-invalid",
            (*application.base, "metadata", "annotations", _MANAGED_BY_URL),
            f"`{url}` is no http or https address",
            "write the address of the Argo CD that manages it",
            severity=None if version_key(versions.argo_cd) >= _CHECKS_MANAGED_BY_URL else Severity.WARNING,
        )


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
