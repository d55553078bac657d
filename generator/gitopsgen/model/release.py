"""What descriptors come to: environments, and releases, each with the layers that its values came from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gitopsgen.model.versions import Versions
from gitopsgen.source.location import Location, Path
from gitopsgen.source.reader import Document


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layer:
    """Values laid over lower ones, and where they stand: at ``path`` in ``document``.

    ``title`` says what the layer is to a person, ``Environment base, defaults``.
    """

    title: str
    document: Document
    path: Path
    values: Mapping[str, Any]

    def locate(self, path: Path) -> Location:
        """Return where the value at ``path`` (counted from the layer's own root) stands."""
        return self.document.locate((*self.path, *path))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Environment:
    """A place to deploy to: its merged ``spec`` with all defaults, and the layers below it, lowest first."""

    name: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    spec: Mapping[str, Any]
    layers: tuple[Layer, ...]
    lineage: tuple[str, ...]

    @property
    def tier(self) -> str:
        """``development``, ``staging`` or ``production``."""
        return str(self.spec["tier"])

    @property
    def namespace(self) -> str:
        """The namespace that is deployed to."""
        return str(self.spec["namespace"])

    @property
    def versions(self) -> Versions:
        """What runs there."""
        versions = self.spec["versions"]
        return Versions(
            kubernetes=versions["kubernetes"], argo_rollouts=versions["argoRollouts"], argo_cd=versions["argoCD"]
        )

    @property
    def place(self) -> Location:
        """Where the Environment is described."""
        return self.layers[-1].document.locate(("metadata", "name"))

    @property
    def cluster(self) -> str:
        """What tells its cluster apart from others."""
        cluster = self.spec["cluster"]
        return str(cluster.get("server") or cluster.get("name"))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Release:
    """One App in one Environment: the unit of rendering, written ``env/app``.

    ``spec`` is the App's spec with every overlay laid on it and all defaults; ``layers`` are the overlays, the App's
    own first.
    """

    app: str
    environment: Environment
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    spec: Mapping[str, Any]
    layers: tuple[Layer, ...]

    @property
    def name(self) -> str:
        """``env/app``."""
        return f"{self.environment.name}/{self.app}"

    @property
    def place(self) -> Location:
        """Where the release is asked for: the Environment's entry, or the Release file."""
        return self.layers[-1].locate(())

    @property
    def files(self) -> tuple[str, ...]:
        """The descriptors that it comes from, in the order of their layers."""
        documents = [layer.document.file for layer in (*self.layers, *self.environment.layers)]
        return tuple(dict.fromkeys(documents))
