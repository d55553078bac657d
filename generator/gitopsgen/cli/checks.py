"""The checks of a run, with what this machine has: helm, and the charts that it keeps."""

import os
import shutil
from pathlib import Path

from gitopsgen.checking import Checker
from gitopsgen.library import Library
from gitopsgen.model.engine import EngineName
from gitopsgen.validation.charts.helm import Charts, Helm


def load_checker(library: Library, engine: EngineName | None = None) -> Checker:
    """Return all checks of a repository; ``engine`` holds objects against their schemas, if not the one that it sets.

    Raises:
        GitopsgenError: its policies cannot be read.
    """
    home = Path.home() / ".cache"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or home)
    kept = Path(os.environ.get("HELM_CACHE_HOME") or cache / "helm")
    found = shutil.which("helm")
    helm = Helm(executable=Path(found), memory=cache / "gitopsgen" / "charts") if found else None
    repositories = (Path(os.environ.get("HELM_REPOSITORY_CACHE") or kept / "repository"),)
    kubeconform = shutil.which("kubeconform")
    return Checker.load(
        library,
        charts=Charts(root=library.root, helm=helm, caches=repositories),
        engine=engine,
        kubeconform=Path(kubeconform) if kubeconform else None,
    )
