"""What a metric backend answers, as the result that conditions see.

Source: argo-rollouts v1.9.2, metricproviders.
"""

from typing import Final

from gitopsgen.rollouts.conditions.go_json import read_json
from gitopsgen.rollouts.conditions.go_types import NUMBERS
from gitopsgen.rollouts.conditions.json_path import JsonPathError, parse_json_path
from gitopsgen.rollouts.conditions.json_path_search import first_value
from gitopsgen.rollouts.conditions.numbers import read_float
from gitopsgen.rollouts.conditions.values import List, Map, Value, type_of

WHOLE_BODY: Final = "{$}"
_SUCCESS: Final = range(200, 300)
_PAIR: Final = 2


class ResponseError(Exception):
    """The measurement is an error, whatever the conditions say."""


class NotJsonError(Exception):
    """A web body is no JSON, and the measurement is successful, whatever the conditions say."""


def read_web(body: str, json_path: str = "", status: int = 200) -> Value:
    """Return the result of a web metric.

    Raises:
        NotJsonError: The body is no JSON.
        ResponseError: The status is none of success, or the path does not parse or finds nothing.
        Crash: The path finds a null that stands alone.
    """
    if status not in _SUCCESS:
        raise ResponseError(f"the status is {status}")
    try:
        data = read_json(body)
    except ValueError as error:
        raise NotJsonError(str(error)) from None
    try:
        return first_value(parse_json_path(json_path or WHOLE_BODY), data)
    except JsonPathError as error:
        raise ResponseError(f"the JSON path: {error}") from None


def read_prometheus(body: str) -> Value:
    """Return the result of a Prometheus query: a number, or the numbers of a vector or a range.

    Raises:
        ResponseError: The query failed, or gives a text.
    """
    data = _json(body)
    if _entry(data, "status") != "success":
        raise ResponseError(f"the query failed: {_entry(data, 'error') or 'no reason given'}")
    kind, result = _entry(_entry(data, "data"), "resultType"), _entry(_entry(data, "data"), "result")
    match kind:
        case "scalar":
            return _sample(result)
        case "vector":
            return List(NUMBERS, tuple(_sample(_entry(series, "value")) for series in _items(result)))
        case "matrix":
            samples = [sample for series in _items(result) for sample in _items(_entry(series, "values"))]
            return List(NUMBERS, tuple(map(_sample, samples)))
        case _:
            raise ResponseError(f"a query that gives {kind or 'nothing'} has no number")


def read_datadog(body: str, api_version: str = "v1", status: int = 200) -> Value:
    """Return the last point of the first series, nil where there is none; in v2 the first value.

    Raises:
        ResponseError: The status is not 200, the query failed, or a point is no number.
    """
    if status != 200:  # noqa: PLR2004 - and no other status of success
        raise ResponseError(f"the status is {status}")
    data = _json(body)
    if api_version == "v1":
        series = _items(_entry(data, "series"))
        points = _items(_entry(series[0], "pointlist")) if series else []
        if not points:
            return None
        point = _items(points[-1])
        if len(point) != _PAIR:
            raise ResponseError("a point has a time and a value")
        return 0.0 if point[1] is None else _number(point[1])
    answer = _entry(data, "data")
    if problem := _entry(answer, "errors"):
        raise ResponseError(f"the query failed: {problem}")
    columns = _items(_entry(_entry(answer, "attributes"), "columns"))
    values = _items(_entry(columns[0], "values")) if columns else []
    return _number(values[0]) if values and values[0] is not None else None


def read_graphite(body: str) -> Value:
    """Return the numbers of the first target, without the points that have none.

    Raises:
        ResponseError: There is no point at all, or one that is no number.
    """
    targets = _items(_json(body))
    points = [_items(point) for point in _items(_entry(targets[0], "datapoints"))] if targets else []
    if not points:
        raise ResponseError("no values are found")
    if any(len(point) != _PAIR for point in points):
        raise ResponseError("a point has a value and a time")
    return List(NUMBERS, tuple(_read(point[0]) for point in points if point[0] is not None))


def _json(body: str) -> Value:
    try:
        return read_json(body)
    except ValueError as error:
        raise ResponseError(f"the body is no JSON: {error}") from None


def _entry(value: Value, key: str) -> Value:
    entry = value.items.get(("string", key)) if isinstance(value, Map) else None
    return entry[1] if entry else None


def _items(value: Value) -> list[Value]:
    if value is None:
        return []
    if not isinstance(value, List):
        raise ResponseError(f"a list is missing where {type_of(value).words} is")
    return list(value.items)


def _sample(value: Value) -> float:
    """Return the value of a sample, which stands as a text beside its time; 0 for a histogram, which has none."""
    if value is None:
        return 0.0
    pair = _items(value)
    if len(pair) != _PAIR or not isinstance(pair[1], str):
        raise ResponseError("a sample has a time, and a value as text")
    return _read(pair[1])


def _read(value: Value) -> float:
    if not isinstance(value, str):
        return _number(value)
    try:
        return read_float(value)
    except ValueError as error:
        raise ResponseError(str(error)) from None


def _number(value: Value) -> float:
    if not isinstance(value, float):
        raise ResponseError(f"a number is missing where {type_of(value).words} is")
    return value
