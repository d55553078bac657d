"""Filters, tests and methods of text that keep what is known of where their input came from."""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

import jinja2
from jinja2.filters import make_attrgetter, make_multi_attrgetter

from gitopsgen.templating.traced import (
    UNTRACED,
    Trace,
    TracedList,
    TracedText,
    carried,
    decided,
    own,
    traced,
    untraced,
    whole,
)
from gitopsgen.templating.traced_text import joined_list, laid_out, replaced, shifted, trimmed

Function = Callable[..., Any]

_BY_LENGTH: Final = frozenset(("list", "first", "last", "reverse", "slice", "batch", "map", "items", "sum", "attr"))
"""Filters that give their input's items, whatever these are."""
_BY_ITEMS: Final = frozenset(("unique", "sort", "min", "max", "groupby", "dictsort", "random"))
"""Filters that give some of their input's items, in an order, by what these are, or by an attribute of theirs."""
_MARGINS: Final = frozenset(("trim", "strip", "lstrip", "rstrip"))
_LETTERS: Final = frozenset(("upper", "lower", "title", "capitalize", "swapcase"))
_WRITING: Final = frozenset(("yaml", "json", "tojson"))


def traced_filter(name: str, function: Function) -> Function:
    """Return a filter that gives its result the trace of its input."""
    if name in ("select", "reject", "selectattr", "rejectattr"):
        return _selecting(by_attribute=name.endswith("attr"), keep=name.startswith("select"))
    if name in _BY_LENGTH:
        return _passing(function, lambda _, subject, **__: own(subject))
    if name in _BY_ITEMS:
        return _passing(function, _weighed_items)
    if name in ("default", "d"):
        return _default
    if name == "join":
        return _join
    if name in _WRITING:
        return _wrapped(function, _written)
    if name in ("indent", "string"):
        return _wrapped(function, _with_margins)
    if name in ("length", "count"):
        return _wrapped(function, lambda result, subject, *_: carried(result, _shell(subject)))
    return _wrapped(function, lambda result, *inputs: of_text(name, result, *inputs))


def of_text(name: str, result: Any, subject: Any, *others: Any) -> Any:  # noqa: ANN401 - any values
    """Return what a filter or a method gives with the traces of its inputs, on their stretches if it keeps these."""
    if isinstance(subject, TracedText) and isinstance(result, str):
        reasons = _united(map(whole, others)).reasons
        if name in _MARGINS:
            return decided(trimmed(subject, result), reasons)
        if name in _LETTERS:
            return decided(replaced(subject, result), reasons)
    return carried(result, subject, *others)


def traced_test(function: Any) -> Function:  # noqa: ANN401 - Jinja2 says no more of its tests
    """Return a test that gives its verdict the trace of what it looked at."""

    def verdict(result: bool, subject: Any, *others: Any) -> Any:  # noqa: ANN401, FBT001 - a traced boolean
        return traced(result, _united((whole(_shell(subject)), *map(whole, others))))

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
    """Return a function that works on the traced values themselves.

    ``weigh`` says what decided about its result, from the Jinja2 environment, if it gets that, and its arguments by
    their names, of which the first is the subject.
    """
    passed = getattr(function, "jinja_pass_arg", None)
    signature = inspect.signature(function)
    # Jinja2 passes something to what stands for an asynchronous filter, and that does not hand it on.
    hidden = 1 if passed and not getattr(inspect.unwrap(function), "jinja_pass_arg", None) else 0

    def wrapper(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - any filter's signature
        subject = arguments[1] if passed else arguments[0]
        result = _counted(function(*arguments, **options))
        named = list(signature.bind(*arguments[hidden:], **options).arguments.items())
        others = dict(named[1 if hidden or not passed else 2 :])
        weighed = weigh(arguments[0] if passed else None, subject, **others).reasons
        if isinstance(result, list):
            # Whether it is there at all is for the list that it was made from to say.
            return decided(TracedList(result, own(subject)), weighed - own(subject).values)
        return decided(result, weighed)

    return _marked(wrapper, passed)


def _weighed_items(environment: Any, subject: Any, **options: Any) -> Trace:  # noqa: ANN401 - any values
    """Return what a filter looked at that goes by items: a map's keys, an attribute of the items, or all of them."""
    others: Iterable[Any] = options.values()
    if isinstance(subject, Mapping):
        seen: Iterable[Any] = subject.values() if untraced(options.get("by")) == "value" else subject
        return _united((own(subject), *map(whole, seen), *map(whole, others)))
    attribute = untraced(options.get("attribute"))
    if attribute is None or environment is None:
        return _united(map(whole, (subject, *others)))
    getter = (make_multi_attrgetter if isinstance(attribute, str) else make_attrgetter)(environment, attribute)
    return _united((own(subject), *(whole(getter(item)) for item in subject), *map(whole, others)))


def _default(value: Any, default_value: Any = "", boolean: Any = False) -> Any:  # noqa: ANN401, FBT002 - as Jinja2 has it
    """Return the value, or else the default, which is there because of the value."""
    lacks = isinstance(value, jinja2.Undefined) or (untraced(boolean) and not value)
    return decided(default_value, whole(_shell(value)).reasons | own(boolean).reasons) if lacks else value


@jinja2.pass_environment
def _join(environment: jinja2.Environment, value: Any, d: Any = "", attribute: Any = None) -> str:  # noqa: ANN401 - as Jinja2 has it
    """Return the items of a list as one text."""
    items = list(value) if attribute is None else map(make_attrgetter(environment, untraced(attribute)), value)
    if isinstance(value, TracedText):
        items = [traced(one, value.trace) for one in items]
    return joined_list(d if isinstance(d, str) else traced(str(untraced(d)), own(d)), TracedList(items, own(value)))


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


def _written(result: str, value: Any, *others: Any) -> Any:  # noqa: ANN401 - traced text
    return decided(laid_out(result, value), _united(map(whole, others)).reasons)


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
