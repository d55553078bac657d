"""The Source Hydrator: a dry source, the branch and folder it is hydrated to, and who else writes there."""

from collections.abc import Iterable, Iterator
from typing import Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import dig, map_at, text_at
from gitopsgen.validation.argo_cd.repository_url import normalize
from gitopsgen.validation.argo_cd.spec import ApplicationSpec, is_templated

_REQUIRED: Final = (
    ("drySource", "repoURL"),
    ("drySource", "path"),
    ("drySource", "targetRevision"),
    ("syncSource", "targetBranch"),
    ("syncSource", "path"),
)


def check_hydrator(application: ApplicationSpec) -> Iterator[Fault]:
    """Yield what is missing or forbidden in ``sourceHydrator``."""
    hydrator = map_at(application.spec, "sourceHydrator")
    if not hydrator:
        return
    path = application.path("sourceHydrator")
    required = (*_REQUIRED, ("hydrateTo", "targetBranch")) if dig(hydrator, "hydrateTo") is not None else _REQUIRED
    for part, key in required:
        if not text_at(hydrator, part, key) and not application.may_be_completed:
            yield application.fault(
                "hydrator-incomplete",
                (*path, part, key),
                f"sourceHydrator.{part} has no `{key}`",
                f"add `{key}`",
            )
    if text_at(hydrator, "syncSource", "path").strip() in (".", "/", "./"):
        yield application.fault(
            "hydrator-writes-root",
            (*path, "syncSource", "path"),
            "the hydrated manifests would take the root of the repository",
            "name a folder",
        )


def check_hydrated_folders(applications: Iterable[ApplicationSpec]) -> Iterator[Fault]:
    """Yield each Application that is hydrated to a folder where another one is already."""
    owners: dict[tuple[str, str, str], ApplicationSpec] = {}
    for application in applications:
        hydrator = map_at(application.spec, "sourceHydrator")
        folder = text_at(hydrator, "syncSource", "path").strip("./")
        if not folder or is_templated(folder):
            continue
        repository = text_at(hydrator, "syncSource", "repoURL") or text_at(hydrator, "drySource", "repoURL")
        key = (normalize(repository), text_at(hydrator, "syncSource", "targetBranch"), folder)
        other = owners.setdefault(key, application)
        if other is not application:
            yield application.fault(
                "hydrated-folder-shared",
                application.path("sourceHydrator", "syncSource", "path"),
                f"the Application `{other.name}` is hydrated to `{folder}` of the same branch",
                "give each its own folder",
                related=((other.manifest, other.path("sourceHydrator", "syncSource", "path")),),
            )
