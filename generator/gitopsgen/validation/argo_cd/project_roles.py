"""The roles of an AppProject: names, groups, and RBAC lines that are scoped to the project."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import Manifest, list_at, text_at
from gitopsgen.source.location import Path

_ROLE: Final = re.compile(r"[a-zA-Z0-9]([-_a-zA-Z0-9]*[a-zA-Z0-9])?")
_RESOURCES: Final = ("applications", "applicationsets", "repositories", "exec", "logs", "clusters")
_ACTIONS: Final = frozenset({"get", "create", "update", "delete", "sync", "override", "*"})
_ACTION_PATTERN: Final = re.compile(r"(action|update|delete)/")
_OBJECT: Final = re.compile(r"(/[*\w.\-]+)?/[*\w.\-]+", re.ASCII)
_GROUP_FORBIDDEN: Final = re.compile(r"[\"\n\r\t]")
_PARTS: Final = 6


def check_roles(manifest: Manifest) -> Iterator[Fault]:
    """Yield what Argo CD's API server would refuse of a project's roles.

    Source: argo-cd v3.2.6, pkg/apis/application/v1alpha1/types.go, validatePolicy, validateRoleName, validateGroupName.
    """
    names: set[str] = set()
    for index, role in enumerate(list_at(manifest.body, "spec", "roles")):
        if not isinstance(role, Mapping):
            continue
        path: Path = ("spec", "roles", index)
        name = text_at(role, "name")
        if not _ROLE.fullmatch(name):
            message = f"the role name `{name}` does not begin and end with a letter or digit, or has other characters"
            yield _fault(manifest, "role-name-invalid", (*path, "name"), message, "use letters, digits, `-` and `_`")
        if name in names:
            yield _fault(manifest, "duplicate-role", (*path, "name"), f"there are two roles `{name}`", "join them")
        names.add(name)
        yield from _check_policies(manifest, path, name, list_at(role, "policies"))
        yield from _check_groups(manifest, path, list_at(role, "groups"))


def _check_policies(manifest: Manifest, path: Path, role: str, policies: list[object]) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, policy in enumerate(policies):
        if not isinstance(policy, str):
            continue
        at = (*path, "policies", index)
        if policy in seen:
            message = f"the policy `{policy}` is there already"
            yield _fault(manifest, "duplicate-role-policy", at, message, "delete one of them")
        seen.add(policy)
        rule, message, fix = _policy_fault(manifest.name, role, policy)
        if rule:
            yield _fault(manifest, rule, at, message, fix)


def _policy_fault(project: str, role: str, policy: str) -> tuple[str, str, str]:
    """Return the first fault of a line, as the server stops at it: rule, message and mend; empty when it has none."""
    parts = [part.strip(" ") for part in policy.split(",")]
    if len(parts) != _PARTS or parts[0] != "p":
        message = f"`{policy}` has not the six parts of a policy"
        return (
            "role-policy-malformed",
            message,
            f"write `p, proj:{project}:{role}, applications, get, {project}/*, allow`",
        )
    _, subject, resource, action, target, effect = parts
    if subject != f"proj:{project}:{role}":
        message = f"the policy is for `{subject}`, and stands in another role or project"
        return "role-policy-subject", message, f"write `proj:{project}:{role}`"
    if resource not in _RESOURCES:
        message = f"a project's policy cannot be about `{resource}`"
        return "role-policy-resource", message, f"write one of {', '.join(_RESOURCES)}"
    if action not in _ACTIONS and not _ACTION_PATTERN.search(action):
        message = f"there is no action `{action}`"
        return "role-policy-action", message, f"write one of {', '.join(sorted(_ACTIONS))}, or `action/…`"
    if not target.startswith(project) or not _OBJECT.fullmatch(target[len(project) :]):
        message = f"`{target}` is no object of the project `{project}`"
        return "role-policy-object", message, f"write `{project}/*`, or `{project}/<application>`"
    if effect not in ("allow", "deny"):
        return "role-policy-effect", f"the effect `{effect}` is neither allow nor deny", "write `allow` or `deny`"
    return "", "", ""


def _check_groups(manifest: Manifest, path: Path, groups: list[object]) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, group in enumerate(groups):
        if not isinstance(group, str):
            continue
        at = (*path, "groups", index)
        if group in seen:
            message = f"the group `{group}` is there already"
            yield _fault(manifest, "duplicate-role-group", at, message, "delete one of them")
        seen.add(group)
        if problem := _group_problem(group):
            yield _fault(manifest, "role-group-invalid", at, f"the group `{group}` {problem}", "correct the name")


def _group_problem(group: str) -> str:
    inner = group.strip()
    if len(inner) > 1 and inner.startswith('"') and inner.endswith('"'):
        inner = inner[1:-1]
    elif "," in inner:
        return "has a comma, and no quotes around it"
    if not inner:
        return "is empty"
    if _GROUP_FORBIDDEN.search(inner):
        return "has a quote or a control character inside"
    return "begins or ends with a blank" if len(group) > 1 and group != group.strip() else ""


def _fault(manifest: Manifest, rule: str, path: Path, message: str, fix: str) -> Fault:
    return Fault(rule=f"argo-cd/{rule}", manifest=manifest, path=path, message=message, fix=fix)
