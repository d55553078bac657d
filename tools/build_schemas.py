#!/usr/bin/env python3
"""Build the embedded schemas: Kubernetes' from the package kubernetes-validate, custom kinds from a folder.

The folder holds ordinary CustomResourceDefinitions as YAML, or their schemas as facts (JSON files with group, kind,
source and versions). Descriptions are left out, objects are closed, and the same input gives the same bytes:

    tools/build_schemas.py --crds FOLDER [--source "argo-rollouts v1.9.1"]
"""

import argparse
import gzip
import hashlib
import json
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).resolve().parent.parent
DATA: Final = ROOT / "generator" / "gitopsgen" / "validation" / "data"
OLDEST: Final = (1, 30)
_DROPPED: Final = frozenset(("description", "title", "example", "externalDocs", "default"))
_PRESERVE: Final = "x-kubernetes-preserve-unknown-fields"
_META: Final = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_QUANTITY: Final = {
    "type": ["string", "number", "null"],
    "pattern": r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?$",
    "x-expected": "a quantity such as 100m, 0.5 or 256Mi",
}
_REPLACED: Final = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": _QUANTITY,
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": {
        "type": ["string", "integer", "null"],
        "x-expected": "a number or a string",
    },
}


def main() -> None:
    """Write everything into the package's data folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crds", type=Path, required=True, help="CRD YAML, or schemas as facts in JSON")
    parser.add_argument("--source", default="", help="the release that CRD YAML was read from")
    arguments = parser.parse_args()
    kubernetes = read_kubernetes()
    kinds = sorted(read_custom(arguments.crds, arguments.source), key=lambda one: (one["group"], one["kind"]))
    write(kubernetes, kinds, DATA)


def write(kubernetes: dict[str, Any], kinds: list[dict[str, Any]], folder: Path) -> None:
    """Write the definitions of Kubernetes, one file for each custom kind, and an index that names the releases."""
    for old in folder.glob("*.json*"):
        old.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    pack(folder / "kubernetes.json.gz", kubernetes)
    index: dict[str, Any] = {"kubernetes": sorted(kubernetes["releases"], key=version_key), "custom": {}}
    for kind in kinds:
        file = f"{kind['group']}_{kind['kind'].lower()}.json.gz"
        pack(folder / file, kind["versions"])
        index["custom"][f"{kind['group']}/{kind['kind']}"] = {
            "file": file,
            "plural": kind["plural"],
            "scope": kind["scope"],
            "source": kind["source"],
            "versions": sorted(kind["versions"]),
        }
    (folder / "index.json").write_text(json.dumps(index, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def pack(file: Path, value: object) -> None:
    """Write a value as compressed JSON, the same bytes each time."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    file.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))


def version_key(text: str) -> tuple[int, ...]:
    """Return ``1.34`` as numbers that compare."""
    return tuple(int(part) for part in text.split("."))


def read_kubernetes() -> dict[str, Any]:
    """Return the definitions of every release: each once by its digest, and each release as names to digests."""
    spec = find_spec("kubernetes_validate")
    if spec is None or spec.origin is None:
        raise SystemExit("the package kubernetes-validate is not installed: python3 tools/dev.py setup")
    definitions: dict[str, Any] = {}
    releases: dict[str, dict[str, str]] = {}
    for folder in sorted((Path(spec.origin).parent / "kubernetes-json-schema").glob("v*-local-strict")):
        match = re.match(r"v(\d+\.\d+)\.", folder.name)
        if match is None or version_key(match[1]) < OLDEST:
            continue
        release: dict[str, str] = {}
        for name, schema in json.loads((folder / "_definitions.json").read_text("utf-8"))["$defs"].items():
            stripped = _REPLACED.get(name) or strip(schema)
            digest = hashlib.sha256(json.dumps(stripped, sort_keys=True).encode()).hexdigest()[:12]
            definitions[digest] = stripped
            release[name] = digest
        releases[match[1]] = release
    return {"definitions": definitions, "releases": releases}


def strip(schema: Any) -> Any:  # noqa: ANN401 - any part of a schema
    """Return a schema of Kubernetes without sentences."""
    if isinstance(schema, list):
        return [strip(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: strip(field) for name, field in value.items()} if key in ("properties", "$defs") else strip(value)
        for key, value in schema.items()
        if key not in _DROPPED and (not key.startswith("x-kubernetes-") or key == "x-kubernetes-group-version-kind")
    }


def read_custom(folder: Path, source: str) -> Iterator[dict[str, Any]]:
    """Yield every custom kind of a folder, with a closed schema for each served version."""
    for file in sorted(folder.rglob("*")):
        if file.suffix == ".json":
            fact = json.loads(file.read_text("utf-8"))
            if "versions" in fact and "group" in fact:
                schemas = {version: one["schema"] for version, one in fact["versions"].items()}
                yield _kind(fact, schemas, fact["source"])
        elif file.suffix in (".yaml", ".yml"):
            for document in yaml.load_all(file.read_text("utf-8"), yaml.CSafeLoader):
                if isinstance(document, dict) and document.get("kind") == "CustomResourceDefinition":
                    yield _definition(document["spec"], source or file.name)


def _definition(spec: dict[str, Any], source: str) -> dict[str, Any]:
    names = spec["names"]
    fact = {"group": spec["group"], "kind": names["kind"], "plural": names["plural"], "scope": spec["scope"]}
    schemas = {
        version["name"]: version.get("schema", {}).get("openAPIV3Schema", {})
        for version in spec["versions"]
        if version.get("served", True)
    }
    return _kind(fact, schemas, source)


def _kind(fact: dict[str, Any], schemas: dict[str, Any], source: str) -> dict[str, Any]:
    return {
        "group": fact["group"],
        "kind": fact["kind"],
        "plural": fact["plural"],
        "scope": fact["scope"],
        "source": source,
        "versions": {version: close(schema, root=True) for version, schema in schemas.items()},
    }


def close(schema: dict[str, Any], *, root: bool = False) -> dict[str, Any]:
    """Return a structural schema as JSON Schema: without sentences, and with no keys but those it declares."""
    result = {
        key: value for key, value in schema.items() if key not in _DROPPED and not key.startswith("x-kubernetes-")
    }
    result.pop("nullable", None)
    if schema.get("x-kubernetes-int-or-string"):
        result = {"type": ["integer", "string"], "x-expected": "a number or a string"}
        if "pattern" in schema:
            result["pattern"] = schema["pattern"]
    open_object = bool(schema.get(_PRESERVE))
    if "properties" in schema or root or schema.get("x-kubernetes-embedded-resource"):
        fields = {name: close(field) for name, field in schema.get("properties", {}).items()}
        if root or schema.get("x-kubernetes-embedded-resource"):
            fields |= {
                "apiVersion": {"type": "string"},
                "kind": {"type": "string"},
                "metadata": {"$ref": f"#/$defs/{_META}"},
            }
        result["properties"] = fields
        if not open_object and "additionalProperties" not in schema:
            result["additionalProperties"] = False
    if isinstance(schema.get("additionalProperties"), dict):
        result["additionalProperties"] = close(schema["additionalProperties"])
    if isinstance(schema.get("items"), dict):
        result["items"] = close(schema["items"])
    if schema.get("x-kubernetes-list-type") == "set":
        result["uniqueItems"] = True
    if schema.get("nullable") and isinstance(result.get("type"), str):
        result["type"] = [result["type"], "null"]
    return result


if __name__ == "__main__":
    main()
