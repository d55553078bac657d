"""Places and layers for machines, in the words that every output shares."""

from typing import Any

from gitopsgen.descriptors.provenance import Contribution
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
