"""What the language brings along, by name.

Source: expr v1.15.5 and v1.17.7, builtin/builtin.go.
"""

from typing import Final

from gitopsgen.rollouts.conditions.dialect import Dialect

_PREDICATES: Final = frozenset(
    {"all", "none", "any", "one", "filter", "map", "count", "find", "findIndex", "findLast", "findLastIndex"}
    | {"groupBy", "reduce"}
)
_NEWER_PREDICATES: Final = _PREDICATES | {"sum", "sortBy"}
_BUILTINS: Final = _NEWER_PREDICATES | {
    *("len", "type", "abs", "ceil", "floor", "round", "int", "float", "string"),
    *("trim", "trimPrefix", "trimSuffix", "upper", "lower", "split", "splitAfter", "replace", "repeat", "join"),
    *("indexOf", "lastIndexOf", "hasPrefix", "hasSuffix", "max", "min", "mean", "median"),
    *("toJSON", "fromJSON", "toBase64", "fromBase64", "now", "duration", "date"),
    *("first", "last", "get", "take", "keys", "values", "toPairs", "fromPairs", "sort"),
}
_NEWER_BUILTINS: Final = _BUILTINS | {
    *("timezone", "reverse", "uniq", "concat", "flatten"),
    *("bitand", "bitor", "bitxor", "bitnand", "bitshl", "bitshr", "bitushr", "bitnot"),
}


def predicates(dialect: Dialect) -> frozenset[str]:
    """Return the names of the functions that ask something of each item of a list."""
    return _NEWER_PREDICATES if dialect.is_newer else _PREDICATES


def builtins(dialect: Dialect) -> frozenset[str]:
    """Return the names of all functions of the language."""
    return _NEWER_BUILTINS if dialect.is_newer else _BUILTINS
