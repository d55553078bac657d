"""Image references: ``registry/repository:tag@digest`` taken apart, and the ones that a change alters."""

from collections.abc import Iterable
from dataclasses import dataclass

from gitopsgen.delivery.review.fields import leaves
from gitopsgen.delivery.review.model import FieldChange, Item
from gitopsgen.delivery.version import ImageVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageChange:
    """A container whose image has another version: ``repository`` is the same on both sides."""

    container: str
    repository: str
    before: ImageVersion
    after: ImageVersion


def parse_image(reference: str) -> tuple[str, ImageVersion]:
    """Return the repository and the version of an image reference.

    Source: OCI distribution specification 1.1, "Pulling manifests"; a port is told from a tag by the slash after it.
    """
    name, _, digest = reference.partition("@")
    repository, colon, tag = name.rpartition(":")
    if not colon or "/" in tag:
        return name, ImageVersion(digest=digest)
    return repository, ImageVersion(tag=tag, digest=digest)


def is_image(change: FieldChange) -> bool:
    """Tell whether a change is of a container's image."""
    return (
        len(change.path) > 2  # noqa: PLR2004 - a list, its item, and the key
        and change.path[-1] == "image"
        and isinstance(change.path[-2], Item)
        and change.path[-3] in ("containers", "initContainers")
    )


def image_changes(fields: Iterable[FieldChange]) -> list[ImageChange]:
    """Return the containers that ``fields`` give another version of the same image."""
    found: list[ImageChange] = []
    for change in fields:
        if not is_image(change) or not isinstance(change.before, str) or not isinstance(change.after, str):
            continue
        (old, before), (new, after) = parse_image(change.before), parse_image(change.after)
        if old == new:
            found.append(ImageChange(container=change.path[-2], repository=new, before=before, after=after))
    return found


def mentions(change: FieldChange, images: Iterable[ImageChange]) -> bool:
    """Tell whether a change is only that the old version of an image became the new one somewhere else too."""
    versions = {(one.before, one.after) for one in images}
    for leaf in leaves(change):
        if not any(_is_of(leaf.before, before) and _is_of(leaf.after, after) for before, after in versions):
            return False
    return True


def _is_of(value: object, version: ImageVersion) -> bool:
    return isinstance(value, str) and bool(value) and value in (version.tag, version.digest, str(version))
