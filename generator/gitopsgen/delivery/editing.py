"""Edits of YAML files that people wrote: the smallest change of the text that gives the wanted data, and only that.

Comments, order, quotes, anchors, line ends and indentation stay as they are. Every change is read back before it is
returned: a text that says anything else than what was asked for is never handed out.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from gitopsgen.delivery.anchors import anchored, moved, overridden
from gitopsgen.delivery.layout import layout_of
from gitopsgen.delivery.nodes import Kind, Node, parse
from gitopsgen.delivery.splices import Splices, applied, insertion, removal, replacement
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.manifest import dig
from gitopsgen.source.location import Path, format_path
from gitopsgen.source.reader import Document, Yaml, read

REMOVED: Final = object()
"""In the place of a value: the key or item is taken out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """One change of the data: a value set or removed at ``path``, or put in front of the item that is there."""

    path: Path
    value: Yaml
    insert: bool = False


def edit(text: str, file: str, index: int, path: Path, value: Yaml) -> str:
    """Return ``text`` with ``value`` at ``path`` of the document ``index``; ``REMOVED`` takes out what is there.

    Maps on the way that do not exist are made. A map or list that is there already changes where it differs. What an
    alias stands for changes at that alias only, an anchored value only where it stands.

    Raises:
        GitopsgenError: the document has faults, the path leads into something that is no map or list, or the change
            cannot be written without touching more than it should.
    """
    document = _document(text, file, index)
    try:
        wanted = _with(document.data, path, value)
    except _NoPlace as error:
        place = document.locate(path[: error.depth])
        raise GitopsgenError(f"{place}: {error}", fix="set the whole of it, or mend the file by hand") from error
    for step in _steps(document.data, wanted, ()):
        text = _carried_out(text, file, index, step)
    return text


class _NoPlace(Exception):  # noqa: N818 - becomes an error with a place in edit()
    """A path leads into something that has no such part."""

    def __init__(self, depth: int, message: str) -> None:
        super().__init__(message)
        self.depth = depth


def _document(text: str, file: str, index: int) -> Document:
    stream = read(text, file)
    found = [document for document in stream.documents if document.index == index]
    faults = [problem for problem in stream.problems if problem.rule != _HARMLESS]
    if faults or not found:
        said = f"{faults[0].location}: {faults[0].message}" if faults else f"{file} has no document {index + 1}"
        raise GitopsgenError(
            f"the file cannot be edited: {said}", fix="mend it first: `gitopsgen lint` tells all faults"
        )
    return found[0]


_HARMLESS: Final = "yaml/ambiguous-scalar"


def _with(data: Yaml, path: Path, value: Yaml, depth: int = 0) -> Yaml:
    """Return a copy of ``data`` with ``value`` at what is left of ``path``."""
    if depth == len(path):
        return value
    part = path[depth]
    if isinstance(part, int):
        if not isinstance(data, list) or not 0 <= part < len(data):
            raise _NoPlace(depth, f"`{format_path(path[: depth + 1])}` is no item of a list here")
        item = [] if value is REMOVED and depth + 1 == len(path) else [_with(data[part], path, value, depth + 1)]
        return [*data[:part], *item, *data[part + 1 :]]
    if data is not None and not isinstance(data, dict):
        raise _NoPlace(depth, f"`{format_path(path[:depth])}` is no map, and has no `{part}`")
    keys = data or {}
    if value is not REMOVED:
        return {**keys, part: _with(keys.get(part), path, value, depth + 1)}
    if part not in keys:
        return data
    if depth + 1 == len(path):
        return {key: item for key, item in keys.items() if key != part}
    return {**keys, part: _with(keys[part], path, value, depth + 1)}


def _steps(old: Yaml, new: Yaml, path: Path) -> Iterator[_Step]:
    """Yield the changes that lead from ``old`` to ``new``, each of them as deep as it can be."""
    if _same(old, new):
        return
    few = bool(old and (new or len(old) == 1)) if isinstance(old, dict | list) else False  # else it is replaced whole
    if isinstance(old, dict) and isinstance(new, dict) and few:
        for key, value in new.items():
            if key in old:
                yield from _steps(old[key], value, (*path, key))
            else:
                yield _Step(path=(*path, key), value=value)
        yield from (_Step(path=(*path, key), value=REMOVED) for key in old if key not in new)
    elif isinstance(old, list) and isinstance(new, list) and few:
        yield from _list_steps(old, new, path)
    else:
        yield _Step(path=path, value=new)


