"""``gitopsgen diff --between``: what two Environments set differently."""

import json
import sys
from fnmatch import fnmatchcase
from pathlib import Path

from gitopsgen.cli.console import coloured, note, say
from gitopsgen.cli.exit_status import CLEAN, FAULTS
from gitopsgen.descriptors.comparing import compare
from gitopsgen.descriptors.loading import load_descriptors
from gitopsgen.descriptors.resolving import Fleet, resolve
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.release import Environment
from gitopsgen.model.suggest import did_you_mean
from gitopsgen.reports.comparison import comparison_data, comparison_text


def between_command(root: Path, names: tuple[str, str], apps: tuple[str, ...], output_format: str) -> int:
    """Print what two Environments set differently, of themselves and of the Apps that match ``apps`` (empty: all).

    Raises:
        GitopsgenError: there is no such Environment or App.
    """
    if output_format not in ("text", "json"):
        raise GitopsgenError(f"there is no format `{output_format}`", fix="one of: text, json")
    descriptors, findings = load_descriptors(root)
    fleet, faults = resolve(descriptors)
    findings += faults
    known = sorted({release.app for release in fleet.releases})
    for pattern in apps:
        if not any(fnmatchcase(app, pattern) for app in known):
            raise GitopsgenError(f"no App matches `{pattern}`", fix=did_you_mean(pattern, known))
    left, right = (_environment(name, fleet, frozenset(descriptors.environments)) for name in names)
    comparison = compare(fleet, left, right, lambda app: not apps or any(fnmatchcase(app, pattern) for pattern in apps))
    if output_format == "json":
        say(json.dumps(comparison_data(comparison), indent=2, ensure_ascii=False))
    else:
        sys.stdout.write(comparison_text(comparison, colour=coloured(sys.stdout)))
    if findings:
        count = f"{len(findings)} fault" if len(findings) == 1 else f"{len(findings)} faults"
        note(f"{count} in the descriptors, and what has one is left out: run `gitopsgen lint`")
        return FAULTS
    return CLEAN


def require_alone(options: list[str]) -> None:
    """Refuse options of a comparison with a commit.

    Raises:
        GitopsgenError: there are some.
    """
    if options:
        raise GitopsgenError(
            f"`--between` compares no commits, and takes no `{options[0]}`",
            fix="leave it out; `--app` and `--format` go with it",
        )


def _environment(name: str, fleet: Fleet, written: frozenset[str]) -> Environment:
    found = {environment.name: environment for environment in fleet.environments}
    if name in found:
        return found[name]
    if name in written:
        raise GitopsgenError(
            f"the Environment {name} is abstract, or has faults", fix="compare two that are deployed to"
        )
    raise GitopsgenError(f"there is no Environment `{name}`", fix=did_you_mean(name, found))
