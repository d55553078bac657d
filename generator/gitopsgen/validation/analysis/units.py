"""Thresholds in milliseconds for what Prometheus has in seconds."""

import re
from collections.abc import Iterator
from typing import Final, TypeAlias

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import text_at
from gitopsgen.model.versions import Versions
from gitopsgen.rollouts.conditions import syntax
from gitopsgen.rollouts.conditions.dialect import dialect_of
from gitopsgen.rollouts.conditions.errors import CompileError, NotJudged
from gitopsgen.rollouts.conditions.parser import parse
from gitopsgen.validation.analysis.condition_text import KEYS
from gitopsgen.validation.analysis.placeholders import Unresolved
from gitopsgen.validation.analysis.promql import Query, read_query
from gitopsgen.validation.analysis.queries import QUERY
from gitopsgen.validation.analysis.query_text import query_text
from gitopsgen.validation.analysis.runs import Metric

_Number: TypeAlias = syntax.Integer | syntax.Float

# A job or a backup may well take minutes; nobody waits that long for an answer.
_OF_REQUESTS: Final = re.compile(r"request|response|latency|http|grpc|rpc|query")
_LONGEST_SECONDS: Final = 60
_COMPARISONS: Final = frozenset(("<", "<=", ">", ">="))


def check_units(metric: Metric, versions: Versions) -> Iterator[Fault]:
    """Yield the conditions that compare the time of a request with more than a minute."""
    text = query_text(text_at(metric.raw, *QUERY), metric.run.texts, mark=True)
    query = read_query(text.text) if text.is_certain else None
    if not isinstance(query, Query) or not _OF_REQUESTS.search(query.in_seconds):
        return
    for key in KEYS.values():
        condition = text_at(metric.body, key)
        if not condition or isinstance(condition, Unresolved):
            continue
        try:
            thresholds = list(_thresholds(parse(condition, dialect_of(versions.argo_rollouts))))
        except (CompileError, NotJudged):
            continue
        if highest := max((number.value for number in thresholds if number.value >= _LONGEST_SECONDS), default=None):
            yield metric.fault(
                "condition-in-milliseconds",
                (key,),
                f"`{query.in_seconds}` is in seconds, and is compared with {highest:g}: no request takes so long",
                f"write `{highest / 1000:g}` if milliseconds are meant",
            )


def _thresholds(node: syntax.Node) -> Iterator[_Number]:
    """Yield the numbers that the result itself, and nothing that is made of it, is compared with."""
    if isinstance(node, syntax.Binary) and node.operator in _COMPARISONS:
        for one, other in ((node.left, node.right), (node.right, node.left)):
            if isinstance(other, _Number) and _is_result(one):
                yield other
    for child in syntax.children(node):
        yield from _thresholds(child)


def _is_result(node: syntax.Node) -> bool:
    match node:
        case syntax.Name(text="result") | syntax.Pointer(name=""):
            return True
        case syntax.Member(of=inner) | syntax.Chain(body=inner):
            return _is_result(inner)
        case _:
            return False
