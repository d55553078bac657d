"""Where the real programs are: on PATH, or where ``tools/dev.py`` builds them."""

import os
import shutil
from pathlib import Path
from typing import Final

import pytest

TOOLS: Final = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gitopsgen-tools" / "bin"
KUBECONFORMS: Final = ("kubeconform", "kubeconform-0.7.0/kubeconform", "kubeconform-0.6.7/kubeconform")
"""The newest, and the older ones that are supported."""


def binary(name: str) -> str:
    """Return the path of a program; the test is skipped, by its name, when it is nowhere."""
    found = shutil.which(name) or (str(TOOLS / name) if (TOOLS / name).exists() else None)
    if not found:
        pytest.skip(f"{name} is not installed: `python3 tools/dev.py setup` builds it where Go is there")
    return found
