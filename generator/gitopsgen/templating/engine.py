"""The Jinja2 environment: sandboxed, strict, bounded; each template compiled once."""

import re
import traceback
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, Final

import jinja2
from jinja2 import nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from gitopsgen.source.location import Location
from gitopsgen.templating.filters import FILTERS
from gitopsgen.templating.library import Template, TemplateLibrary
from gitopsgen.templating.unset import Unset, UnsetMessage

MAX_LOOPS: Final = 200_000
MAX_TEXT: Final = 1_000_000
_MAX_EXPONENT: Final = 64
_MAPPING_METHODS: Final = frozenset(("items", "keys", "values", "get"))


class TemplateError(Exception):
    """A template failed: what is wrong, the template's file and line, and what to do."""

    def __init__(self, message: str, location: Location, *, fix: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.location = location
        self.fix = fix


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
            undefined=Unset,
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
            raise self._explained(error, template, context) from error

    def _explained(self, error: Exception, template: Template, context: Mapping[str, Any]) -> TemplateError:
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
        unset = error.args[0] if isinstance(error, jinja2.UndefinedError) and error.args else None
        if isinstance(unset, UnsetMessage) and unset.name:
            return TemplateError(
                f"the template uses `{unset.name}`, which nothing sets",
                self._place_of(unset.name, location),
                fix=unset.instead(context),
            )
        return TemplateError(f"the template fails: {str(error) or type(error).__name__}", location)

    def _place_of(self, name: str, location: Location) -> Location:
        """Return where on its line a name stands."""
        text = next((one.text for one in self.library.templates.values() if one.file == location.file), "")
        line = dict(enumerate(text.splitlines(), 1)).get(location.line, "")
        found = re.search(rf"\b{re.escape(name)}\b", line)
        return replace(location, column=found.start() + 1) if found else location


def _failed_at(error: Exception, library: TemplateLibrary) -> Location | None:
    """Return the innermost place in a template that the traceback of ``error`` passes through."""
    files = {template.file for template in library.templates.values()}
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename in files]
    return Location(frames[-1].filename, frames[-1].lineno or 1, 1) if frames else None
