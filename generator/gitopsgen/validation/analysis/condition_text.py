"""Conditions of a metric as they will be evaluated, with something put in where an argument is not known."""

from collections.abc import Iterator
from typing import Final

from gitopsgen.model.manifest import text_at
from gitopsgen.rollouts.conditions.dialect import Dialect
from gitopsgen.rollouts.conditions.errors import CompileError, NotJudged
from gitopsgen.rollouts.conditions.parser import parse
from gitopsgen.rollouts.conditions.phases import Conditions
from gitopsgen.validation.analysis.placeholders import Unresolved, parts
from gitopsgen.validation.analysis.runs import Metric

KEYS: Final = {"success": "successCondition", "failure": "failureCondition"}
_STAND_INS: Final = ("1", "true", "'text'", "text")
"""What an argument may be in a condition; the last one inside quotation marks."""


def conditions_of(metric: Metric, dialect: Dialect) -> Conditions | None:
    """Return a metric's conditions; ``None`` when nobody can say what they will be."""
    texts: dict[str, str] = {}
    for name, key in KEYS.items():
        text = _readable(text_at(metric.body, key), dialect)
        if text is None:
            return None
        texts[name] = text
    return Conditions(**texts)


def is_certain(metric: Metric) -> bool:
    """Tell whether both conditions are known as they will be."""
    return not any(isinstance(text_at(metric.body, key), Unresolved) for key in KEYS.values())


def _readable(text: str, dialect: Dialect) -> str | None:
    if not isinstance(text, Unresolved):
        return text
    pieces = list(parts(text))
    if len(pieces) == 2 and not pieces[0][0].strip() and not pieces[1][0].strip():  # noqa: PLR2004 - before and after
        return None
    for candidate in _candidates(pieces):
        try:
            parse(candidate, dialect)
        except CompileError:
            continue
        except NotJudged:
            return None
        return candidate
    return None


def _candidates(pieces: list[tuple[str, str | None]]) -> Iterator[str]:
    for stand_in in _STAND_INS:
        yield "".join(literal + (stand_in if placeholder is not None else "") for literal, placeholder in pieces)
