"""What a repository sets about rules: ``policies/config.yaml``, kind PolicyConfig."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from gitopsgen.descriptors.fields import Schema, choice, free, listing, mapping, record, text
from gitopsgen.descriptors.validation import Validator
from gitopsgen.model.engine import EngineName
from gitopsgen.model.finding import Finding
from gitopsgen.policies.policy import SETS
from gitopsgen.policies.wellformed import invalid
from gitopsgen.source.reader import Document

_WORDS: Final = ("error", "warning", "info", "off")
_TIERS: Final = ("development", "staging", "production", "default")
CONFIG_SCHEMA: Final[Schema] = record(
    "What this repository sets about rules.",
    {
        "apiVersion": {"const": "gitopsgen.io/v1", "description": "Always this."},
        "kind": {"const": "PolicyConfig", "description": "Always this."},
        "metadata": free("Not used."),
        "spec": record(
            "The settings.",
            {
                "set": choice("The set of policies that is on: `baseline` when left out.", *SETS),
                "rules": mapping(
                    "Rules by their id.",
                    record(
                        "One rule.",
                        {
                            "severity": {
                                "description": "Another severity, or off; or by tier.",
                                "anyOf": [
                                    choice("A severity.", *_WORDS),
                                    record("By tier.", {tier: choice("A severity.", *_WORDS) for tier in _TIERS}),
                                ],
                                "x-expected": "error, warning, info or off, or a map of those by tier",
                            },
                            "params": free("Values of its parameters."),
                        },
                    ),
                ),
                "schemas": record(
                    "How objects are held against their schemas.",
                    {
                        "engine": choice("What does it: `embedded` when left out.", *EngineName),
                        "locations": listing(
                            "Schema locations of kubeconform, which come before the embedded schemas.",
                            text("A folder, or a template of paths or URLs that ends in `json`.", minLength=1),
                        ),
                        "catalogue": text("Where `gitopsgen schemas pull` finds the schema of a kind: a template."),
                    },
                ),
            },
        ),
    },
    required=("apiVersion", "kind", "spec"),
)
_VALIDATOR: Final = Validator(CONFIG_SCHEMA)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What is set about one rule."""

    severity: Mapping[str, str]
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is set: which set of policies is on, what is set by the rule's id, and the document that says so.

    ``engine`` holds objects against their schemas, and ``schema_locations`` are where kubeconform looks first;
    ``schema_catalogue`` is where schemas are pulled from, empty for the usual one.
    """

    policy_set: str = SETS[0]
    rules: Mapping[str, Setting] = field(default_factory=dict)
    engine: EngineName = EngineName.EMBEDDED
    schema_locations: tuple[str, ...] = ()
    schema_catalogue: str = ""
    document: Document | None = None


def read_settings(document: Document, findings: list[Finding]) -> Settings:
    """Return the settings of a document; its faults are added to ``findings``, and nothing is set then."""
    faults = list(_VALIDATOR.faults(document.data, document.written))
    findings.extend(invalid(fault.message, document.locate(fault.path), fault.fix) for fault in faults)
    if faults:
        return Settings()
    rules: dict[str, Setting] = {}
    for name, written in (document.data["spec"].get("rules") or {}).items():
        severity = written.get("severity") or {}
        rules[name] = Setting(
            severity=severity if isinstance(severity, Mapping) else {"default": severity},
            params=written.get("params") or {},
        )
    spec = document.data["spec"]
    schemas = spec.get("schemas") or {}
    return Settings(
        policy_set=spec.get("set", SETS[0]),
        rules=rules,
        engine=EngineName(schemas.get("engine", EngineName.EMBEDDED)),
        schema_locations=tuple(schemas.get("locations") or ()),
        schema_catalogue=schemas.get("catalogue", ""),
        document=document,
    )
