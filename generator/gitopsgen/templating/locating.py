"""The line a person would edit for a fault of a manifest: in a descriptor, a template, or the manifest file itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from gitopsgen.descriptors.environment import SPEC as ENVIRONMENT_SPEC
from gitopsgen.descriptors.provenance import contributions, place_of
from gitopsgen.model.finding import Fault, Finding, Related, Severity
from gitopsgen.model.manifest import Manifest, dig, nearest
from gitopsgen.model.provenance import Provenance
from gitopsgen.model.release import Environment, Layer, Release
from gitopsgen.source.location import Location, Path
from gitopsgen.source.reader import Document
from gitopsgen.templating.explanation import ingredient_of, provenance_of
from gitopsgen.templating.traced import Origin, Scope, templates_of, whole
from gitopsgen.templating.tracing import Tracer


class Drawn(Protocol):
    """Where the parts of an object come from that a chart drew from the values of a release."""

    def values_of(self, path: Path) -> tuple[Path, ...]:
        """Return the paths of the values that went into the part at ``path``; empty when none did."""

    def line_of(self, path: Path) -> Location:
        """Return the line of the chart that the part at ``path`` is written on, as near as can be told."""


@dataclass(kw_only=True)
class Locator:
    """Turns faults into findings.

    ``documents`` are the YAML documents of manifests that other tools wrote; ``rendered`` gives the document of a
    rendered manifest, as it is written; ``drawn`` tells of those that charts drew.
    """

    releases: Mapping[str, Release]
    environments: Mapping[str, Environment]
    tracer: Tracer | None
    rendered: Callable[[Manifest], Document | None]
    documents: Mapping[Manifest, Document] = field(default_factory=dict)
    drawn: Mapping[Manifest, Drawn] = field(default_factory=dict)

    def place_of_key(self, release: Release, key: Path) -> Location:
        """Return where a person would edit a key of the App in this release; its entry when no layer has it."""
        return place_of(release.layers, key) or release.place

    def place_of_value(self, release: Release, path: Path) -> Location | None:
        """Return where a person would edit what becomes the Helm value at ``path``; ``None`` for the template's own."""
        for contribution in contributions(release.layers, ("chart", "values", *path)):
            if contribution.wins:
                return contribution.location
        values = self.tracer.values(release) if self.tracer else None
        if values is None:
            return None
        origins = list(whole(dig(values, *nearest(values, path))).values)
        return self._common_place(origins, (), release, release.environment) if origins else None

    def finding(self, fault: Fault, severity: Severity, docs: str = "") -> Finding:
        """Return the finding that tells a person of ``fault``."""
        manifest = fault.manifest
        rendered = provenance = None
        related: list[Related] = []
        if manifest in self.documents:
            location = self.documents[manifest].locate(fault.path)
        else:
            document = self.rendered(manifest)
            rendered = document.locate(fault.path) if document else None
            drawn = self.drawn.get(manifest)
            location, related = self._drawn(fault, drawn) if drawn else self._edited(fault)
            provenance = self._provenance(fault, drawn)
        for other, path in fault.related:
            related.append(Related(location=self._place(other, path), message=str(other.id)))
        return Finding(
            policy=fault.rule,
            severity=fault.severity or severity,
            message=fault.message,
            location=location,
            fix=fault.fix,
            release=manifest.release or manifest.environment,
            object=manifest.id,
            path=fault.path,
            rendered=rendered,
            related=tuple(related),
            docs=docs,
            provenance=provenance,
        )

    def _provenance(self, fault: Fault, drawn: Drawn | None) -> Provenance | None:
        """Return where the part at fault came from; of a missing one what decided about it, such as the key to add."""
        release = self.releases.get(fault.manifest.release)
        environment = release.environment if release else self.environments.get(fault.manifest.environment)
        if environment is None:
            return None
        if drawn:
            keys = [("chart", "values", *path) for path in drawn.values_of(fault.path)]
            found = Provenance(values=tuple(ingredient_of(Origin("app", key), release, environment) for key in keys))
        else:
            body = self.tracer.body(fault.manifest, release, environment) if self.tracer else None
            found = Provenance() if body is None else provenance_of(body, fault.path, release, environment)
        if fault.key and not found.values:
            governing = ingredient_of(Origin(_scope_of(fault.key), fault.key), release, environment)
            found = replace(found, decided_by=(governing, *(one for one in found.decided_by if one != governing)))
        return found

    def _place(self, manifest: Manifest, path: Path) -> Location:
        if drawn := self.drawn.get(manifest):
            return drawn.line_of(path)
        document = self.documents.get(manifest) or self.rendered(manifest)
        return document.locate(path) if document else Location(manifest.file, 1, 1)

    def _drawn(self, fault: Fault, drawn: Drawn) -> tuple[Location, list[Related]]:
        """Return the line of the descriptor whose value the chart drew, and the chart's; or the other way round."""
        release = self.releases[fault.manifest.release]
        line = drawn.line_of(fault.path)
        part = dig(fault.manifest.body, *fault.path)
        place = None
        if fault.key and (part is None or isinstance(part, Mapping | list)):
            place = place_of(release.layers, fault.key)
        if place is None and part is not None:
            places = (self.place_of_value(release, path) for path in drawn.values_of(fault.path))
            place = next((one for one in places if one is not None), None)
        if place is None:
            return line, [Related(location=release.place, message="the release")]
        return place, [Related(location=line, message="the chart")]

    def _edited(self, fault: Fault) -> tuple[Location, list[Related]]:
        """Return the line to edit, and the template's line where that is another.

        What values of descriptors went into the part at fault decides: one value, its line; several, the key that they
        have in common; none, the template. Where the part is missing, or they have nothing in common, it is the key
        that the rule says governs it, or else the release's entry.
        """
        manifest = fault.manifest
        release = self.releases.get(manifest.release)
        environment = release.environment if release else self.environments.get(manifest.environment)
        entry = release.place if release else environment.place if environment else Location(manifest.file, 1, 1)
        governed = _place_of_key(fault.key, release, environment)
        body = self.tracer.body(manifest, release, environment) if self.tracer else None
        if body is None:
            return governed or entry, []
        there = nearest(body, fault.path)
        missing = there != fault.path
        part = dig(body, *there)
        origins = [] if missing else [_at_word(origin, fault.word) for origin in whole(part).values]
        lines = templates_of(part)
        template = [Related(location=lines[0], message="the template")] if lines else []
        if governed and all(origin.scope.endswith("metadata") for origin in origins):
            return governed, template  # names are in everything; they say nothing of a part of it
        if origins:
            place = self._common_place(origins, fault.key, release, environment)
            return place or governed or entry, template
        if lines and not missing and not governed:
            return lines[0], [Related(location=entry, message="the release")]
        return governed or entry, template

    @staticmethod
    def _common_place(
        origins: list[Origin], key: Path, release: Release | None, environment: Environment | None
    ) -> Location | None:
        """Return where the values stand that ``origins`` name: of one, its own line; of several, their common key's."""
        if any(origin.scope == "environment" and origin.path == key for origin in origins):
            return _place_of_key(key, release, environment)
        common = _common([origin.path for origin in origins if origin.scope == "app"])
        if common is not None and release:
            if common and common[: len(key)] == key:
                return place_of(release.layers, common)
            if common[:1] == key[:1] and key[: len(common)] != common:
                return place_of(release.layers, common)  # beside the key, as a strategy written out is to a profile's
            if key and len(key) > len(common):
                return place_of(release.layers, key)
        places = [place for origin in origins if (place := _place_of(origin, release, environment)) is not None]
        return max(places, key=lambda place: (*place[:2], -place[2].line))[2] if places else None


