"""Where a value came from: what each layer says of a key, and which keys went into a rendered value."""

from dataclasses import dataclass

from gitopsgen.source.location import Location, Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What one layer says of a key: its value, where it stands, and whether the merged value holds it.

    A layer can also remove what lower ones set. ``removed_by`` is then the key that does so: the key itself or one
    above it that is ``null`` or something else than a map, or a key that excludes it.
    """

    layer: str
    location: Location
    value: object
    wins: bool
    removed_by: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingredient:
    """A value of a descriptor that had a say about a rendered one: its name, what it holds, and its layers.

    With ``is_key`` it is the name of the key that went in, and not what it holds.
    """

    name: str
    path: Path
    value: object
    is_key: bool
    layers: tuple[Contribution, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a rendered value came from. Without ``values`` it is constant in the template.

    ``templates`` are the lines of templates that it went through, the one that wrote it first.
    """

    templates: tuple[Location, ...] = ()
    values: tuple[Ingredient, ...] = ()
    decided_by: tuple[Ingredient, ...] = ()
    placed_by: tuple[Ingredient, ...] = ()
