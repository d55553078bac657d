"""What two Environments set differently, for people and for machines."""

from collections.abc import Iterator
from typing import Any, Final

from gitopsgen.descriptors.comparing import Comparison, Difference, Side
from gitopsgen.reports.provenance import layers_data, location_data
from gitopsgen.source.emitter import emit_inline
from gitopsgen.source.location import format_path

_WIDEST: Final = 48
_BOLD, _DIM, _RED, _GREEN = "1", "2", "31", "32"


def comparison_text(comparison: Comparison, *, colour: bool) -> str:
    """Return the differences as lines: each key, what either Environment holds, and where that is written."""
    names = (comparison.left, comparison.right)
    groups = [("environment", comparison.environment), *comparison.apps.items()]
    sides = [side for _, found in groups for one in found for side in (one.left, one.right)]
    name_width = max(map(len, names))
    value_width = max((len(_shown(side)) for side in sides), default=0)
    place_width = max((len(_place(side)) for side in sides), default=0)

    def paint(text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if colour else text

    def line(name: str, side: Side, code: str) -> str:
        value = paint(f"{name:<{name_width}}  {_shown(side):<{value_width}}", code)
        layer = f"{_place(side):<{place_width}}  {side.winner.layer}" if side.winner else _place(side)
        return f"    {value}  {paint(layer, _DIM) if layer else ''}".rstrip()

    lines: list[str] = []
    for title, differences in groups:
        if differences:
            lines.append(paint(title, _BOLD))
        for one in differences:
            lines.append(f"  {format_path(one.key)}")
            lines += [line(names[0], one.left, _RED), line(names[1], one.right, _GREEN)]
    for name, apps in zip(names, (comparison.only_left, comparison.only_right), strict=True):
        if apps:
            lines.append(f"only in {name}: {', '.join(apps)}")
    lines.append(_summary(comparison))
    return "".join(f"{one}\n" for one in lines)


def _summary(comparison: Comparison) -> str:
    differing = [app for app, found in comparison.apps.items() if found]
    keys = len(comparison.environment) + sum(len(comparison.apps[app]) for app in differing)
    both = f"{comparison.left} and {comparison.right}"
    if not keys:
        return f"{both} set nothing differently"
    apps = f", in {len(differing)} of {len(comparison.apps)} Apps that both deploy" if comparison.apps else ""
    return f"{both} set {keys} {'key' if keys == 1 else 'keys'} differently{apps}"


def _shown(side: Side) -> str:
    if not side.is_set:
        return "removed" if side.winner else "not set"
    text = emit_inline(side.value)
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"


def _place(side: Side) -> str:
    if side.winner:
        return str(side.winner.location)
    return "the default" if side.is_set else ""


def comparison_data(comparison: Comparison) -> dict[str, Any]:
    """Return the differences as plain data; the schema is ``gitopsgen schema output-between``."""
    return {
        "schemaVersion": 1,
        "left": comparison.left,
        "right": comparison.right,
        "environment": list(_differences(comparison.environment)),
        "apps": [{"app": app, "differences": list(_differences(found))} for app, found in comparison.apps.items()],
        "onlyLeft": list(comparison.only_left),
        "onlyRight": list(comparison.only_right),
    }


def _differences(found: tuple[Difference, ...]) -> Iterator[dict[str, Any]]:
    for one in found:
        yield {"key": format_path(one.key), "left": _side_data(one.left), "right": _side_data(one.right)}


def _side_data(side: Side) -> dict[str, Any]:
    return {
        "value": side.value,
        "set": side.is_set,
        "location": location_data(side.winner.location) if side.winner else None,
        "layers": layers_data(side.layers),
    }
