"""A Report to text: for people and for machines. Each format is a module, loaded when it is asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import import_module
from typing import cast

from gitopsgen.model.report import Report


class Format(StrEnum):
    """The output formats of findings."""

    TEXT = "text"
    JSON = "json"


def _no_lines(_file: str) -> list[str]:
    return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a report is printed: in colour or not, and where the lines of a file are read from for source frames.

    ``lines`` gives the lines of a file of the repository, none when it cannot be read. ``pages`` gives the summary and
    the page address of a rule by its id. ``title`` says what was checked.
    """

    colour: bool = False
    lines: Callable[[str], list[str]] = _no_lines
    pages: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    title: str = "gitopsgen"


def format_report(report: Report, kind: Format, style: Style) -> str:
    """Return ``report`` in a format; it ends in a newline unless it is empty."""
    module = import_module(f"gitopsgen.reports.{kind.value}_format")
    return cast("Callable[[Report, Style], str]", module.format_report)(report, style)
