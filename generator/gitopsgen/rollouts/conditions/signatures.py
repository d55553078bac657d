"""What the language's own functions take and give, by the types of their arguments.

Source: expr v1.15.5 and v1.17.7, builtin/builtin.go and validation.go.
"""

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from gitopsgen.rollouts.conditions.go_types import (
    ANY,
    ANY_MAP,
    BOOL,
    FLOAT,
    INT,
    INTEGERS,
    LIST,
    NUMBERS,
    TEXT,
    TEXTS,
    TIME,
    TIME_ZONE,
    Kind,
    Type,
    function,
    is_any,
    is_integer_kind,
    is_list,
)
from gitopsgen.rollouts.conditions.go_types import DURATION as SPAN


class SignatureError(Exception):
    """A function does not take arguments of such types, or so many."""


_Validate: TypeAlias = Callable[[str, Sequence[Type]], Type]


def _is_numeric(one: Type) -> bool:
    return one.kind is Kind.FLOAT or is_integer_kind(one)


def _count(name: str, arguments: Sequence[Type], least: int, most: int) -> None:
    if least <= len(arguments) <= most:
        return
    wanted = str(least) if least == most else f"{least} to {most}"
    raise SignatureError(f"`{name}` takes {wanted} argument{'' if most == 1 else 's'}, not {len(arguments)}")


def _refuse(name: str, argument: Type) -> SignatureError:
    return SignatureError(f"`{name}` does not take {argument.words}")


def _length(name: str, arguments: Sequence[Type]) -> Type:
    _count(name, arguments, 1, 1)
    if not (is_any(arguments[0]) or is_list(arguments[0]) or arguments[0].kind in (Kind.MAP, Kind.TEXT)):
        raise _refuse(name, arguments[0])
    return INT


def _numeric(result: Type | None, *, texts: bool = False) -> _Validate:
    def validate(name: str, arguments: Sequence[Type]) -> Type:
        _count(name, arguments, 1, 1)
        argument = arguments[0]
        if not (is_any(argument) or _is_numeric(argument) or (texts and argument.kind is Kind.TEXT)):
            raise _refuse(name, argument)
        return result or argument

    return validate


def _extreme(name: str, arguments: Sequence[Type]) -> Type:
    if not arguments:
        raise SignatureError(f"`{name}` needs an argument")
    for argument in arguments:
        if is_any(argument):
            return ANY
        if not _is_numeric(argument):
            raise _refuse(name, argument)
    return arguments[0]


def _aggregate(name: str, arguments: Sequence[Type]) -> Type:
    if not arguments:
        raise SignatureError(f"`{name}` needs an argument")
    for argument in arguments:
        if is_any(argument) or is_list(argument):
            return ANY
        if not _is_numeric(argument):
            raise _refuse(name, argument)
    return arguments[0]


def _of_list(result: Type | None) -> _Validate:
    """Return the check of a function of one list; without ``result`` it gives an item."""

    def validate(name: str, arguments: Sequence[Type]) -> Type:
        _count(name, arguments, 1, 1)
        argument = arguments[0]
        if not (is_any(argument) or is_list(argument)):
            raise _refuse(name, argument)
        return result or (argument.element if is_list(argument) and argument.element else ANY)

    return validate


def _of_map(name: str, arguments: Sequence[Type]) -> Type:
    _count(name, arguments, 1, 1)
    if not (is_any(arguments[0]) or arguments[0].kind is Kind.MAP):
        raise _refuse(name, arguments[0])
    return LIST


def _take(name: str, arguments: Sequence[Type]) -> Type:
    _count(name, arguments, 2, 2)
    source, number = arguments
    if not (is_any(source) or is_list(source)):
        raise _refuse(name, source)
    if not (is_any(number) or number.kind in (Kind.INT, Kind.INT64)):
        raise _refuse(name, number)
    return source


def _sorted(least: int) -> _Validate:
    def validate(name: str, arguments: Sequence[Type]) -> Type:
        _count(name, arguments, least, least + 1)
        if not (is_any(arguments[0]) or is_list(arguments[0])):
            raise _refuse(name, arguments[0])
        for argument in arguments[1:]:
            if not (is_any(argument) or argument.kind is Kind.TEXT):
                raise _refuse(name, argument)
        return LIST

    return validate


def _concat(name: str, arguments: Sequence[Type]) -> Type:
    if not arguments:
        raise SignatureError(f"`{name}` needs an argument")
    for argument in arguments:
        if not (is_any(argument) or is_list(argument)):
            raise _refuse(name, argument)
    return LIST


def _now(name: str, arguments: Sequence[Type]) -> Type:
    if arguments and arguments[0] != TIME_ZONE:
        raise SignatureError(f"`{name}` takes no argument but a time zone")
    _count(name, arguments, 0, 1)
    return TIME


