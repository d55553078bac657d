"""Methods found on a value while an expression is evaluated."""

from functools import partial

from gitopsgen.rollouts.conditions.errors import NotJudged
from gitopsgen.rollouts.conditions.moments import METHODS
from gitopsgen.rollouts.conditions.values import Function, Value, type_of


def method_of(value: Value, name: str) -> Function | None:
    """Return the method of ``value`` called ``name``, bound to it; ``None`` when it has none.

    Raises:
        NotJudged: It has one that is not modelled.
    """
    method = METHODS.get(type_of(value).name, {}).get(name)
    if method is None:
        return None
    if method.call is None:
        raise NotJudged(f"the method `{name}` is not modelled")
    return Function(method.type, partial(method.call, value))
