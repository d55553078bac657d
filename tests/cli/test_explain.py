"""Every value explained: a key by its layers, a rendered line by the template and the values that fed it."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitopsgen.descriptors.loading import load_descriptors
from gitopsgen.descriptors.resolving import resolve
from gitopsgen.library import builtin
from gitopsgen.model.manifest import dig, walk
from gitopsgen.source.location import format_path
from gitopsgen.templating.engine import Engine
from gitopsgen.templating.library import TemplateLibrary
from gitopsgen.templating.rendering import Renderer
from gitopsgen.templating.traced import sources_of, untrace
from gitopsgen.templating.tracing import Tracer
from tests.cli.conftest import Run

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("key", "said"),
    [
        pytest.param("replicas", ["prod/hello replicas = 4", "wins   environments/prod.yaml:12:7"], id="set"),
        pytest.param("image.tag", ["= v1.0.0", "wins   environments/apps/hello.yaml:10:5  App hello"], id="in the App"),
        pytest.param("disruption.maxUnavailable", ["= 1", "set by no layer: it is the default"], id="a default"),
        pytest.param("ingress", ["rule: maps merge key by key"], id="a map"),
        pytest.param("chart.path", ["prod/hello chart.path = not set"], id="not set"),
    ],
)
def test_a_key(scaffold: Path, run: Run, key: str, said: list[str]) -> None:
    result = run("explain", "-C", str(scaffold), "prod/hello", key)
    assert result.status == 0, result.output
    for text in said:
        assert text in result.stdout


def test_the_layers_that_lose_are_told(scaffold: Path, run: Run) -> None:
    prod = scaffold / "environments/prod.yaml"
    prod.write_text(prod.read_text().replace("replicas: 4", "replicas: 4\n      image: {tag: v2.0.0}"))
    result = run("explain", "-C", str(scaffold), "prod/hello", "image.tag", "--format", "json")
    explained = json.loads(result.stdout)
    assert explained["value"] == "v2.0.0"
    assert [(one["value"], one["wins"], one["location"]["file"]) for one in explained["layers"]] == [
        ("v1.0.0", False, "environments/apps/hello.yaml"),
        ("v2.0.0", True, "environments/prod.yaml"),
    ]
    assert {use["path"] for use in explained["uses"]} == {"spec.template.spec.containers[0].image", "image.tag"}


def test_a_misspelt_key(scaffold: Path, run: Run) -> None:
    result = run("explain", "-C", str(scaffold), "prod/hello", "replcas")
    assert (result.status, result.stderr) == (
        2,
        "error: prod/hello has no key `replcas`\n   fix: did you mean `replicas`?\n",
    )


def test_a_rendered_line(scaffold: Path, run: Run) -> None:
    file = "rendered/prod/hello/manifests/rollout-hello.yaml"
    line = next(n for n, text in enumerate((scaffold / file).read_text().splitlines(), 1) if "image: " in text)
    result = run("explain", "-C", str(scaffold), f"{file}:{line}", "--format", "json")
    explained = json.loads(result.stdout)
    assert explained["path"] == "spec.template.spec.containers[0].image"
    assert [one["key"] for one in explained["values"]] == ["image.repository", "image.tag"]
    assert explained["templates"][0]["file"].startswith("templates/")


def test_every_line_of_every_file_is_explained(scaffold: Path, run: Run) -> None:
    for path in sorted((scaffold / "rendered/prod").rglob("*.yaml"))[::3]:
        file = path.relative_to(scaffold).as_posix()
        for line in range(3, path.read_text().count("\n") + 1, 7):
            result = run("explain", "-C", str(scaffold), f"{file}:{line}")
            assert result.status == 0, result.output
            assert "template: templates/" in result.stdout


def test_every_leaf_traces_to_a_place_and_the_traced_render_is_the_same() -> None:
    fleet, _ = resolve(load_descriptors(REPOSITORY)[0])
    library = TemplateLibrary(builtin=builtin("templates"), own=None)
    renderer, tracer = Renderer(engine=Engine(library)), Tracer(library=library)
    for release in fleet.releases:
        plain, traced = renderer.release(release), tracer.release(release)
        assert plain.values
        assert traced.values
        pairs = [(one.body, two.body) for one, two in zip(plain.manifests, traced.manifests, strict=True)]
        for body, with_sources in (*pairs, (plain.values.values, traced.values.values)):
            assert untrace(with_sources) == body
            for path, value in walk(with_sources):
                scalar = not isinstance(value, dict | list) and value is not None
                assert not scalar or sources_of(value), format_path(path)


@settings(max_examples=60)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30))
def test_hostile_strings_come_out_as_they_went_in_and_are_traced(text: str) -> None:
    """Marks are in memory only: what looks like one in a descriptor is a string like any other, or is refused."""
    fleet, _ = resolve(load_descriptors(REPOSITORY)[0])
    release = next(one for one in fleet.releases if one.name == "prod/sample-api")
    spec = {**release.spec, "env": {"HOSTILE": text}}
    hostile = type(release)(
        **{name: getattr(release, name) for name in ("app", "environment", "labels", "annotations", "layers")},
        spec=spec,
    )
    library = TemplateLibrary(builtin=builtin("templates"), own=None)
    path = ("spec", "template", "spec", "containers", 0, "env", 0, "value")
    for rendering in (Renderer(engine=Engine(library)).release(hostile), Tracer(library=library).release(hostile)):
        rollout = next(one for one in rendering.manifests if one.kind == "Rollout")
        assert untrace(dig(rollout.body, *path)) == text
