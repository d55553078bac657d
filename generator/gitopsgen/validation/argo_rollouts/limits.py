"""Numbers of both strategies: delays, limits, percentages, and anti-affinity.

Source: argo-rollouts v1.9.2, pkg/apis/rollouts/validation/validation.go.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from gitopsgen.model.finding import Fault, Severity
from gitopsgen.model.manifest import dig, map_at
from gitopsgen.rollouts.steps import parse_integer
from gitopsgen.source.location import Path
from gitopsgen.validation.argo_rollouts.rollout import BLUE_GREEN, CANARY, Rollout

_HISTORY: Final = 10
_LARGEST_WEIGHT: Final = 100
_REQUIRED: Final = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED: Final = "preferredDuringSchedulingIgnoredDuringExecution"
_DELAYS: Final = ("scaleDownDelaySeconds", "scaleDownDelayRevisionLimit", "abortScaleDownDelaySeconds")
_NOT_NEGATIVE: Final[tuple[Path, ...]] = (
    ("spec", "rollbackWindow", "revisions"),
    ("spec", "analysis", "successfulRunHistoryLimit"),
    ("spec", "analysis", "unsuccessfulRunHistoryLimit"),
    *((*base, key) for base in (CANARY, BLUE_GREEN) for key in _DELAYS),
    (*BLUE_GREEN, "autoPromotionSeconds"),
    (*BLUE_GREEN, "previewReplicaCount"),
    (*CANARY, "minPodsPerReplicaSet"),
    (*CANARY, "analysis", "startingStep"),
    (*CANARY, "maxSurge"),
    (*CANARY, "maxUnavailable"),
    (*BLUE_GREEN, "maxUnavailable"),
    (*CANARY, "replicaProgressThreshold", "value"),
    (*CANARY, "trafficRouting", "maxTrafficWeight"),
)


def check_limits(rollout: Rollout) -> Iterator[Fault]:
    """Yield numbers below zero that the controller accepts, and then makes of them what it likes."""
    body = rollout.manifest.body
    for path in _NOT_NEGATIVE:
        number = parse_integer(dig(body, *path))
        if number is not None and number < 0:
            yield rollout.fault("negative-limit", path, f"`{path[-1]}` is {number}", "write 0 or more")
    yield from _check_rollback_window(rollout)


def _check_rollback_window(rollout: Rollout) -> Iterator[Fault]:
    """Yield a window of revisions that are not kept so long."""
    path: Path = ("spec", "rollbackWindow", "revisions")
    window = parse_integer(dig(rollout.manifest.body, *path))
    history, default = _history(rollout)
    if window is not None and window > history >= 0:
        yield rollout.fault(
            "history-below-rollback-window",
            path,
            f"a rollback is fast for the last {window} revisions, and {default}only {history} old ones are kept",
            f"write a `revisionHistoryLimit` of {window} or more",
        )


def check_revision_limit(rollout: Rollout, strategy: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    """Yield a limit of ReplicaSets in their scale-down delay that is above the number that is kept at all."""
    limit = parse_integer(strategy.get("scaleDownDelayRevisionLimit"))
    history, default = _history(rollout)
    if limit is not None and limit > history:
        yield rollout.fault(
            "history-below-scale-down-limit",
            (*path, "scaleDownDelayRevisionLimit"),
            f"up to {limit} old ReplicaSets may keep their pods, and {default}only {history} are kept",
            f"write a `revisionHistoryLimit` of {limit} or more",
            # Of a canary the controller does not look at it.
            severity=None if path == BLUE_GREEN else Severity.WARNING,
        )


def _history(rollout: Rollout) -> tuple[int, str]:
    """Return how many old ReplicaSets are kept, and the words for it when nobody has said so."""
    written = parse_integer(rollout.spec.get("revisionHistoryLimit"))
    return (_HISTORY, "by default ") if written is None else (written, "")


def check_anti_affinity(rollout: Rollout, strategy: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    """Yield an anti-affinity that is not exactly one of the two kinds, or has no weight."""
    body = strategy.get("antiAffinity")
    if not isinstance(body, Mapping):
        return
    given = [key for key in (_REQUIRED, _PREFERRED) if body.get(key) is not None]
    if len(given) != 1:
        yield rollout.fault(
            "anti-affinity-kinds",
            (*path, "antiAffinity"),
            "anti-affinity is required and preferred" if given else "anti-affinity is neither required nor preferred",
            f"write one of `{_REQUIRED}`, `{_PREFERRED}`",
        )
    if _PREFERRED in given:
        weight = parse_integer(map_at(body, _PREFERRED).get("weight"))
        if weight is None or not 1 <= weight <= _LARGEST_WEIGHT:
            yield rollout.fault(
                "anti-affinity-weight",
                (*path, "antiAffinity", _PREFERRED, "weight"),
                f"the weight is {weight or 0}",
                "write a `weight` of 1 to 100",
            )
