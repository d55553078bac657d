"""Queries of Prometheus: what one reads, and what it gives.

Source: Prometheus v3.7, promql/parser; the parser is the PyPI package promql-parser.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal, TypeAlias

from gitopsgen.validation.analysis.promql_seconds import series_in_seconds
from gitopsgen.validation.analysis.query_emptiness import may_be_empty

Kind: TypeAlias = Literal["scalar", "vector", "matrix", "string"]

_MOST_CHARACTERS: Final = 20_000
_MOST_OPERATORS: Final = 200
_DEEPEST: Final = 100
_OPERATORS: Final = re.compile(r"[-+*/%^<>=!]|\b(?:and|or|unless|atan2)\b", re.IGNORECASE)
_COMPARISONS: Final = frozenset((">", "<", ">=", "<=", "==", "!="))
_KINDS: Final[dict[str, Kind]] = {
    "ValueType.Vector": "vector",
    "ValueType.Scalar": "scalar",
    "ValueType.Matrix": "matrix",
    "ValueType.String": "string",
}
# What a filter, a bound or a count leaves is never 0.
_NEVER_ZERO: Final = frozenset(("count", "count_values", "group"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """One selector of series. ``matchers`` are label, operator and value; ``function`` is the one around it.

    ``range_seconds`` is ``None`` for an instant; ``offset`` tells that it looks at another time.
    """

    name: str
    matchers: tuple[tuple[str, str, str], ...]
    range_seconds: float | None = None
    function: str = ""
    offset: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What a query gives, and the series it reads.

    ``may_be_nan`` names what gives NaN when there was no traffic, empty when nothing does; ``may_be_empty`` tells that
    it may give nothing at all; ``in_seconds`` names the series of which it gives a time.
    """

    kind: Kind
    selectors: tuple[Selector, ...]
    may_be_nan: str = ""
    may_be_empty: bool = True
    in_seconds: str = ""


@lru_cache(maxsize=4096)
def read_query(text: str) -> Query | str | None:
    """Return what the query ``text`` is about, or why it is none; ``None`` when it is too large to be looked at."""
    if not _is_small(text):
        return None
    try:
        root = _parse(text)
    except ValueError as error:
        return str(error)
    return Query(
        kind=_kind(root),
        selectors=tuple(_selectors(root, "")),
        may_be_nan=_nan(root),
        may_be_empty=may_be_empty(root),
        in_seconds=series_in_seconds(root),
    )


def query_error(text: str) -> str:
    """Return why ``text`` is no query; empty when it is one, or is too large to be looked at."""
    found = read_query(text)
    return found if isinstance(found, str) else ""


def _parse(text: str) -> Any:  # noqa: ANN401 - the library has no types
    import promql_parser  # noqa: PLC0415 - loaded when there is a query

    return promql_parser.parse(text)


def _is_small(text: str) -> bool:
    """Tell whether the parser can be trusted with ``text``: it takes its stack from the process."""
    if len(text) > _MOST_CHARACTERS or len(_OPERATORS.findall(text)) > _MOST_OPERATORS:
        return False
    depth = 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if depth > _DEEPEST:
            return False
    return True


def _kind(node: Any) -> Kind:  # noqa: ANN401 - as above
    match type(node).__name__:
        case "NumberLiteral":
            return "scalar"
        case "StringLiteral":
            return "string"
        case "MatrixSelector" | "SubqueryExpr":
            return "matrix"
        case "Call":
            return _KINDS.get(str(node.func.return_type), "vector")
        case "ParenExpr" | "UnaryExpr":
            return _kind(node.expr)
        case "BinaryExpr":
            return "scalar" if _kind(node.lhs) == _kind(node.rhs) == "scalar" else "vector"
        case _:
            return "vector"


