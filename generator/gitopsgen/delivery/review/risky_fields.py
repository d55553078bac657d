"""What a change of one field puts at risk: a table of paths, in the words of Kubernetes and Argo CD."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from gitopsgen.delivery.review.fields import leaves
from gitopsgen.delivery.review.images import parse_image
from gitopsgen.delivery.review.model import ABSENT, Concern, FieldChange, Item, Level
from gitopsgen.model.quantity import parse_quantity

Judge = Callable[[object, object], bool]
"""Tells of the old and the new value of a field whether the change is a concern."""

_HALF: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    kinds: frozenset[str]
    path: re.Pattern[str]
    when: Judge
    level: Level
    message: str
    policy: str = ""


def field_concerns(kind: str, change: FieldChange) -> Iterator[Concern]:
    """Yield what a change of an object of ``kind`` puts at risk; of concerns in equal words, one."""
    told: set[str] = set()
    for leaf in leaves(change):
        path = _pattern(leaf.path)
        for rule in _RULES:
            fits = (not rule.kinds or kind in rule.kinds) and rule.path.search(path)
            if fits and rule.message not in told and rule.when(leaf.before, leaf.after):
                told.add(rule.message)
                yield Concern(level=rule.level, message=rule.message, policy=rule.policy, path=change.path)


def _pattern(path: tuple[str, ...]) -> str:
    """Return a path without what names the items: ``spec.template.spec.containers[].image``."""
    return "".join("[]" if isinstance(step, Item) else f".{step}" for step in path).removeprefix(".")


def _any(_before: object, _after: object) -> bool:
    return True


def _gone(before: object, after: object) -> bool:
    return before is not ABSENT and after is ABSENT


def _new(before: object, after: object) -> bool:
    return before is ABSENT and after is not ABSENT


def _present(_before: object, after: object) -> bool:
    return after is not ABSENT


def _switched_on(before: object, after: object) -> bool:
    return after is True and before is not True


def _switched_off(before: object, after: object) -> bool:
    return before is True and after is not True


def _refused_before(before: object, after: object) -> bool:
    return before is False and after is not False


def _root(_before: object, after: object) -> bool:
    return type(after) is int and after == 0


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return parse_quantity(str(value))
    except ValueError:
        return None


def _less(before: object, after: object) -> bool:
    old, new = _number(before), _number(after)
    return old is not None and new is not None and new < old


def _half(before: object, after: object) -> bool:
    old, new = _number(before), _number(after)
    return old is not None and new is not None and new < old and (new == 0 or new * _HALF <= old)


def _less_or_gone(before: object, after: object) -> bool:
    return _gone(before, after) or _less(before, after)


def _confined(value: object) -> bool:
    return value in ("RuntimeDefault", "Localhost")


def _loses_confinement(before: object, after: object) -> bool:
    return _confined(before) and not _confined(after)


def _exposes(before: object, after: object) -> bool:
    return after in ("LoadBalancer", "NodePort") and before != after


def _from_elsewhere(before: object, after: object) -> bool:
    return isinstance(before, str) and isinstance(after, str) and parse_image(before)[0] != parse_image(after)[0]


def _rule(kinds: str, path: str, when: Judge, level: Level, message: str, policy: str = "") -> _Rule:
    return _Rule(
        kinds=frozenset(kinds.split()), path=re.compile(path), when=when, level=level, message=message, policy=policy
    )


_HIGH, _MEDIUM = Level.HIGH, Level.MEDIUM
_ROLES: Final = "Role ClusterRole"
_BINDINGS: Final = "RoleBinding ClusterRoleBinding"
_SCALED: Final = "Rollout Deployment StatefulSet ReplicaSet HelmValues"
_LIMITS: Final = (
    r"^spec\.(sourceRepos|destinations|sourceNamespaces|clusterResourceWhitelist|namespaceResourceWhitelist)"
)
_RULES: Final = (
    # what a container may do to its node
    _rule(
        "",
        r"securityContext\.privileged$",
        _switched_on,
        _HIGH,
        "the container owns its node",
        "privileged-container",
    ),
    _rule(
        "",
        r"securityContext\.allowPrivilegeEscalation$",
        _refused_before,
        _HIGH,
        "a process may gain privileges",
        "privilege-escalation-allowed",
    ),
    _rule("", r"ecurityContext\.runAsNonRoot$", _switched_off, _HIGH, "may run as root", "run-as-root"),
    _rule("", r"ecurityContext\.runAsUser$", _root, _HIGH, "runs as root", "run-as-root"),
    _rule(
        "",
        r"ecurityContext\.readOnlyRootFilesystem$",
        _switched_off,
        _MEDIUM,
        "what breaks in can write to its root file system",
        "writable-root-file-system",
    ),
    _rule("", r"capabilities\.drop\[\]$", _gone, _HIGH, "keeps a capability", "capabilities-kept"),
    _rule("", r"capabilities\.add\[\]$", _new, _HIGH, "gains a capability", "capabilities-kept"),
    _rule(
        "",
        r"(seccompProfile|appArmorProfile)\.type$",
        _loses_confinement,
        _HIGH,
        "is confined no more",
        "seccomp-profile-missing",
    ),
    _rule(
        "",
        r"\.(hostNetwork|hostPID|hostIPC)$",
        _switched_on,
        _HIGH,
        "shares a namespace of its node",
        "host-namespace",
    ),
    _rule("", r"volumes\[\]\.hostPath\.", _present, _HIGH, "reaches into its node's files", "host-path-volume"),
    _rule(
        "",
        r"automountServiceAccountToken$",
        _refused_before,
        _MEDIUM,
        "its token lies in the pod",
        "service-account-token-mounted",
    ),
    _rule("", r"serviceAccountName$", _any, _MEDIUM, "acts as another account"),
    # who may do what
    _rule(_ROLES, r"^rules\[\]", _present, _HIGH, "permits something else"),
    _rule(_BINDINGS, r"^(subjects|roleRef)", _present, _HIGH, "permits it to others"),
    _rule("AppProject", _LIMITS, _present, _HIGH, "the project reaches further", "project-widened"),
    _rule("AppProject", r"ResourceBlacklist", _gone, _HIGH, "the project reaches further", "project-widened"),
    _rule("AppProject", r"^spec\.(roles|syncWindows)", _any, _MEDIUM, "who may sync, or when, changes"),
    _rule(
        "NetworkPolicy",
        r"^spec\.policyTypes",
        _gone,
        _HIGH,
        "a direction of traffic is open to all",
        "network-policy-open",
    ),
    _rule("NetworkPolicy", r"^spec\.", _any, _MEDIUM, "other traffic gets through"),
    _rule("Secret", r"^(data|stringData)", _any, _MEDIUM, "a secret changes"),
    # how many, and how large
    _rule(_SCALED, r"^spec\.(replicas|replicaCount)$", _half, _HIGH, "half of the pods or more go", "replicas-cut"),
    _rule(_SCALED, r"^spec\.(replicas|replicaCount)$", _less, _MEDIUM, "fewer pods"),
    _rule(
        "HorizontalPodAutoscaler",
        r"^spec\.minReplicas$",
        _half,
        _HIGH,
        "half of the pods or more may go",
        "replicas-cut",
    ),
    _rule("HorizontalPodAutoscaler", r"^spec\.m(in|ax)Replicas$", _less, _MEDIUM, "scales to fewer pods"),
    _rule("ScaledObject", r"^spec\.m(in|ax)ReplicaCount$", _less, _MEDIUM, "scales to fewer pods"),
    _rule("", r"resources\.(requests|limits)\.", _less_or_gone, _MEDIUM, "gets less", "requests-cut"),
    _rule("PodDisruptionBudget", r"^spec\.", _any, _MEDIUM, "a drain may stop other numbers of pods"),
    # whether it is noticed when it does not work
    _rule("", r"readinessProbe\.", _gone, _HIGH, "gets traffic before it is ready", "readiness-probe-missing"),
    _rule("", r"livenessProbe\.", _gone, _MEDIUM, "is not restarted when it hangs", "liveness-probe-missing"),
    _rule("", r"(liveness|readiness|startup)Probe\.", _any, _MEDIUM, "is judged otherwise"),
    # where traffic goes
    _rule("Service", r"^spec\.selector\.", _any, _HIGH, "traffic goes to other pods"),
    _rule(
        "Service", r"^spec\.type$", _exposes, _HIGH, "is reached from outside of the cluster", "service-type-exposed"
    ),
    _rule("Service", r"^spec\.ports\[\]", _any, _MEDIUM, "is reached at another port"),
    _rule("Ingress HTTPRoute GRPCRoute VirtualService", r"^spec\.", _any, _MEDIUM, "requests come in otherwise"),
    _rule("Ingress", r"-snippet$", _present, _HIGH, "writes into the proxy's configuration", "ingress-snippet"),
    # what runs
    _rule("", r"ontainers\[\]\.image$", _from_elsewhere, _MEDIUM, "another image"),
    _rule("", r"\.containers\[\]\.(command|args)", _any, _MEDIUM, "runs another command"),
    _rule("Job CronJob", r"^spec\.", _any, _MEDIUM, "the job changes"),
    # what Argo CD does
    _rule("Application", r"^spec\.destination\.", _any, _HIGH, "is deployed to another place; what is there stays"),
    _rule("Application", r"^spec\.project$", _any, _MEDIUM, "other limits apply", "application-project-changed"),
    _rule("Application", r"^spec\.sources?(\[\])?\.(repoURL|path|chart)$", _any, _MEDIUM, "is read from elsewhere"),
    _rule("Application", r"^spec\.sources?(\[\])?\.targetRevision$", _any, _MEDIUM, "follows another revision"),
    _rule("Application", r"automated\.prune$", _switched_on, _MEDIUM, "from now on, what is gone from git is deleted"),
    _rule("Application", r"automated\.selfHeal$", _switched_off, _MEDIUM, "edits in the cluster stay"),
    _rule("Application", r"syncPolicy\.automated$", _gone, _MEDIUM, "nothing is synced by itself"),
    _rule(
        "Application",
        r"metadata\.finalizers",
        _gone,
        _MEDIUM,
        "what it deployed stays when it goes",
        "application-leaves-orphans",
    ),
)
