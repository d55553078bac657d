"""The checks of a run, with what this machine has: helm, and the charts that it keeps; and from where on it fails."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

from gitopsgen.checking import Checker
from gitopsgen.library import Library
from gitopsgen.model.engine import EngineName
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.finding import Severity
from gitopsgen.model.suggest import did_you_mean
from gitopsgen.policies.policy import SETS
from gitopsgen.validation.charts.helm import Charts, Helm


def load_checker(library: Library, engine: EngineName | None = None, policy_set: str = "", jobs: int = 0) -> Checker:
    """Return all checks of a repository.

    ``engine`` holds objects against their schemas, and ``policy_set`` is on, if not what the repository itself sets.
    ``jobs`` processes work on large sets, 0 for as many as there are cores.

    Raises:
        GitopsgenError: its policies cannot be read, or there is no such set.
    """
    if policy_set and policy_set not in SETS:
        raise GitopsgenError(f"there is no set of policies `{policy_set}`", fix=did_you_mean(policy_set, SETS))
    home = Path.home() / ".cache"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or home)
    kept = Path(os.environ.get("HELM_CACHE_HOME") or cache / "helm")
    found = shutil.which("helm")
    helm = Helm(executable=Path(found), memory=cache / "gitopsgen" / "charts") if found else None
    repositories = (Path(os.environ.get("HELM_REPOSITORY_CACHE") or kept / "repository"),)
    kubeconform = shutil.which("kubeconform")
    checker = Checker.load(
        library,
        charts=Charts(root=library.root, helm=helm, caches=repositories),
        engine=engine,
        jobs=jobs,
        kubeconform=Path(kubeconform) if kubeconform else None,
    )
    if policy_set:
        settings = replace(checker.catalogue.settings, policy_set=policy_set)
        checker.catalogue = replace(checker.catalogue, settings=settings)
    return checker


def severity_named(text: str, *others: str) -> Severity:
    """Return the severity of that name; ``others`` are names that an option takes beside them.

    Raises:
        GitopsgenError: there is none.
    """
    try:
        return Severity(text)
    except ValueError:
        raise GitopsgenError(f"there is no severity `{text}`", fix=did_you_mean(text, [*Severity, *others])) from None
