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
_LEVEL: Final = {"enum": ["high", "medium", "low"]}
_COUNT: Final = {"type": "integer", "minimum": 0}
_POLICY: Final = {"type": ["string", "null"], "description": "The rule that `gitopsgen explain` has a page on."}
_IDENTITY: Final = {
    "type": ["object", "null"],
    "description": "The object, and the file it is in; null on the side on which it is not.",
    "properties": {"group": _TEXT, "kind": _TEXT, "namespace": _TEXT, "name": _TEXT, "file": _TEXT},
    "required": ["group", "kind", "namespace", "name", "file"],
}
_PLAN: Final = {"type": ["object", "null"], "description": "As `plan --format json` prints it: output-plan."}
_OBJECT: Final = {
    "type": "object",
    "properties": {
        "change": {"enum": ["added", "removed", "changed", "renamed"]},
        "before": _IDENTITY,
        "after": _IDENTITY,
        "fields": {
            "type": "array",
            "items": {
                "type": "object",
                "description": "`before` or `after` is left out on the side on which there is no value.",
                "properties": {
                    "path": {"type": "array", "items": _TEXT, "description": "Keys, and the names of items of lists."},
                    "label": _TEXT,
                    "before": {},
                    "after": {},
                },
                "required": ["path", "label"],
            },
        },
        "concerns": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "level": _LEVEL,
                    "message": _TEXT,
                    "policy": _POLICY,
                    "path": {"type": "array", "items": _TEXT, "description": "Of the field; empty for the object."},
                },
                "required": ["level", "message", "policy", "path"],
            },
        },
    },
    "required": ["change", "before", "after", "fields", "concerns"],
}
OUTPUT_DIFF: Final[dict[str, Any]] = {
    "$schema": _DIALECT,
    "title": "What diff prints with --format json",
    "type": "object",
    "properties": {
        "schemaVersion": {"const": 1},
        "base": {"type": "string", "description": "The commit that is compared with."},
        "head": {"type": ["string", "null"], "description": "The commit that is compared; null for what is rendered."},
        "summary": {
            "type": "object",
            "properties": dict.fromkeys(("releases", "changed", "high", "medium", "low"), _COUNT),
            "required": ["releases", "changed", "high", "medium", "low"],
        },
        "groups": {
            "type": "array",
            "description": "What happens, and where: the riskiest first.",
            "items": {
                "type": "object",
                "properties": {
                    "level": _LEVEL,
                    "releases": {"type": "array", "items": _TEXT, "minItems": 1},
                    "lines": {
                        "type": "array",
                        "minItems": 1,
                        "items": {
                            "type": "object",
                            "properties": {"level": _LEVEL, "text": _TEXT, "policy": _POLICY},
                            "required": ["level", "text", "policy"],
                        },
                    },
                },
                "required": ["level", "releases", "lines"],
            },
        },
        "releases": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "release": {"type": "string", "description": "env/app, or an Environment for its own objects."},
                    "change": {"enum": ["added", "removed", "changed", "renamed"]},
                    "level": _LEVEL,
                    "objects": {"type": "array", "items": _OBJECT},
                    "plans": {
                        "type": ["object", "null"],
                        "description": "Where the rollout changed.",
                        "properties": {"before": _PLAN, "after": _PLAN},
                        "required": ["before", "after"],
                    },
                },
                "required": ["release", "change", "level", "objects", "plans"],
            },
        },
        "unreadable": {"type": "array", "items": _TEXT, "description": "Files that hold no YAML."},
        "leftOut": {
            "type": "array",
            "items": _TEXT,
            "description": "Releases and Environments that are not compared, for a fault in what people wrote.",
        },
    },
    "required": ["schemaVersion", "base", "head", "summary", "groups", "releases", "unreadable", "leftOut"],
}
_FILES: Final = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"file": _TEXT, "diff": {**_TEXT, "description": "A unified diff, without the digest line."}},
        "required": ["file", "diff"],
    },
}
_TEXT_OR_NULL: Final = {"type": ["string", "null"]}
OUTPUT_DELIVERY: Final[dict[str, Any]] = {
    "$schema": _DIALECT,
    "title": "What set, deploy, promote and rollback print with --format json",
    "type": "object",
    "properties": {
        "schemaVersion": {"const": 1},
        "release": _TEXT,
        "affected": {"type": "array", "items": _TEXT, "description": "The releases that are not as before."},
        "descriptors": _FILES,
        "rendered": _FILES,
        "report": {"type": ["object", "null"], "description": "As output-lint; null when there was nothing to do."},
        "plans": {"type": "array", "items": {"type": "object"}, "description": "Each as output-plan."},
        "written": {"type": "boolean", "description": "False when it was blocked, a dry run, or nothing to do."},
        "commit": _TEXT_OR_NULL,
        "tag": _TEXT_OR_NULL,
        "pushedTo": _TEXT_OR_NULL,
    },
    "required": [
        *("schemaVersion", "release", "affected", "descriptors", "rendered", "report", "plans", "written"),
        *("commit", "tag", "pushedTo"),
    ],
}
OUTPUT_HEALTH: Final[dict[str, Any]] = {
    "$schema": _DIALECT,
    "title": "What healthcheck prints with --format json",
    "type": "object",
    "properties": {
        "schemaVersion": {"const": 1},
        "release": _TEXT,
        "version": {**_VERSION, "type": "object", "description": "What the release is to run."},
        "url": _TEXT,
        "healthy": {"type": "boolean", "description": "Nothing failed; what is not told is no failure."},
        "tries": {"type": "integer", "minimum": 1},
        "samples": {"type": "integer", "minimum": 1, "description": "How many answers a try looks at."},
        "versions": {
            "type": "array",
            "description": "The versions that the answers of the last try told.",
            "items": {
                "type": "object",
                "properties": {"version": _TEXT, "answers": {"type": "integer", "minimum": 1}},
                "required": ["version", "answers"],
            },
        },
        "checks": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "check": {"enum": ["ready", "version", "metrics"]},
                    "outcome": {"enum": ["ok", "failed", "not told"]},
                    "message": _TEXT,
                },
                "required": ["check", "outcome", "message"],
            },
        },
    },
    "required": ["schemaVersion", "release", "version", "url", "healthy", "tries", "samples", "versions", "checks"],
}
