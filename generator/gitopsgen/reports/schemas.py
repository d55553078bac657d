"""The JSON Schemas of what the tool prints for machines."""

from typing import Any, Final

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_TEXT: Final = {"type": "string"}
_COUNT: Final = {"type": "integer", "minimum": 0}
_LOCATION: Final = {
    "type": "object",
    "description": "A place in a file; line and column count from 1.",
    "properties": {
        "file": _TEXT,
        "line": {"type": "integer", "minimum": 1},
        "column": {"type": "integer", "minimum": 1},
    },
    "required": ["file", "line", "column"],
}
_FINDING: Final = {
    "type": "object",
    "properties": {
        "policy": _TEXT,
        "severity": {"enum": ["error", "warning", "info"]},
        "message": _TEXT,
        "fix": _TEXT,
        "release": _TEXT,
        "object": {
            "type": "object",
            "properties": {"group": _TEXT, "kind": _TEXT, "namespace": _TEXT, "name": _TEXT},
            "required": ["group", "kind", "namespace", "name"],
        },
        "path": _TEXT,
        "location": _LOCATION,
        "rendered": _LOCATION,
        "related": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"location": _LOCATION, "message": _TEXT},
                "required": ["location", "message"],
            },
        },
        "waivedBy": {"type": "string", "description": "The waiver that takes it out of the verdict: its place."},
        "waiver": {
            "type": "object",
            "properties": {
                "reason": _TEXT,
                "owner": _TEXT,
                "expires": {"type": "string", "format": "date", "description": "Its last day."},
            },
            "required": ["reason", "owner", "expires"],
        },
        "fingerprint": _TEXT,
        "docs": _TEXT,
    },
    "required": ["policy", "severity", "message", "location"],
}
OUTPUT_LINT: Final[dict[str, Any]] = {
    "$schema": _DIALECT,
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
                "properties": {"object": _TEXT, "reason": _TEXT},
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
        "analysis": {"type": "array", "items": _TEXT},
        "onAbort": {
            "type": ["object", "null"],
            "properties": {"weight": {"type": ["integer", "null"]}, "canaryPods": _COUNT, "stablePods": _COUNT},
        },
    },
    "required": ["index", "step", "weight", "canaryPods", "stablePods", "waits"],
}
OUTPUT_PLAN: Final[dict[str, Any]] = {
    "$schema": _DIALECT,
    "title": "What plan prints with --format json",
    "type": "object",
    "properties": {
        "schemaVersion": {"const": 1},
        "object": {"type": "object", "properties": {"kind": _TEXT, "namespace": _TEXT, "name": _TEXT}},
        "strategy": {"enum": ["canary", "blueGreen"]},
        "replicas": _COUNT,
        "router": {"type": ["string", "null"]},
        "steps": {"type": "array", "items": _STEP},
        "totals": {"type": "object"},
    },
    "required": ["schemaVersion", "object", "strategy", "replicas", "steps", "totals"],
}
_LAYERS: Final = {
    "type": "array",
    "description": "What each layer says of the key, lowest first.",
    "items": {
        "type": "object",
        "properties": {
            "layer": _TEXT,
            "location": _LOCATION,
            "value": {},
            "wins": {"type": "boolean"},
            "removedBy": {"type": "string", "description": "The key of this layer that removes what lower ones set."},
        },
        "required": ["layer", "location", "value", "wins"],
    },
}
_SIDE: Final = {
    "type": "object",
    "properties": {
        "value": {"description": "What the key holds; null when it is not set."},
        "set": {"type": "boolean"},
        "location": {
            "description": "Where it is set, or removed; null for a default, and where nothing sets it.",
            "anyOf": [_LOCATION, {"type": "null"}],
        },
        "layers": _LAYERS,
    },
    "required": ["value", "set", "location", "layers"],
}
_DIFFERENCES: Final = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"key": _TEXT, "left": _SIDE, "right": _SIDE},
        "required": ["key", "left", "right"],
    },
}
OUTPUT_BETWEEN: Final[dict[str, Any]] = {
    "$schema": _DIALECT,
    "title": "What diff --between prints with --format json",
    "type": "object",
    "properties": {
        "schemaVersion": {"const": 1},
        "left": _TEXT,
        "right": _TEXT,
        "environment": _DIFFERENCES,
        "apps": {
            "type": "array",
            "description": "The Apps that both deploy.",
            "items": {
                "type": "object",
                "properties": {"app": _TEXT, "differences": _DIFFERENCES},
                "required": ["app", "differences"],
            },
        },
        "onlyLeft": {"type": "array", "items": _TEXT},
        "onlyRight": {"type": "array", "items": _TEXT},
    },
    "required": ["schemaVersion", "left", "right", "environment", "apps", "onlyLeft", "onlyRight"],
}
