"""Whether a query of Prometheus gives a time in seconds, as the name of what it reads says.

Source: https://prometheus.io/docs/practices/naming/; the parser is the PyPI package promql-parser.
"""

from collections.abc import Iterator
from typing import Any, Final

_SUFFIXES: Final = ("_seconds", "_seconds_bucket")
_KEEPING: Final = frozenset(("avg", "bottomk", "max", "min", "quantile", "topk"))
_KEEPING_CALLS: Final = frozenset(("avg_over_time", "max_over_time", "min_over_time", "quantile_over_time"))
# These take one side of it, or a default in place of it.
_KEEPING_OPERATORS: Final = frozenset((">", "<", ">=", "<=", "==", "!=", "and", "or", "unless"))
_OF_HISTOGRAMS: Final = frozenset(("histogram_quantile", "histogram_avg"))


def series_in_seconds(node: Any) -> str:  # noqa: ANN401 - the library has no types
    """Return the series of which a parsed query gives a time in seconds; empty when nothing says that it does."""
    match type(node).__name__:
        case "ParenExpr" | "SubqueryExpr":
            return series_in_seconds(node.expr)
        case "AggregateExpr":
            return series_in_seconds(node.expr) if str(node.op) in _KEEPING else ""
        case "VectorSelector":
            return _in_seconds([node.name or ""])
        case "MatrixSelector":
            return _in_seconds([node.vector_selector.name or ""])
        case "Call" if node.func.name in _KEEPING_CALLS:
            return series_in_seconds(node.args[-1])
        case "Call" if node.func.name in _OF_HISTOGRAMS:
            return _in_seconds(list(_names(node)))
        case "BinaryExpr":
            return _of_operation(node)
        case _:
            return ""


def _of_operation(node: Any) -> str:  # noqa: ANN401 - the library has no types
    operator = str(node.op)
    if operator == "/":
        return _of_average(list(_names(node.lhs)), list(_names(node.rhs))) if _is_plain(node) else ""
    returns_bool = node.modifier is not None and node.modifier.return_bool
    return series_in_seconds(node.lhs) if operator in _KEEPING_OPERATORS and not returns_bool else ""


def _of_average(sums: list[str], counts: list[str]) -> str:
    """Return the sum of a histogram that is divided by its count."""
    if len(sums) == len(counts) == 1 and sums[0].endswith("_seconds_sum"):
        return sums[0] if counts[0] == f"{sums[0].removesuffix('_sum')}_count" else ""
    return ""


def _in_seconds(names: list[str]) -> str:
    return names[0] if names and all(name.endswith(_SUFFIXES) for name in names) else ""


def _is_plain(node: Any) -> bool:  # noqa: ANN401 - the library has no types
    """Tell whether neither side of an operator is calculated with."""
    sides = (node.lhs, node.rhs)
    return not any(type(each).__name__ in ("BinaryExpr", "NumberLiteral") for side in sides for each in _all(side))


def _names(node: Any) -> Iterator[str]:  # noqa: ANN401 - the library has no types
    for each in _all(node):
        if type(each).__name__ == "VectorSelector":
            yield each.name or ""


def _all(node: Any) -> Iterator[Any]:  # noqa: ANN401 - the library has no types
    yield node
    for key in ("expr", "lhs", "rhs", "vector_selector"):
        if (child := getattr(node, key, None)) is not None:
            yield from _all(child)
    for child in getattr(node, "args", None) or ():
        yield from _all(child)
