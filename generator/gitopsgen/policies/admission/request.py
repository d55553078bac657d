"""The request that the API server would see when a manifest is applied."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from gitopsgen.model.manifest import Body, map_at, text_at
from gitopsgen.policies.admission.resources import is_namespaced, resource_of


class Operation(StrEnum):
    """What is done to the object."""

    CREATE = "CREATE"
    UPDATE = "UPDATE"
    DELETE = "DELETE"
    CONNECT = "CONNECT"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserInfo:
    """Who asks; Argo CD's controller unless said otherwise, as it applies what is rendered."""

    username: str = "system:serviceaccount:argocd:argocd-application-controller"
    groups: tuple[str, ...] = ("system:serviceaccounts", "system:serviceaccounts:argocd", "system:authenticated")


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmissionRequest:
    """One operation on one object.

    ``object`` is ``None`` when it is deleted, ``old_object`` when it is created. ``namespace_object`` is the Namespace
    that the object lives in; ``namespace_known`` tells whether it was given, or made up from its name.
    """

    operation: Operation
    object: Body | None
    old_object: Body | None
    group: str
    version: str
    kind: str
    resource: str
    namespace: str
    name: str
    namespace_object: Body | None
    namespace_known: bool
    subresource: str = ""
    user: UserInfo = field(default_factory=UserInfo)

    @property
    def is_namespace(self) -> bool:
        """Tell whether the object itself is a Namespace."""
        return (self.group, self.resource) == ("", "namespaces")

    @property
    def attributes(self) -> dict[str, Any]:
        """What an expression sees as ``request``; empty fields are left out, as in JSON.

        Source: kubernetes v1.35, staging/src/k8s.io/apiserver/pkg/admission/plugin/cel/condition.go.
        """
        kind = {"group": self.group, "version": self.version, "kind": self.kind}
        resource = {"group": self.group, "version": self.version, "resource": self.resource}
        optional = {
            "subResource": self.subresource,
            "requestSubResource": self.subresource,
            "name": self.name,
            "namespace": self.namespace,
        }
        return {
            "kind": kind,
            "resource": resource,
            "requestKind": kind,
            "requestResource": resource,
            **{name: value for name, value in optional.items() if value},
            "operation": self.operation.value,
            "userInfo": {"username": self.user.username, "groups": list(self.user.groups)},
            "dryRun": False,
            "options": None,
        }


def make_request(
    current: Body | None,
    old: Body | None,
    operation: Operation,
    namespaces: Mapping[str, Body],
    *,
    resource: str = "",
    default_namespace: str = "default",
    user: UserInfo | None = None,
) -> AdmissionRequest:
    """Return the request for an object, with what an expression and a rule want to know of it.

    ``resource`` is worked out from the kind when it is empty (``pods/ephemeralcontainers`` names a subresource);
    ``namespaces`` are Namespace objects by name.
    """
    body = current if current is not None else old or {}
    group, slash, version = text_at(body, "apiVersion").rpartition("/")
    kind, own_namespace = text_at(body, "kind"), text_at(body, "metadata", "namespace")
    group = group if slash else ""
    name = text_at(body, "metadata", "name")
    main, _, subresource = (resource or resource_of(kind)).partition("/")
    namespace = (own_namespace or default_namespace) if is_namespaced(group, kind, own_namespace) else ""
    if (group, main) == ("", "namespaces"):
        namespace = name  # the API server gives a Namespace its own name for one
    lives_in = "" if (group, main) == ("", "namespaces") else namespace
    return AdmissionRequest(
        operation=operation,
        object=None if operation is Operation.DELETE else current,
        old_object=None if operation is Operation.CREATE else old,
        group=group,
        version=version,
        kind=kind,
        resource=main,
        subresource=subresource,
        namespace=namespace,
        name=name,
        namespace_object=_namespace_object(lives_in, namespaces.get(lives_in)) if lives_in else None,
        namespace_known=not lives_in or lives_in in namespaces,
        user=user or UserInfo(),
    )


def _namespace_object(name: str, known: Body | None) -> Body:
    """Return the parts of a Namespace that expressions may see, with what the API server adds to every one.

    Source: kubernetes v1.35, staging/src/k8s.io/apiserver/pkg/admission/plugin/cel/condition.go.
    """
    metadata = {
        field: value
        for field, value in map_at(known, "metadata").items()
        if field in ("name", "generateName", "labels", "annotations", "finalizers")
    }
    labels = {**map_at(known, "metadata", "labels"), "kubernetes.io/metadata.name": name}
    return {
        "metadata": {**metadata, "name": name, "labels": labels},
        "spec": dict(map_at(known, "spec")),
        "status": {"phase": "Active"},
    }
