"""Text with marks that say, for each stretch of it, which template line and which values it came from.

A traced render wraps all that a template puts out in marks, strips them again, and keeps what they said by the
position in the clean text. Marks exist in memory only, between the two.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame

from gitopsgen.source.location import Location
from gitopsgen.source.reader import read
from gitopsgen.templating.engine import Engine, Sandbox
from gitopsgen.templating.filters import to_yaml
from gitopsgen.templating.library import Template, TemplateLibrary
from gitopsgen.templating.traced import Sources, carried, sources_of, untrace

_OPEN, _CLOSE, _END = "\ufdd0", "\ufdd1", "\ufdd2"
"""Noncharacters of Unicode: no YAML holds them, and the reader refuses files with control characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """What a stretch of output came from: the template line that put it out, those that called it, and the values."""

    template: tuple[Location, ...]
    sources: Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedText:
    """Clean text, and for each offset in it the stretch it belongs to."""

    text: str
    starts: tuple[int, ...]
    stretches: tuple[Stretch, ...]

    def at(self, offset: int) -> Stretch | None:
        """Return the stretch at ``offset``."""
        index = bisect_right(self.starts, offset) - 1
        return self.stretches[index] if index >= 0 else None


@dataclass(kw_only=True)
class _Marks:
    """The marks of one render, by their number."""

    entries: list[Stretch] = field(default_factory=list)

    def wrap(self, text: str, file: str, line: int, sources: Sources) -> str:
        self.entries.append(Stretch(template=(Location(file, line, 1),), sources=sources))
        return f"{_OPEN}{len(self.entries) - 1}{_CLOSE}{text}{_END}"


class _MarkingGenerator(CodeGenerator):
    """Generates code that passes every output through the environment, with its place."""

    environment: "MarkingSandbox"

    def _output_child_to_const(self, node: nodes.Expr, frame: Frame, finalize: Any) -> str:  # noqa: ANN401, ARG002
        raise nodes.Impossible

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:  # noqa: ANN401, ARG002
        constant = isinstance(node, nodes.TemplateData)
        self.write(f"environment.put_out({self.filename!r}, {node.lineno}, {constant}, ")

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:  # noqa: ANN401, ARG002
        self.write(")")

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802 - Jinja2's name
        self.write("environment.join((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")


class MarkingSandbox(Sandbox):
    """The sandbox with output in marks, and filters that keep origins."""

    code_generator_class = _MarkingGenerator

    def __init__(self, library: TemplateLibrary) -> None:
        super().__init__(library)
        self.marks = _Marks()
        self.filters = {name: _keeping(function) for name, function in self.filters.items()}
        self.filters["yaml"] = self._to_yaml

    def put_out(self, file: str, line: int, constant: bool, value: object) -> str:  # noqa: FBT001 - generated code calls
        """Return what a template puts out, in marks: constant text line by line."""
        if not constant:
            text = str(untrace(value)) if not isinstance(value, str) else value
            return self.marks.wrap(text, file, line, sources_of(value))
        lines = str(value).splitlines(keepends=True)
        return "".join(self.marks.wrap(text, file, line + index, frozenset()) for index, text in enumerate(lines))

    def join(self, parts: tuple[object, ...]) -> object:
        """Return what Jinja2's ``~`` gives, with the origins of all parts."""
        return carried("".join(str(untrace(part)) for part in parts), *parts)

    def _to_yaml(self, value: object, indent: int | None = None) -> str:
        plain = untrace(value)
        text = to_yaml(plain, indent)
        if not isinstance(plain, dict | list) or not plain:
            return self.marks.wrap(text, "", 0, sources_of(value))
        return self._marked_leaves(value, text, block=text.startswith("\n"))

    def _marked_leaves(self, value: object, text: str, *, block: bool) -> str:
        """Return the YAML ``text`` of ``value`` with each of its leaves in marks of its own."""
        document = read(text if block else f"{text}\n", "").documents[0]
        starts = [0]
        for line in text.split("\n"):
            starts.append(starts[-1] + len(line) + 1)
        spots: list[tuple[int, Sources]] = []
        for path, mark in document.marks.items():
            found: Any = value
            for part in path:
                found = found[part]
            if not isinstance(found, dict | list) or not found:
                spots.append((starts[mark.line - 1] + mark.column - 1, sources_of(found)))
        spots.sort(key=lambda spot: spot[0])
        pieces = [text[: spots[0][0]]]
        ends = [offset for offset, _ in spots[1:]] + [len(text)]
        for (offset, sources), end in zip(spots, ends, strict=True):
            pieces.append(self.marks.wrap(text[offset:end], "", 0, sources))
        return "".join(pieces)


def _keeping(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a filter that gives its result the origins of its input."""
    passed = getattr(function, "jinja_pass_arg", None)

    def traced(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - any filter's signature
        result = function(*arguments, **options)
        inputs = arguments[1:] if passed else arguments
        return carried(result, *inputs, *options.values())

    if passed:
        traced.jinja_pass_arg = passed  # type: ignore[attr-defined] # how Jinja2 marks such filters
    return traced


class MarkingEngine(Engine):
    """Renders templates into marked text."""

    _sandbox: MarkingSandbox | None = None

    @property
    def environment(self) -> MarkingSandbox:
        """The marking environment, made when the first template is rendered."""
        if self._sandbox is None:
            self._sandbox = MarkingSandbox(self.library)
        return self._sandbox

    def marked(self, template: Template, context: Mapping[str, Any]) -> MarkedText:
        """Return what ``template`` yields, clean, with what each stretch of it came from.

        Raises:
            TemplateError: it fails.
        """
        self.environment.marks = _Marks()
        return _strip(self.render(template, context), self.environment.marks.entries)


def _strip(text: str, entries: list[Stretch]) -> MarkedText:
    pieces: list[str] = []
    starts: list[int] = []
    stretches: list[Stretch] = []
    stack: list[Stretch] = []
    offset = position = 0
    while position < len(text):
        character = text[position]
        if character == _OPEN:
            end = text.index(_CLOSE, position)
            stack.append(entries[int(text[position + 1 : end])])
            position = end + 1
            continue
        if character == _END:
            stack.pop()
            position += 1
            continue
        end = min((found for mark in (_OPEN, _END) if (found := text.find(mark, position)) >= 0), default=len(text))
        pieces.append(text[position:end])
        starts.append(offset)
        stretches.append(_innermost(stack))
        offset += end - position
        position = end
    return MarkedText(text="".join(pieces), starts=tuple(starts), stretches=tuple(stretches))


def _innermost(stack: list[Stretch]) -> Stretch:
    """Return the stretch of the innermost mark that has sources, else of the innermost; with all places on the way."""
    places = tuple(place for stretch in reversed(stack) for place in stretch.template if place.file)
    with_sources = next((stretch.sources for stretch in reversed(stack) if stretch.sources), frozenset())
    return Stretch(template=places, sources=with_sources)
