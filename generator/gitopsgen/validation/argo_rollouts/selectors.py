"""Label selectors as the API machinery reads them: keys, values and operators.

Source: kubernetes v1.34, apimachinery/pkg/apis/meta/v1/validation, ValidateLabelSelector.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from gitopsgen.model.manifest import list_at, map_at, text_at
from gitopsgen.source.location import Path
from gitopsgen.validation.names import key_problem

_VALUE: Final = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
_WITH_VALUES: Final = ("In", "NotIn")
_WITHOUT_VALUES: Final = ("Exists", "DoesNotExist")


def selector_problems(selector: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Yield what is wrong with a selector, each with where in it."""
    for key, value in map_at(selector, "matchLabels").items():
        if problem := key_problem(str(key)):
            yield ("matchLabels", str(key)), f"the label `{str(key)[:80]}` {problem}"
        elif isinstance(value, str) and not _VALUE.fullmatch(value):
            yield ("matchLabels", str(key)), f"`{value[:80]}` is no value of a label"
    for index, entry in enumerate(list_at(selector, "matchExpressions")):
        if isinstance(entry, Mapping):
            yield from _expression_problems(entry, ("matchExpressions", index))


def _expression_problems(entry: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, str]]:
    key, operator, values = text_at(entry, "key"), text_at(entry, "operator"), entry.get("values")
    if problem := key_problem(key):
        yield (*path, "key"), f"the label `{key[:80]}` {problem}"
    if operator in _WITH_VALUES:
        if not values:
            yield (*path, "values"), f"the operator {operator} needs values"
    elif operator in _WITHOUT_VALUES:
        if values:
            yield (*path, "values"), f"the operator {operator} takes no values"
    else:
        yield (*path, "operator"), f"`{operator}` is none of {', '.join((*_WITH_VALUES, *_WITHOUT_VALUES))}"
    for index, value in enumerate(list_at(entry, "values")):
        if isinstance(value, str) and not _VALUE.fullmatch(value):
            yield (*path, "values", index), f"`{value[:80]}` is no value of a label"
