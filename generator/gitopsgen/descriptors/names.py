"""Names that descriptors use of each other, and that nobody describes."""

from collections.abc import Iterable, Iterator

from gitopsgen.descriptors.loading import Descriptor, Descriptors
from gitopsgen.model.finding import Finding, Severity
from gitopsgen.model.suggest import did_you_mean
from gitopsgen.source.location import Location


def dangling_names(descriptors: Descriptors) -> Iterator[Finding]:
    """Yield a finding for every name of an App or Environment that nobody describes.

    One whose description has a fault is described: that fault is told, and not what follows from it.
    """
    if descriptors.whole:
        yield from (finding for name, finding in _dangling(descriptors) if name not in descriptors.left_out)


def _dangling(descriptors: Descriptors) -> Iterator[tuple[tuple[str, str], Finding]]:
    for environment in descriptors.environments.values():
        yield from _named_by(environment, descriptors)
    for (name, app), release in descriptors.releases.items():
        if name not in descriptors.environments:
            yield _unknown(
                "Environment", name, descriptors.environments, release.document.locate(("metadata", "environment"))
            )
        if app not in descriptors.apps:
            yield _unknown("App", app, descriptors.apps, release.place)


def _named_by(environment: Descriptor, descriptors: Descriptors) -> Iterator[tuple[tuple[str, str], Finding]]:
    document, spec = environment.document, environment.spec
    for index, parent in enumerate(spec.get("extends") or ()):
        if parent not in descriptors.environments:
            yield _unknown("Environment", parent, descriptors.environments, document.locate(("spec", "extends", index)))
    source = spec.get("promotesFrom")
    if source and (source not in descriptors.environments or source == environment.name):
        others = [name for name in descriptors.environments if name != environment.name]
        yield _unknown("other Environment", source, others, document.locate(("spec", "promotesFrom")))
    for app in spec.get("apps") or {}:
        if app not in descriptors.apps:
            yield _unknown("App", app, descriptors.apps, document.locate(("spec", "apps", app)))


def _unknown(kind: str, name: str, known: Iterable[str], location: Location) -> tuple[tuple[str, str], Finding]:
    kind_name = kind.removeprefix("other ")
    finding = Finding(
        policy=f"descriptor/unknown-{kind_name.lower()}",
        severity=Severity.ERROR,
        message=f"there is no {kind} `{name}`",
        location=location,
        fix=did_you_mean(name, known) or f"describe it: `kind: {kind_name}`, `metadata: {{name: {name}}}`",
    )
    return (kind_name, name), finding
