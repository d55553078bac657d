"""Places and layers for machines, in the words that every output shares."""

from typing import Any

from gitopsgen.model.provenance import Contribution, Ingredient, Provenance
from gitopsgen.source.location import Location, format_path


def location_data(location: Location) -> dict[str, Any]:
    """Return a place as plain data."""
    return {"file": location.file, "line": location.line, "column": location.column}


def layers_data(layers: tuple[Contribution, ...]) -> list[dict[str, Any]]:
    """Return what each layer says of a key, lowest first, as plain data."""
    return [
        {
            "layer": one.layer,
            "location": location_data(one.location),
            "value": one.value,
            "wins": one.wins,
            **({"removedBy": format_path(one.removed_by)} if one.removed_by else {}),
        }
        for one in layers
    ]


def provenance_data(provenance: Provenance) -> dict[str, Any]:
    """Return where a rendered value came from as plain data."""
    return {
        "templates": [location_data(one) for one in provenance.templates],
        "values": _ingredients(provenance.values),
        "decidedBy": _ingredients(provenance.decided_by),
        "placedBy": _ingredients(provenance.placed_by),
    }


def _ingredients(found: tuple[Ingredient, ...]) -> list[dict[str, Any]]:
    return [
        {
            "of": one.name,
            "key": format_path(one.path),
            "isKey": one.is_key,
            "value": one.value,
            "layers": layers_data(one.layers),
        }
        for one in found
    ]
