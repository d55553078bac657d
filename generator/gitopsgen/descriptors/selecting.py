"""Which of the releases a command is about."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from gitopsgen.descriptors.resolving import Fleet
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.finding import Finding
from gitopsgen.model.suggest import did_you_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which releases a command is about: globs of Environments and Apps, empty for all."""

    environments: tuple[str, ...] = ()
    apps: tuple[str, ...] = ()

    def has_environment(self, name: str) -> bool:
        """Tell whether an Environment is selected."""
        return not self.environments or any(fnmatchcase(name, pattern) for pattern in self.environments)

    def has_app(self, name: str) -> bool:
        """Tell whether an App is selected."""
        return not self.apps or any(fnmatchcase(name, pattern) for pattern in self.apps)

    def covers(self, place: str) -> bool:
        """Tell whether the release ENV/APP is selected; or of ENV alone, what belongs to none of its releases."""
        environment, _, app = place.partition("/")
        return self.has_environment(environment) and (self.has_app(app) if app else not self.apps)


def require_match(selection: Selection, fleet: Fleet, findings: Sequence[Finding]) -> None:
    """Refuse a selection that matches nothing, unless that may be because of what is wrong with the descriptors.

    Raises:
        GitopsgenError: it matches nothing.
    """
    if findings:
        return
    environments = [environment.name for environment in fleet.environments]
    apps = sorted({release.app for release in fleet.releases})
    for patterns, known, word in ((selection.environments, environments, "Environment"), (selection.apps, apps, "App")):
        for pattern in patterns:
            if not any(fnmatchcase(name, pattern) for name in known):
                raise GitopsgenError(f"no {word} matches `{pattern}`", fix=did_you_mean(pattern, known))
