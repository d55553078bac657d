"""Scalars of descriptors, other values for them, and which leaves of the rendered tree name them and change with them."""

import random
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path as FilePath
from typing import Any

from gitopsgen.descriptors.app import SPEC as APP
from gitopsgen.descriptors.environment import SPEC as ENVIRONMENT
from gitopsgen.descriptors.fields import Schema
from gitopsgen.descriptors.loading import load_descriptors
from gitopsgen.descriptors.provenance import contributions, field_of
from gitopsgen.descriptors.resolving import Fleet, resolve
from gitopsgen.library import Library
from gitopsgen.model.finding import Severity
from gitopsgen.model.manifest import dig, walk
from gitopsgen.model.release import Environment, Layer, Release
from gitopsgen.source.emitter import emit
from gitopsgen.source.location import Path
from gitopsgen.source.reader import read
from gitopsgen.templating.engine import Engine
from gitopsgen.templating.leaves import Leaf, leaves
from gitopsgen.templating.rendering import Renderer
from gitopsgen.templating.traced import Origin
from gitopsgen.templating.tracing import TracingRenderer, traced_environment, traced_release
from gitopsgen.templating.tracing_engine import TracingEngine

LeafId = tuple[str, Path]
Unit = Release | Environment
STRUCTURE = (
    ("apiVersion",),
    ("kind",),
    ("metadata", "name"),
    ("metadata", "environment"),
    ("spec", "extends"),
    ("spec", "abstract"),
)
"""What says which descriptors and releases there are, and not what is in them."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A scalar of a descriptor: its file, the number of the document in it, and the path."""

    file: str
    document: int
    path: Path


@dataclass(frozen=True, kw_only=True)
class Naming:
    """The leaves that name each scalar: as a value that went into them, or in any way."""

    values: Mapping[Scalar, frozenset[LeafId]]
    anyhow: Mapping[Scalar, frozenset[LeafId]]


class Repository:
    """A repository that can be edited and rendered again."""

    def __init__(self, root: FilePath, work: FilePath) -> None:
        self.root = work
        shutil.copytree(root / "environments", work / "environments")
        if (root / "templates").is_dir():
            shutil.copytree(root / "templates", work / "templates")
        self.library = Library(root=work).templates
        self.renderer = Renderer(engine=Engine(self.library))
        self.tracing = TracingRenderer(engine=TracingEngine(self.library))

    def load(self) -> Fleet | None:
        """Return what the descriptors describe; ``None`` when one of them has a fault."""
        descriptors, findings = load_descriptors(self.root)
        fleet, faults = resolve(descriptors)
        return None if findings or faults else fleet

    @cached_property
    def fleet(self) -> Fleet:
        fleet = self.load()
        assert fleet, "the repository has faults"
        return fleet

    @cached_property
    def scalars(self) -> list[Scalar]:
        found: list[Scalar] = []
        for file in sorted((self.root / "environments").rglob("*.y*ml")):
            name = file.relative_to(self.root).as_posix()
            for document in read(file.read_text("utf-8"), name).documents:
                for path, value in walk(document.data):
                    if not isinstance(value, dict | list) and not any(path[: len(one)] == one for one in STRUCTURE):
                        found.append(Scalar(name, document.index, path))
        return found

    def units(self, fleet: Fleet, touched: str = "") -> Iterator[Unit]:
        """Yield what a change of the file ``touched`` can change the rendering of; all when it is empty."""
        yield from (one for one in fleet.releases if not touched or touched in one.files)
        for one in fleet.environments:
            if not touched or touched in {layer.document.file for layer in one.layers}:
                yield one

    def render(self, unit: Unit) -> dict[LeafId, Any] | None:
        """Return the leaves of a rendering; ``None`` when it fails."""
        rendering = self.renderer.release(unit) if isinstance(unit, Release) else self.renderer.environment(unit)
        if any(one.severity is Severity.ERROR for one in rendering.findings):
            return None
        return {(one.file, one.path): one.value for one in leaves(rendering)}

    def trace(self, unit: Unit) -> list[Leaf]:
        """Return the traced leaves of a rendering."""
        if isinstance(unit, Release):
            return list(leaves(self.tracing.release(traced_release(unit))))
        return list(leaves(self.tracing.environment(traced_environment(unit))))

    def naming(self, units: Iterator[Unit]) -> Naming:
        values: dict[Scalar, set[LeafId]] = {}
        anyhow: dict[Scalar, set[LeafId]] = {}
        for unit in units:
            written: dict[Origin, tuple[Scalar, ...]] = {}
            for leaf in self.trace(unit):
                name = (leaf.file, leaf.path)
                for origin in leaf.trace.reasons | leaf.trace.placers:
                    if origin not in written:
                        written[origin] = tuple(_written(origin, unit))
                    for scalar in written[origin]:
                        anyhow.setdefault(scalar, set()).add(name)
                    if origin in leaf.trace.values and not origin.is_key and written[origin]:
                        values.setdefault(written[origin][0], set()).add(name)
        return Naming(
            values={scalar: frozenset(one) for scalar, one in values.items()},
            anyhow={scalar: frozenset(one) for scalar, one in anyhow.items()},
        )

    def document(self, scalar: Scalar) -> dict[str, Any]:
        """Return the document that a scalar stands in."""
        data: dict[str, Any] = read((self.root / scalar.file).read_text("utf-8"), "").documents[scalar.document].data
        return data

    def alternatives(self, scalar: Scalar, chance: random.Random) -> list[object]:
        """Return other values for a scalar, which may or may not be valid there."""
        document = self.document(scalar)
        names = [*self.library.choices("rollouts"), *self.library.choices("analysis")]
        return _others(dig(document, *scalar.path), _field(document["kind"], scalar.path), names, chance)

    def edited(self, scalar: Scalar, value: object) -> "Edit":
        return Edit(self, scalar, value)


