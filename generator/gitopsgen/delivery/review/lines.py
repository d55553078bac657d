"""What happens to a release, in lines that are the same for all releases to which the same happens."""

import difflib
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from gitopsgen.delivery.review.images import ImageChange, image_changes, is_image, mentions, parse_image
from gitopsgen.delivery.review.model import ABSENT, Became, Concern, FieldChange, Item, Level, Line, ObjectChange, label
from gitopsgen.delivery.review.strategy import in_steps
from gitopsgen.delivery.version import ImageVersion
from gitopsgen.model.manifest import Manifest, list_at, text_at
from gitopsgen.source.emitter import emit_inline

HIDDEN: Final = "(hidden)"
_WIDEST: Final = 72
_MOST_DETAIL: Final = 60
_APP: Final = "APP"


def change_lines(app: str, objects: Iterable[ObjectChange], *, planned: bool) -> Iterator[Line]:
    """Yield the lines of the objects of one release; with ``planned``, the plans tell what became of the strategy."""
    objects = list(objects)
    images = {one for change in objects for one in (*image_changes(change.fields), *_helm_images(change))}
    yield from (_image_line(one, app) for one in sorted(images, key=lambda one: (one.container, one.repository)))
    for change in objects:
        if change.became == "changed":
            yield from _field_lines(app, change, images, planned=planned)
        else:
            yield _whole_line(app, change)
            if change.became == "renamed":
                yield from _field_lines(app, change, images, planned=planned)


def whole_release_lines(app: str, became: Became, objects: Iterable[ObjectChange]) -> Iterator[Line]:
    """Yield the lines of a release that came, went, or got another name: one for all, and what is riskiest in it.

    ``app`` is empty for what an Environment has beside its releases, which runs nothing.
    """
    objects = list(objects)
    deployed = [one for one in objects if one.manifest.kind != "Application"]
    single = len(deployed) == 1
    count = f"{len(deployed)} object{'s' * (not single)}"
    if became == "removed":
        if all(concern.level is Level.LOW for one in deployed for concern in one.concerns):
            stays, them = ("stays", "it") if single else ("stay", "them")
            yield _line(Level.LOW, f"removed: its {count} {stays} in the cluster, for nothing prunes {them}", app, None)
        else:
            pods = ", and its pods" if app else ""
            yield _line(Level.HIGH, f"removed: its {count} {'is' if single else 'are'} deleted{pods}", app, None)
    elif became == "renamed":
        old = next((one.before.release for one in objects if one.became == "renamed" and one.before), "")
        yield _line(Level.MEDIUM, f"renamed: was {old}", app, None)
    else:
        versions = dict.fromkeys(str(version) for one in objects for version in _versions(one))
        image = f", image {', '.join(versions)}" if versions else ""
        first = "; a first deployment skips steps, gates and analyses" if app else ""
        text = f"new: {count}{image}{first}"
        yield replace(_line(Level.LOW, text, app, None), of_plan=True)
    if became != "removed":
        yield from (
            line
            for line in change_lines(app, objects, planned=True)
            if line.level is Level.HIGH or (became == "renamed" and line.text.startswith("image"))
        )


def _versions(change: ObjectChange) -> Iterator[ImageVersion]:
    for container in list_at(change.after.body if change.after else {}, "spec", "template", "spec", "containers"):
        if image := text_at(container, "image"):
            yield parse_image(image)[1]


def _whole_line(app: str, change: ObjectChange) -> Line:
    name = _named(app, change.manifest)
    concern = _worst(change.concerns, ())
    level = concern.level if concern else Level.LOW
    text = f"{name} {change.became}"
    if change.became == "renamed" and change.before and change.after:
        text = f"{change.after.kind} {_both(change.before, change.after)} renamed"
    return _line(level, text, app, concern)


def _both(before: Manifest, after: Manifest) -> str:
    if before.name == after.name:
        return f"{before.namespace}/{before.name} → {after.namespace}/{after.name}"
    return f"{before.name} → {after.name}"


def _field_lines(app: str, change: ObjectChange, images: set[ImageChange], *, planned: bool) -> Iterator[Line]:
    name = _named(app, change.manifest)
    for one in change.fields:
        concern = _worst(change.concerns, one.path)
        if _is_told(change.manifest, one, images):
            continue
        if planned and change.manifest.kind == "Rollout" and in_steps(one.path) and concern is None:
            continue
        if change.became == "renamed" and concern is None:
            continue
        hidden = change.manifest.kind == "Secret"
        level = concern.level if concern else Level.LOW
        detail = "" if hidden else _detail(one)
        yield _line(level, f"{name}: {_short(one.path)} {_difference(one, hidden=hidden)}", app, concern, detail)


