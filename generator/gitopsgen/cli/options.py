"""What the command line says, as values; light enough to load before anything is known to be needed."""

from dataclasses import dataclass
from pathlib import Path

from gitopsgen.model.engine import EngineName


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderOptions:
    """The options of ``gitopsgen render``."""

    root: Path
    environments: tuple[str, ...]
    apps: tuple[str, ...]
    check: bool
    force: bool
    allow_empty: bool
    output_format: str
    jobs: int
    cache: bool
    schema_engine: EngineName | None
    policy_set: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PullOptions:
    """The options of ``gitopsgen schemas pull``."""

    root: Path
    sources: tuple[str, ...]
    catalogue: str
    cluster: bool
    context: str
    every: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LintOptions:
    """The options of ``gitopsgen lint``."""

    root: Path
    paths: tuple[str, ...]
    environments: tuple[str, ...]
    apps: tuple[str, ...]
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    fail_on: str
    baseline: Path | None
    write_baseline: Path | None
    outputs: tuple[str, ...]
    kubernetes_version: str
    jobs: int
    schema_engine: EngineName | None
    policies: tuple[Path, ...]
    policy_set: str
    since: str
