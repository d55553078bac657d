"""What a change since a commit reaches: what is rendered otherwise now, and what its policies and charts are about."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gitopsgen.descriptors.loading import load_descriptors
from gitopsgen.descriptors.resolving import Fleet, resolve
from gitopsgen.library import Library, builtin
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.release import Release
from gitopsgen.reach.model import Reach, Unit
from gitopsgen.source.emitter import emit
from gitopsgen.templating.engine import Engine
from gitopsgen.templating.library import TemplateLibrary
from gitopsgen.templating.rendering import Renderer
from gitopsgen.traced_tree import files_of
from gitopsgen.tree.header import with_header


@dataclass(frozen=True, kw_only=True)
class State:
    """The descriptors and the templates of a repository, as they are or as they were."""

    fleet: Fleet
    library: TemplateLibrary

    @classmethod
    def now(cls, root: Path) -> "State":
        """Return the state of the work tree ``root``."""
        return cls(fleet=_fleet(root), library=Library(root=root).templates)

    @classmethod
    def then(cls, folder: Path, root: Path) -> "State":
        """Return the state of ``folder``, which holds what a commit of the repository ``root`` had."""
        library = Library(root=folder).templates
        if builtin("templates").resolve() == (root / "templates").resolve():  # the library's own repository
            library = TemplateLibrary(builtin=folder / "templates", own=None)
        return cls(fleet=_fleet(folder), library=library)


def _fleet(root: Path) -> Fleet:
    try:
        return resolve(load_descriptors(root)[0])[0]
    except GitopsgenError:
        return Fleet(environments=(), releases=())  # there were no descriptors yet


def rendered_otherwise(before: State, after: State) -> Reach:
    """Return the files that the two states do not render alike, those that only one of them renders among them.

    What comes from equal values through equal templates is not rendered.
    """
    alike = {name: one.text for name, one in before.library.templates.items()} == {
        name: one.text for name, one in after.library.templates.items()
    }
    old, new = ({unit.name: unit for unit in _units(state.fleet)} for state in (before, after))
    renderers = Renderer(engine=Engine(before.library)), Renderer(engine=Engine(after.library))
    found: list[tuple[str, str]] = []
    for name in sorted({*old, *new}):
        units = old.get(name), new.get(name)
        if alike and units[0] and units[1] and _inputs(units[0]) == _inputs(units[1]):
            continue
        texts = [_texts(renderer, unit) if unit else {} for renderer, unit in zip(renderers, units, strict=True)]
        found += ((name, file) for file in {*texts[0], *texts[1]} if texts[0].get(file) != texts[1].get(file))
    return Reach.of(found)


def _units(fleet: Fleet) -> Iterator[Unit]:
    yield from fleet.releases
    yield from fleet.environments


def _inputs(unit: Unit) -> tuple[object, ...]:
    """Return all that a rendering is made of, beside the templates: equal ones give equal files."""
    environment = unit.environment if isinstance(unit, Release) else unit
    values = (unit.spec, unit.labels, unit.annotations, environment.spec, environment.labels)
    # Python takes 1, 1.0 and true for equal, and the order of keys for nothing.
    return (files_of(unit), *(emit(dict(one)) for one in values))


def _texts(renderer: Renderer, unit: Unit) -> dict[str, str]:
    rendering = renderer.release(unit) if isinstance(unit, Release) else renderer.environment(unit)
    bodies: Iterable[tuple[str, object]] = [(one.file, one.body) for one in rendering.manifests if not one.virtual]
    if rendering.values:
        bodies = [*bodies, (rendering.values.file, rendering.values.values)]
    return {file: with_header(emit(body), files_of(unit)) for file, body in bodies}