GONE = object()
"""In place of another value: the scalar is taken out."""


class Edit:
    """A scalar with another value, or without it, while the block runs."""

    def __init__(self, repository: Repository, scalar: Scalar, value: object) -> None:
        self.repository = repository
        self.scalar = scalar
        self.value = value
        self.file = repository.root / scalar.file
        self.before = self.file.read_text("utf-8")

    def __enter__(self) -> Fleet | None:
        documents = [one.data for one in read(self.before, "").documents]
        parent = dig(documents[self.scalar.document], *self.scalar.path[:-1])
        if self.value is GONE:
            del parent[self.scalar.path[-1]]
        else:
            parent[self.scalar.path[-1]] = self.value
        self.file.write_text("---\n".join(emit(one) for one in documents), encoding="utf-8")
        return self.repository.load()

    def __exit__(self, *_: object) -> None:
        self.file.write_text(self.before, encoding="utf-8")


def _written(origin: Origin, unit: Unit) -> Iterator[Scalar]:
    """Yield where the winning layers have written what an origin names; what the value came from goes first."""
    environment = unit.environment if isinstance(unit, Release) else unit
    layers: tuple[Layer, ...]
    schema: Schema
    path = origin.path
    match origin.scope:
        case "app":
            assert isinstance(unit, Release)
            layers, schema = unit.layers, APP
        case "environment":
            layers, schema = environment.layers, ENVIRONMENT
        case scope:
            chosen = unit.layers[:1] if isinstance(unit, Release) and scope == "app-metadata" else environment.layers
            path = ("metadata", *path)
            schema = {}
            layers = tuple(
                Layer(title=one.title, document=one.document, path=(), values=one.document.data) for one in chosen
            )
    for winner in (one for one in contributions(layers, path, schema) if one.wins):
        layer = next(one for one in layers if one.title == winner.layer)
        places = {(mark.key_line, mark.key_column): inner for inner, mark in layer.document.marks.items()}
        yield Scalar(layer.document.file, layer.document.index, places[winner.location.line, winner.location.column])


def _others(value: object, field: Schema, names: list[str], chance: random.Random) -> list[object]:
    words = [one for one in _enum(field) if one != value]
    others: list[object]
    if isinstance(value, bool):
        others = [not value]
    elif isinstance(value, int):
        others = [value + 1, value - 1, value * 3, value // 2]
    elif isinstance(value, float):
        others = [value + 0.25, value - 0.25, value / 2]
    elif isinstance(value, str):
        others = [*_numbers(value), f"{value}x", f"x{value}", *_inside(value), *names, "alb", "none"]
    else:
        others = [1, "x"]
    chance.shuffle(words)
    return [*words, *(one for one in others if one != value)]


def _numbers(value: str) -> Iterator[str]:
    for match in re.finditer(r"[0-9]+", value):
        for change in (1, -1, 3):
            number = int(match.group()) + change
            if number >= 0:
                yield value[: match.start()] + str(number) + value[match.end() :]


def _inside(value: str) -> Iterator[str]:
    for match in re.finditer(r"[a-z]{2}", value):
        yield f"{value[: match.start() + 1]}x{value[match.start() + 1 :]}"
        break


def _field(kind: str, path: Path) -> Schema:
    if path[:1] != ("spec",):
        return {}
    if kind != "Environment":
        return field_of(APP, path[1:])
    if path[1:2] == ("defaults",):
        return field_of(APP, path[2:])
    if path[1:2] == ("apps",):
        return field_of(APP, path[3:])
    return field_of(ENVIRONMENT, path[1:])


def _enum(field: Schema) -> list[object]:
    return [one for form in (field, *field.get("anyOf", ())) for one in form.get("enum", ())]
