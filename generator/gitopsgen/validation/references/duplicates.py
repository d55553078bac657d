"""The same object twice: the later one wins, or two Applications take it from each other."""

from collections.abc import Iterator
from typing import Final

from gitopsgen.model.finding import Fault, Severity
from gitopsgen.model.manifest import dig, list_at, text_at
from gitopsgen.validation.references.index import Index, Object, is_ours

_NO_OBJECTS: Final = frozenset({"Kustomization", "Component", "List"})


def check_duplicates(index: Index) -> Iterator[Fault]:
    """Yield each object that is in the set already.

    Files of other tools in different folders are taken to be for different clusters; those of one folder are perhaps
    applied together, and surely so where an Application deploys the folder.
    """
    seen: dict[tuple[str, str, str, str, str], Object] = {}
    folders = _deployed_folders(index)
    for found in index.objects:
        if not found.name or not found.kind or "{{" in found.name or found.kind in _NO_OBJECTS:
            continue
        place = "" if is_ours(found.manifest) else found.manifest.file.rpartition("/")[0]
        other = seen.setdefault((found.group, found.kind, found.namespace, found.name, place), found)
        if other is not found:
            together = is_ours(found.manifest) or found.manifest.file == other.manifest.file or place in folders
            yield _fault(found, other, Severity.ERROR if together else Severity.INFO)


def _deployed_folders(index: Index) -> frozenset[str]:
    return frozenset(
        text_at(source, "path").strip("./")
        for found in index.of_kind("Application")
        for source in (dig(found.manifest.body, "spec", "source"), *list_at(found.manifest.body, "spec", "sources"))
        if text_at(source, "path").strip("./")
    )


def _fault(found: Object, other: Object, severity: Severity) -> Fault:
    one, two = other.manifest, found.manifest
    where = one.file if one.file != two.file else "the same file"
    owners = f" for the releases {one.release} and {two.release}" if one.release != two.release else ""
    return Fault(
        rule="reference/duplicate-object",
        manifest=two,
        path=("metadata", "name"),
        message=f"the {found.kind} `{found.name}` is in {where} too{owners}, and only one of them lasts",
        fix="rename or delete one of them",
        severity=severity,
        related=((one, ("metadata", "name")),),
    )
