"""The language's own functions of texts.

Source: expr v1.15.5 and v1.17.7, builtin/builtin.go; Go, package strings.
"""

import base64
import binascii
from collections.abc import Callable
from typing import Final, TypeAlias

from gitopsgen.rollouts.conditions.budget import Budget
from gitopsgen.rollouts.conditions.errors import NotJudged
from gitopsgen.rollouts.conditions.go_types import LIST, TEXTS
from gitopsgen.rollouts.conditions.operators import OperandError, to_integer
from gitopsgen.rollouts.conditions.values import List, Value, type_of

BuiltinFunction: TypeAlias = Callable[..., Value]
_SPACE: Final = " \t\n\v\f\r\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_MOST_REPEATS: Final = 10**6
_LONGEST_TEXT: Final = 10**7


def text(value: Value) -> str:
    """Return a value that must be a text.

    Raises:
        OperandError: It is none.
    """
    if not isinstance(value, str):
        raise OperandError(f"a text is needed, not {type_of(value).words}")
    return value


def _of_texts(function: Callable[..., Value]) -> BuiltinFunction:
    return lambda _budget, *arguments: function(*map(text, arguments))


def _trim(_: Budget, value: Value, cut: Value = _SPACE) -> Value:
    return text(value).strip(text(cut)) if cut else text(value)


def _split(*, keep: bool) -> BuiltinFunction:
    def split(budget: Budget, value: Value, separator: Value, most: Value = -1) -> Value:
        whole, mark, limit = text(value), text(separator), to_integer(most)
        budget.spend(len(whole) // 64)
        if limit == 0:
            return List(TEXTS, ())
        if not mark:
            parts = (
                list(whole)
                if limit < 0
                else [*whole[: limit - 1], *([whole[limit - 1 :]] if whole[limit - 1 :] else [])]
            )
        else:
            parts = whole.split(mark, limit - 1 if limit > 0 else -1)
        if keep and mark:
            parts = [f"{part}{mark}" for part in parts[:-1]] + parts[-1:]
        return List(TEXTS, parts)

    return split


def _replace(_: Budget, value: Value, old: Value, new: Value, most: Value = -1) -> Value:
    whole, before, after = text(value), text(old), text(new)
    if len(whole) * (len(after) + 1) > _LONGEST_TEXT:
        raise NotJudged("it builds a text that is too long to be judged")
    return whole.replace(before, after, max(-1, to_integer(most)))


def _repeat(budget: Budget, value: Value, times: Value) -> Value:
    whole, number = text(value), to_integer(times)
    if number < 0:
        raise OperandError("a text is not repeated less than no times")
    if number > _MOST_REPEATS:
        raise OperandError("it needs more memory than the controller grants")
    if len(whole) * number > _LONGEST_TEXT:
        raise NotJudged("it builds a text that is too long to be judged")
    budget.spend(len(whole) * number // 64)
    return whole * number


def _repeat_newer(budget: Budget, value: Value, times: Value) -> Value:
    repeated = _repeat(budget, value, times)
    budget.hold(len(text(repeated).encode(errors="surrogateescape")))
    return repeated


def _join(_: Budget, items: Value, glue: Value = "") -> Value:
    if not isinstance(items, List) or items.type not in (LIST, TEXTS):
        raise OperandError(f"`join` takes a list of texts, not {type_of(items).words}")
    return text(glue).join(map(text, items.items))


def _index(find: Callable[[bytes, bytes], int]) -> BuiltinFunction:
    def index(_: Budget, value: Value, part: Value) -> Value:
        return find(text(value).encode(errors="surrogateescape"), text(part).encode(errors="surrogateescape"))

    return index


def _from_base64(value: str) -> Value:
    try:
        decoded = base64.b64decode(value.replace("\r", "").replace("\n", ""), validate=True)
    except (binascii.Error, ValueError) as error:
        raise OperandError("it is no base64") from error
    return decoded.decode(errors="surrogateescape")


def _to_base64(value: str) -> Value:
    return base64.b64encode(value.encode(errors="surrogateescape")).decode()


TEXT_FUNCTIONS: Final[dict[str, BuiltinFunction]] = {
    "trim": _trim,
    "trimPrefix": _of_texts(lambda whole, prefix=" ": whole.removeprefix(prefix)),
    "trimSuffix": _of_texts(lambda whole, suffix=" ": whole.removesuffix(suffix)),
    "upper": _of_texts(lambda whole: "".join(one.upper() if len(one.upper()) == 1 else one for one in whole)),
    "lower": _of_texts(lambda whole: "".join(one.lower() if len(one.lower()) == 1 else one for one in whole)),
    "split": _split(keep=False),
    "splitAfter": _split(keep=True),
    "replace": _replace,
    "repeat": _repeat,
    "join": _join,
    "indexOf": _index(bytes.find),
    "lastIndexOf": _index(bytes.rfind),
    "hasPrefix": _of_texts(lambda whole, prefix: whole.startswith(prefix)),
    "hasSuffix": _of_texts(lambda whole, suffix: whole.endswith(suffix)),
    "toBase64": _of_texts(_to_base64),
    "fromBase64": _of_texts(_from_base64),
}
NEWER_TEXT_FUNCTIONS: Final[dict[str, BuiltinFunction]] = {**TEXT_FUNCTIONS, "repeat": _repeat_newer}