def _at_word(origin: Origin, word: str) -> Origin:
    """Return the key ``word`` above a value, where a descriptor has one; else the value itself."""
    if word not in origin.path:
        return origin
    return replace(origin, path=origin.path[: origin.path.index(word) + 1])


def _common(paths: list[Path]) -> Path | None:
    """Return the longest path that all of ``paths`` begin with; ``None`` when there are none."""
    if not paths:
        return None
    length = 0
    while all(len(path) > length and path[length] == paths[0][length] for path in paths):
        length += 1
    return paths[0][:length]


def _scope_of(key: Path) -> Scope:
    """Return whose key it is that governs something: the App's and the Environment's have no name in common."""
    return "environment" if key[0] in ENVIRONMENT_SPEC["properties"] else "app"


def _place_of_key(key: Path, release: Release | None, environment: Environment | None) -> Location | None:
    if not key:
        return None
    if _scope_of(key) == "app":
        return place_of(release.layers, key) if release else None
    found = _place_of(Origin("environment", key), release, environment)
    return found[2] if found else None


def _place_of(
    origin: Origin, release: Release | None, environment: Environment | None
) -> tuple[bool, int, Location] | None:
    """Return the place of an origin's value, or of the nearest key above one that no layer sets.

    Before it, what says which of several is told: whether a layer sets it, and the rank of the layer.
    """
    if origin.scope == "app-metadata" and release:
        return True, 0, release.layers[0].document.locate(("metadata", *origin.path))
    if origin.scope == "environment-metadata" and environment:
        return True, -1, environment.layers[-1].document.locate(("metadata", *origin.path))
    layers: tuple[Layer, ...] = ()
    if origin.scope == "app" and release:
        layers = release.layers
    elif origin.scope == "environment" and environment:
        layers = environment.layers
    schema = None if origin.scope == "app" else ENVIRONMENT_SPEC
    path = origin.path
    while path:
        winners = [one for one in contributions(layers, path, schema) if one.wins]
        if winners:
            rank = next(index for index, layer in enumerate(layers) if layer.title == winners[-1].layer)
            return path == origin.path, rank + 1, winners[-1].location
        path = path[:-1]
    return None
