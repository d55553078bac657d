"""What the command line says, as values; light enough to load before anything is known to be needed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gitopsgen.model.engine import EngineName
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.reports import Format

_STANDARD_OUTPUT: Final = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """Where findings go: in one format to standard output, or in none, and to files."""

    standard: Format | None = Format.TEXT
    files: tuple[tuple[Format, Path], ...] = ()

    @property
    def only_standard(self) -> bool:
        """Tell whether standard output is all that is written; GitHub may read a summary beside it."""
        return not self.files and self.standard is not Format.GITHUB


def parse_outputs(output_format: Format | None, outputs: Iterable[str]) -> Outputs:
    """Return where findings go: ``--format`` names one format for standard output, ``--output`` any number.

    Raises:
        GitopsgenError: there is no such format, two go to one place, or a file is not named.
    """
    standard, files = places_of(output_format or "", outputs, tuple(Format))
    if not standard and not files:
        return Outputs()
    return Outputs(
        standard=Format(standard) if standard else None, files=tuple((Format(kind), file) for kind, file in files)
    )


def places_of(output_format: str, outputs: Iterable[str], formats: Sequence[str]) -> tuple[str, list[tuple[str, Path]]]:
    """Return the format for standard output, empty for none, and those for files, each one of ``formats``.

    Raises:
        GitopsgenError: there is no such format, two go to one place, or a file is not named.
    """
    asked = [_output(text, formats) for text in (*filter(None, (output_format,)), *outputs)]
    standard = [kind for kind, file in asked if not file]
    files = [(kind, Path(file)) for kind, file in asked if file]
    if len(standard) > 1:
        both = " and ".join(standard)
        fix = f"give a file to all but one: `--output {standard[-1]}=FILE`"
        raise GitopsgenError(f"two formats cannot both go to standard output: {both}", fix=fix)
    places = [file for _, file in files]
    if twice := next((file for file in places if places.count(file) > 1), None):
        raise GitopsgenError(f"two formats cannot both go to {twice}", fix="name a file for each")
    return standard[0] if standard else "", files


def _output(text: str, formats: Sequence[str]) -> tuple[str, str]:
    name, given, file = text.partition("=")
    if name not in formats:
        from gitopsgen.model.suggest import did_you_mean  # noqa: PLC0415 - a usage error is rare

        fix = did_you_mean(name, formats)
        raise GitopsgenError(f"there is no format `{name}`", fix=fix or "write FORMAT or FORMAT=FILE")
    if given and not file:
        raise GitopsgenError(f"`--output {text}` names no file", fix=f"write `--output {name}=FILE`")
    return name, "" if file == _STANDARD_OUTPUT else file


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderOptions:
    """The options of ``gitopsgen render``."""

    root: Path
    environments: tuple[str, ...]
    apps: tuple[str, ...]
    check: bool
    force: bool
    allow_empty: bool
    outputs: Outputs
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
    outputs: Outputs
    kubernetes_version: str
    jobs: int
    schema_engine: EngineName | None
    policies: tuple[Path, ...]
    policy_set: str
    since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryOptions:
    """The options that ``set``, ``deploy``, ``promote`` and ``rollback`` share; ``timeout_seconds`` is for ``wait``."""

    root: Path
    commit: bool
    push: bool
    tag: bool
    wait: bool
    timeout_seconds: int
    dry_run: bool
    shared: bool
    output_format: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """The options of ``gitopsgen report``; ``file`` is ``None`` for standard output."""

    root: Path
    file: Path | None
    base: str
    environments: tuple[str, ...]
    apps: tuple[str, ...]
    fail_on: str
    jobs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthOptions:
    """What ``healthcheck`` was asked for; empty addresses are found, durations and headers are as typed."""

    root: Path
    release: str
    url: str
    metrics_url: str
    version_path: str
    headers: tuple[str, ...]
    samples: int
    timeout: str
    interval: str
    output_format: str
