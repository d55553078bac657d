"""What tests of real programs share; what needs a cluster runs when asked for: ``python3 tools/dev.py real``."""

import os
from pathlib import Path

import pytest

from tests.real.binaries import KUBECONFORMS, binary

collect_ignore = [] if os.environ.get("GITOPSGEN_REAL") else ["test_story.py", "test_plugin.py"]


@pytest.fixture(params=KUBECONFORMS)
def kubeconform(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give one kubeconform after another, first on PATH."""
    program = Path(binary(request.param))
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    return program
