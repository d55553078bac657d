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
