"""What the conditions of a metric make of its results: those that never end well, and those that pass on nothing."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from gitopsgen.model.finding import Fault, Severity
from gitopsgen.model.manifest import dig, text_at
from gitopsgen.model.versions import Versions
from gitopsgen.rollouts.conditions.dialect import Dialect, dialect_of
from gitopsgen.rollouts.conditions.errors import NotJudged
from gitopsgen.rollouts.conditions.needs import Leaf
from gitopsgen.rollouts.conditions.outcomes import Outcome, Outcomes, Problem, outcomes
from gitopsgen.rollouts.conditions.phases import Conditions, Phase
from gitopsgen.rollouts.conditions.shapes import PROVIDERS, SCALAR, Results, Shape
from gitopsgen.validation.analysis.condition_text import KEYS, conditions_of, is_certain
from gitopsgen.validation.analysis.promql import Query, read_query
from gitopsgen.validation.analysis.queries import QUERY
from gitopsgen.validation.analysis.query_text import query_text
from gitopsgen.validation.analysis.runs import Metric

_UNREAD: Final = ("job", "kayenta")
_UNKNOWN: Final = Results(shapes=())
_NOTHING: Final = {
    "prometheus": "when the query finds no series",
    "graphite": "when no point has a value",
    "cloudWatch": "when there is no data",
    "newRelic": "when the row has no value",
    "datadog": "when the query finds no series",
    "web": "when the answer has null there",
}
_GUARDS: Final = {
    "prometheus": "begin it with `len(result) > 0 && `, or end the query with `or vector(0)`",
    "graphite": "begin it with `len(result) > 0 && `",
    "cloudWatch": "begin it with `len(result[0].Values) > 0 && `",
    "newRelic": "write `(result.name ?? 0)` for what may be missing",
    "datadog": "write `default(result, 0)` in place of `result`",
}


def check_conditions(metric: Metric, versions: Versions) -> Iterator[Fault]:
    """Yield what is wrong with the conditions of a metric that one provider measures."""
    provider = metric.providers[0]
    if provider in _UNREAD:
        yield from _check_unread(metric, provider)
        return
    dialect = dialect_of(versions.argo_rollouts)
    conditions = conditions_of(metric, dialect)
    if conditions is None:
        return
    if conditions == Conditions():
        yield from _check_unconditional(metric, provider)
        return
    results = _results_of(metric, provider)
    try:
        found = outcomes(conditions, results, dialect)
        other = outcomes(conditions, results, _other(dialect))
    except NotJudged:
        return
    if found.problems:
        for problem in found.problems:
            yield _problem_fault(metric, provider, problem, found, _accepts(other, dialect))
        return
    yield from _check_nothing(metric, provider, conditions, found)
    yield from _check_usual(metric, conditions, found)
    yield from _check_other_dialect(metric, conditions, found, other, dialect)


def _other(dialect: Dialect) -> Dialect:
    return Dialect.ROLLOUTS_1_9 if dialect.is_newer else Dialect.ROLLOUTS_1_10


def _accepts(other: Outcomes, dialect: Dialect) -> str:
    return "" if other.problems else f"; Argo Rollouts {_other(dialect).value} takes it"


def _results_of(metric: Metric, provider: str) -> Results:
    results = PROVIDERS.get(provider, _UNKNOWN)
    if provider == "prometheus":
        text = query_text(text_at(metric.raw, *QUERY), metric.run.texts, mark=True)
        query = read_query(text.text) if text.is_certain else None
        ranged = dig(metric.body, "provider", "prometheus", "rangeQuery") is not None
        if isinstance(query, Query):
            return SCALAR if query.kind == "scalar" and not ranged else replace(results, empty=query.may_be_empty)
    return results


def _check_unread(metric: Metric, provider: str) -> Iterator[Fault]:
    # A job's are looked at together with the job.
    for key in KEYS.values() if provider == "kayenta" else ():
        if text_at(metric.raw, key):
            yield metric.fault(
                "condition-not-read",
                (key,),
                f"the score of {provider} is judged by its `threshold` alone: this condition is never read",
                "delete it",
                at_template=True,
            )


def _check_unconditional(metric: Metric, provider: str) -> Iterator[Fault]:
    # Of a web metric the status is a condition of its own.
    if provider in PROVIDERS and provider != "web":
        yield metric.fault(
            "condition-never-fails",
            (KEYS["success"],),
            "without a condition every result is a success",
            "write a `successCondition`, a `failureCondition` or both",
            at_template=True,
        )


def _problem_fault(metric: Metric, provider: str, problem: Problem, found: Outcomes, note: str) -> Fault:
    key = KEYS[problem.condition]
    place = _place(text_at(metric.body, key), problem.offset) if is_certain(metric) else ""
    if problem.is_syntax:
        message = f"{place}{problem.message}{note}"
        return metric.fault("condition-does-not-compile", (key,), message, "write it in the language of expr-lang")
    shapes = _results_of(metric, provider).shapes
    message = f"{place}{problem.message}{note}"
    if len(shapes) == 1:
        message += f" (the result is {shapes[0].value})"
    return metric.fault("condition-type-mismatch", (key,), message, _fitting(shapes, found))


def _fitting(shapes: tuple[Shape, ...], found: Outcomes) -> str:
    need = found.wanted.result
    if shapes == (Shape.NUMBERS,) and Leaf.NUMBER in need.leaves:
        return "write `result[0]` in place of `result`"
    if shapes == (Shape.NUMBER,) and need.items:
        return "write `result` in place of `result[0]`"
    if shapes == (Shape.METRIC_DATA,):
        return "write `result[0].Values[0]` for the latest value"
    return "compare it with a value of its own type, so that the condition is true or false"


def _place(text: str, offset: int) -> str:
    """Return where in a condition something is; nothing where that goes without saying."""
    if not text.strip() or len(text) <= 1:
        return ""
    before = text[:offset]
    column = offset - (before.rfind("\n") + 1) + 1
    return f"line {before.count(chr(10)) + 1}, column {column}: " if "\n" in text.strip() else f"column {column}: "


def _check_nothing(metric: Metric, provider: str, conditions: Conditions, found: Outcomes) -> Iterator[Fault]:
    yields_nothing = found.empty or found.nil
    if yields_nothing and yields_nothing.phase is Phase.ERROR and provider in _GUARDS:
        key = KEYS[yields_nothing.condition]
        yield metric.fault(
            "condition-errs-on-empty",
            (key,),
            f"{_NOTHING[provider]}, the condition cannot be evaluated ({yields_nothing.message})",
            _GUARDS[provider],
            at_template=True,
        )
    wanted = found.wanted
    passes: list[tuple[Outcome | None, bool, str]] = [
        (found.empty, wanted.decides_empty, _NOTHING.get(provider, "")),
        (found.nil, wanted.decides_nil, _NOTHING.get(provider, "")),
        # One condition alone is a matter of the query: see promql-may-be-nan.
        (found.nan if conditions.success and conditions.failure else None, wanted.decides_nan, "when the value is NaN"),
    ]
    for outcome, is_decided, when in passes:
        if outcome and outcome.phase is Phase.SUCCESSFUL and not is_decided:
            yield metric.fault(
                "condition-passes-on-nothing",
                (KEYS["success"] if conditions.success else KEYS["failure"],),
                f"{when}, the measurement is a success, and nobody has said so",
                "say in the condition what it means, or write both conditions: what neither holds for is inconclusive",
                at_template=True,
            )
            return


def _check_usual(metric: Metric, conditions: Conditions, found: Outcomes) -> Iterator[Fault]:
    phases = set(found.usual)
    if not phases or not found.wanted.is_plain or not is_certain(metric):
        return
    key = KEYS["success"] if conditions.success else KEYS["failure"]
    if phases == {Phase.SUCCESSFUL}:
        below = " that is not negative" if set(found.negative) - phases else ""
        yield metric.fault(
            "condition-never-fails",
            (key,),
            f"every result{below} is a success",
            "compare with what a bad version would have",
        )
    elif Phase.SUCCESSFUL not in phases | set(found.negative):
        constant = conditions.success == "false" or conditions.failure == "true"
        yield metric.fault(
            "condition-never-passes",
            (key,),
            "no result is a success",
            "compare with what a good version has",
            severity=Severity.ERROR if constant else None,
        )


def _check_other_dialect(
    metric: Metric, conditions: Conditions, found: Outcomes, other: Outcomes, dialect: Dialect
) -> Iterator[Fault]:
    version = _other(dialect).value
    severity = Severity.INFO if dialect.is_newer else None
    if other.problems:
        for problem in other.problems:
            yield metric.fault(
                "condition-differs-by-version",
                (KEYS[problem.condition],),
                f"Argo Rollouts {version} refuses it: {problem.message}",
                "write what both versions take",
                severity=severity,
                at_template=True,
            )
    elif found.phases != other.phases:
        yield metric.fault(
            "condition-differs-by-version",
            (KEYS["success"] if conditions.success else KEYS["failure"],),
            f"Argo Rollouts {version} makes something else of it: {_difference(found, other)}",
            "write what means the same in both versions",
            severity=severity,
            at_template=True,
        )


def _difference(found: Outcomes, other: Outcomes) -> str:
    for here, there, when in (
        (found.empty, other.empty, "without data"),
        (found.nan, other.nan, "on NaN"),
        (found.nil, other.nil, "on nil"),
    ):
        if here and there and here.phase is not there.phase:
            return f"{when} it is {there.phase.value} instead of {here.phase.value}"
    pairs = zip((*found.usual, *found.negative), (*other.usual, *other.negative), strict=True)
    return next(
        (f"some results are {there.value} instead of {here.value}" for here, there in pairs if here is not there), ""
    )
