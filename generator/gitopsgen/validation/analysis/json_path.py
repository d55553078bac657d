"""Kubernetes' JSONPath templates: whether one can be read, and whether it may find anything.

Source: Kubernetes, client-go v0.34.1, util/jsonpath/jsonpath.go.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from gitopsgen.rollouts.conditions.errors import NotJudged
from gitopsgen.rollouts.conditions.json_path import (
    Filter,
    JsonPathError,
    Keyword,
    Literal,
    Steps,
    Union,
    parse_json_path,
)

_KEYWORDS: Final = ("range", "end")
_OPERATORS: Final = ("<", ">", "==", "!=", "<=", ">=", "exists")
_LONGEST: Final = 2000


@lru_cache(maxsize=1024)
def json_path_fault(text: str) -> str:
    """Return why the template ``text`` gives nothing to measure; empty when it may find something."""
    if len(text) > _LONGEST:
        return ""
    try:
        template = parse_json_path(text)
    except NotJudged:
        return ""
    except JsonPathError as error:
        return f"cannot be read: {error}"
    return next((fault for part in template if isinstance(part, tuple) for fault in _faults(part)), "")


def is_whole_answer(text: str) -> bool:
    """Tell whether a template takes the whole answer, as an empty one does."""
    return text.replace(" ", "") in ("", "{$}", "{@}", "{}")


def _faults(steps: Steps) -> Iterator[str]:
    for step in steps:
        if isinstance(step, Keyword) and step.name not in _KEYWORDS:
            yield f"has `{step.name}` without a dot before it"
        elif isinstance(step, Filter):
            yield from _faults(step.left)
            yield from _faults(step.right)
            yield from _comparison_faults(step)
        elif isinstance(step, Union):
            for path in step.paths:
                yield from _faults(path)


def _comparison_faults(filter_: Filter) -> Iterator[str]:
    if filter_.operator not in _OPERATORS:
        yield f"has the operator `{filter_.operator}`, which there is not"
    for step in filter_.right:
        written = str(step.value) if isinstance(step, Literal) and not isinstance(step.value, str) else ""
        if written.lstrip("-").isdecimal():
            yield f"compares with {written}, and the numbers of an answer are all floating: {written}.0"
