"""One policy: what it is called, what it matches, what must hold, its page and its examples."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from gitopsgen.descriptors.fields import Schema, boolean, choice, free, labels, listing, mapping, record, text
from gitopsgen.model.finding import Severity
from gitopsgen.source.location import Path
from gitopsgen.source.reader import Document

SETS: Final = ("baseline", "strict")
_SEVERITY: Final = ("error", "warning", "info")
_TIERS: Final = ("development", "staging", "production")
_OPERATIONS: Final = ("CREATE", "UPDATE", "DELETE")
_SCOPES: Final = ("Namespaced", "Cluster")
_GLOBS: Final = ("kinds", "groups", "environments", "apps", "namespaces")

_MATCH: Final = record(
    "Which objects: all that is given must fit; lists are globs of which one must.",
    {
        **{key: listing(f"Globs of {key}.", text("A glob.")) for key in _GLOBS},
        "tiers": listing("Tiers of Environments.", choice("A tier.", *_TIERS)),
        "labels": labels("Labels that the object must have; the values are globs."),
        "workloads": boolean("Everything that runs pods, a Rollout like a Deployment; `podSpec` is then bound."),
        "scope": choice("Objects that live in a namespace, or that do not.", *_SCOPES),
        "operations": listing(
            "What the change does to the object; CREATE and UPDATE when left out. Without a base revision all objects "
            "are created; one that is deleted is `oldObject`, and `object` is null.",
            choice("An operation.", *_OPERATIONS),
        ),
    },
)
_VALIDATION: Final = record(
    "One thing that must hold.",
    {
        "at": {
            "description": "Where it is reported; with `[*]` it is evaluated for each item: `self`, its `key`, and "
            "`outer`, the item of the wildcard before.",
            "anyOf": [
                text("A path, such as spec.strategy or podSpec.containers[*]."),
                listing("Paths.", text("A path.")),
            ],
            "x-expected": "a path, or a list of paths",
        },
        "expression": text("CEL; true when all is well."),
        "message": text("What is so when it is not."),
        "messageExpression": text("CEL that gives the message."),
        "fix": text("What to type."),
        "key": text("The key of an App's or an Environment's spec that governs it, for what is missing."),
    },
    required=("expression",),
)
SPEC: Final = record(
    "The rule, its page and its tests.",
    {
        "severity": {
            "description": "How bad a finding is; or by tier, with `default` for the others.",
            "anyOf": [
                choice("A severity.", *_SEVERITY),
                record("By tier.", {tier: choice("A severity.", *_SEVERITY, "off") for tier in (*_TIERS, "default")}),
            ],
            "x-expected": "error, warning or info, or a map of those by tier",
        },
        "category": text("What it is about."),
        "summary": text("What is wrong, in one sentence."),
        "why": text("What comes of it."),
        "source": text("Where that is said."),
        "fix": text("What to type."),
        "numbers": listing("The rule's numbers in a reference.", text("A number.")),
        "sets": listing("The sets that it belongs to; all when left out.", choice("A set.", *SETS), minItems=1),
        "match": _MATCH,
        "params": mapping("Parameters: a JSON Schema each, with a default.", free("A JSON Schema.")),
        "matchConditions": listing(
            "CEL conditions on what is matched.",
            record("One.", {"name": text("Its name."), "expression": text("CEL.")}, ("name", "expression")),
        ),
        "variables": listing(
            "Names for parts of expressions, as `variables.NAME`.",
            record("One.", {"name": text("Its name."), "expression": text("CEL.")}, ("name", "expression")),
        ),
        "validations": listing("What must hold.", _VALIDATION, minItems=1),
        "schema": record(
            "A JSON Schema that the object, or the part of it at a path, must satisfy.",
            {
                "at": text("A path."),
                "schema": free("The JSON Schema."),
                "message": text("What is so."),
                "fix": text("What to type."),
            },
            required=("schema",),
        ),
        "rule": text("A structural rule that is written in Python."),
        "waivable": boolean("Whether a waiver applies.", default=True),
        "examples": listing(
            "Objects that fail, with the line marked `# <- here`, and objects that pass.",
            {
                **record(
                    "One.",
                    {
                        "fail": text("YAML."),
                        "pass": text("YAML."),
                        "old": text("YAML: the objects before the change."),
                        "lower": text("YAML: the objects in the Environment that this one is promoted from."),
                        "lowerPast": text("YAML: what was there once; when left out, that is not known."),
                        "past": text("YAML: what the object was once, before the change."),
                        "params": free("Parameters for it."),
                        "tier": choice("The tier; the first that is matched when left out.", *_TIERS),
                    },
                ),
                "anyOf": [{"required": ["fail"]}, {"required": ["pass"]}],
                "x-expected": "a map with `fail` or `pass`",
            },
            minItems=1,
        ),
    },
    required=("severity", "summary", "examples"),
)
POLICY_SCHEMA: Final[Schema] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Policy",
    **record(
        "One rule: its expression, its page and its tests.",
        {
            "apiVersion": {"const": "gitopsgen.io/v1", "description": "Always this."},
            "kind": {"const": "Policy", "description": "Always this."},
            "metadata": record("What it is called.", {"name": text("Its id: the fault's name.")}, ("name",)),
            "spec": SPEC,
        },
        required=("apiVersion", "kind", "metadata", "spec"),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """One thing that must hold, where it is reported, and what is said when it does not."""

    index: int
    at: tuple[str, ...]
    expression: str
    message: str
    message_expression: str
    fix: str
    key: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Which objects a policy is about."""

    kinds: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    apps: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    workloads: bool = False
    scope: str = ""
    operations: tuple[str, ...] = _OPERATIONS[:2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One rule as its file says it. Exactly one of ``validations``, ``schema`` and ``rule`` is set."""

    id: str
    severity: Mapping[str, str]
    category: str
    summary: str
    why: str
    source: str
    fix: str
    numbers: tuple[str, ...]
    sets: tuple[str, ...]
    match: Match
    params: Mapping[str, Mapping[str, Any]]
    conditions: tuple[tuple[str, str], ...]
    variables: tuple[tuple[str, str], ...]
    validations: tuple[Validation, ...]
    schema: Mapping[str, Any] | None
    rule: str
    waivable: bool
    examples: tuple[Mapping[str, Any], ...]
    document: Document

    def severity_in(self, tier: str) -> Severity | None:
        """Return the severity in a tier; ``None`` where the policy is off."""
        word = self.severity.get(tier) or self.severity.get("default", "error")
        return None if word == "off" else Severity(word)

    @property
    def worst(self) -> Severity:
        """The worst severity it can have."""
        words = [word for word in self.severity.values() if word != "off"]
        return min((Severity(word) for word in words), key=lambda severity: severity.rank, default=Severity.INFO)


def read_policy(document: Document) -> Policy:
    """Return the policy that a valid document holds."""
    spec: Mapping[str, Any] = document.data["spec"]
    severity = spec["severity"]
    match = spec.get("match") or {}
    return Policy(
        id=document.data["metadata"]["name"],
        severity=severity if isinstance(severity, Mapping) else {"default": severity},
        category=spec.get("category", ""),
        summary=spec["summary"].strip(),
        why=spec.get("why", "").strip(),
        source=spec.get("source", "").strip(),
        fix=spec.get("fix", "").strip(),
        numbers=tuple(spec.get("numbers") or ()),
        sets=tuple(spec.get("sets") or SETS),
        match=Match(
            **{key: tuple(match.get(key) or ()) for key in (*_GLOBS, "tiers")},
            labels={key: str(value) for key, value in (match.get("labels") or {}).items()},
            workloads=bool(match.get("workloads")),
            scope=match.get("scope", ""),
            operations=tuple(match.get("operations") or _OPERATIONS[:2]),
        ),
        params=spec.get("params") or {},
        conditions=tuple((one["name"], one["expression"]) for one in spec.get("matchConditions") or ()),
        variables=tuple((one["name"], one["expression"]) for one in spec.get("variables") or ()),
        validations=tuple(_validation(index, one) for index, one in enumerate(spec.get("validations") or ())),
        schema=spec.get("schema"),
        rule=spec.get("rule", ""),
        waivable=spec.get("waivable", True),
        examples=tuple(spec["examples"]),
        document=document,
    )


def _validation(index: int, written: Mapping[str, Any]) -> Validation:
    at = written.get("at") or ""
    return Validation(
        index=index,
        at=tuple(at) if isinstance(at, list) else (at,),
        expression=written["expression"].strip(),
        message=written.get("message", "").strip(),
        message_expression=written.get("messageExpression", "").strip(),
        fix=written.get("fix", "").strip(),
        key=tuple(written.get("key", "").split(".")) if written.get("key") else (),
    )
