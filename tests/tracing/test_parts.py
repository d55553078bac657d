"""A manifest that is traced alone has the traces that it has in the whole."""

from itertools import islice
from pathlib import Path

import pytest

from gitopsgen.model.manifest import Manifest, walk
from gitopsgen.model.release import Release
from gitopsgen.templating.traced import own, untraced
from gitopsgen.templating.tracing import Tracer
from tests.tracing.edits import Repository
from tests.tracing.test_edits import repositories


def told(body: object) -> list[object]:
    """Return every value of a body with its trace."""
    return [(path, untraced(value), own(value)) for path, value in walk(body)]


@pytest.fixture(scope="module")
def all_repositories(tmp_path_factory: pytest.TempPathFactory) -> list[Repository]:
    return list(islice(repositories(tmp_path_factory.mktemp("parts")), 3))


def test_a_part_is_as_in_the_whole(all_repositories: list[Repository]) -> None:
    seen = 0
    for repository in all_repositories:
        alone = Tracer(library=repository.library)
        for unit in repository.units(repository.fleet):
            whole = alone.release(unit) if isinstance(unit, Release) else alone.environment(unit)
            release, environment = (unit, None) if isinstance(unit, Release) else (None, unit)
            for manifest in reversed(whole.manifests):
                assert told(alone.body(manifest, release, environment)) == told(manifest.body), manifest.file
                seen += 1
            if release and whole.values:
                assert told(alone.values(release)) == told(whole.values.values)
    assert seen > 100


def test_what_a_traced_render_does_not_yield_is_none(all_repositories: list[Repository], tmp_path: Path) -> None:
    repository = all_repositories[0]
    tracer = Tracer(library=repository.library)
    release = repository.fleet.releases[0]
    body = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "another"}}
    for template in ("manifests/service.yaml.j2", "manifests/none.yaml.j2"):
        manifest = Manifest(body=body, file=f"{tmp_path.name}.yaml", template=template)
        assert tracer.body(manifest, release, None) is None
        assert tracer.body(manifest, None, None) is None
