"""Bindings, network policies and projects: roles, accounts, pods and AppProjects that they name."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from gitopsgen.model.finding import Fault, Severity
from gitopsgen.model.manifest import dig, list_at, text_at
from gitopsgen.validation.references.index import ROLLOUTS, Index, Object, missing
from gitopsgen.validation.references.selectors import label_selector

_USER_ROLES: Final = frozenset({"cluster-admin", "admin", "edit", "view"})


def check_access(index: Index) -> Iterator[Fault]:
    """Yield the roles and accounts of bindings, and the pods of network policies, that are not there."""
    for kind in ("RoleBinding", "ClusterRoleBinding"):
        for found in index.of_kind(kind):
            yield from _check_role(index, found)
            yield from _check_subjects(index, found)
    for found in index.of_kind("NetworkPolicy"):
        yield from _check_policy(index, found)


def check_projects(index: Index) -> Iterator[Fault]:
    """Yield the Applications whose project is not there."""
    projects = any(True for _ in index.of_kind("AppProject"))
    for found in index.of_kind("Application"):
        name = text_at(found.manifest.body, "spec", "project")
        if found.group == ROLLOUTS and name and name != "default" and not _has_project(index, name):
            fault = missing(
                "project-not-in-set",
                found.manifest,
                ("spec", "project"),
                f"there is no AppProject `{name}` in the set: an Application without its project is never synced",
                f"correct the name, or declare `AppProject/{name}` as an external",
                foreign=Severity.WARNING if projects else Severity.INFO,
            )
            yield replace(fault, key=("argocd", "project", "create"))


def _has_project(index: Index, name: str) -> bool:
    return index.is_there("AppProject", name, "")


def _check_role(index: Index, found: Object) -> Iterator[Fault]:
    role = dig(found.manifest.body, "roleRef")
    kind, name = text_at(role, "kind"), text_at(role, "name")
    if not name or kind not in ("Role", "ClusterRole") or name in _USER_ROLES or name.startswith("system:"):
        return
    if not index.is_there(kind, name, found.namespace if kind == "Role" else ""):
        yield missing(
            "role-not-in-set",
            found.manifest,
            ("roleRef", "name"),
            f"there is no {kind} `{name}` in the set: the binding gives nothing",
            f"correct the name, or declare `{kind}/{name}` as an external",
            ours=Severity.ERROR if kind == "Role" else Severity.WARNING,
        )


def _check_subjects(index: Index, found: Object) -> Iterator[Fault]:
    for position, subject in enumerate(list_at(found.manifest.body, "subjects")):
        name = text_at(subject, "name")
        namespace = text_at(subject, "namespace") or found.namespace
        if text_at(subject, "kind") != "ServiceAccount" or name in ("", "default"):
            continue
        if not index.is_there("ServiceAccount", name, namespace):
            yield missing(
                "service-account-not-in-set",
                found.manifest,
                ("subjects", position, "name"),
                f"there is no ServiceAccount `{name}` in the set: nobody gets the role",
                f"add it, or declare `ServiceAccount/{name}` as an external",
                ours=Severity.WARNING,
            )


def _check_policy(index: Index, found: Object) -> Iterator[Fault]:
    selector = label_selector(dig(found.manifest.body, "spec", "podSelector"))
    if selector.is_empty or next(index.pods.select(selector, found.namespace), None) is not None:
        return
    yield missing(
        "network-policy-selects-nothing",
        found.manifest,
        ("spec", "podSelector"),
        f"no pod has the labels `{selector}`: the policy protects nothing",
        "write the labels of the pod template",
        ours=Severity.WARNING,
    )
