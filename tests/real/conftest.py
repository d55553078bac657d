"""What tests of real programs share."""

import os
from pathlib import Path

import pytest

from tests.real.binaries import KUBECONFORMS, binary


@pytest.fixture(params=KUBECONFORMS)
def kubeconform(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give one kubeconform after another, first on PATH."""
    program = Path(binary(request.param))
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    return program
