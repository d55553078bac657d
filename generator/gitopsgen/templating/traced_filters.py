"""Filters and tests that keep what is known of where their input came from."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import jinja2
from jinja2.filters import make_attrgetter

from gitopsgen.templating.traced import (
    UNTRACED,
    Trace,
    TracedList,
    TracedText,
    carried,
    concat,
    decided,
    own,
    shifted,
    traced,
    untraced,
    whole,
)

Function = Callable[..., Any]

_BY_LENGTH: Final = frozenset(("list", "first", "last", "reverse", "slice", "batch", "map", "items", "sum", "attr"))
"""Filters that give their input's items, whatever these are."""
_BY_ITEMS: Final = frozenset(("unique", "sort", "min", "max", "groupby", "dictsort", "random", "default", "d"))
"""Filters that give some of their input's items, in an order, by what these are."""


def traced_filter(name: str, function: Function) -> Function:
    """Return a filter that gives its result the trace of its input."""
    if name in ("select", "reject", "selectattr", "rejectattr"):
        return _selecting(by_attribute=name.endswith("attr"), keep=name.startswith("select"))
    if name in _BY_LENGTH:
        return _passing(function, lambda subject, *_: own(subject))
    if name in _BY_ITEMS:
        return _passing(function, lambda *inputs: _united(map(whole, inputs)))
    if name in ("indent", "string"):
        return _wrapped(function, _with_margins)
    if name in ("length", "count"):
        return _wrapped(function, lambda result, subject, *_: carried(result, _shell(subject)))
    return _wrapped(function, carried)


def traced_test(function: Any) -> Function:  # noqa: ANN401 - Jinja2 says no more of its tests
    """Return a test that gives its verdict the trace of what it looked at."""

    def verdict(result: bool, subject: Any, *others: Any) -> Any:  # noqa: ANN401, FBT001 - a traced boolean
        # What is not there is not there because of what it was looked for in.
        seen = own(subject._undefined_obj) if isinstance(subject, jinja2.Undefined) else whole(_shell(subject))  # noqa: SLF001 - Jinja2 tells it nowhere else
        return traced(result, _united((seen, *map(whole, others))))

    return _wrapped(function, verdict)


def _shell(subject: Any) -> Any:  # noqa: ANN401 - any value
    """Return a list or a map without what is in it."""
    if isinstance(subject, TracedText):
        return subject
    return traced(type(untraced(subject))(), own(subject)) if isinstance(subject, list | dict) else subject


def _wrapped(function: Function, conclude: Function) -> Function:
    """Return a function that works on plain values, and concludes from the traced ones what its result's trace is."""
    passed = getattr(function, "jinja_pass_arg", None)

    def wrapper(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - any filter's signature
        head, inputs = (arguments[:1], arguments[1:]) if passed else ((), arguments)
        plain = {name: untraced(value) for name, value in options.items()}
        result = function(*head, *map(untraced, inputs), **plain)
        return conclude(_counted(result), *inputs, *options.values())

    return _marked(wrapper, passed)


def _passing(function: Function, weigh: Callable[..., Trace]) -> Function:
    """Return a function that works on the traced values themselves; ``weigh`` says what decided about its result."""
    passed = getattr(function, "jinja_pass_arg", None)

    def wrapper(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - any filter's signature
        inputs = arguments[1:] if passed else arguments
        result = _counted(function(*arguments, **options))
        weighed = weigh(*inputs, *options.values()).reasons
        if isinstance(result, list):
            # Whether it is there at all is for the list that it was made from to say.
            return decided(TracedList(result, own(inputs[0])), weighed - own(inputs[0]).values)
        return decided(result, weighed)

    return _marked(wrapper, passed)


def _selecting(*, by_attribute: bool, keep: bool) -> Function:
    """Return ``select`` and its like: every verdict has a say about what is in the list, and where."""

    @jinja2.pass_context
    def select(context: jinja2.runtime.Context, items: Iterable[Any], *arguments: Any, **options: Any) -> TracedList:  # noqa: ANN401 - as Jinja2 has it
        environment = context.environment
        subject_of: Function = lambda item: item  # noqa: E731 - one of two
        if by_attribute:
            subject_of = make_attrgetter(environment, arguments[0])
            arguments = arguments[1:]
        kept: list[Any] = []
        weighed = own(items)
        for item in items:
            verdict = subject_of(item)
            if arguments:
                verdict = environment.call_test(arguments[0], verdict, arguments[1:], options, context)
            weighed = weighed | whole(_shell(verdict))
            if bool(verdict) is keep:
                kept.append(item)
        result: TracedList = decided(TracedList(kept, own(items)), weighed.reasons - own(items).values)
        return result

    return select


def _with_margins(result: str, subject: Any, *others: Any) -> Any:  # noqa: ANN401 - traced text
    if not isinstance(subject, TracedText):
        return carried(result, subject, *others)
    moved = shifted(subject, result)
    return decided(moved, whole(others).reasons)


def _counted(result: Any) -> Any:  # noqa: ANN401 - any value
    return list(result) if isinstance(result, Iterator) else result


def _united(traces: Iterable[Trace]) -> Trace:
    united = UNTRACED
    for trace in traces:
        united = united | trace
    return united


def _marked(wrapper: Function, passed: object) -> Function:
    if passed:
        wrapper.jinja_pass_arg = passed  # type: ignore[attr-defined] # how Jinja2 marks such functions
    return wrapper


def joined_text(parts: Iterable[Any]) -> str:
    """Return what Jinja2's ``~`` gives, with the trace of each part on its stretch."""
    return concat(part if isinstance(part, str) else carried(str(untraced(part)), part) for part in parts)
