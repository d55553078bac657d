"""Renderings with a record of what each file was read from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import jinja2
from jinja2 import meta

from gitopsgen.model.manifest import Manifest
from gitopsgen.model.release import Release
from gitopsgen.reach.model import Unit
from gitopsgen.source.reader import Document
from gitopsgen.templating.engine import Engine, Sandbox
from gitopsgen.templating.library import Template, TemplateLibrary
from gitopsgen.templating.release_run import VALUES, Rendering
from gitopsgen.templating.rendering import Renderer

_DRAWN: Final = frozenset(("rollout", "analysis"))
"""What templates see of what the profile and the analysis templates have yielded before."""
_BEFORE: Final = ("rollouts", "analysis")


class _RecordingSandbox(Sandbox):
    """The sandbox with a record of the templates that were asked for."""

    def __init__(self, library: TemplateLibrary) -> None:
        super().__init__(library)
        self.asked: set[str] = set()

    def get_template(self, name: Any, parent: str | None = None, globals: Any = None) -> jinja2.Template:  # noqa: A002, ANN401 - as Jinja2 has it
        """Return a template, and note its name."""
        template = super().get_template(name, parent, globals)
        self.asked.add(str(template.name))
        return template

    def select_template(self, names: Any, parent: str | None = None, globals: Any = None) -> jinja2.Template:  # noqa: A002, ANN401 - as Jinja2 has it
        """Return the first template that there is, and note its name."""
        template = super().select_template(names, parent, globals)
        self.asked.add(str(template.name))
        return template


class _RecordingEngine(Engine):
    @cached_property
    def environment(self) -> _RecordingSandbox:
        return _RecordingSandbox(self.library)


@dataclass(frozen=True, kw_only=True, eq=False)
class Read:
    """What a release or an Environment renders to, and by file the names of the templates that were read for it.

    Those that were read ``before`` any file, for the profile and the analyses, decide what there is to see in files.
    """

    rendering: Rendering
    templates: Mapping[str, frozenset[str]]
    before: frozenset[str]


@dataclass(kw_only=True)
class Reader(Renderer):
    """A renderer that records which templates each document was read from."""

    engine: _RecordingEngine
    checks_parameters: bool = False
    _asked: dict[str, frozenset[str]] = field(default_factory=dict)
    _sees: dict[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, library: TemplateLibrary) -> "Reader":
        """Return a reader of a library's templates."""
        return cls(engine=_RecordingEngine(library))

    def documents(self, template: Template, context: Mapping[str, Any]) -> tuple[Document, ...]:
        """Return the documents that ``template`` yields.

        Raises:
            TemplateError: it fails.
        """
        self.engine.environment.asked = set()
        documents = super().documents(template, context)
        self._asked[template.name] = frozenset(self.engine.environment.asked)
        return documents

    def read(self, unit: Unit) -> Read:
        """Return what a release or an Environment renders to, and what it was read from."""
        self._asked = {}
        rendering = self.release(unit) if isinstance(unit, Release) else self.environment(unit)
        before = frozenset[str]().union(*(asked for name, asked in self._asked.items() if name.startswith(_BEFORE)))
        templates = {one.file: self._read_for(one.template, before) for one in rendering.manifests}
        if rendering.values:
            templates[rendering.values.file] = self._read_for(VALUES, before)
        return Read(rendering=rendering, templates=templates, before=before)

    def _read_for(self, template: str, before: frozenset[str]) -> frozenset[str]:
        asked = self._asked[template]
        return asked | before if any(self._names_in(name) & _DRAWN for name in asked) else asked

    def _names_in(self, template: str) -> frozenset[str]:
        """Return the names that a template takes from its context."""
        if template not in self._sees:
            tree = self.engine.environment.parse(self.engine.library.templates[template].text)
            self._sees[template] = frozenset(meta.find_undeclared_variables(tree))
        return self._sees[template]


def lines_of_output(template: str, line: int) -> range:
    """Return the lines of the output that a line of a template is a part of; none where a statement is on the line.

    Constant text stands by itself, an expression may go over several lines.
    """
    tokens = [(number, kind) for number, kind, _ in jinja2.Environment().lex(template)]  # noqa: S701 - nothing is rendered
    found = range(line, line + 1)
    begin = 0
    for number, kind in tokens:
        if kind in ("block_begin", "variable_begin"):
            begin = number
        if kind in ("block_end", "variable_end") and begin <= line <= number:
            if kind == "block_end":
                return range(0)
            found = range(min(found.start, begin), max(found.stop, number + 1))
    return found


def written(rendering: Rendering) -> dict[str, Manifest | None]:
    """Return the files of a rendering, each with its manifest; ``None`` for the Helm values."""
    files: dict[str, Manifest | None] = {one.file: one for one in rendering.manifests if not one.virtual}
    if rendering.values:
        files[rendering.values.file] = None
    return files
