"""Jinja2 with traced values: every stretch of what a template yields says what it was made of, and what decided it.

What is known of a text is kept beside it, never in it: a string of a descriptor cannot be taken for anything else,
whatever characters it holds.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

import jinja2
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.environment import TemplateModule
from jinja2.runtime import LoopContext, Macro

from gitopsgen.source.location import Location
from gitopsgen.templating.control import rewritten
from gitopsgen.templating.engine import Engine, Sandbox
from gitopsgen.templating.library import Template, TemplateLibrary
from gitopsgen.templating.traced import (
    UNTRACED,
    Origins,
    Trace,
    TracedList,
    TracedMap,
    TracedText,
    TracedUndefined,
    carried,
    concat,
    decided,
    own,
    traced,
    untraced,
    whole,
)
from gitopsgen.templating.traced_filters import of_text, traced_filter, traced_test
from gitopsgen.templating.traced_text import joined, joined_list, laid_out

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
    intercepted_binops = frozenset((*Sandbox.intercepted_binops, "%"))
    concat = staticmethod(concat)

    def __init__(self, library: TemplateLibrary) -> None:
        super().__init__(library)
        self.filters = {name: traced_filter(name, function) for name, function in self.filters.items()}
        self.tests = {name: traced_test(function) for name, function in self.tests.items()}
        self.globals["_bounded"] = self._bounded
        self.undefined = TracedUndefined
        self.start()

    def start(self) -> None:
        """Forget what decided in a render before."""
        self._parts = [_Part(frozenset())]
        self._spread = UNTRACED
        self._came_last = self._parts[0]
        self._loops: dict[LoopContext, _Part] = {}

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = rewritten(super()._parse(source, name, filename), filename or "")
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
        text = laid_out(str(untraced(value)), value) if not isinstance(value, str) else value
        if not isinstance(text, TracedText):
            text = TracedText(text, UNTRACED)
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

    def name(self, value: Any) -> Any:  # noqa: ANN401 - a string, or several
        """Return ``value``, which names what the part that was entered last is."""
        self.weigh(traced(None, whole(value)))
        return untraced(value)

    def coming(self, items: Iterable[Any]) -> Iterator[Any]:
        """Yield the items of the loop that was entered last: ``loop.last`` asks for them ahead of their turn."""
        part = self._parts[-1]
        for item in items:
            self._came_last = part
            yield item

    def loop_of_item(self) -> _Part:
        """Return the loop whose item came last."""
        return self._came_last

    def judge(self, part: _Part, verdict: Any) -> Any:  # noqa: ANN401 - a boolean
        """Return ``verdict``, which decides whether a loop takes a turn with an item."""
        if verdict:
            part.judged.append(own(verdict).reasons)
        else:
            part.skipped |= own(verdict).reasons
        return verdict

    def turn(self, context: LoopContext | None, *items: Any) -> str:  # noqa: ANN401 - whatever a template loops over
        """Begin a turn with ``items``: what decided that they are there decides about it.

        Returned is a mark of what was skipped before.
        """
        loop = self._parts[-1]
        if context is not None:
            self._loops[context] = loop
        self.enter()
        for reasons in (*(own(item).deciders for item in items), *loop.judged[:1]):
            self._parts[-1].deciding |= reasons
        loop.judged = loop.judged[1:]
        skipped, loop.skipped = loop.skipped, frozenset()
        loop.taken |= self._parts[-1].deciding | skipped
        return TracedText("", Trace(deciders=skipped)) if skipped else ""

    def none_taken(self) -> None:
        """Let the verdicts on a loop's items decide about what comes instead of any turn."""
        part = self._parts[-1]
        part.deciding |= part.skipped

    def settle(self) -> str:
        """Return a text without a character, which marks where something could have been."""
        part, around = self._parts[-1], self._parts[-2]
        reasons = part.skipped | (part.deciding if part.silent else around.deciding)
        return "" if reasons <= around.deciding else TracedText("", Trace(deciders=reasons))

    def settled(self, value: Any) -> Any:  # noqa: ANN401 - any value
        """Return a variable's value after a part that may have set it."""
        part = self._parts[-1]
        return _chosen(value, (part.deciding | part.taken | part.skipped) - self._parts[-2].deciding)

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

    def written(self, value: Any, file: str, line: int) -> Any:  # noqa: ANN401 - a scalar
        """Return a constant with its place in the template."""
        return traced(value, Trace(constants=(Location(file, line, 1),)))

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

    def sliced(self, value: Any, *bounds: Any) -> Any:  # noqa: ANN401 - a list or a string
        """Return a slice of ``value``, decided by its bounds."""
        return decided(value[slice(*map(untraced, bounds))], whole(bounds).reasons)

    def joined(self, *parts: Any) -> str:  # noqa: ANN401 - any values
        """Return what Jinja2's ``~`` gives."""
        return joined(parts)

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
        if isinstance(callee, _Chosen):
            return decided(self.call(context, callee.value, *arguments, **options), callee.origins)
        if isinstance(callee, LoopContext):
            return self._deeper(context, callee, arguments[0])
        subject = getattr(getattr(callee, "__wrapped__", callee), "__self__", None)  # the sandbox wraps `format`
        if subject is self:
            return callee(*arguments)  # what Jinja2 adds in a loop is for macros
        spread, self._spread = self._spread, UNTRACED
        given = {name: value for name, value in options.items() if name not in _ADDED}
        if callee is dict:
            trace = spread
            for one in arguments:
                trace = trace | own(one)
            return decided(TracedMap(dict(*arguments, **given), trace), trace.deciders)
        before = getattr(subject, "_last_changed_value", None)
        result = super().call(context, callee, *arguments, **options)
        if isinstance(subject, LoopContext):
            seen = (before, *arguments) if callee.__name__ == "changed" else ()
            return self._of_loop(subject, carried(result, *seen))
        if callee is self.globals["range"]:
            return carried(list(result), *arguments)
        return _of_method(callee, subject, result, (*arguments, *given.values()))

    def _deeper(self, context: jinja2.runtime.Context, loop: LoopContext, items: Any) -> str:  # noqa: ANN401 - whatever a template loops over
        """Return what a recursive loop gives for ``items``."""
        self.enter()
        text = concat((super().call(context, loop, self.coming(self.weigh(items))), self.settle()))
        self.leave()
        return text

    def call_binop(self, context: jinja2.runtime.Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401
        """Carry the traces of what is formatted."""
        result = super().call_binop(context, operator, left, right)
        return carried(result, left, right) if operator == "%" and isinstance(left, str) else result

    def getattr(self, obj: Any, attribute: str) -> Any:  # noqa: ANN401 - Jinja2's own signature
        """Return an attribute, decided by what decided that ``obj`` is this one."""
        if isinstance(obj, _Chosen):
            return _chosen(self.getattr(obj.value, attribute), obj.origins)
        found = super().getattr(obj, attribute)
        return self._of_loop(obj, found) if isinstance(obj, LoopContext) else found

    def getitem(self, obj: Any, argument: Any) -> Any:  # noqa: ANN401 - Jinja2's own signature
        """Return an item, decided by what named it."""
        if isinstance(obj, _Chosen):
            return _chosen(self.getitem(obj.value, argument), obj.origins)
        return decided(super().getitem(obj, untraced(argument)), own(argument).reasons)

    def _of_loop(self, loop: LoopContext, value: Any) -> Any:  # noqa: ANN401 - whatever a loop says of itself
        """Return what a loop says of itself, decided by which items had their turn, or are known to have it."""
        part = self._loops.get(loop)
        return decided(value, part.taken.union(part.skipped, *part.judged)) if part else value


class _Chosen:
    """A macro, or what was imported, and what decided that it is this one."""

    __slots__ = ("origins", "value")

    def __init__(self, value: Any, origins: Origins) -> None:  # noqa: ANN401 - a macro, or a template's names
        self.value = value
        self.origins = origins


def _chosen(value: Any, origins: Origins) -> Any:  # noqa: ANN401 - any value
    """Return ``value`` with ``origins`` among what decided that it is this one."""
    return _Chosen(value, origins) if isinstance(value, Macro | TemplateModule) else decided(value, origins)


def _of_method(callee: Any, subject: Any, result: Any, arguments: tuple[Any, ...]) -> Any:  # noqa: ANN401 - whatever values have
    """Return what a method of ``subject`` gave, with the traces of what it worked on."""
    match subject:
        case dict():
            return _from_map(callee.__name__, subject, result, arguments)
        case str() if callee.__name__ == "join":
            return joined_list(subject, arguments[0])
        case str():
            return of_text(callee.__name__, result, subject, *arguments)
        case list() | int() | float():
            return carried(result, subject, *arguments)
    return result


def _from_map(method: str, subject: dict[str, Any], result: Any, arguments: tuple[Any, ...]) -> Any:  # noqa: ANN401 - what maps give
    if method == "get":
        missing = untraced(arguments[0]) not in subject
        found = decided(result, own(arguments[0]).reasons)
        return decided(found, own(subject).reasons) if missing else found
    if method in ("items", "keys", "values"):
        return TracedList(result, own(subject))
    return result


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
