"""Whether a query of Prometheus can find nothing at all.

Source: Prometheus v3.7, promql/engine.go; the parser is the PyPI package promql-parser.
"""

from typing import Any, Final

_ALWAYS: Final = frozenset(("vector", "scalar", "time", "pi"))
_ABSENT: Final = frozenset(("absent", "absent_over_time"))
_COMPARISONS: Final = frozenset((">", "<", ">=", "<=", "==", "!="))


def may_be_empty(node: Any) -> bool:  # noqa: ANN401 - the library has no types
    """Tell whether a parsed query gives nothing when no series is found."""
    return not _is_there(node)


def _is_there(node: Any) -> bool:  # noqa: ANN401 - the library has no types
    match type(node).__name__:
        case "NumberLiteral":
            return True
        case "ParenExpr" | "UnaryExpr" | "AggregateExpr":
            return _is_there(node.expr)
        case "Call":
            arguments = [argument for argument in node.args if type(argument).__name__ != "StringLiteral"]
            if node.func.name in _ALWAYS | _ABSENT:
                return node.func.name in _ALWAYS
            return bool(arguments) and all(map(_is_there, arguments))
        case "BinaryExpr":
            return _is_operation_there(node)
        case _:
            return False


def _is_operation_there(node: Any) -> bool:  # noqa: ANN401 - the library has no types
    operator = str(node.op)
    sides = [_is_there(node.lhs), _is_there(node.rhs)]
    if operator == "or":
        return any(sides)
    if operator in ("and", "unless"):
        return False
    filters = operator in _COMPARISONS and not (node.modifier and node.modifier.return_bool)
    return all(sides) and not filters
