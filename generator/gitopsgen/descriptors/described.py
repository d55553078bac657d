"""What the descriptors of a repository describe now, and what to say of that which they do not."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gitopsgen.descriptors.loading import Descriptors, load_descriptors
from gitopsgen.descriptors.resolving import Fleet, resolve
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.finding import Finding, Severity
from gitopsgen.model.release import Environment, Release
from gitopsgen.model.suggest import did_you_mean, nearest

_MEND: Final = "mend that first: `gitopsgen lint` shows all faults"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Described:
    """The descriptors of a repository as they are now, what they come to, and their faults."""

    root: Path
    descriptors: Descriptors
    fleet: Fleet
    findings: tuple[Finding, ...]

    @classmethod
    def load(cls, root: Path) -> "Described":
        """Read the descriptors of the repository ``root``.

        Raises:
            GitopsgenError: there are none, or they cannot be read.
        """
        descriptors, findings = load_descriptors(root)
        fleet, faults = resolve(descriptors)
        return cls(root=root, descriptors=descriptors, fleet=fleet, findings=(*findings, *faults))

    def release(self, name: str) -> Release:
        """Return the release called ENV/APP.

        Raises:
            GitopsgenError: there is none of this name.
        """
        for release in self.fleet.releases:
            if release.name == name:
                return release
        environment, _, app = name.partition("/")
        message, environments = f"there is no release {name}", [one.name for one in self.fleet.environments]
        if environment not in environments:
            raise self._absent(message, nearest(environment, environments), did_you_mean(environment, environments))
        if app in self.descriptors.apps:
            add = f"add `{app}: {{}}` to `spec.apps` of the Environment"
            raise self._absent(message, "", f"to deploy {app} to {environment}, {add}")
        beside = [one.app for one in self.fleet.releases if one.environment.name == environment]
        match = nearest(app, beside)
        raise self._absent(message, f"{environment}/{match}" if match else "", did_you_mean(app, beside))

    def environment(self, name: str) -> Environment:
        """Return the Environment called ``name``.

        Raises:
            GitopsgenError: there is none of this name.
        """
        for environment in self.fleet.environments:
            if environment.name == name:
                return environment
        known = [one.name for one in self.fleet.environments]
        described = self.descriptors.environments.get(name)
        if described and described.spec.get("abstract"):
            heirs = [one.name for one in self.fleet.environments if name in one.lineage]
            fix = f"ask for {' or '.join(heirs)}" if heirs else "let another extend it"
            raise GitopsgenError(f"the Environment `{name}` is abstract: nothing is rendered for it", fix=fix)
        raise self._absent(f"there is no Environment `{name}`", nearest(name, known), did_you_mean(name, known))

    def unrendered(self, file: str, known: Sequence[str]) -> GitopsgenError:
        """Return the error that nothing renders a file."""
        return self._absent(f"nothing renders {file}", nearest(file, known), did_you_mean(file, known))

    def _absent(self, message: str, meant: str, instead: str) -> GitopsgenError:
        """Return the error that something is not there: because of a fault, for what has one is left out.

        ``meant`` is what may be misspelt, ``instead`` what to type where it is not.
        """
        misspelt = f"did you mean `{meant}`?" if meant else ""
        if not self.findings:
            return GitopsgenError(message, fix=misspelt or instead)
        return GitopsgenError(
            f"{message}, for {first_of(self.findings)}", fix="; or ".join(filter(None, (_MEND, misspelt)))
        )


def unrenderable(name: str, findings: Sequence[Finding]) -> GitopsgenError | None:
    """Return the error that a release or an Environment does not render, with the reason; ``None`` when it does."""
    errors = [one for one in findings if one.severity is Severity.ERROR]
    return GitopsgenError(f"{name} does not render, for {first_of(errors)}", fix=_MEND) if errors else None


def first_of(findings: Sequence[Finding]) -> str:
    """Return the first finding in words, and how many there are beside it."""
    first, *others = findings
    return f"{first.location}: {first.message}{f'; and {len(others)} more' if others else ''}"
