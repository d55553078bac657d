"""The language's own functions of numbers, and of what is made one.

Source: expr v1.15.5 and v1.17.7, builtin/lib.go and func.go.
"""

import math
from collections.abc import Callable
from typing import Final

from gitopsgen.rollouts.conditions.budget import Budget
from gitopsgen.rollouts.conditions.functions_text import BuiltinFunction
from gitopsgen.rollouts.conditions.numbers import read_float, read_integer, rounded, truncated
from gitopsgen.rollouts.conditions.operators import OperandError, ordered, to_float, to_integer
from gitopsgen.rollouts.conditions.values import Byte, List, NamedNumber, Span, Value, is_number, type_of, wrapped

_WHOLE_BITS: Final = 63
_UNSIGNED: Final = 2**64


def _absolute(_: Budget, value: Value) -> Value:
    if isinstance(value, float):
        return -value if value < 0 else value
    if is_number(value):
        return type(value)(wrapped(abs(to_integer(value))))
    raise OperandError(f"`abs` takes a number, not {type_of(value).words}")


def _rounding(rule: Callable[[float], float]) -> BuiltinFunction:
    def apply(_: Budget, value: Value) -> Value:
        number = to_float(value)
        return rule(number) if isinstance(value, float) and math.isfinite(number) else number

    return apply


def _ceiling(number: float) -> float:
    return math.copysign(float(math.ceil(number)), number)


def _floor(number: float) -> float:
    return math.copysign(float(math.floor(number)), number)


def _integer(_: Budget, value: Value) -> Value:
    if isinstance(value, float):
        return truncated(value)
    if isinstance(value, str):
        try:
            return read_integer(value)
        except ValueError as error:
            raise OperandError(str(error)) from None
    return int(to_integer(value))


def _integer_newer(budget: Budget, value: Value) -> Value:
    match value:
        case NamedNumber(value=number) | Span(nanoseconds=number):
            return number
        case _:
            return _integer(budget, value)


def _float(_: Budget, value: Value) -> Value:
    if isinstance(value, str):
        try:
            return read_float(value)
        except ValueError as error:
            raise OperandError(str(error)) from None
    return to_float(value)


def _extreme(operator: str) -> BuiltinFunction:
    """Return ``max`` or ``min`` of the older dialect, which knows arguments only; a list is just one of them."""

    def extreme(_: Budget, *arguments: Value) -> Value:
        found: Value = None
        for argument in arguments:
            if found is None or ordered(operator, found, argument):
                found = argument
        return found

    return extreme


def _extreme_newer(name: str, operator: str) -> BuiltinFunction:
    def extreme(budget: Budget, *arguments: Value) -> Value:
        found: Value = None
        for argument in arguments:
            candidates: list[Value] = []
            if isinstance(argument, List):
                budget.spend(len(argument.items))
                candidates = [extreme(budget, item) for item in argument.items]
                for candidate in candidates:
                    if not is_number(candidate):
                        raise OperandError(f"`{name}` takes numbers, not {type_of(candidate).words}")
            elif is_number(argument) or isinstance(argument, Span | NamedNumber):
                candidates = [argument]
            elif len(arguments) == 1:
                return argument
            else:
                raise OperandError(f"`{name}` takes numbers, not {type_of(argument).words}")
            for candidate in candidates:
                if found is None or ordered(operator, found, candidate):
                    found = candidate
        return found

    return extreme


def _numbers_in(budget: Budget, name: str, value: Value, *, nested: bool) -> list[float]:
    """Return the numbers of a list, and of lists in it where the dialect has ``nested`` ones."""
    if not isinstance(value, List):
        raise OperandError(f"`{name}` takes a list, not {type_of(value).words}")
    budget.spend(len(value.items))
    numbers: list[float] = []
    for item in value.items:
        if nested and isinstance(item, List):
            numbers += _numbers_in(budget, name, item, nested=True)
        else:
            numbers.append(_number(name, item, nested=nested))
    return numbers


def _number(name: str, value: Value, *, nested: bool) -> float:
    match value:
        case NamedNumber(value=number) | Span(nanoseconds=number):
            return float(number)
        case Byte() if not nested:
            raise OperandError(f"`{name}` takes numbers, not {type_of(value).words}")
        case _:
            return to_float(value)


