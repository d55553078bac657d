"""The phase of one measurement, as the controller gives it.

Source: argo-rollouts v1.9.2, utils/evaluate/evaluate.go and metricproviders.
"""

from dataclasses import dataclass

from gitopsgen.rollouts.conditions.dialect import Dialect
from gitopsgen.rollouts.conditions.errors import ConditionError
from gitopsgen.rollouts.conditions.json_path_search import Crash
from gitopsgen.rollouts.conditions.phases import Conditions, Phase, phase_of
from gitopsgen.rollouts.conditions.program import compile_condition
from gitopsgen.rollouts.conditions.responses import (
    NotJsonError,
    ResponseError,
    read_datadog,
    read_graphite,
    read_prometheus,
    read_web,
)
from gitopsgen.rollouts.conditions.values import Value, type_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """A phase, and why it is an error."""

    phase: Phase
    message: str = ""


def judge(result: Value, conditions: Conditions, dialect: Dialect) -> Measurement:
    """Return the measurement that a result makes.

    Raises:
        NotJudged: It cannot be told.
    """
    holds: dict[str, bool] = {}
    for name, expression in (("success", conditions.success), ("failure", conditions.failure)):
        if not expression:
            continue
        try:
            holds[name] = compile_condition(expression, type_of(result), dialect).holds(result)
        except ConditionError as error:
            return Measurement(phase=Phase.ERROR, message=error.message)
    return Measurement(phase=phase_of(holds.get("success"), holds.get("failure")))


def measure(
    provider: str,
    body: str,
    conditions: Conditions,
    dialect: Dialect,
    *,
    json_path: str = "",
    status: int = 200,
    api_version: str = "v1",
) -> Measurement:
    """Return the measurement that a backend's answer makes.

    ``provider`` is ``prometheus``, ``web``, ``datadog`` or ``graphite``; ``json_path`` and ``status`` are those of a
    web metric, ``api_version`` that of Datadog.

    Raises:
        ValueError: The provider is another.
        NotJudged: It cannot be told.
    """
    try:
        match provider:
            case "prometheus":
                result = read_prometheus(body)
            case "web":
                result = read_web(body, json_path, status)
            case "datadog":
                result = read_datadog(body, api_version, status)
            case "graphite":
                result = read_graphite(body)
            case _:
                message = f"the answers of {provider} are not read"
                raise ValueError(message)
    except NotJsonError as error:
        return Measurement(phase=Phase.SUCCESSFUL, message=f"the body is no JSON: {error}")
    except ResponseError as error:
        return Measurement(phase=Phase.ERROR, message=str(error))
    except Crash:
        return Measurement(phase=Phase.CONTROLLER_CRASH, message="the result is a null that stands alone")
    return judge(result, conditions, dialect)
