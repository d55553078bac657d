"""Kubernetes' rules for the names of objects, for labels, and for annotations.

Source: kubernetes v1.34, staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go and pkg/api/validation.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import Body, Manifest, map_at, text_at
from gitopsgen.source.location import Path

_LABEL: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_SERVICE: Final = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_QUALIFIED: Final = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")
_VALUE: Final = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?")
_LONGEST_LABEL: Final = 63
_LONGEST_SUBDOMAIN: Final = 253
_LARGEST_ANNOTATIONS: Final = 256 * 1024
_BY_LABEL: Final = frozenset(("Namespace",))
_BY_PATH: Final = frozenset(("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"))
_POD_LABELS: Final = (
    ("spec", "template", "metadata"),
    ("spec", "jobTemplate", "metadata"),
    ("spec", "jobTemplate", "spec", "template", "metadata"),
)


def name_faults(manifest: Manifest, body: Body, base: Path = ()) -> Iterator[Fault]:
    """Yield a fault for every name, label and annotation of ``body`` that the API server would refuse."""
    name = text_at(body, "metadata", "name")
    if not name:
        if not text_at(body, "metadata", "generateName"):
            yield Fault(
                rule="schema/missing-key",
                manifest=manifest,
                path=(*base, "metadata", "name"),
                message="the key `metadata.name` is missing",
                fix="add `name`",
            )
    elif problem := name_problem(text_at(body, "kind"), name):
        yield Fault(
            rule="schema/invalid-name",
            manifest=manifest,
            path=(*base, "metadata", "name"),
            message=f"the name `{name[:80]}` {problem}",
        )
    namespace = text_at(body, "metadata", "namespace")
    if namespace and not _fits(_LABEL, namespace, _LONGEST_LABEL):
        yield Fault(
            rule="schema/invalid-name",
            manifest=manifest,
            path=(*base, "metadata", "namespace"),
            message=f"the namespace `{namespace[:80]}` must be lower-case letters, digits and dashes, at most 63",
        )
    for path in (("metadata",), *_POD_LABELS):
        metadata = map_at(body, *path)
        yield from _labels(manifest, metadata, (*base, *path))
        yield from _annotations(manifest, metadata, (*base, *path))


def name_problem(kind: str, name: str) -> str:
    """Say what is wrong with an object's name; empty when nothing is."""
    if kind in _BY_PATH:
        wrong = name in (".", "..") or "/" in name or "%" in name
        return "must not be `.` or `..`, nor hold `/` or `%`" if wrong else ""
    if kind == "Service" and not _fits(_SERVICE, name, _LONGEST_LABEL):
        return "is no DNS-1035 label: lower-case letters, digits and dashes, a letter first, at most 63"
    if kind in _BY_LABEL and not _fits(_LABEL, name, _LONGEST_LABEL):
        return "is no DNS-1123 label: lower-case letters, digits and dashes, at most 63"
    if not _fits(_SUBDOMAIN, name, _LONGEST_SUBDOMAIN):
        return "is no DNS-1123 subdomain: lower-case letters, digits, dashes and dots, at most 253"
    return ""


def key_problem(key: str) -> str:
    """Say what is wrong with the key of a label or annotation; empty when nothing is."""
    prefix, slash, name = key.rpartition("/")
    if slash and not _fits(_SUBDOMAIN, prefix, _LONGEST_SUBDOMAIN):
        return "has a prefix that is no DNS subdomain"
    if not _fits(_QUALIFIED, name, _LONGEST_LABEL):
        return "must be letters, digits, dashes, dots and underscores, at most 63, after at most one `/`"
    return ""


def _labels(manifest: Manifest, metadata: Mapping[str, Any], base: Path) -> Iterator[Fault]:
    for key, value in map_at(metadata, "labels").items():
        problem = key_problem(str(key))
        if not problem and isinstance(value, str) and not _fits(_VALUE, value, _LONGEST_LABEL):
            problem = f"has the value `{value[:80]}`: letters, digits, dashes, dots and underscores, at most 63"
        if problem:
            yield Fault(
                rule="schema/invalid-label",
                manifest=manifest,
                path=(*base, "labels", str(key)),
                message=f"the label `{str(key)[:80]}` {problem}",
            )


def _annotations(manifest: Manifest, metadata: Mapping[str, Any], base: Path) -> Iterator[Fault]:
    annotations = map_at(metadata, "annotations")
    for key in annotations:
        if problem := key_problem(str(key)):
            yield Fault(
                rule="schema/invalid-label",
                manifest=manifest,
                path=(*base, "annotations", str(key)),
                message=f"the annotation `{str(key)[:80]}` {problem}",
            )
    size = sum(len(str(key)) + len(str(value)) for key, value in annotations.items())
    if size > _LARGEST_ANNOTATIONS:
        yield Fault(
            rule="schema/invalid-label",
            manifest=manifest,
            path=(*base, "annotations"),
            message=f"the annotations hold {size} characters; at most {_LARGEST_ANNOTATIONS} are stored",
        )


def _fits(pattern: re.Pattern[str], text: str, longest: int) -> bool:
    return len(text) <= longest and pattern.fullmatch(text) is not None
