"""The floor: what a plain script does that renders the same fleet once, and checks nothing.

It reads the descriptors with PyYAML's C loader, lays the layers over each other, renders the same templates with the same
contexts in a plain Jinja2 environment, reads each document back with the C loader, and writes it with the C dumper, one
object a file. The layers, the contexts and the order of the templates are gitopsgen's own: without them the files would be
others. It leaves out locations, schemas, the sandbox, findings, headers, canonical text, every check, and looking at what
is there already. ``bench/run.py`` compares what both wrote: as data, it is the same.
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jinja2
import yaml

from gitopsgen.descriptors.loading import Descriptor, Descriptors
from gitopsgen.descriptors.resolving import resolve
from gitopsgen.library import Library
from gitopsgen.source.reader import Document
from gitopsgen.templating.engine import Engine
from gitopsgen.templating.filters import FILTERS
from gitopsgen.templating.library import Template, TemplateLibrary
from gitopsgen.templating.release_run import Rendering
from gitopsgen.templating.rendering import Renderer


class PlainEnvironment(jinja2.Environment):
    """Jinja2 as it comes, but for the keys of a map: `chart.values` is the key before it is the method."""

    def getattr(self, obj: Any, attribute: str) -> Any:  # noqa: ANN401 - Jinja2's own signature
        """Return the key of a map; anything else as Jinja2 has it."""
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)


class PlainRenderer(Renderer):
    """A renderer without sandbox and locations."""

    def __init__(self, library: TemplateLibrary) -> None:
        super().__init__(engine=Engine(library), checks_parameters=False)
        sources = {name: template.text for name, template in library.templates.items()}
        self.plain = PlainEnvironment(
            loader=jinja2.DictLoader(sources),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            auto_reload=False,
            cache_size=-1,
        )
        self.plain.filters.update(FILTERS)

    def documents(self, template: Template, context: Mapping[str, Any]) -> tuple[Document, ...]:
        """Return the documents of a template, read by the C loader."""
        text = self.plain.get_template(template.name).render(context)
        documents = yaml.load_all(text, yaml.CSafeLoader)
        return tuple(
            Document(file=template.file, index=index, line=1, data=data, text="")
            for index, data in enumerate(documents)
            if data is not None
        )


def load(root: Path) -> Descriptors:
    """Return the descriptors, unchecked."""
    found: dict[str, dict[Any, Descriptor]] = {"App": {}, "Environment": {}, "Release": {}}
    for path in sorted((root / "environments").rglob("*.yaml")):
        for data in yaml.load_all(path.read_text("utf-8"), yaml.CSafeLoader):
            name, environment = data["metadata"]["name"], data["metadata"].get("environment", "")
            document = Document(file=path.name, index=0, line=1, data=data, text="")
            one = Descriptor(kind=data["kind"], name=name, environment=environment, document=document, data=data)
            found[data["kind"]][(environment, name) if data["kind"] == "Release" else name] = one
    return Descriptors(
        apps=found["App"],
        environments=found["Environment"],
        releases=found["Release"],
        texts={},
        left_out=frozenset(),
        whole=True,
    )


def main(root: Path, target: Path) -> int:
    """Render the fleet of ``root`` into ``target``; return the number of files."""
    fleet, _ = resolve(load(root))
    renderer = PlainRenderer(Library(root=root).templates)
    written = 0
    for rendering in (*map(renderer.release, fleet.releases), *map(renderer.environment, fleet.environments)):
        for file, body in bodies(rendering):
            path = target / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(yaml.dump(dict(body), Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True))
            written += 1
    return written


def bodies(rendering: Rendering) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Return what is written of a rendering, by its file."""
    for manifest in rendering.manifests:
        if not manifest.virtual:
            yield manifest.file, manifest.body
    if rendering.values:
        yield rendering.values.file, rendering.values.values


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), Path(sys.argv[2])), "files")
