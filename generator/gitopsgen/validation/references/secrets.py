"""Who makes a Secret: the object itself, or a controller from another one, and which keys it will have."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from gitopsgen.model.manifest import Manifest, dig, list_at, map_at, text_at
from gitopsgen.source.location import Path
from gitopsgen.validation.references.index import Index

# Kinds whose controller makes one Secret, and where its name stands.
_MAKERS: Final[Mapping[str, Path]] = {
    "BitnamiSecret": ("metadata", "name"),
    "Certificate": ("spec", "secretName"),
    "OnePasswordItem": ("metadata", "name"),
    "SopsSecret": ("metadata", "name"),
    "VaultDynamicSecret": ("spec", "destination", "name"),
    "VaultPKISecret": ("spec", "destination", "name"),
    "VaultStaticSecret": ("spec", "destination", "name"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Provided:
    """A Secret or ConfigMap that will be there; ``keys`` is ``None`` when nobody can say which it has."""

    manifest: Manifest
    name: str
    namespace: str
    keys: frozenset[str] | None


class Stock:
    """What is provided, by kind and name."""

    def __init__(self, index: Index) -> None:
        self._stock: defaultdict[tuple[str, str], list[Provided]] = defaultdict(list)
        for kind, provided in (("ConfigMap", provided_config_maps(index)), ("Secret", provided_secrets(index))):
            for each in provided:
                self._stock[kind, each.name].append(each)

    def find(self, kind: str, name: str, namespace: str) -> Provided | None:
        """Return what will be there under a name; where one side has no namespace, it is taken to be the other's."""
        for each in self._stock.get((kind, name), ()):
            if not namespace or not each.namespace or each.namespace == namespace:
                return each
        return None


def provided_secrets(index: Index) -> Iterator[Provided]:
    """Yield every Secret that objects of the set make."""
    for found in index.of_kind("Secret"):
        keys = {*map_at(found.manifest.body, "data"), *map_at(found.manifest.body, "stringData")}
        yield _provided(found.manifest, found.name, found.namespace, keys)
    for found in index.of_kind("SealedSecret"):
        name = text_at(found.manifest.body, "spec", "template", "metadata", "name") or found.name
        keys = {*map_at(found.manifest.body, "spec", "encryptedData")}
        templated = map_at(found.manifest.body, "spec", "template", "data")
        yield _provided(found.manifest, name, found.namespace, None if templated else keys)
    for found in index.of_kind("ExternalSecret"):
        name = text_at(found.manifest.body, "spec", "target", "name") or found.name
        yield _provided(found.manifest, name, found.namespace, _external_keys(found.manifest))
    for found in index.of_kind("SecretProviderClass"):
        for entry in list_at(found.manifest.body, "spec", "secretObjects"):
            yield _provided(found.manifest, text_at(entry, "secretName"), found.namespace, None)
    for kind, path in _MAKERS.items():
        for found in index.of_kind(kind):
            name = text_at(found.manifest.body, *path)
            yield _provided(found.manifest, name, found.namespace, None)


def provided_config_maps(index: Index) -> Iterator[Provided]:
    """Yield every ConfigMap of the set."""
    for found in index.of_kind("ConfigMap"):
        if not found.group:
            keys = {*map_at(found.manifest.body, "data"), *map_at(found.manifest.body, "binaryData")}
            yield _provided(found.manifest, found.name, found.namespace, keys)


def _external_keys(manifest: Manifest) -> set[str] | None:
    spec = map_at(manifest.body, "spec")
    if spec.get("dataFrom") or isinstance(dig(spec, "target", "template"), Mapping):
        return None
    return {text_at(entry, "secretKey") for entry in list_at(spec, "data")}


def _provided(manifest: Manifest, name: str, namespace: str, keys: set[str] | None) -> Provided:
    return Provided(manifest=manifest, name=name, namespace=namespace, keys=None if keys is None else frozenset(keys))
