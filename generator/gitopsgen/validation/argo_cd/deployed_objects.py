"""What Argo CD asks of every object it deploys: a kind, a version, a name, a namespace."""

from collections.abc import Iterator
from typing import Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import Manifest, dig, map_at
from gitopsgen.validation.argo_cd.scopes import is_namespaced
from gitopsgen.validation.argo_cd.spec import GROUP, ApplicationSpec

_ROLLOUT: Final = "Rollout"
_NOT_DEPLOYED: Final = frozenset({"Kustomization", "Component", "ConfigManagementPlugin"})


def check_object(manifest: Manifest) -> Iterator[Fault]:
    """Yield what makes Argo CD pass over a document, or refuse all that are rendered with it."""
    kind, version = manifest.kind, manifest.api_version
    if not kind or not version:
        if kind in _NOT_DEPLOYED:
            return
        # A file of another tool may be no manifest at all; half of one is meant to be one.
        if manifest.release or kind or (version and map_at(manifest.body, "metadata")):
            missing = "kind" if not kind else "apiVersion"
            yield Fault(
                rule="argo-cd/object-without-kind",
                manifest=manifest,
                path=(missing,),
                message=f"a document without `{missing}` is no object: Argo CD passes over it without a word",
                fix=f"add `{missing}`",
            )
        return
    if is_namespaced(manifest.group, kind) is None:
        return
    metadata = map_at(manifest.body, "metadata")
    if not metadata.get("name") and not metadata.get("generateName"):
        yield Fault(
            rule="argo-cd/object-without-name",
            manifest=manifest,
            path=("metadata", "name"),
            message=f"the {kind} has no name: nothing that is rendered with it can be compared",
            fix="add `metadata.name`",
        )
    elif kind == _ROLLOUT and manifest.group == GROUP and dig(manifest.body, "spec", "paused") is True:
        yield Fault(
            rule="argo-cd/rollout-paused-in-git",
            manifest=manifest,
            path=("spec", "paused"),
            message="the first deployment already stops here, and self-heal pauses again whatever is resumed",
            fix="delete `paused`, and pause with `kubectl argo rollouts pause`",
        )


def check_namespace(application: ApplicationSpec, deployed: tuple[Manifest, ...]) -> Iterator[Fault]:
    """Yield the objects that get a namespace neither from themselves nor from their Application."""
    if application.namespace:
        return
    for manifest in deployed:
        if not manifest.namespace and is_namespaced(manifest.group, manifest.kind):
            yield Fault(
                rule="argo-cd/object-without-namespace",
                manifest=manifest,
                path=("metadata", "namespace"),
                message=f"neither the {manifest.kind} nor the destination of `{application.name}` names a namespace",
                fix="add `namespace` to `spec.destination` of the Application",
                related=((application.manifest, application.path("destination")),),
            )
