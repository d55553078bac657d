"""What is rendered, as the texts of files: each under the header that names the descriptors it came from."""

from collections.abc import Iterable, Mapping

from gitopsgen.model.manifest import Manifest
from gitopsgen.model.release import Environment, Release
from gitopsgen.source.emitter import emit
from gitopsgen.templating.release_run import Values
from gitopsgen.tree.header import with_header


def file_texts(
    manifests: Iterable[Manifest],
    values: Iterable[Values],
    releases: Mapping[str, Release],
    environments: Mapping[str, Environment],
) -> dict[str, str]:
    """Return the whole text of every file by its path; releases and Environments are given by their names."""
    texts = {
        one.file: with_header(emit(one.body), sources(one, releases, environments))
        for one in manifests
        if not one.virtual
    }
    return texts | {one.file: with_header(emit(one.values), releases[one.release].files) for one in values}


def sources(
    manifest: Manifest, releases: Mapping[str, Release], environments: Mapping[str, Environment]
) -> Iterable[str]:
    """Return the descriptors that a manifest comes from."""
    if release := releases.get(manifest.release):
        return release.files
    return dict.fromkeys(layer.document.file for layer in environments[manifest.environment].layers)
