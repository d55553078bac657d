"""Subscriptions of descriptors: each fault is told at the word that a person wrote."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

BASE = "environments/base.yaml"


def findings(folder: Path, run: Run) -> list[tuple[str, str, str]]:
    """Return severity, rule and the text at the place of each finding on notifications in the descriptors."""
    result = run("lint", "-C", str(folder), "--env", "dev", "--format", "json")
    found = []
    for one in json.loads(result.stdout)["findings"]:
        if "notification" in one["policy"] or "recipient" in one["policy"]:
            line = (folder / one["location"]["file"]).read_text().splitlines()[one["location"]["line"] - 1]
            word = line[one["location"]["column"] - 1 :].partition(":")[0]
            found.append((one["severity"], one["policy"].partition("/")[2], word))
    return found


@pytest.mark.parametrize(
    ("notifications", "expected"),
    [
        pytest.param(
            "{slack: {on-deployd: a}}", [("warning", "unknown-notification-trigger", "on-deployd")], id="trigger"
        ),
        pytest.param("{slak: {on-deployed: a}}", [("warning", "unknown-notification-service", "slak")], id="service"),
        pytest.param("{on-deployed: {slack: a}}", [("warning", "notification-malformed", "on-deployed")], id="swapped"),
        pytest.param("{my.hook: {on-x: ''}}", [("warning", "notification-malformed", "my.hook")], id="two parts"),
        pytest.param("{slack: {on-deployed: }}", [("warning", "recipient-missing", "on-deployed")], id="a comment"),
        pytest.param("{slack: {on-deployed: null}}", [], id="taken away"),
        pytest.param("{slack: {on-deployed: '#a;#b'}, hook: {on-mine: ''}}", [], id="right"),
        pytest.param(
            "{slack: {on-mine: a, on-yours: b}, teams: {on-mine: c}}\n"
            "    notificationConfig: {triggers: [on-mine], services: [slack]}",
            [
                ("error", "unknown-notification-trigger", "on-yours"),
                ("error", "unknown-notification-service", "teams"),
            ],
            id="what is defined is known",
        ),
    ],
)
def test_a_fault_is_at_the_word(
    scaffold: Path, run: Run, notifications: str, expected: list[tuple[str, str, str]]
) -> None:
    file = scaffold / BASE
    lines = file.read_text().splitlines()
    lines.insert(lines.index("  argocd:") + 1, f"    notifications: {notifications}")
    file.write_text("\n".join(lines) + "\n")
    assert findings(scaffold, run) == expected
