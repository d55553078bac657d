"""``gitopsgen schema``: the JSON Schemas of everything that people write or machines read."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gitopsgen.cli.console import say
from gitopsgen.cli.exit_status import CLEAN
from gitopsgen.descriptors.schema import KINDS, document_schema
from gitopsgen.library import Library
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.suggest import did_you_mean
from gitopsgen.templating.parameters import parameters_of


def schema_command(root: Path, kind: str, name: str) -> int:
    """Print the JSON Schema of ``kind``."""
    say(json.dumps(_schema(root, kind.lower(), name), indent=2, ensure_ascii=False))
    return CLEAN


def _schema(root: Path, kind: str, name: str) -> Mapping[str, Any]:
    descriptors = {one.lower(): one for one in KINDS}
    if kind in descriptors:
        return document_schema(descriptors[kind])
    folders = {"profile": "rollouts", "analysis": "analysis"}
    if kind in folders:
        library = Library(root=root).templates
        template = library.find(folders[kind], name)
        if template is None:
            choices = library.choices(folders[kind])
            raise GitopsgenError(
                f"there is no {kind} `{name}`" if name else f"which {kind}?", fix=did_you_mean(name, choices)
            )
        return parameters_of(template).schema
    others = _others()
    if kind in others:
        return others[kind]()
    known = [*descriptors, *folders, *others]
    raise GitopsgenError(f"there is no schema `{kind}`", fix=did_you_mean(kind, known))


def _others() -> dict[str, Callable[[], Mapping[str, Any]]]:
    from gitopsgen.policies.policy import POLICY_SCHEMA  # noqa: PLC0415 - only for these kinds
    from gitopsgen.reports.delivery_schemas import (  # noqa: PLC0415 - only for these kinds
        OUTPUT_DELIVERY,
        OUTPUT_DIFF,
        OUTPUT_HEALTH,
        OUTPUT_HISTORY,
        OUTPUT_STATUS,
    )
    from gitopsgen.reports.provenance_schemas import OUTPUT_AFFECTED, OUTPUT_BETWEEN, OUTPUT_EXPLAIN  # noqa: PLC0415 - the same
    from gitopsgen.reports.schemas import OUTPUT_LINT, OUTPUT_PLAN  # noqa: PLC0415 - the same

    return {
        "policy": lambda: POLICY_SCHEMA,
        "output-lint": lambda: OUTPUT_LINT,
        "output-plan": lambda: OUTPUT_PLAN,
        "output-between": lambda: OUTPUT_BETWEEN,
        "output-explain": lambda: OUTPUT_EXPLAIN,
        "output-affected": lambda: OUTPUT_AFFECTED,
        "output-delivery": lambda: OUTPUT_DELIVERY,
        "output-diff": lambda: OUTPUT_DIFF,
        "output-health": lambda: OUTPUT_HEALTH,
        "output-history": lambda: OUTPUT_HISTORY,
        "output-status": lambda: OUTPUT_STATUS,
    }
