"""Which objects of a set an Application deploys.

An object that a release renders belongs to the Application of that release. For files of other tools there is no such
knowledge, and being wrong would accuse the innocent; an object belongs to an Application there only when

1. its file lies in the folder that a source of the Application names, or
2. its namespace is the destination's namespace of exactly one Application of the set, or
3. it stands in the file of exactly one Application, in no namespace or in one that is not the Application's own.

Argo CD's own objects (Applications, ApplicationSets, AppProjects) belong to none: what deploys them is an app of apps.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from gitopsgen.model.manifest import Manifest, ManifestSet, text_at
from gitopsgen.validation.argo_cd.spec import GROUP, ApplicationSpec

_CONTROL: Final = frozenset({"Application", "ApplicationSet", "AppProject"})
_WITH_RULES: Final = ((GROUP, "Rollout"), ("autoscaling", "HorizontalPodAutoscaler"), ("keda.sh", "ScaledObject"))
_SECRET_TYPE: Final = "argocd.argoproj.io/secret-type"  # noqa: S105 - the name of a label


def assign(
    resources: ManifestSet, applications: Iterable[ApplicationSpec]
) -> Mapping[ApplicationSpec, tuple[Manifest, ...]]:
    """Return what each Application deploys, by the rules that this module's docstring says."""
    index = _Index(applications)
    deployed: defaultdict[ApplicationSpec, list[Manifest]] = defaultdict(list)
    if index.is_empty:
        return {}
    for manifest in resources:
        found = index.owner_of(manifest)
        if found is not None:
            deployed[found].append(manifest)
    return {application: tuple(objects) for application, objects in deployed.items()}


def without_application(
    resources: ManifestSet, deployed: Mapping[ApplicationSpec, tuple[Manifest, ...]]
) -> Iterator[tuple[Manifest, ...]]:
    """Yield, file by file, what other tools wrote and no Application deploys, if a Rollout or a scaler is in it."""
    files = {
        manifest.file
        for group, kind in _WITH_RULES
        for manifest in resources.of_kind(kind, group)
        if not manifest.release and not manifest.environment
    }
    if not files:
        return
    owned = {manifest for objects in deployed.values() for manifest in objects}
    by_file: defaultdict[str, list[Manifest]] = defaultdict(list)
    for manifest in resources:
        if manifest.file in files and manifest not in owned:
            by_file[manifest.file].append(manifest)
    for objects in by_file.values():
        yield tuple(objects)


class _Index:
    """The Applications by release, folder, namespace and file; ``None`` stands for more than one."""

    def __init__(self, applications: Iterable[ApplicationSpec]) -> None:
        self._by_release: dict[str, ApplicationSpec | None] = {}
        self._by_folder: dict[str, ApplicationSpec | None] = {}
        self._by_namespace: dict[str, ApplicationSpec | None] = {}
        self._by_file: dict[str, ApplicationSpec | None] = {}
        for application in applications:
            manifest = application.manifest
            if manifest.release:
                _add(self._by_release, manifest.release, application)
                continue
            for source in application.sources:
                if folder := source.text("path").strip("./"):
                    _add(self._by_folder, folder, application)
            if application.namespace:
                _add(self._by_namespace, application.namespace, application)
            _add(self._by_file, manifest.file, application)

    @property
    def is_empty(self) -> bool:
        return not self._by_release and not self._by_file

    def owner_of(self, manifest: Manifest) -> ApplicationSpec | None:
        if manifest.kind in _CONTROL and manifest.group == GROUP:
            return None
        if manifest.release:
            return self._by_release.get(manifest.release)
        if manifest.environment or not self._by_file or _is_argo_secret(manifest):
            return None
        if (by_folder := self._in_folder(manifest.file)) is not None:
            return by_folder
        namespace = manifest.namespace
        if namespace in self._by_namespace:
            return self._by_namespace[namespace]
        beside = self._by_file.get(manifest.file)
        return None if beside is not None and namespace and namespace == beside.manifest.namespace else beside

    def _in_folder(self, file: str) -> ApplicationSpec | None:
        folder = file.rpartition("/")[0]
        while folder:
            if folder in self._by_folder:
                return self._by_folder[folder]
            folder = folder.rpartition("/")[0]
        return None


def _add(index: dict[str, ApplicationSpec | None], key: str, application: ApplicationSpec) -> None:
    index[key] = application if key not in index else None


def _is_argo_secret(manifest: Manifest) -> bool:
    return bool(text_at(manifest.body, "metadata", "labels", _SECRET_TYPE))
