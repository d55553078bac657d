"""A review for machines: every object and every field, with what it puts at risk."""

from collections.abc import Mapping
from typing import Any

from gitopsgen.delivery.review.lines import HIDDEN
from gitopsgen.delivery.review.model import ABSENT, FieldChange, Group, Level, Line, ObjectChange, ReleaseChange, Review
from gitopsgen.model.manifest import Manifest


def review_data(review: Review) -> dict[str, Any]:
    """Return the review as plain data; the schema is ``gitopsgen schema output-diff``."""
    return {
        "schemaVersion": 1,
        "base": review.base,
        "head": review.head or None,
        "summary": {
            "releases": review.total,
            "changed": sum("/" in one.release for one in review.releases),
            **{level.value: sum(one.level is level for one in review.releases) for level in Level},
        },
        "groups": [_group(one) for one in review.groups],
        "releases": [_release(one) for one in review.releases],
        "unreadable": list(review.unreadable),
        "leftOut": list(review.left_out),
    }


def _group(group: Group) -> dict[str, Any]:
    return {
        "level": group.level.value,
        "releases": list(group.releases),
        "lines": [_line(line) for line in group.lines],
    }


def _line(line: Line) -> dict[str, Any]:
    return {"level": line.level.value, "text": line.text, "policy": line.policy or None}


def _release(release: ReleaseChange) -> dict[str, Any]:
    old, new = release.plans or (None, None)
    return {
        "release": release.release,
        "change": release.became,
        "level": release.level.value,
        "objects": [_object(one) for one in release.objects],
        "plans": {"before": old.as_json() if old else None, "after": new.as_json() if new else None}
        if release.plans
        else None,
    }


def _object(change: ObjectChange) -> dict[str, Any]:
    secret = change.manifest.kind == "Secret"
    return {
        "change": change.became,
        "before": _identity(change.before),
        "after": _identity(change.after),
        "fields": [_field(one, hidden=secret) for one in change.fields],
        "concerns": [
            {
                "level": one.level.value,
                "message": one.message,
                "policy": one.policy or None,
                "path": list(one.path),
            }
            for one in change.concerns
        ],
    }


def _identity(manifest: Manifest | None) -> Mapping[str, str] | None:
    if manifest is None:
        return None
    identity = manifest.id
    return {
        "group": identity.group,
        "kind": identity.kind,
        "namespace": identity.namespace,
        "name": identity.name,
        "file": manifest.file,
    }


def _field(change: FieldChange, *, hidden: bool) -> dict[str, Any]:
    data: dict[str, Any] = {"path": list(change.path), "label": change.label}
    for side, value in (("before", change.before), ("after", change.after)):
        if value is not ABSENT:
            data[side] = HIDDEN if hidden else value
    return data
