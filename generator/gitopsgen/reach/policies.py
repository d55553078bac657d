"""What a file among the policies reaches: the objects that a policy looks at, or that a waiver is about."""

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from gitopsgen.model.manifest import Manifest
from gitopsgen.policies.catalogue import Catalogue
from gitopsgen.policies.evaluation import is_about
from gitopsgen.policies.waivers import Waiver, read_waivers
from gitopsgen.reach.model import Reach


def reach_of_policies(catalogue: Catalogue, file: str, line: int, manifests: Iterable[Manifest]) -> Reach | None:
    """Return what a file of ``catalogue`` reaches, or what stands on a line of it (0: all); ``None`` for no such file.

    Settings and admission policies are about every object, and so is the page of a rule that is written in Python.
    """
    manifests = [one for one in manifests if not one.virtual]
    settings = catalogue.settings.document
    policies = [one for one in catalogue.policies.values() if one.document.file == file]
    waivers = [one for one in read_waivers(catalogue.waiver_documents)[0] if one.location.file == file]
    if waivers:
        chosen = [max(before, key=lambda one: one.location)] if (before := _before(waivers, line)) else waivers
        return _reach(one for waiver in chosen for one in manifests if _is_waived(waiver, catalogue, one))
    if settings and settings.file == file and settings.data["spec"].keys() <= {"rules"}:
        policies += [one for name in catalogue.settings.rules if (one := catalogue.page(name))]
    if policies:
        return _reach(one for policy in policies for one in manifests if policy.rule or is_about(policy.match, one))
    others = (*catalogue.documents, *catalogue.waiver_documents, *([settings] if settings else []))
    return _reach(manifests) if any(document.file == file for document in others) else None


def _before(waivers: list[Waiver], line: int) -> list[Waiver]:
    return [one for one in waivers if one.location.line <= line]


def _is_waived(waiver: Waiver, catalogue: Catalogue, manifest: Manifest) -> bool:
    name = manifest.release or manifest.environment
    policy = catalogue.policies.get(waiver.policy)
    return (
        (not waiver.releases or any(fnmatchcase(name, glob) for glob in waiver.releases))
        and (not waiver.objects or any(fnmatchcase(f"{manifest.kind}/{manifest.name}", one) for one in waiver.objects))
        and (policy is None or bool(policy.rule) or is_about(policy.match, manifest))
    )


def _reach(manifests: Iterable[Manifest]) -> Reach:
    return Reach.of(_pairs(manifests))


def _pairs(manifests: Iterable[Manifest]) -> Iterator[tuple[str, str]]:
    for manifest in manifests:
        yield manifest.release or manifest.environment, manifest.file
