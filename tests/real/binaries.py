"""Where the real programs are: on PATH, or where ``tools/dev.py`` builds them."""

import os
import shutil
from pathlib import Path

import pytest


def binary(name: str) -> str:
    """Return the path of a program; the test is skipped, by its name, when it is nowhere."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gitopsgen-tools" / "bin" / name
    found = shutil.which(name) or (str(cache) if cache.exists() else None)
    if not found:
        pytest.skip(f"{name} is not installed: `python3 tools/dev.py setup` builds it where Go is there")
    return found
