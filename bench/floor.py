"""The floor: what a plain script does that renders the same fleet once, and checks nothing.

It reads the descriptors with PyYAML's C loader, lays the layers over each other, renders the same templates with the same
contexts in one Jinja2 environment, reads each document back with the C loader, and writes it with the C dumper, one object
a file. It leaves out locations, validation, findings, headers, canonical text, every check, and looking at what is there.
"""

import sys
from pathlib import Path
from typing import Any

import yaml

from gitopsgen.descriptors.loading import Descriptor, Descriptors
from gitopsgen.descriptors.resolving import resolve
from gitopsgen.library import Library
from gitopsgen.source.reader import Document
from gitopsgen.templating.engine import Engine
from gitopsgen.templating.library import Template
from gitopsgen.templating.rendering import Renderer


class PlainRenderer(Renderer):
    """A renderer that reads rendered text with PyYAML."""

    def documents(self, template: Template, context: Any) -> tuple[Document, ...]:  # noqa: ANN401 - as the parent's
        """Return the documents of a template, read by the C loader."""
        text = self.engine.render(template, context)
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
    return Descriptors(apps=found["App"], environments=found["Environment"], releases=found["Release"])


def main(root: Path, target: Path) -> int:
    """Render the fleet of ``root`` into ``target``; return the number of files."""
    fleet, _ = resolve(load(root))
    renderer = PlainRenderer(engine=Engine(Library(root=root).templates), checks_parameters=False)
    written = 0
    for release in fleet.releases:
        rendering = renderer.release(release)
        bodies = [(manifest.file, manifest.body) for manifest in rendering.manifests]
        if rendering.values:
            bodies.append((rendering.values.file, rendering.values.values))
        for file, body in bodies:
            path = target / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(yaml.dump(dict(body), Dumper=yaml.CSafeDumper, sort_keys=False))
            written += 1
    return written


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), Path(sys.argv[2])), "files")