def _is_told(manifest: Manifest, change: FieldChange, images: set[ImageChange]) -> bool:
    """Tell whether the line of an image says it already."""
    if manifest.kind == "HelmValues" and change.path[:2] == ("spec", "image"):
        return bool(images) and all(leaf in ("tag", "digest") for leaf in change.path[2:])
    if is_image(change):
        return any(one.container == change.path[-2] for one in images) and bool(image_changes([change]))
    return bool(images) and mentions(change, images)


def _helm_images(change: ObjectChange) -> Iterator[ImageChange]:
    """Yield the version that the values of a chart give to its image."""
    if change.manifest.kind != "HelmValues" or not change.before or not change.after:
        return
    images = [one.body["spec"].get("image") or {} for one in (change.before, change.after)]
    before, after = map(ImageVersion.of, images)
    if before != after and images[0].get("repository") == images[1].get("repository"):
        repository = str(images[1].get("repository") or "")
        yield ImageChange(container=change.manifest.name, repository=repository, before=before, after=after)


def _image_line(change: ImageChange, app: str) -> Line:
    base = change.repository.rpartition("/")[2]
    name = "image" if app in (base, change.container) else f"image {base}"
    older = change.after.is_older_than(change.before)
    concern = Concern(level=Level.MEDIUM, message="goes back", policy="image-downgraded") if older else None
    text = f"{name} {change.before} → {change.after}"
    return _line(Level.MEDIUM if older else Level.LOW, text, app, concern)


def _named(app: str, manifest: Manifest) -> str:
    """Return how an object is called in a line: its kind, and its name where the release's own does not tell."""
    if manifest.name == app:
        return manifest.kind
    return f"{manifest.kind} {manifest.name.removeprefix(f'{app}-') if app else manifest.name}"


def _short(path: tuple[str, ...]) -> str:
    """Return a path without the parts that say nothing to who knows Kubernetes."""
    for prefix in (("spec", "template", "spec"), ("spec",)):
        if path[: len(prefix)] == prefix and len(path) > len(prefix) and not isinstance(path[len(prefix)], Item):
            return label(path[len(prefix) :])
    return label(path)


def _difference(change: FieldChange, *, hidden: bool) -> str:
    if hidden:
        return "added" if change.before is ABSENT else "removed" if change.after is ABSENT else "changed"
    if change.before is ABSENT:
        return f"added: {shown(change.after)}"
    if change.after is ABSENT:
        return f"removed: {shown(change.before)}"
    if _is_long(change.before) or _is_long(change.after):
        lines = _diff_lines(change)
        return f"+{_count(lines, '+')} -{_count(lines, '-')} lines"
    return f"{shown(change.before)} → {shown(change.after)}"


def _count(lines: list[str], sign: str) -> int:
    return sum(line.startswith(sign) for line in lines)


def _is_long(value: object) -> bool:
    return isinstance(value, str) and "\n" in value.strip()


def _diff_lines(change: FieldChange) -> list[str]:
    old, new = (str(value).splitlines() for value in (change.before, change.after))
    return list(difflib.unified_diff(old, new, n=1, lineterm=""))[2:]


def _detail(change: FieldChange) -> str:
    if ABSENT in (change.before, change.after) or not (_is_long(change.before) or _is_long(change.after)):
        return ""
    lines = _diff_lines(change)
    more = [f"… {len(lines) - _MOST_DETAIL} more lines"] if len(lines) > _MOST_DETAIL else []
    return "\n".join((*lines[:_MOST_DETAIL], *more))


def shown(value: object) -> str:
    """Return a value on one line, cut where it is too long to read."""
    text = emit_inline(value) if not isinstance(value, str) else value if value.isprintable() else json.dumps(value)
    text = text or '""'
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"


def _worst(concerns: Iterable[Concern], path: tuple[str, ...]) -> Concern | None:
    """Return the worst concern about a path, ``None`` when there is none."""
    return min((one for one in concerns if one.path == path), key=lambda one: one.level.rank, default=None)


def _line(level: Level, text: str, app: str, concern: Concern | None, detail: str = "") -> Line:
    """Return a line; in its key the App's name is the same for all."""
    whole = f"{text} ({concern.message})" if concern else text
    key = whole.replace(app, _APP) if app else whole
    return Line(level=level, text=whole, key=key, policy=concern.policy if concern else "", detail=detail)
