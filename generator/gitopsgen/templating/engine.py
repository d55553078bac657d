"""The Jinja2 environment: sandboxed, strict, bounded; each template compiled once."""

import re
import traceback
from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Any, Final

import jinja2
from jinja2 import nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from gitopsgen.source.location import Location
from gitopsgen.templating.filters import FILTERS
from gitopsgen.templating.library import Template, TemplateLibrary

MAX_LOOPS: Final = 200_000
MAX_TEXT: Final = 1_000_000
_MAX_EXPONENT: Final = 64
_MAPPING_METHODS: Final = frozenset(("items", "keys", "values", "get"))


class TemplateError(Exception):
    """A template failed: what is wrong, the template's file and line, and what to do.

    ``missing`` is the undeclared name or key when that is the fault.
    """

    def __init__(self, message: str, location: Location, *, fix: str = "", missing: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.location = location
        self.fix = fix
        self.missing = missing


class BudgetError(Exception):
    """A template asked for more than it may: loops, or text."""


class _Budget:
    """How many turns of loops a render has left."""

    def __init__(self) -> None:
        self.left = MAX_LOOPS

    def loop(self, items: Any) -> Any:  # noqa: ANN401 - whatever a template loops over
        if isinstance(items, jinja2.Undefined):
            return items
        sized = items if isinstance(items, Collection) else list(items)
        self.left -= len(sized) + 1
        if self.left < 0:
            raise BudgetError(f"the template loops more than {MAX_LOOPS} times")
        return sized


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2's sandbox in which a key of a map is found before a method, and loops and repetitions are bounded."""

    intercepted_binops = frozenset(("*", "**"))

    def __init__(self, library: TemplateLibrary) -> None:
        super().__init__(
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            auto_reload=False,
            cache_size=-1,
            loader=jinja2.FunctionLoader(lambda name: _source(library, name)),
        )
        self.budget = _Budget()
        self.filters.update(FILTERS)
        self.globals["_bounded"] = self.budget.loop

    def getattr(self, obj: Any, attribute: str) -> Any:  # noqa: ANN401 - Jinja2's own signature
        """Return the key of a map, or one of its harmless methods; anything else as the sandbox has it."""
        if isinstance(obj, dict):
            if attribute in obj:
                return obj[attribute]
            if attribute in _MAPPING_METHODS:
                return getattr(obj, attribute)
            if not attribute.startswith("_"):
                return self.undefined(obj=obj, name=attribute)
        return super().getattr(obj, attribute)

    def call_binop(self, context: jinja2.runtime.Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401
        """Refuse repetitions and powers that would not fit into memory."""
        sizes = [len(side) for side in (left, right) if isinstance(side, str | list | tuple)]
        counts = [side for side in (left, right) if isinstance(side, int)]
        if operator == "*" and sizes and counts and sizes[0] * counts[0] > MAX_TEXT:
            raise BudgetError(f"the template repeats something to more than {MAX_TEXT} items")
        if operator == "**" and isinstance(right, int | float) and abs(right) > _MAX_EXPONENT:
            raise BudgetError(f"the template raises to a power above {_MAX_EXPONENT}")
        return super().call_binop(context, operator, left, right)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for loop in tree.find_all(nodes.For):
            bounded = nodes.Name("_bounded", "load", lineno=loop.lineno)
            loop.iter = nodes.Call(bounded, [loop.iter], [], None, None, lineno=loop.lineno)
        return tree


def _source(library: TemplateLibrary, name: str) -> tuple[str, str, None] | None:
    template = library.templates.get(name)
    return (template.text, template.file, None) if template else None


class Engine:
    """Renders templates of one library."""

    def __init__(self, library: TemplateLibrary) -> None:
        self.library = library

    @cached_property
    def environment(self) -> Sandbox:
        """The Jinja2 environment, made when the first template is rendered."""
        return Sandbox(self.library)

    def render(self, template: Template, context: Mapping[str, Any]) -> str:
        """Return the text that ``template`` yields.

        Raises:
            TemplateError: it cannot be parsed, or fails.
        """
        environment = self.environment
        environment.budget.left = MAX_LOOPS
        try:
            return environment.get_template(template.name).render(context)
        except RecursionError:
            raise TemplateError(
                "the template calls or includes itself without end", Location(template.file, 1, 1)
            ) from None
        except Exception as error:
            raise self._explained(error, template) from error

    def _explained(self, error: Exception, template: Template) -> TemplateError:
        if isinstance(error, jinja2.TemplateSyntaxError):
            file = error.filename or template.file
            return TemplateError(f"the template cannot be read: {error.message}", Location(file, error.lineno, 1))
        location = _failed_at(error, self.library) or Location(template.file, 1, 1)
        if isinstance(error, jinja2.TemplateNotFound):
            names = ", ".join(name for name in self.library.templates if name.startswith("lib/"))
            return TemplateError(
                f"there is no template `{error.name}`", location, fix=f"one of: {names}" if names else ""
            )
        if isinstance(error, SecurityError):
            return TemplateError(f"the template reaches for what the sandbox forbids: {error}", location)
        message = str(error)
        missing = _MISSING.search(message)
        if isinstance(error, jinja2.UndefinedError) and missing:
            name = missing.group("attribute") or missing.group("name")
            return TemplateError(f"the template uses `{name}`, which nothing sets", location, missing=name)
        return TemplateError(f"the template fails: {message or type(error).__name__}", location)


_MISSING: Final = re.compile(r"has no attribute '(?P<attribute>[^']+)'|^'(?P<name>[^']+)' is undefined")


def _failed_at(error: Exception, library: TemplateLibrary) -> Location | None:
    """Return the innermost place in a template that the traceback of ``error`` passes through."""
    files = {template.file for template in library.templates.values()}
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename in files]
    return Location(frames[-1].filename, frames[-1].lineno or 1, 1) if frames else None
