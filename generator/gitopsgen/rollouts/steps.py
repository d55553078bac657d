"""The steps of a canary, as frozen values read from whatever a manifest holds."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from gitopsgen.model.manifest import list_at, map_at, text_at
from gitopsgen.rollouts.durations import parse_go_duration, parse_pause_seconds

StepKind: TypeAlias = Literal[
    "pause",
    "setCanaryScale",
    "setWeight",
    "experiment",
    "analysis",
    "setHeaderRoute",
    "setMirrorRoute",
    "plugin",
    "",
]

KINDS: Final[tuple[StepKind, ...]] = (
    "pause",
    "setCanaryScale",
    "setWeight",
    "experiment",
    "analysis",
    "setHeaderRoute",
    "setMirrorRoute",
    "plugin",
)
"""In the order in which the controller asks which of several keys decides that a step is complete.

Source: argo-rollouts v1.9.2, rollout/canary.go, completedCurrentCanaryStep.
"""

_QUOTED: Final = re.compile(r"\d{1,9}\Z", re.ASCII)
LARGEST_COUNT: Final = 2**31 - 1  # pods and weights are 32 bits wide


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """``seconds`` of ``None`` waits until a person promotes."""

    seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryScale:
    """A size for the canary that does not follow its weight.

    ``replicas`` wins over ``weight``. With neither, or with ``matchTrafficWeight``, it follows its weight again.
    """

    replicas: int | None = None
    weight: int | None = None
    matches_traffic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A managed header or mirror route; ``removed`` takes it away. ``percent`` is what a mirror copies."""

    name: str
    removed: bool = False
    percent: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """An analysis run: its templates as (name, cluster-wide), and the arguments given to it as text."""

    templates: tuple[tuple[str, bool], ...]
    arguments: tuple[tuple[str, str], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The templates' names, in order."""
        return tuple(name for name, _ in self.templates)


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """Pods beside the release for ``seconds``, judged by ``analyses``.

    ``seconds`` is ``None`` when it has no duration that parses. ``required`` are the analyses whose success ends it.
    ``canary_weight`` is the traffic that its pods of the new version get, besides what the canary has.
    """

    seconds: int | None
    canary_weight: int = 0
    analyses: tuple[Analysis, ...]
    required: tuple[Analysis, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One entry of ``spec.strategy.canary.steps``.

    Valid steps have exactly one part; what a step with several does is decided by ``kind``. ``faults`` say what the
    controller would refuse; the step then counts for what is left of it.
    """

    body: object
    kind: StepKind = ""
    set_weight: int | None = None
    pause: Pause | None = None
    scale: CanaryScale | None = None
    analysis: Analysis | None = None
    experiment: Experiment | None = None
    header_route: Route | None = None
    mirror_route: Route | None = None
    faults: tuple[str, ...] = ()


def parse_steps(value: object, max_weight: int) -> tuple[Step, ...]:
    """Return the steps of a canary; what is no list has none."""
    if not isinstance(value, list):
        return ()
    return tuple(_parse_step(entry, max_weight) for entry in value)


def parse_count(value: object) -> int | None:
    """Return a 32-bit whole number of 0 or more, ``None`` for anything else."""
    number = parse_integer(value)
    return number if number is not None and 0 <= number <= LARGEST_COUNT else None


def parse_integer(value: object) -> int | None:
    """Return ``value`` as a whole number: an integer, or what JSON would carry as one."""
    if isinstance(value, int):
        return None if isinstance(value, bool) else value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return None


def parse_analysis(value: object) -> Analysis:
    """Return an analysis of a step, a background analysis or one around a promotion."""
    templates = tuple(
        (text_at(entry, "templateName"), map_at(value, "templates", at).get("clusterScope") is True)
        for at, entry in enumerate(list_at(value, "templates"))
    )
    arguments = tuple(
        (text_at(entry, "name"), text_at(entry, "value"))
        for entry in list_at(value, "args")
        if map_at(entry).get("value")
    )
    return Analysis(templates=templates, arguments=arguments)


def _parse_step(body: object, max_weight: int) -> Step:
    if not isinstance(body, Mapping):
        return Step(body=body, faults=("a step is a mapping",))
    found: dict[str, Any] = {}
    faults: list[str] = []
    kinds = [kind for kind in KINDS if body.get(kind) is not None]
    for kind in kinds:
        _READERS[kind](body[kind], max_weight, found, faults)
    if not kinds:
        faults.append("a step has one of " + ", ".join(KINDS))
    return Step(body=body, kind=kinds[0] if kinds else "", faults=tuple(faults), **found)


def _read_weight(value: object, max_weight: int, found: dict[str, Any], faults: list[str]) -> None:
    weight = parse_integer(value)
    if weight is None:
        faults.append("setWeight is no integer")
        # refused by the API server; taken for its number so that a careless quote does not hide a large weight
        weight = int(value) if isinstance(value, str) and _QUOTED.match(value) else None
    if weight is None:
        return
    if not 0 <= weight <= max_weight:
        faults.append(f"setWeight {weight} is outside 0 to {max_weight}")
    found["set_weight"] = min(max(weight, 0), max_weight)


def _read_pause(value: object, _max_weight: int, found: dict[str, Any], faults: list[str]) -> None:
    if not isinstance(value, Mapping):
        faults.append("pause is a mapping")
        found["pause"] = Pause(seconds=0)
        return
    duration = value.get("duration")
    if duration is None:
        found["pause"] = Pause()
        return
    seconds = parse_pause_seconds(duration)
    if seconds is None:
        faults.append("pause.duration is no duration")
    found["pause"] = Pause(seconds=seconds or 0)


def _read_scale(value: object, _max_weight: int, found: dict[str, Any], faults: list[str]) -> None:
    fields = map_at(value)
    if not fields:
        faults.append("setCanaryScale sets nothing")
    found["scale"] = CanaryScale(
        replicas=parse_count(fields.get("replicas")),
        weight=parse_count(fields.get("weight")),
        matches_traffic=fields.get("matchTrafficWeight") is True,
    )


def _read_analysis(value: object, _max_weight: int, found: dict[str, Any], faults: list[str]) -> None:
    analysis = parse_analysis(value)
    if not analysis.templates:
        faults.append("an analysis without templates never completes")
    found["analysis"] = analysis


def _read_experiment(value: object, max_weight: int, found: dict[str, Any], faults: list[str]) -> None:
    duration = map_at(value).get("duration")
    # Unlike a pause, an experiment takes no bare number.
    lasts = parse_go_duration(duration) if isinstance(duration, str) else None
    seconds = None if lasts is None else min(max(int(lasts), 0), LARGEST_COUNT)
    if duration not in (None, "") and seconds is None:
        faults.append("experiment.duration is no duration")
    entries = list_at(value, "analyses")
    analyses = tuple(parse_analysis({"templates": [entry], "args": list_at(entry, "args")}) for entry in entries)
    required = tuple(
        analysis
        for entry, analysis in zip(entries, analyses, strict=True)
        if map_at(entry).get("requiredForCompletion") is True
    )
    weight = sum(
        parse_count(map_at(template).get("weight")) or 0
        for template in list_at(value, "templates")
        if text_at(template, "specRef") != "stable"
    )
    found["experiment"] = Experiment(
        seconds=seconds, canary_weight=min(weight, max_weight), analyses=analyses, required=required
    )


def _read_header_route(value: object, _max_weight: int, found: dict[str, Any], _faults: list[str]) -> None:
    found["header_route"] = Route(name=text_at(value, "name"), removed=not list_at(value, "match"))


def _read_mirror_route(value: object, _max_weight: int, found: dict[str, Any], _faults: list[str]) -> None:
    percent = parse_count(map_at(value).get("percentage"))
    found["mirror_route"] = Route(
        name=text_at(value, "name"),
        removed=not list_at(value, "match"),
        percent=100 if percent is None else percent,
    )


def _read_plugin(_value: object, _max_weight: int, _found: dict[str, Any], _faults: list[str]) -> None:
    """Only the plugin knows what its step does."""


_READERS: Final = {
    "pause": _read_pause,
    "setCanaryScale": _read_scale,
    "setWeight": _read_weight,
    "experiment": _read_experiment,
    "analysis": _read_analysis,
    "setHeaderRoute": _read_header_route,
    "setMirrorRoute": _read_mirror_route,
    "plugin": _read_plugin,
}
