"""``gitopsgen history``: the versions that a release has had."""

import json
import sys
from pathlib import Path

from gitopsgen.cli.console import coloured, say
from gitopsgen.cli.exit_status import CLEAN
from gitopsgen.cli.naming import release_name
from gitopsgen.delivery.history import read_history
from gitopsgen.descriptors.loading import load_descriptors
from gitopsgen.descriptors.resolving import resolve
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.suggest import did_you_mean
from gitopsgen.reports.history import history_data, history_text


def history_command(root: Path, app: str, environments: tuple[str, ...], output_format: str) -> int:
    """Print the versions of an App in an Environment, or of the release ``env/app`` that ``app`` names.

    Raises:
        GitopsgenError: there is no such release, this is no repository, or git is not installed.
    """
    if output_format not in ("text", "json"):
        raise GitopsgenError(f"there is no format `{output_format}`", fix="one of: text, json")
    release = "/".join(release_name(app, environments))
    history = read_history(root, (release,))[release]
    if not history.changes:
        raise _unknown(root, release)
    if output_format == "json":
        say(json.dumps(history_data(history), indent=2, ensure_ascii=False))
    else:
        sys.stdout.write(history_text(history, colour=coloured(sys.stdout)))
    return CLEAN


def _unknown(root: Path, release: str) -> GitopsgenError:
    known = [one.name for one in resolve(load_descriptors(root)[0])[0].releases]
    if release in known:
        return GitopsgenError(
            f"{release} was never committed: history is read off rendered/{release}/values.yaml",
            fix="run `gitopsgen render`, and commit what it writes",
        )
    return GitopsgenError(f"there is no release {release}, and git knows of none", fix=did_you_mean(release, known))
