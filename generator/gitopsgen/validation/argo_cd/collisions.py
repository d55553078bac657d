"""Two Applications that deploy the same objects: they take them from each other for ever."""

from collections.abc import Iterable, Iterator

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import Manifest, text_at
from gitopsgen.validation.argo_cd.repository_url import normalize
from gitopsgen.validation.argo_cd.spec import ApplicationSpec


def check_same_source(applications: Iterable[ApplicationSpec]) -> Iterator[Fault]:
    """Yield each Application whose only source and destination are those of another one."""
    seen: dict[str, ApplicationSpec] = {}
    for application in applications:
        if len(application.sources) != 1 or not application.cluster:
            continue
        source = application.sources[0]
        if not source.text("repoURL") or not source.text("path"):
            continue
        rest = {key: value for key, value in source.body.items() if key != "repoURL"}
        # Helm names objects after the Application where no release name is given.
        release = application.name if "chart" in source.body or "helm" in source.body else ""
        key = repr((normalize(source.text("repoURL")), rest, application.cluster, application.namespace, release))
        other = seen.setdefault(key, application)
        if other is application or _is_same_object(other, application):
            continue
        yield application.fault(
            "applications-share-source",
            (*source.path, "path"),
            f"the Application `{other.name}` deploys `{source.text('path')}` to the same place: each takes the objects "
            "from the other",
            "delete one of them",
            related=((other.manifest, (*other.sources[0].path, "path")),),
        )


def _is_same_object(one: ApplicationSpec, other: ApplicationSpec) -> bool:
    """Tell whether two documents are the same Application, which is another rule's to say."""
    return one.name == other.name and _namespace(one.manifest) == _namespace(other.manifest)


def _namespace(manifest: Manifest) -> str:
    return text_at(manifest.body, "metadata", "namespace")
