"""Jinja2 with traced values: every stretch of what a template yields says what it was made of, and what decided it.

What is known of a text is kept beside it, never in it: a string of a descriptor cannot be taken for anything else,
whatever characters it holds.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import jinja2
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame

from gitopsgen.source.location import Location
from gitopsgen.source.reader import read
from gitopsgen.templating.control import rewritten
from gitopsgen.templating.engine import Engine, Sandbox
from gitopsgen.templating.filters import to_yaml
from gitopsgen.templating.library import Template, TemplateLibrary
from gitopsgen.templating.spans import Spans
from gitopsgen.templating.traced import (
    UNTRACED,
    Origins,
    Trace,
    TracedList,
    TracedMap,
    TracedText,
    carried,
    concat,
    decided,
    own,
    traced,
    untraced,
    whole,
)
from gitopsgen.templating.traced_filters import joined_text, traced_filter, traced_test

_COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "eq": lambda left, right: left == right,
    "ne": lambda left, right: left != right,
    "gt": lambda left, right: left > right,
    "gteq": lambda left, right: left >= right,
    "lt": lambda left, right: left < right,
    "lteq": lambda left, right: left <= right,
    "in": lambda left, right: left in right,
    "notin": lambda left, right: left not in right,
}


_ADDED: Final = ("_loop_vars", "_block_vars")
"""What Jinja2 adds to the arguments of a call, for macros."""


class _TracingGenerator(CodeGenerator):
    """Generates code that passes every output through the environment, with its place."""

    def _output_child_to_const(self, node: nodes.Expr, frame: Frame, finalize: Any) -> str:  # noqa: ANN401, ARG002
        raise nodes.Impossible

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:  # noqa: ANN401, ARG002
        constant = isinstance(node, nodes.TemplateData)
        self.write(f"environment.put_out({self.filename!r}, {node.lineno}, {constant}, ")

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:  # noqa: ANN401, ARG002
        self.write(")")


class _Part:
    """A part of a template that something decides about, while it is evaluated.

    It is ``silent`` as long as nothing was put out since something had a say. In a loop, ``judged`` are the verdicts
    on the items whose turn is to come, ``taken`` what decided that others had theirs, and ``skipped`` what decided that
    items since the last turn have none.
    """

    __slots__ = ("deciding", "judged", "silent", "skipped", "taken")

    def __init__(self, deciding: Origins) -> None:
        self.deciding = deciding
        self.silent = True
        self.judged: list[Origins] = []
        self.skipped: Origins = frozenset()
        self.taken: Origins = frozenset()


class TracingSandbox(Sandbox):
    """The sandbox with values, outputs and decisions that are traced."""

    code_generator_class = _TracingGenerator
    concat = staticmethod(concat)

    def __init__(self, library: TemplateLibrary) -> None:
        super().__init__(library)
        self.filters = {name: traced_filter(name, function) for name, function in self.filters.items()}
        self.filters["yaml"] = _to_yaml
        self.tests = {name: traced_test(function) for name, function in self.tests.items()}
        self.globals["_bounded"] = self._bounded
        self.start()

    def start(self) -> None:
        """Forget what decided in a render before."""
        self._parts = [_Part(frozenset())]
        self._spread = UNTRACED

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = rewritten(super()._parse(source, name, filename))
        tree.set_lineno(1)
        tree.set_environment(self)
        return tree

    def put_out(self, file: str, line: int, constant: bool, value: object) -> str:  # noqa: FBT001 - generated code calls
        """Return what a template puts out, with its place: constant text line by line."""
        deciding = self._parts[-1].deciding
        if value:
            for part in self._parts:
                part.silent = False
        if constant:
            lines = str(value).splitlines(keepends=True)
            return concat(
                TracedText(text, Trace(deciders=deciding, places=(Location(file, line + index, 1),)))
                for index, text in enumerate(lines)
            )
        if value == "" and not isinstance(value, TracedText):
            return ""
        text = value if isinstance(value, TracedText) else TracedText(str(untraced(value)), whole(value))
        place = Location(file, line, 1)
        pieces = tuple((start, trace.decided_by(deciding).at(place)) for start, trace in text.pieces)
        return TracedText(str.__str__(text), text.trace.decided_by(deciding).at(place), pieces)

    # What the rewritten templates call; see control.py.

    def enter(self) -> None:
        """Begin a part of a template that something decides about."""
        self._parts.append(_Part(self._parts[-1].deciding))

    def weigh(self, value: Any) -> Any:  # noqa: ANN401 - any value
        """Return ``value``, which decides about the part that was entered last."""
        part, reasons = self._parts[-1], own(value).reasons
        if not reasons <= part.deciding:
            part.deciding |= reasons
            part.silent = True
        return value

    def judge(self, verdict: Any) -> Any:  # noqa: ANN401 - a boolean
        """Return ``verdict``, which decides whether the loop that was entered last takes a turn with an item."""
        part = self._parts[-1]
        if verdict:
            part.judged.append(own(verdict).reasons)
        else:
            part.skipped |= own(verdict).reasons
        return verdict

    def turn(self, *items: Any) -> str:  # noqa: ANN401 - whatever a template loops over
        """Begin a turn with ``items``: what decided that they are there decides about it.

        Returned is a mark of what was skipped before.
        """
        loop = self._parts[-1]
        self.enter()
        for reasons in (*(own(item).deciders for item in items), *loop.judged[:1]):
            self._parts[-1].deciding |= reasons
        loop.judged = loop.judged[1:]
        skipped, loop.skipped = loop.skipped, frozenset()
        loop.taken |= self._parts[-1].deciding | skipped
        return TracedText("", Trace(deciders=skipped)) if skipped else ""

    def settle(self) -> str:
        """Return a text without a character, which marks where something could have been."""
        part, around = self._parts[-1], self._parts[-2]
        reasons = part.skipped | (part.deciding if part.silent else around.deciding)
        return "" if reasons <= around.deciding else TracedText("", Trace(deciders=reasons))

    def settled(self, value: Any) -> Any:  # noqa: ANN401 - any value
        """Return a variable's value after a part that may have set it."""
        part = self._parts[-1]
        return decided(value, (part.deciding | part.taken | part.skipped) - self._parts[-2].deciding)

    def leave(self) -> None:
        """End the part of a template that was entered last."""
        self._parts.pop()

    def consider(self, value: Any) -> Any:  # noqa: ANN401 - any value
        """Return ``value``, which decides what is evaluated next."""
        self.enter()
        return self.weigh(value)

    def chosen(self, value: Any) -> Any:  # noqa: ANN401 - any value
        """Return a value with what was considered for it."""
        part = self._parts.pop()
        return decided(value, part.deciding - self._parts[-1].deciding)

    def negated(self, value: Any) -> Any:  # noqa: ANN401 - a boolean
        """Return what Jinja2's ``not`` gives."""
        return traced(not value, own(value))

    def compared(self, first: Any, *others: Any) -> Any:  # noqa: ANN401 - a boolean
        """Return what a chain of comparisons gives; ``others`` are operators and values by turns."""
        trace, left, verdict = whole(first), first, True
        for operator, right in zip(others[::2], others[1::2], strict=True):
            # Of a map, only its keys are asked for.
            trace = trace | (own(right) if isinstance(right, dict) and operator.endswith("in") else whole(right))
            verdict = _COMPARISONS[operator](untraced(left), untraced(right))
            left = right
            if not verdict:
                break
        return traced(verdict, trace)

    def joined(self, *parts: Any) -> str:  # noqa: ANN401 - any values
        """Return what Jinja2's ``~`` gives."""
        return joined_text(parts)

    def spread(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a map of arguments for the next call, and note what the map was."""
        self._spread = own(arguments)
        return arguments

    def _bounded(self, items: Any) -> Any:  # noqa: ANN401 - whatever a template loops over
        if isinstance(items, TracedText):
            items = TracedList((TracedText(one, items.trace) for one in str.__str__(items)), items.trace)
        return self.budget.loop(items)

    # What the sandbox gives to templates, with traces.

    def call(self, context: jinja2.runtime.Context, callee: Any, /, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - as Jinja2 has it
        """Call what a template calls."""
        subject = getattr(callee, "__self__", None)
        if subject is self:
            return callee(*arguments)  # what Jinja2 adds in a loop is for macros
        spread, self._spread = self._spread, UNTRACED
        if callee is dict:
            options = {name: value for name, value in options.items() if name not in _ADDED}
            whole_map = dict(*arguments, **options)
            trace = spread
            for one in arguments:
                trace = trace | own(one)
            return decided(TracedMap(whole_map, trace), trace.deciders)
        result = super().call(context, callee, *arguments, **options)
        if isinstance(subject, dict):
            return _from_map(callee.__name__, subject, result, arguments)
        if callee is self.globals["range"] or isinstance(subject, str | list | int | float):
            return carried(list(result) if isinstance(result, range) else result, subject, *arguments)
        return result

    def getitem(self, obj: Any, argument: Any) -> Any:  # noqa: ANN401 - Jinja2's own signature
        """Return an item, decided by what named it."""
        return decided(super().getitem(obj, untraced(argument)), own(argument).reasons)


def _from_map(method: str, subject: dict[str, Any], result: Any, arguments: tuple[Any, ...]) -> Any:  # noqa: ANN401 - what maps give
    if method == "get":
        missing = untraced(arguments[0]) not in subject
        found = decided(result, own(arguments[0]).reasons)
        return decided(found, own(subject).reasons) if missing else found
    if method in ("items", "keys", "values"):
        return TracedList(result, own(subject))
    return result


def _to_yaml(value: object, indent: int | None = None) -> str:
    """Return the YAML of ``value``, with the trace of each part of it on its stretch."""
    plain = untraced(value)
    text = to_yaml(plain, indent)
    if not isinstance(value, dict | list | tuple) or not value:
        return TracedText(text, own(value))
    block = text.startswith("\n")
    spans = Spans(read(text if block else f"{text}\n", "").documents[0])
    stretches = sorted(_stretches(value, spans, ()), key=lambda one: one[:2])
    pieces: list[tuple[int, Trace]] = [(0, UNTRACED)]
    for start, end, trace in stretches:
        pieces += [(start, trace), (end, UNTRACED)] if end > start else [(start, trace)]
    return TracedText(text, whole(value), tuple(pieces))


def _stretches(value: Any, spans: Spans, path: tuple[str | int, ...]) -> Iterable[tuple[int, int, Trace]]:  # noqa: ANN401 - any value
    if isinstance(value, dict) and value:
        for number, (key, item) in enumerate(value.items()):
            inner = (*path, untraced(key))
            start, end = spans.key(inner)
            if not number:
                yield start, start, Trace(deciders=own(value).deciders)  # also of what is not there
            yield start, end, own(key)
            yield from _stretches(item, spans, inner)
    elif isinstance(value, list | tuple) and value:
        for index, item in enumerate(value):
            yield from _stretches(item, spans, (*path, index))
    else:
        yield (*spans.value(path), own(value))


class TracingEngine(Engine):
    """Renders templates into traced text."""

    _sandbox: TracingSandbox | None = None

    @property
    def environment(self) -> TracingSandbox:
        """The tracing environment, made when the first template is rendered."""
        if self._sandbox is None:
            self._sandbox = TracingSandbox(self.library)
        return self._sandbox

    def render(self, template: Template, context: Mapping[str, Any]) -> TracedText:
        """Return what ``template`` yields.

        Raises:
            TemplateError: it fails.
        """
        self.environment.start()
        text = super().render(template, context)
        return text if isinstance(text, TracedText) else TracedText(text, UNTRACED)
