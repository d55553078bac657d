"""All names that are derived from an App's and an Environment's, in one place.

Strings are joined with ``+``, here and in the context: a traced string keeps its origins through it.
"""

from collections.abc import Iterable

from gitopsgen.model.release import Environment, Release

BACKGROUND = "-background"
"""What is added to the name of an analysis that runs beside the steps, and has no end of its own."""


def environment_names(environment: Environment) -> dict[str, str]:
    """Return the names of what an Environment renders once."""
    return {
        "project": environment.spec["argocd"]["project"].get("name") or environment.name,
        "root": environment.name + "-root",
    }


def release_names(release: Release, analyses: Iterable[str]) -> dict[str, object]:
    """Return the name of every object of a release; ``analysis`` maps an analysis to its AnalysisTemplate."""
    app = release.app
    account = release.spec["serviceAccount"].get("name") if release.spec.get("serviceAccount") else None
    return {
        **environment_names(release.environment),
        "app": app,
        "application": app + "-" + release.environment.name,
        "stable_service": app,
        "canary_service": app + "-canary",
        "preview_service": app + "-preview",
        "ingress": app,
        "service_account": account or app,
        "config_map": app + "-config",
        "feature_flags": app + "-feature-flags",
        "autoscaler": app,
        "disruption_budget": app,
        "network_policy": app,
        "service_monitor": app,
        "virtual_service": app,
        "http_route": app,
        "analysis": {name: app + "-" + name for name in analyses},
    }
