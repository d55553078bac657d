"""The JSON Schemas of what the tool prints for machines."""

from typing import Any, Final

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
TEXT: Final = {"type": "string"}
_COUNT: Final = {"type": "integer", "minimum": 0}
LOCATION: Final = {
    "type": "object",
    "description": "A place in a file; line and column count from 1.",
    "properties": {
        "file": TEXT,
        "line": {"type": "integer", "minimum": 1},
        "column": {"type": "integer", "minimum": 1},
    },
    "required": ["file", "line", "column"],
}
LAYERS: Final = {
    "type": "array",
    "description": "What each layer says of the key, lowest first.",
    "items": {
        "type": "object",
        "properties": {
            "layer": TEXT,
            "location": LOCATION,
            "value": {},
            "wins": {"type": "boolean"},
            "removedBy": {"type": "string", "description": "The key of this layer that removes what lower ones set."},
        },
        "required": ["layer", "location", "value", "wins"],
    },
}
LOCATIONS: Final = {"type": "array", "items": LOCATION}
_INGREDIENTS: Final = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "of": {"enum": ["app", "app metadata", "environment", "environment metadata"]},
            "key": TEXT,
            "isKey": {"type": "boolean", "description": "It is the key itself that went in, not what it holds."},
            "value": {},
            "layers": LAYERS,
        },
        "required": ["of", "key", "isKey", "value", "layers"],
    },
}
PROVENANCE: Final[dict[str, Any]] = {
    "type": "object",
    "description": "Where a rendered value came from; without values it is constant in the template.",
    "properties": {
        "templates": {
            **LOCATIONS,
            "description": "The line that wrote it, then those of the constants in it, and those that called for it.",
        },
        "values": _INGREDIENTS,
        "decidedBy": _INGREDIENTS,
        "placedBy": _INGREDIENTS,
    },
    "required": ["templates", "values", "decidedBy", "placedBy"],
}
_FINDING: Final = {
    "type": "object",
    "properties": {
        "policy": TEXT,
        "severity": {"enum": ["error", "warning", "info"]},
        "message": TEXT,
        "fix": TEXT,
        "release": TEXT,
        "object": {
            "type": "object",
            "properties": {"group": TEXT, "kind": TEXT, "namespace": TEXT, "name": TEXT},
            "required": ["group", "kind", "namespace", "name"],
        },
        "path": TEXT,
        "location": LOCATION,
        "rendered": LOCATION,
        "related": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"location": LOCATION, "message": TEXT},
                "required": ["location", "message"],
            },
        },
        "waivedBy": {"type": "string", "description": "The waiver that takes it out of the verdict: its place."},
        "waiver": {
            "type": "object",
            "properties": {
                "reason": TEXT,
                "owner": TEXT,
                "expires": {"type": "string", "format": "date", "description": "Its last day."},
            },
            "required": ["reason", "owner", "expires"],
        },
        "fingerprint": TEXT,
        "docs": TEXT,
        "provenance": {
            **PROVENANCE,
            "description": "Where the part at fault came from; of a map, a list, or what is missing, what decided it.",
        },
    },
    "required": ["policy", "severity", "message", "location"],
}
OUTPUT_LINT: Final[dict[str, Any]] = {
    "$schema": DIALECT,
    "title": "What lint, render and verify print with --format json",
    "type": "object",
    "properties": {
        "schemaVersion": {"const": 1},
        "findings": {"type": "array", "items": _FINDING},
        "waived": {"type": "array", "items": _FINDING},
        "notChecked": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"object": TEXT, "reason": TEXT},
                "required": ["object", "reason"],
            },
        },
        "summary": {
            "type": "object",
            "properties": {"error": _COUNT, "warning": _COUNT, "info": _COUNT},
            "required": ["error", "warning", "info"],
        },
    },
    "required": ["schemaVersion", "findings", "waived", "notChecked", "summary"],
}
_SECONDS: Final = {"type": ["number", "null"], "minimum": 0}
_STEP: Final = {
    "type": "object",
    "properties": {
        "index": _COUNT,
        "step": {"type": ["object", "null"]},
        "weight": {"type": ["integer", "null"]},
        "canaryPods": _COUNT,
        "stablePods": _COUNT,
        "waits": {"enum": ["none", "gate", "hold", "analysis", "experiment"]},
        "minSeconds": _SECONDS,
        "maxSeconds": _SECONDS,
        "analysis": {"type": "array", "items": TEXT},
        "headerRoutes": {"type": "array", "items": TEXT},
        "mirrorRoutes": {"type": "array", "items": TEXT},
        "onAbort": {
            "type": ["object", "null"],
            "properties": {"weight": {"type": ["integer", "null"]}, "canaryPods": _COUNT, "stablePods": _COUNT},
        },
    },
    "required": ["index", "step", "weight", "canaryPods", "stablePods", "waits"],
}
OUTPUT_PLAN: Final[dict[str, Any]] = {
    "$schema": DIALECT,
    "title": "What plan prints with --format json",
    "type": "object",
    "properties": {
        "schemaVersion": {"const": 1},
        "object": {"type": "object", "properties": {"kind": TEXT, "namespace": TEXT, "name": TEXT}},
        "strategy": {"enum": ["canary", "blueGreen"]},
        "replicas": _COUNT,
        "router": {"type": ["string", "null"]},
        "steps": {"type": "array", "items": _STEP},
        "totals": {"type": "object"},
    },
    "required": ["schemaVersion", "object", "strategy", "replicas", "steps", "totals"],
}