def _list_steps(old: list[Yaml], new: list[Yaml], path: Path) -> Iterator[_Step]:
    """Yield the changes between two lists: what is equal at their starts and ends stays."""
    shorter = min(len(old), len(new))
    first = next((index for index in range(shorter) if not _same(old[index], new[index])), shorter)
    last = next((index for index in range(shorter - first) if not _same(old[~index], new[~index])), shorter - first)
    for index in range(first, shorter - last):
        yield from _steps(old[index], new[index], (*path, index))
    for index in range(shorter - last, len(new) - last):
        yield _Step(path=(*path, index), value=new[index], insert=True)
    for index in reversed(range(shorter - last, len(old) - last)):
        yield _Step(path=(*path, index), value=REMOVED)


def _carried_out(text: str, file: str, index: int, step: _Step) -> str:
    """Return ``text`` with one step carried out, and nothing else changed."""
    document = _document(text, file, index)
    if step.insert:
        *_, at = step.path
        items = list(dig(document.data, *step.path[:-1]))
        items.insert(int(at), step.value)
        wanted = _with(document.data, step.path[:-1], items)
    else:
        wanted = _with(document.data, step.path, step.value)
    while True:
        root = _parse(text, document)
        nodes = root.along(step.path)
        along, below = (nodes[:-1], nodes[-1]) if len(nodes) > len(step.path) and not step.insert else (nodes, None)
        shared = anchored(root, along, below)
        if not shared:
            break
        node, alias = shared
        value = dig(document.data, *_path_of(root, node))
        whole = below is not None and node in below.walk()
        ways = moved(text, root, node, alias, value, layout_of(text, root), whole=whole)
        text = _first_that_says(text, ways, document.data, document, step)
    ways = _ways(text, root, step, wanted)
    return _first_that_says(text, ways, wanted, document, step)


def _ways(text: str, root: Node, step: _Step, wanted: Yaml) -> Iterator[Splices]:
    """Yield the ways to write a step, the best first."""
    nodes = root.along(step.path[:-1] if step.insert else step.path)
    depth = len(nodes) - 1
    last = nodes[-1]
    inside_flow = any(node.flow for node in nodes[:-1])
    layout = layout_of(text, root, last if last.collection else None)
    if last.kind is Kind.ALIAS and depth < len(step.path):
        value = dig(wanted, *step.path[:depth])
        if isinstance(value, dict) and step.value is not REMOVED:
            key = step.path[depth]
            yield ((last.start, last.end, overridden(last, {str(key): value[key]})),)
        yield from replacement(text, last, value, layout, inside_flow=inside_flow)
    elif depth == len(step.path):
        if step.value is REMOVED:
            parent = nodes[-2]
            yield from removal(text, parent, parent.index(step.path[-1]))
        else:
            yield from replacement(text, last, step.value, layout, inside_flow=inside_flow)
    elif step.insert:
        yield from insertion(text, last, int(step.path[-1]), None, step.value, layout)
    else:
        # What a merge key brings in is not written here: the changed copy of it goes before it.
        key = str(step.path[depth])
        value = dig(wanted, *step.path[: depth + 1])
        if key in dig(wanted, *step.path[:depth]):
            yield from insertion(text, last, len(last.children), key, value, layout)
            yield from insertion(text, last, 0, key, value, layout)


def _first_that_says(text: str, ways: Iterator[Splices], wanted: Yaml, document: Document, step: _Step) -> str:
    """Return ``text`` changed in the first of the ``ways`` that a reader takes for ``wanted``.

    Raises:
        GitopsgenError: there is none.
    """
    before = read(text, document.file)
    expected = {one.index: one.data for one in before.documents} | {document.index: wanted}
    for splices in ways:
        changed = applied(text, splices)
        after = read(changed, document.file)
        found = {one.index: one.data for one in after.documents}
        if _same(found, expected) and len(after.problems) <= len(before.problems):
            return changed
    raise GitopsgenError(
        f"{document.locate(step.path)}: `{format_path(step.path)}` cannot be changed here without touching more",
        fix="change it by hand, and run `gitopsgen render`",
    )


def _parse(text: str, document: Document) -> Node:
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415 - loaded by the parser anyway

    try:
        return parse(text, document.index)
    except YAMLError as error:
        said = " ".join(str(getattr(error, "problem", "") or error).split())
        raise GitopsgenError(
            f"{document.file} cannot be edited: ruamel.yaml does not read it: {said}", fix="change it by hand"
        ) from error


def _path_of(root: Node, node: Node) -> Path:
    """Return the path of a node of the document."""

    def search(one: Node, path: Path) -> Path | None:
        if one is node:
            return path
        for index, (key, child) in enumerate(one.children):
            found = search(child, (*path, key.name if key else index))
            if found is not None:
                return found
        return None

    return search(root, ()) or ()


def _same(one: Yaml, other: Yaml) -> bool:
    """Tell whether two values are the same, their types too: 1 is neither true nor 1.0."""
    return one is other or json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
