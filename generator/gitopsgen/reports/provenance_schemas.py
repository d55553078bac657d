"""The JSON Schemas of what is printed for machines of where values come from, and what they reach."""

from typing import Any, Final

from gitopsgen.reports.schemas import DIALECT, LAYERS, LOCATION, LOCATIONS, PROVENANCE, TEXT

OUTPUT_EXPLAIN: Final[dict[str, Any]] = {
    "$schema": DIALECT,
    "title": "What explain prints of a key, or of a rendered line, with --format json",
    "type": "object",
    "properties": {"schemaVersion": {"const": 1}},
    "required": ["schemaVersion"],
    "oneOf": [
        {
            "description": "A key of a release, or of an Environment.",
            "properties": {
                "release": {"type": "string", "description": "env/app, or an Environment for a key of its own."},
                "key": TEXT,
                "value": {},
                "set": {"type": "boolean"},
                "description": TEXT,
                "rule": TEXT,
                "layers": LAYERS,
                "default": {**LOCATION, "description": "Where a template says what its parameter is by default."},
                "uses": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {
                            "file": TEXT,
                            "path": TEXT,
                            "manner": {
                                "enum": ["value", "decides", "places"],
                                "description": "The key is part of the value; decides that it is there, or is this"
                                " one; or decides where it stands.",
                            },
                            "templates": LOCATIONS,
                        },
                        "required": ["file", "path", "manner", "templates"],
                    },
                },
            },
            "required": ["release", "key", "value", "set", "description", "rule", "layers", "uses"],
        },
        {
            "description": "A line of a rendered file; without values it is constant in the template.",
            "properties": {
                "file": TEXT,
                "line": {"type": "integer", "minimum": 1},
                "path": TEXT,
                "value": {},
                **PROVENANCE["properties"],
            },
            "required": ["file", "line", "path", "value", *PROVENANCE["required"]],
        },
        {
            "description": "A line of the header of a rendered file.",
            "properties": {
                "file": TEXT,
                "line": {"type": "integer", "minimum": 1},
                "header": {"const": True},
                "descriptors": LOCATIONS,
            },
            "required": ["file", "line", "header", "descriptors"],
        },
    ],
}
_SIDE: Final = {
    "type": "object",
    "properties": {
        "value": {"description": "What the key holds; null when it is not set."},
        "set": {"type": "boolean"},
        "location": {
            "description": "Where it is set, or removed; null for a default, and where nothing sets it.",
            "anyOf": [LOCATION, {"type": "null"}],
        },
        "layers": LAYERS,
    },
    "required": ["value", "set", "location", "layers"],
}
_DIFFERENCES: Final = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"key": TEXT, "left": _SIDE, "right": _SIDE},
        "required": ["key", "left", "right"],
    },
}
OUTPUT_BETWEEN: Final[dict[str, Any]] = {
    "$schema": DIALECT,
    "title": "What diff --between prints with --format json",
    "type": "object",
    "properties": {
        "schemaVersion": {"const": 1},
        "left": TEXT,
        "right": TEXT,
        "environment": _DIFFERENCES,
        "apps": {
            "type": "array",
            "description": "The Apps that both deploy.",
            "items": {
                "type": "object",
                "properties": {"app": TEXT, "differences": _DIFFERENCES},
                "required": ["app", "differences"],
            },
        },
        "onlyLeft": {"type": "array", "items": TEXT},
        "onlyRight": {"type": "array", "items": TEXT},
    },
    "required": ["schemaVersion", "left", "right", "environment", "apps", "onlyLeft", "onlyRight"],
}
_FILES: Final = {"type": "array", "items": TEXT}
OUTPUT_AFFECTED: Final[dict[str, Any]] = {
    "$schema": DIALECT,
    "title": "What affected prints with --format json",
    "type": "object",
    "properties": {
        "schemaVersion": {"const": 1},
        "since": {"type": "string", "description": "The commit that was named with --since."},
        "edits": {
            "type": "array",
            "description": "What was named, and the files that each reaches.",
            "items": {
                "type": "object",
                "properties": {
                    "file": TEXT,
                    "line": {"type": ["integer", "null"], "minimum": 1},
                    "kind": {"enum": ["descriptor", "template", "policy", "chart"]},
                    "about": {"type": "string", "description": "The key on the line."},
                    "files": _FILES,
                },
                "required": ["file", "line", "kind", "about", "files"],
            },
        },
        "releases": {
            "type": "array",
            "description": "The releases, each with its files: also the `include` of a matrix in CI.",
            "items": {
                "type": "object",
                "properties": {"release": TEXT, "environment": TEXT, "app": TEXT, "files": _FILES},
                "required": ["release", "environment", "app", "files"],
            },
        },
        "environments": {
            "type": "array",
            "description": "Environments with files of their own that are reached.",
            "items": {
                "type": "object",
                "properties": {"environment": TEXT, "files": _FILES},
                "required": ["environment", "files"],
            },
        },
        "files": {**_FILES, "description": "All of them."},
    },
    "required": ["schemaVersion", "edits", "releases", "environments", "files"],
}