def _arguments_as_numbers(budget: Budget, name: str, arguments: tuple[Value, ...], *, nested: bool) -> list[float]:
    if not nested:
        return _numbers_in(budget, name, arguments[0], nested=False)
    numbers: list[float] = []
    for argument in arguments:
        if isinstance(argument, List):
            numbers += _numbers_in(budget, name, argument, nested=True)
        else:
            numbers.append(_number(name, argument, nested=True))
    return numbers


def _mean(*, nested: bool) -> BuiltinFunction:
    def mean(budget: Budget, *arguments: Value) -> Value:
        numbers = _arguments_as_numbers(budget, "mean", arguments, nested=nested)
        return _total(numbers) / len(numbers) if numbers else 0.0

    return mean


def _total(numbers: list[float]) -> float:
    total = 0.0
    for number in numbers:  # one by one, since Python's sum rounds less than Go does
        total += number
    return total


def _median(*, nested: bool) -> BuiltinFunction:
    def median(budget: Budget, *arguments: Value) -> Value:
        numbers = _arguments_as_numbers(budget, "median", arguments, nested=nested)
        # Go sorts NaN before all other numbers.
        numbers.sort(key=lambda number: (not math.isnan(number), number))
        if not numbers:
            return 0.0
        middle = len(numbers) // 2
        return numbers[middle] if len(numbers) % 2 else (numbers[middle - 1] + numbers[middle]) / 2

    return median


def _sum(budget: Budget, value: Value) -> Value:
    if not isinstance(value, List):
        raise OperandError(f"`sum` takes a list, not {type_of(value).words}")
    budget.spend(len(value.items))
    total: float = 0
    for item in value.items:
        match item:
            case NamedNumber(value=number) | Span(nanoseconds=number):
                total += number
            case Byte():
                raise OperandError("`sum` takes numbers, not a byte")
            case int() | float() if is_number(item):
                total += item
            case _:
                raise OperandError(f"`sum` takes numbers, not {type_of(item).words}")
    return wrapped(total) if isinstance(total, int) else total


def _bits(rule: Callable[[int, int], int]) -> BuiltinFunction:
    return lambda _budget, left, right: wrapped(rule(_whole(left), _whole(right)))


def _whole(value: Value) -> int:
    if is_number(value) and isinstance(value, int):
        return int(value)
    raise OperandError(f"a whole number is needed, not {type_of(value).words}")


def _shift(rule: Callable[[int, int], int]) -> Callable[[int, int], int]:
    def shift(number: int, places: int) -> int:
        if places < 0:
            raise OperandError("a number is not shifted by less than nothing")
        return rule(number, min(places, _WHOLE_BITS + 1))

    return shift


NUMBER_FUNCTIONS: Final[dict[str, BuiltinFunction]] = {
    "abs": _absolute,
    "ceil": _rounding(_ceiling),
    "floor": _rounding(_floor),
    "round": _rounding(rounded),
    "int": _integer,
    "float": _float,
    "max": _extreme("<"),
    "min": _extreme(">"),
    "sum": _sum,
    "mean": _mean(nested=False),
    "median": _median(nested=False),
}
NEWER_NUMBER_FUNCTIONS: Final[dict[str, BuiltinFunction]] = {
    **{name: function for name, function in NUMBER_FUNCTIONS.items() if name != "sum"},
    "int": _integer_newer,
    "max": _extreme_newer("max", "<"),
    "min": _extreme_newer("min", ">"),
    "mean": _mean(nested=True),
    "median": _median(nested=True),
    "bitand": _bits(lambda left, right: left & right),
    "bitor": _bits(lambda left, right: left | right),
    "bitxor": _bits(lambda left, right: left ^ right),
    "bitnand": _bits(lambda left, right: left & ~right),
    "bitshl": _bits(_shift(lambda number, places: number << places)),
    "bitshr": _bits(_shift(lambda number, places: number >> places)),
    "bitushr": _bits(_shift(lambda number, places: (number % _UNSIGNED) >> places)),
    "bitnot": lambda _budget, value: ~_whole(value),
}
