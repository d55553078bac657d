"""Names that are known without a configuration: what Argo CD and Argo Rollouts ship, and the types of services."""

import re
from collections.abc import Iterable
from typing import Final

from gitopsgen.model.suggest import nearest

APPLICATION_TRIGGERS: Final = frozenset(
    {
        "on-created",
        "on-deleted",
        "on-deployed",
        "on-health-degraded",
        "on-sync-failed",
        "on-sync-running",
        "on-sync-status-unknown",
        "on-sync-succeeded",
    }
)
"""Source: argo-cd v3.2, notifications_catalog/triggers."""

ROLLOUT_TRIGGERS: Final = frozenset(
    {
        "on-analysis-run-error",
        "on-analysis-run-failed",
        "on-analysis-run-running",
        "on-rollout-aborted",
        "on-rollout-completed",
        "on-rollout-paused",
        "on-rollout-step-completed",
        "on-rollout-updated",
        "on-scaling-replica-set",
    }
)
"""Source: argo-rollouts v1.9.2, manifests/notifications."""

ROLLOUT_EVENTS: Final = ROLLOUT_TRIGGERS | {
    "on-analysis-run-inconclusive",
    "on-analysis-run-pending",
    "on-analysis-run-successful",
    "on-experiment-created",
    "on-new-replica-set-created",
    "on-reconciliation-error",
    "on-replica-set-create-error",
    "on-replica-set-update-error",
    "on-rollout-added-to-informer",
    "on-rollout-deleted",
    "on-rollout-not-completed",
    "on-rollout-resumed",
    "on-skip-steps",
    "on-step-plugin-transition",
    "on-switch-service",
    "on-traffic-routing-error",
    "on-traffic-weight-updated",
}
"""The triggers that events of a Rollout make, without those of single routers.

Source: argo-rollouts v1.9.2, utils/record/record.go (translateReasonToTrigger) and the reasons given to Eventf.
"""

SERVICE_TYPES: Final = frozenset(
    {
        "alertmanager",
        "awssqs",
        "email",
        "github",
        "googlechat",
        "grafana",
        "mattermost",
        "newrelic",
        "opsgenie",
        "pagerduty",
        "pagerdutyv2",
        "pushover",
        "rocketchat",
        "slack",
        "teams",
        "telegram",
        "webex",
        "webhook",
    }
)
"""Source: notifications-engine v0.5.0, pkg/services/services.go (NewService)."""

NEED_NO_RECIPIENT: Final = frozenset({"alertmanager", "awssqs", "github", "grafana", "webhook"})
"""Types whose Send does without one. Source: notifications-engine v0.5.0, pkg/services."""

_WORD: Final = re.compile(r"[^a-z0-9]")


def misspelt(name: str, known: Iterable[str]) -> str:
    """Return the known name that ``name`` is one slip away from; empty for a known one, and for a name of one's own.

    A slip is a letter too few, too many, wrong, or swapped with its neighbour; another case, or other marks between
    the words. What only goes on after a known name (``slack2``) is a name of one's own.
    """
    words = sorted(known)
    if name in words:
        return ""
    plain = _plain(name)
    for word in words:
        if plain == _plain(word) or (not name.startswith(word) and _is_one_slip(plain, _plain(word))):
            return word
    return ""


def write_or(name: str, known: Iterable[str], otherwise: str) -> str:
    """Return the fix for an unknown name: the nearest known one, or else ``otherwise``."""
    near = nearest(name, known)
    return f"write `{near}`" if near else otherwise


def _plain(name: str) -> str:
    return _WORD.sub("", name.lower())


def _is_one_slip(one: str, other: str) -> bool:
    shared = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    rest, goal = one[shared:], other[shared:]
    return (
        rest[1:] == goal[1:]
        or rest[1:] == goal
        or rest == goal[1:]
        or (rest[:2][::-1] + rest[2:] == goal and rest != goal)
    )
