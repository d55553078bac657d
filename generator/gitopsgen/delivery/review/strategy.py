"""The old and the new plan of a release whose rollout changed, and what the difference means."""

from collections.abc import Iterator, Mapping
from typing import Final

from gitopsgen.delivery.review.model import Level, Line, ObjectChange
from gitopsgen.delivery.review.thresholds import ANALYSES
from gitopsgen.rollouts.drawing import format_seconds
from gitopsgen.rollouts.plan import Plan

_PLANNED: Final = (("spec", "strategy"), ("spec", "replicas"))
_STRATEGY: Final = 3
_SCALERS: Final = frozenset(("HorizontalPodAutoscaler", "ScaledObject"))
PLAN_FILES: Final = (
    "rollout-",
    "analysistemplate-",
    "clusteranalysistemplate-",
    "horizontalpodautoscaler-",
    "scaledobject-",
)
"""How the files begin that hold what a plan is worked out from."""


def concerns_plan(change: ObjectChange) -> bool:
    """Tell whether a change may alter what the rollout of its release does."""
    if change.manifest.kind == "Rollout":
        return change.became != "changed" or any(one.path[:2] in _PLANNED for one in change.fields)
    return change.manifest.kind in ANALYSES or change.manifest.kind in _SCALERS


def in_steps(path: tuple[str, ...]) -> bool:
    """Tell whether a path of a Rollout is of its steps, or the whole of its strategy: the plans tell of both."""
    return path[:2] == ("spec", "strategy") and (len(path) <= _STRATEGY or path[_STRATEGY] == "steps")


def same_plan(old: Plan, new: Plan) -> bool:
    """Tell whether two plans do the same, whatever their Rollouts are called."""
    return _unnamed(old.as_json(), old) == _unnamed(new.as_json(), new)


def plan_lines(old: Plan, new: Plan) -> Iterator[Line]:
    """Yield what another plan means to whoever releases the next version."""
    if old.strategy != new.strategy:
        yield _line(Level.HIGH, f"rollout strategy {old.strategy} → {new.strategy}")
    if old.gates != new.gates:
        level, policy = (Level.HIGH, "gate-removed") if new.gates < old.gates else (Level.LOW, "")
        yield _line(level, f"manual gates {old.gates} → {new.gates}", policy)
    if new.ungated_weight > old.ungated_weight:
        weights = f"{old.ungated_weight} % → {new.ungated_weight} %"
        policy = "ungated-production-canary" if not new.gates else "first-weight-too-large"
        yield _line(Level.HIGH, f"traffic before the first gate {weights}", policy)
    judges, judges_now = ([_short(name, plan) for name in plan.analyses] for plan in (old, new))
    dropped = [name for name in judges if name not in judges_now]
    if dropped:
        yield _line(Level.HIGH, f"not judged by {', '.join(dropped)} any more", "canary-without-analysis")
    added = [name for name in judges_now if name not in judges]
    if added:
        yield _line(Level.LOW, f"judged by {', '.join(added)} too")
    if new.largest_jump > old.largest_jump:
        jumps = f"{old.largest_jump} % → {new.largest_jump} %"
        yield _line(Level.MEDIUM, f"largest rise of traffic {jumps}", "weight-jump-too-large")
    if old.min_seconds != new.min_seconds:
        shorter = new.min_seconds < old.min_seconds
        times = f"{format_seconds(old.min_seconds)} → {format_seconds(new.min_seconds)}"
        yield _line(Level.MEDIUM if shorter else Level.LOW, f"takes at least {times}")
    if _unnamed([step.body for step in old.steps], old) != _unnamed([step.body for step in new.steps], new):
        yield _line(Level.MEDIUM, "rollout steps changed")


def _short(name: str, plan: Plan) -> str:
    """Return the name of an analysis without the release's own before it."""
    return name.removeprefix(f"{plan.name}-")


def _unnamed(value: object, plan: Plan) -> object:
    """Return data of a plan without the release's name, which is before the names of all that is its own."""
    if isinstance(value, Mapping):
        return {key: _unnamed(item, plan) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_unnamed(item, plan) for item in value]
    return ("" if value == plan.name else _short(value, plan)) if isinstance(value, str) else value


def _line(level: Level, text: str, policy: str = "") -> Line:
    return Line(level=level, text=text, key=text, policy=policy, of_plan=True)


def plan_in_words(plan: Plan) -> str:
    """Return a plan on one line: ``5 % → gate → 25 % → hold 10m → success-rate → 100 %``."""
    words: list[str] = []
    weight: int | None = None
    for step in plan.moves:
        percent = plan.percent(step.weight)
        if percent != weight and (percent or step.kind == "setWeight"):
            words.append(f"{percent} %")
            weight = percent
        names = ", ".join(_short(name, plan) for name in step.analysis)
        match step.waits:
            case "gate":
                words.append("gate")
            case "hold":
                words.append(f"hold {format_seconds(step.min_seconds)}")
            case "analysis" | "experiment":
                words.append(names or step.waits)
            case _:
                pass
    return " → ".join((*words, "100 %"))
