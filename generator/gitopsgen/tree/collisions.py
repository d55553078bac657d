"""Two objects for one file, and one object twice in one cluster."""

from collections.abc import Callable, Iterable, Mapping

from gitopsgen.model.finding import Fault, Finding, Severity
from gitopsgen.model.manifest import Manifest
from gitopsgen.templating.locating import Locator


def collisions(
    manifests: Iterable[Manifest], clusters: Mapping[str, str], locator: Callable[[], Locator]
) -> list[Finding]:
    """Return a finding for each manifest that takes another's file, or is another's object, naming both sources.

    ``clusters`` names the cluster of each Environment; objects of Argo CD itself live in one cluster for all.
    """
    files: dict[str, Manifest] = {}
    objects: dict[tuple[object, ...], Manifest] = {}
    findings: list[Finding] = []
    for manifest in manifests:
        other = manifest if manifest.virtual else files.setdefault(manifest.file.lower(), manifest)
        identity = (clusters.get(manifest.environment), manifest.id)
        first = objects.setdefault(identity, manifest)
        if other is not manifest:
            findings.append(
                _finding("tree/path-collision", manifest, other, f"two objects for {manifest.file}", locator)
            )
        elif first is not manifest:
            message = f"{manifest.id} is rendered twice into one cluster"
            findings.append(_finding("tree/object-collision", manifest, first, message, locator))
    return findings


def _finding(rule: str, manifest: Manifest, other: Manifest, message: str, locator: Callable[[], Locator]) -> Finding:
    sources = " and ".join(dict.fromkeys((_source(other), _source(manifest))))
    fault = Fault(
        rule=rule,
        manifest=manifest,
        path=("metadata", "name"),
        message=f"{message}, from {sources}",
        fix="give one of the two another name, namespace or Environment",
        related=((other, ("metadata", "name")),),
    )
    return locator().finding(fault, Severity.ERROR)


def _source(manifest: Manifest) -> str:
    place = manifest.file if manifest.virtual else f"templates/{manifest.template}"
    return f"{manifest.release or manifest.environment} ({place})"
