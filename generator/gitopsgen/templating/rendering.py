"""Releases and Environments, and their templates, to manifests, with one engine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from gitopsgen.model.manifest import Manifest, dig
from gitopsgen.model.release import Environment, Release
from gitopsgen.source.location import Location, Path
from gitopsgen.source.reader import Document, read
from gitopsgen.templating.context import environment_context, release_context
from gitopsgen.templating.engine import Engine, TemplateError
from gitopsgen.templating.library import Template
from gitopsgen.templating.parameters import Parameters, parameters_of
from gitopsgen.templating.paths import environment_file
from gitopsgen.templating.release_run import ReleaseRun, Rendering, error_at, no_object, template_finding
from gitopsgen.templating.traced_text import place_of_line

PER_ENVIRONMENT: Final = {"argocd/project.yaml.j2": "argocd/project.yaml", "argocd/root.yaml.j2": "argocd/root.yaml"}


@dataclass(kw_only=True)
class Renderer:
    """Renders releases and Environments with one engine."""

    engine: Engine
    checks_parameters: bool = True
    _parameters: dict[str, Parameters] = field(default_factory=dict)
    _tracing: Engine | None = None

    @cached_property
    def analyses(self) -> tuple[str, ...]:
        """The names of all analysis templates."""
        return tuple(self.engine.library.choices("analysis"))

    def release(self, release: Release) -> Rendering:
        """Return everything that ``release`` renders to."""
        return ReleaseRun(self, release).whole()

    def environment(self, environment: Environment) -> Rendering:
        """Return what ``environment`` renders to once: its AppProject and its root Application."""
        context = self.environment_context(environment)
        manifests: list[Manifest] = []
        for name, place in PER_ENVIRONMENT.items():
            template = self.engine.library.templates.get(name)
            if template is None:
                continue
            try:
                documents = self.documents(template, context)
            except TemplateError as error:
                return Rendering(manifests=(), findings=(template_finding(error, environment.name, environment.place),))
            for document in documents:
                if problem := no_object(document.data):
                    location = Location(template.file, 1, 1)
                    return Rendering(manifests=(), findings=(error_at("template/no-object", problem, location),))
                manifests.append(
                    Manifest(
                        body=document.data,
                        file=environment_file(environment.name, place),
                        environment=environment.name,
                        tier=environment.tier,
                        template=template.name,
                    )
                )
        return Rendering(manifests=tuple(manifests))

    def release_context(self, release: Release, analyses: list[str]) -> dict[str, Any]:
        """Return what the templates of ``release`` see."""
        return release_context(release, analyses)

    def environment_context(self, environment: Environment) -> dict[str, Any]:
        """Return what the templates see that ``environment`` renders once."""
        return environment_context(environment)

    def parameter_values(self, parameters: Parameters, release: Release, path: Path) -> dict[str, Any]:
        """Return the parameters of a template as ``path`` of the App's spec gives them, completed."""
        return parameters.complete(dig(release.spec, *path) or {}, release.spec.get("slo"))

    def because(self, value: Any, *reasons: object) -> Any:  # noqa: ANN401, ARG002 - the value, whatever it is
        """Return ``value``; a tracing render wants to know the ``reasons``: what decided that it is this one."""
        return value

    def spared(self, body: Mapping[str, Any], patch: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG002 - the same
        """Return ``body``, which ``patch`` does not match."""
        return body

    def documents(self, template: Template, context: Mapping[str, Any]) -> tuple[Document, ...]:
        """Return the YAML documents that ``template`` yields.

        Raises:
            TemplateError: it fails, or what it yields is not YAML.
        """
        return documents_of(template, self.engine.render(template, context), lambda: self._placing(template, context))

    def _placing(self, template: Template, context: Mapping[str, Any]) -> str:
        """Return what ``template`` yields, with the places that it came from: only a fault of it asks for them."""
        if self._tracing is None:
            from gitopsgen.templating.tracing_engine import TracingEngine  # noqa: PLC0415 - as above

            self._tracing = TracingEngine(self.engine.library)
        return self._tracing.render(template, context)

    def parameters(self, template: Template) -> Parameters:
        """Return what ``template`` declares in its head, read once."""
        if template.name not in self._parameters:
            self._parameters[template.name] = parameters_of(template)
        return self._parameters[template.name]


def documents_of(template: Template, text: str, placed: Callable[[], str]) -> tuple[Document, ...]:
    """Return the YAML documents of ``text``, which ``template`` yielded; ``placed`` gives it with its places.

    Raises:
        TemplateError: it is not YAML.
    """
    if not text.strip():
        return ()
    stream = read(text, template.file)
    for problem in stream.problems:
        number = problem.location.line
        line = text.split("\n")[number - 1] if number <= text.count("\n") + 1 else ""
        raise TemplateError(
            f"the template yields faulty YAML: {problem.message}, in `{line.strip()[:80]}`",
            place_of_line(placed(), number) or Location(template.file, 1, 1),
            fix="pass values through the filter: `{{ value | yaml }}`",
        )
    return stream.documents