def _children(node: Any) -> tuple[Any, ...]:  # noqa: ANN401 - as above
    match type(node).__name__:
        case "Call":
            return tuple(node.args)
        case "BinaryExpr":
            return (node.lhs, node.rhs)
        case "AggregateExpr":
            return (node.expr,) if node.param is None else (node.expr, node.param)
        case "ParenExpr" | "UnaryExpr" | "SubqueryExpr":
            return (node.expr,)
        case _:
            return ()


def _selectors(node: Any, function: str) -> Iterator[Selector]:  # noqa: ANN401 - as above
    name = type(node).__name__
    if name == "MatrixSelector":
        yield _selector(node.vector_selector, function, node.range.total_seconds())
    elif name == "VectorSelector":
        yield _selector(node, function, None)
    elif name == "SubqueryExpr":
        # Its range is that of an evaluation, and its own selectors are looked at in each step.
        yield from _selectors(node.expr, "")
    else:
        around = node.func.name if name == "Call" else function
        for child in _children(node):
            yield from _selectors(child, around)


def _selector(node: Any, function: str, range_seconds: float | None) -> Selector:  # noqa: ANN401 - as above
    alternatives = [node.matchers.matchers, *node.matchers.or_matchers]
    matchers = [(each.name, str(each.op).rpartition(".")[2], each.value) for group in alternatives for each in group]
    named = next((value for label, operator, value in matchers if (label, operator) == ("__name__", "Equal")), "")
    return Selector(
        name=node.name or named,
        matchers=tuple(matchers),
        range_seconds=range_seconds,
        function=function,
        offset=node.offset is not None,
    )


def _nan(node: Any) -> str:  # noqa: ANN401 - as above
    """Return what in ``node`` may give NaN and is not taken out again."""
    name = type(node).__name__
    if name == "BinaryExpr":
        operator = str(node.op)
        if operator in _COMPARISONS and not _returns_bool(node):
            return ""  # a comparison with NaN holds for no series
        if operator in ("and", "unless"):
            return "" if operator == "and" else _nan(node.lhs)
        if operator in ("/", "%") and _may_be_zero(node.rhs):
            return "the division"
    elif name == "Call":
        if node.func.name == "histogram_quantile":
            return "histogram_quantile"
        if node.func.name.endswith("_over_time") or node.func.name in ("absent", "absent_over_time"):
            return ""
    elif name == "AggregateExpr" and str(node.op) in _NEVER_ZERO:
        return ""
    return next((found for child in _children(node) if (found := _nan(child))), "")


def _returns_bool(node: Any) -> bool:  # noqa: ANN401 - as above
    return node.modifier is not None and bool(node.modifier.return_bool)


def _may_be_zero(node: Any) -> bool:  # noqa: ANN401 - as above
    match type(node).__name__:
        case "NumberLiteral":
            return bool(node.val == 0)
        case "ParenExpr" | "UnaryExpr":
            return _may_be_zero(node.expr)
        case "AggregateExpr":
            return str(node.op) not in _NEVER_ZERO and _may_be_zero(node.expr)
        case "Call":
            bound = {"clamp_min": 1, "vector": 0}.get(node.func.name)
            return bound is None or not _is_above_zero(node.args[bound])
        case "BinaryExpr":
            return _sum_may_be_zero(node)
        case _:
            return True


def _sum_may_be_zero(node: Any) -> bool:  # noqa: ANN401 - as above
    operator = str(node.op)
    if operator in _COMPARISONS and not _returns_bool(node):
        return not (operator in (">", "!=") or (operator == ">=" and _is_above_zero(node.rhs)))
    if operator == "+":
        return not (_is_above_zero(node.lhs) or _is_above_zero(node.rhs))
    if operator in ("*", "or"):
        return _may_be_zero(node.lhs) or _may_be_zero(node.rhs)
    return _may_be_zero(node.lhs) if operator in ("and", "unless", "/") else True


def _is_above_zero(node: Any) -> bool:  # noqa: ANN401 - as above
    if type(node).__name__ == "ParenExpr":
        return _is_above_zero(node.expr)
    return type(node).__name__ == "NumberLiteral" and bool(node.val > 0)
