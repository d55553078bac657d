"""Expressions made up by chance, most of them of fitting types, and the results that they are about."""

import random
from collections.abc import Callable, Sequence
from typing import Any, Final

BODY: Final = {
    "ok": True,
    "value": 1,
    "rate": 0.99,
    "text": "up",
    "num": "0.97",
    "none": None,
    "empty": "",
    "zero": 0,
    "list": [1, 2, 3],
    "none of": [],
    "objs": [{"a": 5}, {"b": 2}],
    "deep": {"x": [1.5, "q", None]},
}
RESULTS: Final[Sequence[dict[str, Any]]] = (
    *({"Numbers": numbers} for numbers in ([], ["0.99"], ["NaN"], ["0.9", "NaN"], ["0.9", "0.8", "0.7"], ["200"])),
    *({"Number": number} for number in ("0.99", "NaN", "+Inf", "3")),
    *({"Value": value} for value in (None, BODY, BODY, BODY, [1, 2], [], {}, 3.5, "up", True)),
)
_OF_NUMBERS: Final = ("abs", "ceil", "floor", "round", "float", "int", "asInt", "asFloat", "max", "min")
_OF_LISTS: Final = ("sum", "mean", "median", "max", "min", "first", "last", "len")
_NOISE: Final = ("(", ")", "'", " not ", "=", ";", "//", "..", "|", "#", "?", ":", "[", "]", "{", "`", "\\", "é", "%")


class Expressions:
    """Makes one expression after another; a seed decides."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - for variety, not for secrets
        self._names: tuple[str, ...] = ()
        self._inside = 0

    def next(self) -> tuple[str, dict[str, Any]]:
        """Return an expression, and a result for it."""
        result = self._random.choice(RESULTS)
        self._names = self._names_in(result)
        text = self._any_of(self._truth, self._truth, self._truth, self._value)(self._random.randint(1, 4))
        if self._random.random() < 0.1:
            place = self._random.randrange(len(text))
            text = text[:place] + self._random.choice(_NOISE) + text[place + self._random.randint(0, 1) :]
        return text, result

    def _names_in(self, result: dict[str, Any]) -> tuple[str, ...]:
        if "Numbers" in result:
            return ("result[0]", "result[0]", "result[-1]", "result")
        if result.get("Value") is not BODY:
            return ("result", "result[0]", "default(result, 1)")
        return (*(f"result.{name}" for name in BODY if " " not in name), "result.list[0]", "result['none of']")

    def _any_of(self, *makers: Callable[[int], str]) -> Callable[[int], str]:
        return self._random.choice(makers)

    def _pick(self, *texts: str) -> str:
        return self._random.choice(texts)

    def _value(self, depth: int) -> str:
        return self._any_of(self._number, self._text, self._truth, self._list, self._nothing)(depth)

    def _nothing(self, depth: int) -> str:
        return self._pick(
            "nil", "first([])", "get(result, 9)", "find(1..3, # > 7)", f"first(filter({self._list(depth)}, false))"
        )

    def _number(self, depth: int) -> str:
        if depth <= 0 or self._random.random() < 0.3:
            items = ("#", "#", "#index") if self._inside else ()
            return self._pick("0", "1", "2", "0.5", "0.95", "100", "1e3", "-1", *self._names, *self._names, *items)
        less = depth - 1
        match self._random.randint(0, 8):
            case 0 | 1:
                operator = self._pick("+", "-", "*", "/", "%", "**", "??")
                return f"({self._number(less)} {operator} {self._number(less)})"
            case 2:
                return f"{self._pick(*_OF_NUMBERS)}({self._number(less)})"
            case 3 | 4:
                return f"{self._pick(*_OF_LISTS)}({self._list(less)})"
            case 5:
                return f"count({self._list(less)}, {self._predicate(less)})"
            case 6:
                return f"({self._truth(less)} ? {self._number(less)} : {self._value(less)})"
            case 7:
                return f"{self._pick('findIndex', 'indexOf')}({self._list(less)}, {self._predicate(less)})"
            case _:
                return f"reduce({self._list(less)}, #acc + #, {self._number(less)})"

    def _text(self, depth: int) -> str:
        if depth <= 0:
            return self._pick("'up'", "'0.97'", "''", '"é"', *self._names)
        less = depth - 1
        return self._pick(
            f"({self._text(less)} + {self._text(less)})",
            f"{self._pick('upper', 'lower', 'trim', 'string', 'type', 'toJSON')}({self._value(less)})",
            f"join(split({self._text(less)}, {self._text(less)}), 'x')",
            f"({self._text(less)})[{self._pick('0:1', ':1', '-1:')}]",
        )

    def _list(self, depth: int) -> str:
        if depth <= 0 or self._random.random() < 0.3:
            return self._pick("result", "result", "result.list", "1..3", "[1, 2.5]", "[]", "['a', 'up']", *self._names)
        less = depth - 1
        return self._pick(
            f"filter({self._list(less)}, {self._predicate(less)})",
            f"map({self._list(less)}, {self._predicate(less, self._number)})",
            f"[{self._value(less)}, {self._value(less)}]",
            f"{self._pick('sort', 'reverse', 'uniq')}({self._list(less)})",
            f"take({self._list(less)}, {self._pick('0', '1', '9')})",
            f"{self._list(less)}[{self._pick('0:1', '1:', ':')}]",
        )

    def _predicate(self, depth: int, body: Callable[[int], str] | None = None) -> str:
        self._inside += 1
        text = (body or self._truth)(depth)
        self._inside -= 1
        return self._pick(text, f"{{{text}}}")

    def _truth(self, depth: int) -> str:
        if depth <= 0:
            return self._pick("true", "false", *(("# > 0.5", "# != nil") if self._inside else self._names))
        less = depth - 1
        match self._random.randint(0, 9):
            case 0 | 1 | 2:
                operator = self._pick("<", ">", "<=", ">=", "==", "!=")
                return f"{self._number(less)} {operator} {self._number(less)}"
            case 3:
                operator = self._pick("==", "!=", "contains", "startsWith", "not endsWith", "<")
                return f"{self._text(less)} {operator} {self._text(less)}"
            case 4 | 5:
                text = f"{self._truth(less)} {self._pick('and', 'or', '&&', '||')} {self._truth(less)}"
                return self._pick(text, f"({text})", f"not ({text})")
            case 6:
                return f"{self._pick('all', 'any', 'none', 'one')}({self._list(less)}, {self._predicate(less)})"
            case 7:
                return f"{self._value(less)} {self._pick('in', 'not in', '==', '!=')} {self._list(less)}"
            case 8:
                return f"{self._pick('isNaN', 'isInf', 'isNil')}({self._number(less)})"
            case _:
                return f"{self._number(less)} < {self._number(less)} <= {self._number(less)}"
