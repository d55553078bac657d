"""What schemas judge: each object of a manifest, be it the document itself or an item of a List."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from gitopsgen.model.finding import Fault, Severity
from gitopsgen.model.manifest import Body, Manifest, text_at
from gitopsgen.source.location import Path

Identity: TypeAlias = tuple[str, str, str]
"""Group (empty for the core group), version and kind."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Subject:
    """One object, and where it lies: at ``base`` in ``manifest``."""

    manifest: Manifest
    body: Body
    base: Path = ()

    @property
    def api_version(self) -> str:
        """``apps/v1``."""
        return text_at(self.body, "apiVersion")

    @property
    def kind(self) -> str:
        """The kind."""
        return text_at(self.body, "kind")

    @property
    def identity(self) -> Identity:
        """Group, version and kind."""
        group, slash, version = self.api_version.rpartition("/")
        return group if slash else "", version, self.kind

    def fault(self, rule: str, path: Path, message: str, fix: str = "", *, severity: Severity | None = None) -> Fault:
        """Return a fault at ``path`` of the object."""
        path = (*self.base, *path)
        return Fault(rule=rule, manifest=self.manifest, path=path, message=message, fix=fix, severity=severity)


def subjects_of(manifest: Manifest) -> Iterator[Subject | Fault]:
    """Yield every object of a manifest, and a fault for whatever is none."""
    yield from _subjects(Subject(manifest=manifest, body=manifest.body))


def _subjects(subject: Subject) -> Iterator[Subject | Fault]:
    missing = [key for key in ("apiVersion", "kind") if not text_at(subject.body, key)]
    if missing:
        yield subject.fault(
            "schema/not-an-object",
            (missing[0],),
            f"no Kubernetes object: no {' and no '.join(missing)}, or it is no string",
            "add apiVersion and kind, or keep the file out of what is linted",
        )
    elif subject.identity != ("", "v1", "List"):
        yield subject
    else:
        items = subject.body.get("items")
        if items is not None and not isinstance(items, list):
            yield subject.fault("schema/wrong-type", ("items",), "the `items` of a List must be a list")
            return
        for index, item in enumerate(items or ()):
            body = item if isinstance(item, dict) else {}
            yield from _subjects(Subject(manifest=subject.manifest, body=body, base=(*subject.base, "items", index)))
