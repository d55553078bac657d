"""The embedded schemas: what is known, for which releases, as JSON Schemas that stand alone."""

import gzip
import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from gitopsgen.model.versions import version_key

Schema = Mapping[str, Any]
_DATA: Final = files("gitopsgen.validation") / "data"
# A Rollout's own schema leaves much of the pod open; what runs is an ordinary pod.
_WITH_POD_TEMPLATE: Final = {
    "properties": {"spec": {"properties": {"template": {"$ref": "#/$defs/io.k8s.api.core.v1.PodTemplateSpec"}}}}
}


@cache
def index() -> Mapping[str, Any]:
    """Return what is embedded: the releases of Kubernetes, and the custom kinds with their sources."""
    data: Mapping[str, Any] = json.loads((_DATA / "index.json").read_text("utf-8"))
    return data


@cache
def _kubernetes() -> Mapping[str, Any]:
    return _unpack("kubernetes.json.gz")


def _unpack(file: str) -> Mapping[str, Any]:
    data: Mapping[str, Any] = json.loads(gzip.decompress((_DATA / file).read_bytes()))
    return data


@cache
def release_for(kubernetes: str) -> str:
    """Return the embedded release that speaks for a version of Kubernetes: itself, or the nearest there is."""
    known: list[str] = index()["kubernetes"]
    wanted = version_key(kubernetes)[:2]
    return min(known, key=lambda one: (abs(version_key(one)[1] - (wanted[1] if len(wanted) > 1 else 0)), one))


def newest_release() -> str:
    """Return the newest release of Kubernetes that is embedded."""
    known: list[str] = index()["kubernetes"]
    return max(known, key=version_key)


@cache
def _kinds(release: str) -> Mapping[tuple[str, str, str], str]:
    """Return the definition of each group, version and kind of a release of Kubernetes."""
    data = _kubernetes()
    return {
        (served["group"], served["version"], served["kind"]): name
        for name, digest in data["releases"][release].items()
        for served in data["definitions"][digest].get("x-kubernetes-group-version-kind", ())
    }


def served_versions(group: str, kind: str, release: str) -> list[str]:
    """Return the versions that serve a kind in a release of Kubernetes."""
    return sorted(version for known, version, name in _kinds(release) if (known, name) == (group, kind))


def custom_kind(group: str, kind: str) -> Mapping[str, Any] | None:
    """Return what is embedded of a custom kind: its versions and their source; ``None`` when it is not."""
    found: Mapping[str, Any] | None = index()["custom"].get(f"{group}/{kind}")
    return found


def releases_serving(group: str, version: str, kind: str) -> list[str]:
    """Return the embedded releases of Kubernetes that serve a kind in this version."""
    return [release for release in index()["kubernetes"] if (group, version, kind) in _kinds(release)]


def knows_group(group: str, release: str) -> bool:
    """Tell whether Kubernetes or an embedded custom kind has this API group."""
    return any(known == group for known, _, _ in _kinds(release)) or any(
        name.rpartition("/")[0] == group for name in index()["custom"]
    )


def kinds_of(group: str, release: str) -> list[str]:
    """Return the kinds of a group."""
    custom = [name.rpartition("/")[2] for name in index()["custom"] if name.rpartition("/")[0] == group]
    return sorted({kind for known, _, kind in _kinds(release) if known == group} | set(custom))


@cache
def schema_of(group: str, version: str, kind: str, release: str) -> Schema | None:
    """Return the closed JSON Schema of a kind; ``None`` when it is not embedded."""
    custom = custom_kind(group, kind)
    if custom:
        schemas = _unpack(custom["file"])
        if version not in schemas:
            return None
        schema = schemas[version]
        if (group, kind) == ("argoproj.io", "Rollout"):
            schema = {**schema, "allOf": [_WITH_POD_TEMPLATE]}
        return with_definitions(schema, release)
    name = _kinds(release).get((group, version, kind))
    return with_definitions({"$ref": f"#/$defs/{name}"}, release) if name else None


def with_definitions(schema: Schema, release: str) -> Schema:
    """Return ``schema`` with the definitions of Kubernetes that it refers to, and those that they do."""
    data = _kubernetes()
    names = data["releases"][release]
    wanted = [_definition_of(reference) for reference in references(schema)]
    found: dict[str, Any] = {}
    while wanted:
        name = wanted.pop()
        if name not in found and name in names:
            found[name] = data["definitions"][names[name]]
            wanted.extend(_definition_of(reference) for reference in references(found[name]))
    return {**schema, "$defs": {**schema.get("$defs", {}), **found}}


def _definition_of(reference: str) -> str:
    return reference.removeprefix("#/$defs/")


def references(value: object) -> Iterator[str]:
    """Yield every reference of a schema."""
    if isinstance(value, Mapping):
        reference = value.get("$ref")
        if isinstance(reference, str):
            yield reference
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)
