"""What conditions make of the results that a provider may give: usual ones, none at all, NaN and nil."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from gitopsgen.rollouts.conditions.dialect import Dialect
from gitopsgen.rollouts.conditions.errors import CompileError, ConditionError
from gitopsgen.rollouts.conditions.go_types import ANY
from gitopsgen.rollouts.conditions.needs import Wanted, wanted_of
from gitopsgen.rollouts.conditions.parser import parse
from gitopsgen.rollouts.conditions.phases import Conditions, Phase, phase_of
from gitopsgen.rollouts.conditions.program import compile_condition
from gitopsgen.rollouts.conditions.shapes import (
    Results,
    Shape,
    empty_result,
    has_negative,
    likely_first,
    nan_result,
    probes,
)
from gitopsgen.rollouts.conditions.syntax import Node
from gitopsgen.rollouts.conditions.values import Value, type_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a condition is an error on every result: which one, what is wrong, and where in it.

    ``is_syntax`` tells that it is none of the language, or uses a name that nothing has; otherwise it does not go with
    results of this provider.
    """

    condition: str
    message: str
    offset: int
    is_syntax: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The phase of a measurement, and which condition is an error and why."""

    phase: Phase
    condition: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """What becomes of a metric's measurements.

    ``usual`` are the phases of results without negative numbers, ``negative`` those of others. ``empty``, ``nan`` and
    ``nil`` are ``None`` where the provider gives no such result. With ``problems`` there is nothing else.
    """

    wanted: Wanted
    problems: tuple[Problem, ...] = ()
    usual: tuple[Phase, ...] = ()
    negative: tuple[Phase, ...] = ()
    empty: Outcome | None = None
    nan: Outcome | None = None
    nil: Outcome | None = None

    @property
    def phases(self) -> tuple[object, ...]:
        """All phases, in an order that makes those of two dialects comparable."""
        special = (one and one.phase for one in (self.empty, self.nan, self.nil))
        return (bool(self.problems), self.usual, self.negative, *special)


_Verdict: TypeAlias = bool | ConditionError


@lru_cache(maxsize=4096)
def outcomes(conditions: Conditions, results: Results, dialect: Dialect) -> Outcomes:
    """Return what conditions make of a provider's results.

    Where a result may have several shapes, it is taken to have one that the conditions go with. Where nothing is known
    of it, only problems are found.

    Raises:
        NotJudged: It cannot be told.
    """
    texts = {key: text for key in ("success", "failure") if (text := getattr(conditions, key))}
    parsed = {key: _parsed(text, dialect) for key, text in texts.items()}
    wanted = wanted_of([node for node in parsed.values() if not isinstance(node, CompileError)])
    broken = tuple(
        Problem(condition=key, message=error.message, offset=error.offset, is_syntax=True)
        for key, error in parsed.items()
        if isinstance(error, CompileError)
    )
    readable = {key: text for key, text in texts.items() if not isinstance(parsed[key], CompileError)}
    found: list[tuple[Problem, ...]] = []
    for shape in likely_first(results.shapes, wanted):
        tried = [(value, _verdicts(value, readable, dialect)) for value in probes(shape, wanted)]
        problems = _problems(readable, [verdicts for _, verdicts in tried])
        if not problems and not broken:
            return _outcomes(readable, results, shape, wanted, dialect, tried)
        found.append(problems)
    if not results.shapes:
        found.append(_problems_of_unknown(readable, dialect))
    return Outcomes(wanted=wanted, problems=(*broken, *min(found, key=len, default=())))


def _parsed(text: str, dialect: Dialect) -> Node | CompileError:
    try:
        return parse(text, dialect)
    except CompileError as error:
        return error


def _verdicts(value: Value, texts: Mapping[str, str], dialect: Dialect) -> dict[str, _Verdict]:
    verdicts: dict[str, _Verdict] = {}
    for key, text in texts.items():
        try:
            verdicts[key] = compile_condition(text, type_of(value), dialect).holds(value)
        except ConditionError as error:
            verdicts[key] = error
    return verdicts


def _problems(texts: Mapping[str, str], tried: Sequence[Mapping[str, _Verdict]]) -> tuple[Problem, ...]:
    """Return the conditions that are an error on everything tried."""
    problems: list[Problem] = []
    for key in texts:
        verdicts = [one[key] for one in tried]
        errors = [verdict for verdict in verdicts if isinstance(verdict, ConditionError)]
        if errors and len(errors) == len(verdicts):
            problems.append(_problem(key, errors[0]))
    return tuple(problems)


def _problem(key: str, error: ConditionError) -> Problem:
    is_syntax = isinstance(error, CompileError) and bool(error.unknown_name)
    return Problem(condition=key, message=error.message, offset=error.offset, is_syntax=is_syntax)


def _problems_of_unknown(texts: Mapping[str, str], dialect: Dialect) -> tuple[Problem, ...]:
    problems: list[Problem] = []
    for key, text in texts.items():
        try:
            compile_condition(text, ANY, dialect)
        except CompileError as error:
            problems.append(_problem(key, error))
    return tuple(problems)


def _outcomes(
    texts: Mapping[str, str],
    results: Results,
    shape: Shape,
    wanted: Wanted,
    dialect: Dialect,
    tried: Sequence[tuple[Value, Mapping[str, _Verdict]]],
) -> Outcomes:
    def outcome(value: Value) -> Outcome:
        return _outcome(_verdicts(value, texts, dialect))

    return Outcomes(
        wanted=wanted,
        usual=tuple(_outcome(verdicts).phase for value, verdicts in tried if not has_negative(value)),
        negative=tuple(_outcome(verdicts).phase for value, verdicts in tried if has_negative(value)),
        empty=outcome(empty_result(shape, wanted)) if results.empty else None,
        nan=outcome(nan_result(shape, wanted)) if results.nan else None,
        nil=outcome(None) if results.nil else None,
    )


def _outcome(verdicts: Mapping[str, _Verdict]) -> Outcome:
    holds: dict[str, bool] = {}
    for key, verdict in verdicts.items():
        if isinstance(verdict, ConditionError):
            return Outcome(phase=Phase.ERROR, condition=key, message=verdict.message)
        holds[key] = verdict
    return Outcome(phase=phase_of(holds.get("success"), holds.get("failure")))
