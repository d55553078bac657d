"""The same objects in other Environments: as this run renders them, or as they lie in ``rendered/``."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from gitopsgen.git.history import read_blobs
from gitopsgen.git.log import file_changes, is_shallow
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.finding import NotChecked
from gitopsgen.model.manifest import Body, Manifest, ManifestSet
from gitopsgen.model.release import Environment
from gitopsgen.policies.facts import images_of, indexed
from gitopsgen.policies.paths import pod_path
from gitopsgen.source.files import read_text
from gitopsgen.source.reader import read
from gitopsgen.tree.state import TREE

SHALLOW: Final = "this clone has only a part of the history: `git fetch --unshallow`, or `fetch-depth: 0` in CI"
"""Why something of the past could not be told."""
_IMAGE: Final = re.compile(r"""^\s+(?:- )?image: ["']?([^\s"']+)["']?$""", re.MULTILINE)
"""An image in a file of the tree: the tool writes each on a line of its own."""


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """All Environments of a repository; ``manifests`` are those of the Environments that this run renders.

    Without ``history`` git is not asked for what they have had. ``base`` is the commit that a change is compared with,
    empty where there is none.
    """

    root: Path
    environments: Mapping[str, Environment]
    manifests: tuple[Manifest, ...]
    history: bool = True
    base: str = ""
    _missed: list[Manifest] = field(default_factory=list)

    def lower(self, manifest: Manifest) -> Manifest | None:
        """Return the object of the same file in the Environment that ``manifest`` is promoted from."""
        environment = self._lower_environment(manifest)
        if environment is None:
            return None
        if environment in self._rendered:
            return self._by_file.get((_file_in(environment, manifest), manifest.kind))
        return self._on_disk(_file_in(environment, manifest), environment)

    def lower_images(self, manifest: Manifest) -> tuple[str, ...] | None:
        """Return the images that the lower object has and has had; ``None`` where git does not know its whole past.

        The past is asked for only where the object has an image that the lower one has not now; then for all such
        objects at once.
        """
        current = self.lower(manifest)
        if current is None:
            return None
        present = images_of([current.body])
        if set(images_of([manifest.body])) <= set(present):
            return present
        if not self.history or self._is_shallow:
            self._missed.append(manifest)
            return None
        past = self._past
        return None if past is None else tuple(dict.fromkeys((*present, *past.get(current.file, ()))))

    @cached_property
    def _is_shallow(self) -> bool:
        return is_shallow(self.root)

    def past_images(self, manifest: Manifest) -> tuple[str, ...]:
        """Return the images that an object has had up to the base, where it has one that the lower one has not now."""
        if not self.history or not self.base or self._is_shallow:
            return ()
        return (self._own_past or {}).get(manifest.file, ())

    @cached_property
    def _ahead(self) -> tuple[tuple[Manifest, Manifest], ...]:
        """The objects that have an image which the lower one has not now, each with that one."""
        pairs = ((one, self.lower(one)) for one in self.manifests if pod_path(one.body) is not None)
        return tuple(
            (one, lower)
            for one, lower in pairs
            if lower is not None and not set(images_of([one.body])) <= set(images_of([lower.body]))
        )

    @cached_property
    def _past(self) -> Mapping[str, tuple[str, ...]] | None:
        """The images that lower objects have had, by their file."""
        return self._images_in(lower.file for _, lower in self._ahead)

    @cached_property
    def _own_past(self) -> Mapping[str, tuple[str, ...]] | None:
        """The images that objects had before the change, by their file: the change itself is not its own excuse."""
        return self._images_in((one.file for one, _ in self._ahead), self.base)

    def _images_in(self, files: Iterable[str], revision: str = "HEAD") -> Mapping[str, tuple[str, ...]] | None:
        """Return the images that files have had, by their path; ``None`` without git or before the first commit."""
        try:
            changes = file_changes(self.root, files, revision)
        except GitopsgenError:
            return None
        texts = read_blobs(self.root, (change.blob for change in changes if change.blob))
        past: dict[str, dict[str, None]] = {}
        for change in changes:
            for image in _IMAGE.findall(texts.get(change.blob or "", "")):
                past.setdefault(change.file, {})[image] = None
        return {file: tuple(images) for file, images in past.items()}

    def all(self) -> Mapping[str, Any]:
        """Return every Environment as policies see it, with its resources."""
        return self._all

    @property
    def not_checked(self) -> tuple[NotChecked, ...]:
        """What was asked of the past and could not be told."""
        reason = "the history is not looked at here"
        if self.history:
            reason = SHALLOW
        names = dict.fromkeys(manifest.release or manifest.environment for manifest in self._missed)
        return tuple(NotChecked(object=f"{name}: the images it was promoted from", reason=reason) for name in names)

    @cached_property
    def _all(self) -> Mapping[str, Any]:
        return {
            name: {
                **environment.spec,
                "name": name,
                "labels": dict(environment.labels),
                "resources": indexed(ManifestSet(self._of(name))),
            }
            for name, environment in self.environments.items()
        }

    def _of(self, environment: str) -> tuple[Manifest, ...]:
        if environment in self._rendered:
            return tuple(one for one in self.manifests if one.environment == environment)
        folder = self.root / TREE / environment
        files = sorted(path.relative_to(self.root).as_posix() for path in folder.rglob("*.yaml"))
        found = (self._on_disk(file, environment) for file in files if not file.endswith("/values.yaml"))
        return tuple(one for one in found if one is not None)

    def _lower_environment(self, manifest: Manifest) -> str | None:
        environment = self.environments.get(manifest.environment)
        name = environment.spec.get("promotesFrom") if environment else None
        return str(name) if name in self.environments else None

    def _on_disk(self, file: str, environment: str) -> Manifest | None:
        text, problem = read_text(self.root / file, file)
        documents = () if problem else read(text, file).documents
        body: Body | None = next((one.data for one in documents if isinstance(one.data, dict)), None)
        return None if body is None else Manifest(body=body, file=file, environment=environment)

    @cached_property
    def _rendered(self) -> frozenset[str]:
        return frozenset(manifest.environment for manifest in self.manifests)

    @cached_property
    def _by_file(self) -> Mapping[tuple[str, str], Manifest]:
        return {(manifest.file, manifest.kind): manifest for manifest in self.manifests}


def _file_in(environment: str, manifest: Manifest) -> str:
    """Return the file of the same object in another Environment: ``rendered/ENV/…``."""
    folder, own, rest = manifest.file.partition(f"/{manifest.environment}/")
    return f"{folder}/{environment}/{rest}" if own else manifest.file
