"""A Rollout's strategy: what of its spec decides weights, pods and waits."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias

from gitopsgen.model.manifest import Body, map_at, text_at
from gitopsgen.model.versions import Versions, version_key
from gitopsgen.rollouts.replicas import percent_or_count
from gitopsgen.rollouts.steps import Analysis, CanaryScale, Step, parse_analysis, parse_count, parse_steps

ROUTERS: Final = ("istio", "nginx", "alb", "smi", "ambassador", "appMesh", "traefik", "apisix")
_MENDED: Final = (1, 10)
DEFAULT_DELAY_SECONDS: Final = 30  # scaleDownDelaySeconds and abortScaleDownDelaySeconds alike


class InForce(NamedTuple):
    """What holds at a step: the nearest setWeight at or before it, and the setCanaryScale that sizes the canary.

    ``weight`` is ``None`` before the first; ``scale`` and ``scaled_by``, the index of its step, are ``None`` while the
    canary follows its weight.
    """

    weight: int | None
    scale: CanaryScale | None
    scaled_by: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """``spec.strategy.canary``.

    ``routed`` tells that ``trafficRouting`` is there, which changes the replica arithmetic; ``router`` names who sends
    the weights, ``None`` when nobody does. ``surge`` is ``maxSurge`` as written. ``abort_delay_seconds`` is ``None``
    when the manifest leaves it out, and then means 30. ``starting_step`` is where the background analysis begins.
    ``mended`` is a controller after 1.9: it caps ``min_pods`` at the replicas, and ends the abort of a dynamic canary.
    ``in_force`` has an entry for each step, ``rising_weights`` each setWeight that is below all later ones.
    """

    steps: tuple[Step, ...] = ()
    routed: bool = False
    router: str | None = None
    max_weight: int = 100
    surge: object = None
    dynamic_stable_scale: bool = False
    min_pods: int = 0
    abort_delay_seconds: int | None = None
    scale_down_delay_seconds: int = DEFAULT_DELAY_SECONDS
    scale_down_revisions: int | None = None
    background: Analysis | None = None
    starting_step: int = 0
    mended: bool = False
    in_force: tuple[InForce, ...] = field(init=False, repr=False)
    rising_weights: tuple[int, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "in_force", tuple(_in_force(self.steps, routed=self.routed)))
        object.__setattr__(self, "rising_weights", _rising_weights(self.steps))


@dataclass(frozen=True, slots=True, kw_only=True)
class BlueGreen:
    """``spec.strategy.blueGreen``; ``preview_replicas`` of ``None`` gives the preview all pods."""

    auto_promotion: bool = True
    auto_promotion_seconds: int = 0
    preview_replicas: int | None = None
    pre_promotion: Analysis | None = None
    post_promotion: Analysis | None = None
    abort_delay_seconds: int = DEFAULT_DELAY_SECONDS
    scale_down_delay_seconds: int = DEFAULT_DELAY_SECONDS
    scale_down_revisions: int | None = None

    @property
    def pauses(self) -> bool:
        """Tell whether the controller pauses before it switches the active Service."""
        return not self.auto_promotion or self.auto_promotion_seconds > 0


Strategy: TypeAlias = Canary | BlueGreen


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutSpec:
    """What a plan is made of. ``faults`` are about the strategy as a whole, not about a step."""

    namespace: str
    name: str
    replicas: int
    strategy: Strategy
    rollback_window: int = 0
    faults: tuple[str, ...] = ()


def parse_rollout(body: Body, *, replicas: int | None = None, versions: Versions | None = None) -> RolloutSpec:
    """Return the spec of a Rollout of any shape; ``replicas`` stands in for its own (what an HPA runs, say)."""
    mended = version_key((versions or Versions()).argo_rollouts) >= _MENDED
    spec = map_at(body, "spec")
    strategy = map_at(spec, "strategy")
    has_canary, has_blue_green = (isinstance(strategy.get(key), Mapping) for key in ("canary", "blueGreen"))
    count = parse_count(spec.get("replicas"))
    faults = []
    if has_canary == has_blue_green:
        faults.append("exactly one of canary and blueGreen is needed")
    if count is None and spec.get("replicas") is not None:
        faults.append("replicas is no count of pods")
    return RolloutSpec(
        namespace=text_at(body, "metadata", "namespace"),
        name=text_at(body, "metadata", "name"),
        replicas=replicas if replicas is not None else 1 if count is None else count,
        strategy=_parse_blue_green(map_at(strategy, "blueGreen"))
        if has_blue_green
        else _parse_canary(map_at(strategy, "canary"), mended=mended),
        rollback_window=parse_count(map_at(spec, "rollbackWindow").get("revisions")) or 0,
        faults=tuple(faults),
    )


def surge_pods(canary: Canary, replicas: int) -> int:
    """Return how many pods ``maxSurge`` allows beyond ``replicas``; a quarter when it is left out."""
    return percent_or_count("25%" if canary.surge is None else canary.surge, replicas)


def _in_force(steps: tuple[Step, ...], *, routed: bool) -> Iterator[InForce]:
    weight: int | None = None
    scale: CanaryScale | None = None
    scaled_by: int | None = None
    for index, step in enumerate(steps):
        if step.set_weight is not None:
            weight = step.set_weight
        if step.scale is not None and routed:
            scale, scaled_by = (None, None) if step.scale.matches_traffic else (step.scale, index)
        yield InForce(weight, scale, scaled_by)


def _rising_weights(steps: tuple[Step, ...]) -> tuple[int, ...]:
    rising: list[int] = []
    for step in reversed(steps):
        if step.set_weight is not None and (not rising or step.set_weight < rising[-1]):
            rising.append(step.set_weight)
    return tuple(reversed(rising))


def _parse_canary(fields: Mapping[str, object], *, mended: bool) -> Canary:
    routing = fields.get("trafficRouting")
    max_weight = parse_count(map_at(routing).get("maxTrafficWeight")) or 100
    background = fields.get("analysis")
    return Canary(
        steps=parse_steps(fields.get("steps"), max_weight),
        routed=isinstance(routing, Mapping),
        router=_router(map_at(routing)),
        max_weight=max_weight,
        surge=fields.get("maxSurge"),
        dynamic_stable_scale=fields.get("dynamicStableScale") is True,
        min_pods=parse_count(fields.get("minPodsPerReplicaSet")) or 0,
        abort_delay_seconds=parse_count(fields.get("abortScaleDownDelaySeconds")),
        scale_down_delay_seconds=_or_default(fields.get("scaleDownDelaySeconds")),
        scale_down_revisions=parse_count(fields.get("scaleDownDelayRevisionLimit")),
        background=parse_analysis(background) if isinstance(background, Mapping) else None,
        starting_step=parse_count(map_at(background).get("startingStep")) or 0,
        mended=mended,
    )


def _parse_blue_green(fields: Mapping[str, object]) -> BlueGreen:
    before, after = fields.get("prePromotionAnalysis"), fields.get("postPromotionAnalysis")
    return BlueGreen(
        auto_promotion=fields.get("autoPromotionEnabled") is not False,
        auto_promotion_seconds=parse_count(fields.get("autoPromotionSeconds")) or 0,
        preview_replicas=parse_count(fields.get("previewReplicaCount")),
        pre_promotion=parse_analysis(before) if isinstance(before, Mapping) else None,
        post_promotion=parse_analysis(after) if isinstance(after, Mapping) else None,
        abort_delay_seconds=_or_default(fields.get("abortScaleDownDelaySeconds")),
        scale_down_delay_seconds=_or_default(fields.get("scaleDownDelaySeconds")),
        scale_down_revisions=parse_count(fields.get("scaleDownDelayRevisionLimit")),
    )


def _or_default(value: object) -> int:
    seconds = parse_count(value)
    return DEFAULT_DELAY_SECONDS if seconds is None else seconds


def _router(routing: Mapping[str, object]) -> str | None:
    for name in ROUTERS:
        if routing.get(name) is not None:
            return name
    plugins = routing.get("plugins")
    return min(map(str, plugins)) if isinstance(plugins, Mapping) and plugins else None
