"""Metrics that a web endpoint answers with.

Source: argo-rollouts v1.9.2, metricproviders/webmetric/webmetric.go.
"""

import re
from collections.abc import Iterator
from typing import Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import map_at, text_at
from gitopsgen.source.location import Path
from gitopsgen.validation.analysis.authentication import check_authentication
from gitopsgen.validation.analysis.json_path import is_whole_answer, json_path_fault
from gitopsgen.validation.analysis.placeholders import Unresolved
from gitopsgen.validation.analysis.runs import Metric
from gitopsgen.validation.analysis.urls import address_fault

_WEB: Final[Path] = ("provider", "web")
_CONDITIONS: Final = ("successCondition", "failureCondition")
_METHOD: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_INTO_RESULT: Final = re.compile(r"\bresult\s*(?:\?\s*)?[.\[]")


def check_web(metric: Metric) -> Iterator[Fault]:
    """Yield requests that cannot be sent, and answers of which nothing can be measured."""
    yield from _check_request(metric)
    yield from check_authentication(metric, "web")
    yield from _check_path(metric)
    yield from _check_answer(metric)


def _check_request(metric: Metric) -> Iterator[Fault]:
    body = map_at(metric.body, *_WEB)
    address, method = text_at(body, "url"), text_at(body, "method")
    if reason := address_fault(address):
        yield metric.fault(
            "metric-address-invalid",
            (*_WEB, "url"),
            f"the url `{address}` {reason}",
            "write it like http://service.namespace.svc/path",
        )
    if method and not isinstance(method, Unresolved) and not _METHOD.fullmatch(method):
        yield metric.fault(
            "web-method-invalid", (*_WEB, "method"), f"`{method}` is no method", "write GET, POST or PUT"
        )
    bodies = [key for key in ("body", "jsonBody") if body.get(key) not in (None, "")]
    if len(bodies) > 1:
        yield metric.fault(
            "web-body-not-sent", (*_WEB, "body"), "body and jsonBody are both there", "delete one of them"
        )
    elif bodies and method in ("", "GET"):
        yield metric.fault(
            "web-body-not-sent",
            (*_WEB, bodies[0]),
            f"{bodies[0]} cannot be sent with GET" + ("" if method else ", the default method"),
            "write `method: POST`",
        )


def _check_path(metric: Metric) -> Iterator[Fault]:
    text = text_at(metric.body, *_WEB, "jsonPath")
    if not text or isinstance(text, Unresolved):
        return
    if reason := json_path_fault(text):
        yield metric.fault(
            "web-json-path-invalid",
            (*_WEB, "jsonPath"),
            f"the path `{text}` {reason}",
            "write it like {$.status} or {$.items[0].value}",
        )
    elif not text.startswith("{"):
        yield metric.fault(
            "web-json-path-constant",
            (*_WEB, "jsonPath"),
            f"`{text}` does not begin with a brace: the result is this text, whatever the answer is",
            f"write `{{{text}}}`" if "{" not in text else "delete what is before the brace",
        )


def _check_answer(metric: Metric) -> Iterator[Fault]:
    path = text_at(metric.body, *_WEB, "jsonPath")
    if isinstance(path, Unresolved) or not is_whole_answer(path):
        return
    conditions = [text_at(metric.body, key) for key in _CONDITIONS]
    if any(conditions) and not any(_INTO_RESULT.search(condition) for condition in conditions):
        yield metric.fault(
            "web-answer-may-be-text",
            _WEB,
            "the whole answer is the result: when it is not JSON, the measurement is a success without its condition",
            "let the endpoint answer a JSON object, and write a `jsonPath` into it, like {$.status}",
        )
    yield metric.fault(
        "web-answer-may-be-null",
        _WEB,
        "the whole answer is the result: when it is `null`, the controller crashes",
        "write a `jsonPath` into the answer, like {$.status}",
    )
