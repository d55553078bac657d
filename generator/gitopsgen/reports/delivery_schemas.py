"""The JSON Schemas of what the commands about deliveries print for machines."""

from typing import Any, Final

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_TEXT: Final = {"type": "string"}
_VERSION: Final = {
    "description": "The image's tag and digest, empty where it has none; null where there is no release.",
    "type": ["object", "null"],
    "properties": {"tag": _TEXT, "digest": _TEXT},
    "required": ["tag", "digest"],
}
OUTPUT_HISTORY: Final[dict[str, Any]] = {
    "$schema": _DIALECT,
    "title": "What history prints with --format json",
    "type": "object",
    "properties": {
        "schemaVersion": {"const": 1},
        "release": _TEXT,
        "complete": {"type": "boolean", "description": "False where the clone is shallow and ends before."},
        "changes": {
            "type": "array",
            "description": "The newest first.",
            "items": {
                "type": "object",
                "properties": {
                    "version": _VERSION,
                    "rollback": {"type": "boolean"},
                    "commit": _TEXT,
                    "author": _TEXT,
                    "email": _TEXT,
                    "date": {"type": "string", "format": "date-time", "description": "When it came to the branch."},
                    "subject": _TEXT,
                },
                "required": ["version", "rollback", "commit", "author", "email", "date", "subject"],
            },
        },
    },
    "required": ["schemaVersion", "release", "complete", "changes"],
}
_DRIFT: Final = {
    "description": "How many files are in which state, current ones left out.",
    "type": "object",
    "additionalProperties": {"type": "integer", "minimum": 1},
    "propertyNames": {"enum": ["stale", "edited", "missing", "orphan", "foreign"]},
}
_TIME: Final = {"type": ["string", "null"], "format": "date-time"}
OUTPUT_STATUS: Final[dict[str, Any]] = {
    "$schema": _DIALECT,
    "title": "What status prints with --format json",
    "type": "object",
    "properties": {
        "schemaVersion": {"const": 1},
        "environments": {"type": "array", "items": _TEXT, "description": "In the order of promotion."},
        "apps": {"type": "array", "items": _TEXT},
        "releases": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "release": _TEXT,
                    "version": _VERSION,
                    "awaiting": {
                        "type": ["object", "null"],
                        "description": "The version that can be promoted to it.",
                        "properties": {
                            "version": _VERSION,
                            "from": _TEXT,
                            "since": {**_TIME, "description": "When the source got it; null where git does not tell."},
                            "soaked": {**_TIME, "description": "When it has been there for as long as it must."},
                        },
                        "required": ["version", "from", "since", "soaked"],
                    },
                    "aheadOf": {
                        "type": ["string", "null"],
                        "description": "Where it is promoted from, when that has an older version.",
                    },
                    "drift": _DRIFT,
                    "uncommitted": {"type": "integer", "minimum": 0, "description": "Files that git has otherwise."},
                },
                "required": ["release", "version", "awaiting", "aheadOf", "drift", "uncommitted"],
            },
        },
        "drift": {
            "type": "object",
            "description": "Of files that belong to no release, by Environment or by the release that was.",
            "additionalProperties": _DRIFT,
        },
    },
    "required": ["schemaVersion", "environments", "apps", "releases", "drift"],
}