def _date(name: str, arguments: Sequence[Type]) -> Type:
    _count(name, arguments, 1, 4 if arguments and arguments[0] == TIME_ZONE else 3)
    return TIME


_SHARED: Final[dict[str, _Validate]] = {
    "len": _length,
    "abs": _numeric(None),
    "ceil": _numeric(FLOAT),
    "floor": _numeric(FLOAT),
    "round": _numeric(FLOAT),
    "int": _numeric(INT, texts=True),
    "float": _numeric(FLOAT, texts=True),
    "first": _of_list(None),
    "last": _of_list(None),
    "take": _take,
    "keys": _of_map,
    "values": _of_map,
    "toPairs": _of_map,
    "fromPairs": _of_list(ANY_MAP),
}
_OLDER: Final[dict[str, _Validate]] = {
    **_SHARED,
    "max": _extreme,
    "min": _extreme,
    "sum": _of_list(ANY),
    "mean": _of_list(FLOAT),
    "median": _of_list(FLOAT),
    "sort": _sorted(1),
    "sortBy": _sorted(2),
}
_NEWER: Final[dict[str, _Validate]] = {
    **_SHARED,
    **dict.fromkeys(("max", "min", "mean", "median"), _aggregate),
    **dict.fromkeys(("reverse", "uniq", "flatten"), _of_list(LIST)),
    "concat": _concat,
    "now": _now,
    "date": _date,
}

_TEXT_OF_TEXT: Final = function(TEXT, result=TEXT)
_TEXT_OF_TWO: Final = function(TEXT, TEXT, result=TEXT)
_PARTS: Final = (function(TEXT, TEXT, result=TEXTS), function(TEXT, TEXT, INT, result=TEXTS))
_BITS: Final = (function(INT, INT, result=INT),)
_SORTABLE: Final = (LIST, INTEGERS, NUMBERS, TEXTS)

_OVERLOADS: Final[dict[str, tuple[Type, ...]]] = {
    "type": (function(ANY, result=TEXT),),
    "string": (function(ANY, result=TEXT),),
    "trim": (_TEXT_OF_TEXT, _TEXT_OF_TWO),
    "trimPrefix": (_TEXT_OF_TWO, _TEXT_OF_TEXT),
    "trimSuffix": (_TEXT_OF_TWO, _TEXT_OF_TEXT),
    "upper": (_TEXT_OF_TEXT,),
    "lower": (_TEXT_OF_TEXT,),
    "split": _PARTS,
    "splitAfter": _PARTS,
    "replace": (function(TEXT, TEXT, TEXT, INT, result=TEXT), function(TEXT, TEXT, TEXT, result=TEXT)),
    "repeat": (function(TEXT, INT, result=TEXT),),
    "join": tuple(function(*types, result=TEXT) for types in ((TEXTS, TEXT), (LIST, TEXT), (LIST,), (TEXTS,))),
    "indexOf": (function(TEXT, TEXT, result=INT),),
    "lastIndexOf": (function(TEXT, TEXT, result=INT),),
    "hasPrefix": (function(TEXT, TEXT, result=BOOL),),
    "hasSuffix": (function(TEXT, TEXT, result=BOOL),),
    "toJSON": (function(ANY, result=TEXT),),
    "fromJSON": (function(TEXT, result=ANY),),
    "toBase64": (_TEXT_OF_TEXT,),
    "fromBase64": (_TEXT_OF_TEXT,),
    "now": (function(result=TIME),),
    "duration": (function(TEXT, result=SPAN),),
    "date": tuple(function(*types, result=TIME) for types in ((TEXT,), (TEXT, TEXT), (TEXT, TEXT, TEXT))),
    "timezone": (function(TEXT, result=TIME_ZONE),),
    "sort": (
        *(function(one, TEXT, result=LIST) for one in _SORTABLE),
        *(function(one, result=LIST) for one in _SORTABLE),
    ),
    **dict.fromkeys(("bitand", "bitor", "bitxor", "bitnand", "bitshl", "bitshr", "bitushr"), _BITS),
    "bitnot": (function(INT, result=INT),),
}


def overloads(name: str, *, newer: bool) -> tuple[Type, ...]:
    """Return the function types of a builtin; none for one that ``result_type`` judges."""
    return () if name in (_NEWER if newer else _OLDER) else _OVERLOADS[name]


def result_type(name: str, arguments: Sequence[Type], *, newer: bool) -> Type:
    """Return what a builtin without overloads gives.

    Raises:
        SignatureError: It does not take these.
    """
    return (_NEWER if newer else _OLDER)[name](name, arguments)
