"""Where a value of a release is written: in the release's own layer, or, when that is asked for, where all share it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from gitopsgen.delivery.editing import REMOVED, edit
from gitopsgen.descriptors.app import SPEC
from gitopsgen.descriptors.loading import Descriptors
from gitopsgen.descriptors.provenance import contributions, field_of
from gitopsgen.descriptors.resolving import Fleet
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.manifest import dig
from gitopsgen.model.release import Layer, Release
from gitopsgen.source.location import Path, format_path
from gitopsgen.source.reader import Document, Yaml, read

INHERITED: Final = object()
"""In the place of a value: the layer says nothing of the key, so that lower ones decide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A key of the App's spec, and the value that a release is to have there.

    ``None`` removes what lower layers say, ``INHERITED`` lets them decide.
    """

    path: Path
    value: Yaml


def edited_texts(
    release: Release, settings: Iterable[Setting], descriptors: Descriptors, *, shared: bool = False
) -> dict[str, str]:
    """Return the new texts of the descriptors in which ``release`` gets its settings, by file; none that is equal.

    They go into the release's own layer: the entry of its own Environment, or its Release file. With ``shared`` each
    goes to the layer that the value now comes from, or to the App when none sets it.

    Raises:
        GitopsgenError: a setting has no place there.
    """
    own = own_layer(release, descriptors)
    after: dict[str, str] = {}
    for setting in settings:
        layer = _sharing_layer(release, setting.path) if shared else own
        file, index = layer.document.file, layer.document.index
        text = after.get(file, descriptors.texts[file])
        # What an earlier setting has written is there already.
        written = next(one for one in read(text, file).documents if one.index == index)
        values = dig(written.data, *layer.path)
        path, value = _placed(release, setting, values if isinstance(values, Mapping) else {}, layer)
        if value is not INHERITED:
            after[file] = edit(text, file, index, (*layer.path, *path), value)
        elif (gone := _emptied(written, layer.path, path)) is not None:
            after[file] = edit(text, file, index, gone, REMOVED)
    return {file: text for file, text in after.items() if text != descriptors.texts[file]}


def changed_releases(before: Fleet, after: Fleet) -> list[str]:
    """Return the names of the releases that are not the same in both."""
    old = {release.name: (release.spec, release.labels, release.annotations) for release in before.releases}
    new = {release.name: (release.spec, release.labels, release.annotations) for release in after.releases}
    return sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))


def own_layer(release: Release, descriptors: Descriptors) -> Layer:
    """Return the layer that is a release's alone; one that is not there yet is empty."""
    environment = release.environment.name
    described = descriptors.releases.get((environment, release.app))
    path: Path = ("spec",)
    if described:
        document = described.document
    else:
        document, path = descriptors.environments[environment].document, ("spec", "apps", release.app)
    for layer in release.layers:
        if layer.document is document and layer.path == path:
            return layer
    return Layer(title=f"Environment {environment}, apps.{release.app}", document=document, path=path, values={})


def _sharing_layer(release: Release, path: Path) -> Layer:
    """Return the layer that the value at ``path``, or else the nearest key above it, comes from; or else the App."""
    while path:
        titles = [one.layer for one in contributions(release.layers, path) if one.wins]
        if titles:
            return next(layer for layer in reversed(release.layers) if layer.title == titles[-1])
        path = path[:-1]
    return release.layers[0]


def _placed(release: Release, setting: Setting, values: Mapping[str, Yaml], layer: Layer) -> tuple[Path, Yaml]:
    """Return the path and value to write into a layer: of a list of lower layers, the whole of it.

    Raises:
        GitopsgenError: an item of a list is meant that layers are joined to, or that there is not.
    """
    depth = next((index for index, part in enumerate(setting.path) if isinstance(part, int)), None)
    if depth is None:
        return setting.path, setting.value
    above = setting.path[:depth]
    name = format_path(above)
    if isinstance(dig(values, *above), list) and not field_of(SPEC, above).get("x-merge"):
        return setting.path, REMOVED if setting.value is INHERITED else setting.value
    if field_of(SPEC, above).get("x-merge"):
        raise GitopsgenError(
            f"`{name}` is joined from the lists of all layers, and {layer.title} has no such item",
            fix=f"add to the list with `{name}=[…]`, or edit the descriptor",
        )
    merged = dig(release.spec, *above)
    at = setting.path[depth]
    if not isinstance(merged, list) or not isinstance(at, int) or not 0 <= at < len(merged):
        raise GitopsgenError(
            f"{release.name} has no `{format_path(setting.path[: depth + 1])}`", fix=f"set `{name}=[…]`"
        )
    rest = setting.path[depth + 1 :]
    item = [] if not rest and setting.value is INHERITED else [_with(merged[at], rest, setting.value)]
    return above, [*merged[:at], *item, *merged[at + 1 :]]


def _with(value: Yaml, path: Path, new: Yaml) -> Yaml:
    if not path:
        return new
    part, *rest = path
    if isinstance(value, list) and isinstance(part, int) and 0 <= part < len(value):
        return [*value[:part], _with(value[part], tuple(rest), new), *value[part + 1 :]]
    inner = value if isinstance(value, Mapping) else {}
    if new is INHERITED and not rest:
        return {key: item for key, item in inner.items() if key != part}
    return {**inner, part: _with(inner.get(part), tuple(rest), new)}


def _emptied(document: Document, root: Path, path: Path) -> Path | None:
    """Return the path to take out so that a layer says nothing of ``path``, with the maps that would be empty then.

    ``None`` when the layer says nothing of it now. The layer itself stays: its being there deploys the App.
    """
    keys = list(_held(dig(document.data, *root), path))
    if len(keys) < len(path):
        return None
    while len(path) > 1 and len(keys[-1]) == 1:
        path, keys = path[:-1], keys[:-1]
    return (*root, *path)


def _held(value: Yaml, path: Path) -> Iterator[Mapping[str, Yaml]]:
    """Yield the maps on the way along ``path``, as far as they have its keys."""
    for part in path:
        if not isinstance(value, Mapping) or part not in value:
            return
        yield value
        value = value[str(part)]
