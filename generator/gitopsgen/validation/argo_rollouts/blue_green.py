"""The blue-green strategy: its Services, its limits, and gates that are not what they look like.

Source: argo-rollouts v1.9.2, pkg/apis/rollouts/validation/validation.go, ValidateRolloutStrategyBlueGreen.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import text_at
from gitopsgen.rollouts.steps import parse_count
from gitopsgen.rollouts.strategy import DEFAULT_DELAY_SECONDS
from gitopsgen.validation.argo_rollouts.limits import check_anti_affinity, check_revision_limit
from gitopsgen.validation.argo_rollouts.rollout import BLUE_GREEN, Rollout


def check_blue_green(rollout: Rollout) -> Iterator[Fault]:
    """Yield what is wrong with a blue-green strategy."""
    strategy = rollout.blue_green
    if strategy is None:
        return
    active, preview = text_at(strategy, "activeService"), text_at(strategy, "previewService")
    if active == preview:
        yield rollout.fault(
            "same-active-and-preview-service",
            (*BLUE_GREEN, "previewService" if preview else "activeService"),
            f"`{active}` is the active and the preview Service" if active else "there is no active Service",
            "name two different Services",
        )
    yield from check_revision_limit(rollout, strategy, BLUE_GREEN)
    yield from check_anti_affinity(rollout, strategy, BLUE_GREEN)
    yield from _check_promotion(rollout, strategy)
    yield from _check_preview_size(rollout, strategy)


def _check_promotion(rollout: Rollout, strategy: Mapping[str, Any]) -> Iterator[Fault]:
    gated = strategy.get("autoPromotionEnabled") is False
    seconds = parse_count(strategy.get("autoPromotionSeconds")) or 0
    if gated and seconds:
        yield rollout.fault(
            "auto-promotion-seconds-ignored",
            (*BLUE_GREEN, "autoPromotionSeconds"),
            f"after {seconds} s nothing happens: with `autoPromotionEnabled: false` only a person promotes",
            "delete it, or `autoPromotionEnabled: false`",
        )
    elif seconds:
        yield rollout.fault(
            "promote-restarts-timer",
            (*BLUE_GREEN, "autoPromotionSeconds"),
            f"`promote` does not promote, but starts the {seconds} s again; only `promote --full` does",
            "write `autoPromotionEnabled: false` for a gate that a person opens",
        )
    delay = parse_count(strategy.get("abortScaleDownDelaySeconds"))
    kept = DEFAULT_DELAY_SECONDS if delay is None else delay
    if gated and kept and not rollout.is_after_1_9 and not _is_preview_smaller(rollout, strategy):
        key = "autoPromotionEnabled" if delay is None else "abortScaleDownDelaySeconds"
        yield rollout.fault(
            "retry-skips-gate",
            (*BLUE_GREEN, key),
            f"a retry within {kept} s of an abort goes live at once, past the gate",
            "write `abortScaleDownDelaySeconds: 0`",
        )


def _check_preview_size(rollout: Rollout, strategy: Mapping[str, Any]) -> Iterator[Fault]:
    if _is_preview_smaller(rollout, strategy):
        yield rollout.fault(
            "preview-slows-rollback",
            (*BLUE_GREEN, "previewReplicaCount"),
            f"a rollback does not switch at once, but scales the old version from {strategy['previewReplicaCount']} "
            f"to {rollout.replicas} pods first",
            "delete it when rollbacks must be fast",
        )


def _is_preview_smaller(rollout: Rollout, strategy: Mapping[str, Any]) -> bool:
    preview = parse_count(strategy.get("previewReplicaCount"))
    return preview is not None and rollout.replicas is not None and preview < rollout.replicas
