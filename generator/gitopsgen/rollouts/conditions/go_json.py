"""JSON as Go reads and writes it, and values as Go prints them.

Source: Go, packages encoding/json, fmt and strconv.
"""

import json
import math
from collections.abc import Mapping
from typing import Final, NoReturn

from gitopsgen.rollouts.conditions.errors import NotJudged
from gitopsgen.rollouts.conditions.go_types import LIST, OBJECT, Kind
from gitopsgen.rollouts.conditions.operators import OperandError
from gitopsgen.rollouts.conditions.values import List, Map, NamedNumber, Value, object_map, type_of

_ESCAPES: Final = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def read_json(text: str) -> Value:
    """Return the value that a JSON text holds, with every number a fraction.

    Raises:
        ValueError: It is none.
        NotJudged: It is nested too deeply.
    """
    try:
        return _value(json.loads(text, parse_int=_number, parse_float=_number, parse_constant=_refuse))
    except RecursionError as error:
        raise NotJudged("it is nested too deeply to be judged") from error


def _number(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        message = f"{text} is too large"
        raise ValueError(message)
    return number


def _refuse(text: str) -> NoReturn:
    message = f"{text} is not JSON"
    raise ValueError(message)


def _value(plain: object) -> Value:
    match plain:
        case dict():
            return object_map(OBJECT, {_valid(key): _value(item) for key, item in plain.items()})
        case list():
            return List(LIST, tuple(map(_value, plain)))
        case str():
            return _valid(plain)
        case _:
            return plain  # type: ignore[return-value]  # nothing else comes out of JSON


def _valid(text: str) -> str:
    """Return ``text`` with half surrogate pairs replaced, as Go reads them."""
    return "".join("\ufffd" if "\ud800" <= one <= "\udfff" else one for one in text) if not text.isascii() else text


def write_json(value: Value, indent: str = "") -> str:
    """Return a value as indented JSON.

    Raises:
        OperandError: It has no JSON form, as NaN has none.
    """
    inner = f"{indent}  "
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case float() if not math.isfinite(value):
            raise OperandError("NaN and infinite numbers have no JSON form")
        case float():
            return format_float(value, exponent_from=(1e-6, 1e21))
        case int() | NamedNumber():
            return str(value if isinstance(value, int) else value.value)
        case str():
            return _quoted(value)
        case List(items=items):
            return _block("[]", [write_json(item, inner) for item in items], indent)
        case Map(items=entries) if value.type.key and value.type.key.kind is Kind.TEXT:
            pairs = sorted((str(key), item) for key, item in entries.values())
            return _block("{}", [f"{_quoted(key)}: {write_json(item, inner)}" for key, item in pairs], indent)
        case _:
            raise OperandError(f"{type_of(value).words} has no JSON form")


def _quoted(text: str) -> str:
    written = json.dumps(text.encode(errors="surrogateescape").decode(errors="replace"), ensure_ascii=False)
    return "".join(_ESCAPES.get(character, character) for character in written)


def _block(brackets: str, lines: list[str], indent: str) -> str:
    if not lines:
        return brackets
    inner = f",\n{indent}  ".join(lines)
    return f"{brackets[0]}\n{indent}  {inner}\n{indent}{brackets[1]}"


def format_float(number: float, *, exponent_from: tuple[float, float]) -> str:
    """Return the shortest digits of a number, with an exponent outside of the two limits."""
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "+Inf" if number > 0 else "-Inf"
    low, high = exponent_from
    digits = repr(abs(number))
    mantissa, _, exponent = digits.partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    point = len(whole) + int(exponent or 0)
    figures = (whole + fraction).lstrip("0")
    point -= len(whole + fraction) - len(figures)
    figures = figures.rstrip("0")
    sign = "-" if math.copysign(1, number) < 0 else ""
    if not figures:
        return f"{sign}0"
    if not low <= abs(number) < high:
        rest = f".{figures[1:]}" if len(figures) > 1 else ""
        return f"{sign}{figures[0]}{rest}e{'-' if point < 1 else '+'}{abs(point - 1):02d}"
    if point <= 0:
        return f"{sign}0.{'0' * -point}{figures}"
    whole, fraction = figures[:point].ljust(point, "0"), figures[point:]
    return f"{sign}{whole}{'.' if fraction else ''}{fraction}"


def print_value(value: Value) -> str:
    """Return a value as Go prints it.

    Raises:
        NotJudged: It prints as something that is not modelled, such as a time.
    """
    match value:
        case None:
            return "<nil>"
        case bool():
            return "true" if value else "false"
        case float():
            return format_float(value, exponent_from=(1e-4, 1e6))
        case int():
            return str(int(value))
        case str():
            return value
        case List(items=items):
            return f"[{' '.join(map(print_value, items))}]"
        case Map(items=entries) if value.type.key and value.type.key.kind is Kind.TEXT:
            pairs: Mapping[str, Value] = {str(key): item for key, item in entries.values()}
            return f"map[{' '.join(f'{key}:{print_value(pairs[key])}' for key in sorted(pairs))}]"
        case _:
            raise NotJudged(f"{type_of(value).words} as a text is not modelled")
