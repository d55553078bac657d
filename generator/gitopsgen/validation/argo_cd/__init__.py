"""What Argo CD would refuse, pass over, or do otherwise than it looks, on the whole set of manifests."""

from collections import defaultdict
from collections.abc import Iterator

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import ManifestSet
from gitopsgen.model.versions import Versions
from gitopsgen.validation.argo_cd.application import check_application
from gitopsgen.validation.argo_cd.application_set import check_application_set
from gitopsgen.validation.argo_cd.collisions import check_same_source
from gitopsgen.validation.argo_cd.deployed_objects import check_namespace, check_object
from gitopsgen.validation.argo_cd.drift import check_drift
from gitopsgen.validation.argo_cd.gates import check_gates
from gitopsgen.validation.argo_cd.hydrator import check_hydrated_folders, check_hydrator
from gitopsgen.validation.argo_cd.ignore_differences import check_ignore_differences
from gitopsgen.validation.argo_cd.notifications import check_notifications
from gitopsgen.validation.argo_cd.object_annotations import annotations_of, check_annotations
from gitopsgen.validation.argo_cd.ownership import assign, without_application
from gitopsgen.validation.argo_cd.permission import Project, check_permission
from gitopsgen.validation.argo_cd.project import check_project
from gitopsgen.validation.argo_cd.project_roles import check_roles
from gitopsgen.validation.argo_cd.rollout_services import check_rollout_services
from gitopsgen.validation.argo_cd.source import check_sources
from gitopsgen.validation.argo_cd.spec import GROUP, ApplicationSpec, applications, generated_applications
from gitopsgen.validation.argo_cd.sync_options import check_sync_options
from gitopsgen.validation.argo_cd.sync_windows import check_sync_windows

__all__ = ["check_argo_cd"]


def check_argo_cd(resources: ManifestSet, versions: Versions) -> Iterator[Fault]:
    """Yield every fault of Applications, ApplicationSets, AppProjects and what they deploy."""
    for manifest in resources:
        yield from check_object(manifest)
        if annotations := annotations_of(manifest.body):
            yield from check_annotations(manifest, annotations, versions)
    written = tuple(applications(resources))
    generated = tuple(generated_applications(resources))
    yield from _check_specs(resources, (*written, *generated), versions)
    for manifest in resources.of_kind("ApplicationSet", GROUP):
        yield from check_application_set(manifest)
    yield from _check_projects(resources, written, generated)
    yield from _check_deployed(resources, written, generated)
    yield from check_hydrated_folders(written)
    yield from check_same_source(written)


def _check_specs(resources: ManifestSet, specs: tuple[ApplicationSpec, ...], versions: Versions) -> Iterator[Fault]:
    for application in specs:
        yield from check_application(application, versions)
        yield from check_sources(application)
        yield from check_hydrator(application)
        yield from check_sync_options(application)
        yield from check_ignore_differences(application)
    yield from check_notifications(resources, specs)


def _check_projects(
    resources: ManifestSet, written: tuple[ApplicationSpec, ...], generated: tuple[ApplicationSpec, ...]
) -> Iterator[Fault]:
    members: defaultdict[str, list[ApplicationSpec]] = defaultdict(list)
    for application in written:
        members[application.project].append(application)
    templated = {application.project for application in generated}
    for manifest in resources.of_kind("AppProject", GROUP):
        yield from check_project(manifest)
        yield from check_roles(manifest)
        # What a generated Application is called is not known, so a window may well be for one.
        known = [] if manifest.name in templated else members[manifest.name]
        yield from check_sync_windows(manifest, known)


def _check_deployed(
    resources: ManifestSet, written: tuple[ApplicationSpec, ...], generated: tuple[ApplicationSpec, ...]
) -> Iterator[Fault]:
    ownership = assign(resources, written)
    projects: dict[str, Project] = {}
    for manifest in resources.of_kind("AppProject", GROUP):
        projects.setdefault(manifest.name, Project(manifest))
    for application in written:
        deployed = ownership.get(application, ())
        yield from check_namespace(application, deployed)
        yield from check_gates(application, deployed)
        yield from check_rollout_services(application, deployed)
        yield from check_drift(application, deployed)
        if (project := projects.get(application.project)) is not None:
            yield from check_permission(project, application, deployed)
    for beside in without_application(resources, ownership):
        yield from check_gates(None, beside)
        yield from check_drift(None, beside)
    for application in generated:
        if (project := projects.get(application.project)) is not None:
            yield from check_permission(project, application, ())
