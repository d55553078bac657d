"""A Report to text: for people and for machines. Each format is a module, loaded when it is asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, cast

from gitopsgen.model.finding import Severity
from gitopsgen.model.report import Report

if TYPE_CHECKING:
    from gitopsgen.policies.policy import Policy


class Format(StrEnum):
    """The output formats of findings."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"
    GITHUB = "github"
    GITLAB = "gitlab"
    MARKDOWN = "markdown"


def _no_lines(_file: str) -> list[str]:
    return []


def _no_page(_rule: str) -> "Policy | None":
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a report is printed, and where what it shows beside the findings is read from.

    ``lines`` gives the lines of a file of the repository, none when it cannot be read; ``page`` the page of a rule,
    ``None`` when it has none. ``command`` is what was run, ``failing`` the severity from which a finding makes it fail.
    ``folder`` is where the repository lies in its git work tree, ``deploy/``, empty at the top: what is read beside the
    code there (SARIF, GitHub, GitLab) says where a file lies from the top.
    """

    colour: bool = False
    lines: Callable[[str], list[str]] = _no_lines
    page: "Callable[[str], Policy | None]" = _no_page
    command: str = "lint"
    failing: Severity = Severity.ERROR
    folder: str = ""

    def path(self, file: str) -> str:
        """Return where a file lies from the top of the git work tree; one that lies elsewhere keeps its whole path."""
        return file if file.startswith("/") or file[1:3] == ":/" else f"{self.folder}{file}"


def format_report(report: Report, kind: Format, style: Style) -> str:
    """Return ``report`` in a format; it ends in a newline unless it is empty."""
    module = import_module(f"gitopsgen.reports.{kind.value}_format")
    return cast("Callable[[Report, Style], str]", module.format_report)(report, style)
