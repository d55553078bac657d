"""Every value explained: a key by its layers, a rendered line by the template and the values that had a say."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gitopsgen.cli.explaining import explain_file_line
from gitopsgen.cli.main import run
from gitopsgen.descriptors.loading import load_descriptors
from gitopsgen.descriptors.resolving import resolve
from gitopsgen.library import Library, builtin
from gitopsgen.model.release import Environment, Release
from gitopsgen.reports.explanation import line_data, line_text
from gitopsgen.reports.provenance_schemas import OUTPUT_EXPLAIN
from gitopsgen.templating.tracing import Tracer
from gitopsgen.traced_tree import TracedFile, traced_files
from tests.conftest import REPOSITORY
from tests.tracing import repository as own_templates

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with every merge rule, and templates of its own."""
    folder = tmp_path_factory.mktemp("own")
    own_templates.write(folder)
    return folder


def explained(root: Path, capsys: Capture, *arguments: str) -> dict[str, Any]:
    status = run(["explain", "-C", str(root), "--format", "json", *arguments])
    output = capsys.readouterr()
    assert status == 0, output.err
    data: dict[str, Any] = json.loads(output.out)
    jsonschema.validate(data, OUTPUT_EXPLAIN)
    return data


def written(root: Path, place: dict[str, Any]) -> str:
    """Return what stands at a place, up to the end of the line."""
    name, line, column = str(place["file"]), int(place["line"]), int(place["column"])
    file = root / name if (root / name).is_file() else builtin("templates").parent / name
    return file.read_text().splitlines()[line - 1][column - 1 :]


@pytest.mark.parametrize(
    ("target", "key", "value", "rule", "layers"),
    [
        pytest.param(
            "staging/shop",
            "replicas",
            2,
            "the highest layer replaces",
            [("App shop", 3, False), ("Environment staging, apps.shop", 2, True)],
            id="a scalar",
        ),
        pytest.param(
            "prod/shop", "ingress.className", "acme/gateway", None, [("Release prod/shop", ..., True)], id="one"
        ),
        pytest.param("prod/shop", "scheduling.spread", True, None, [], id="a default"),
        pytest.param(
            "staging/shop",
            "env",
            ...,
            "maps merge key by key",
            [
                ("App shop", ..., True),
                ("Environment common, defaults", ..., True),
                ("Environment staging, apps.shop", ..., True),
            ],
            id="a whole map",
        ),
        pytest.param(
            "prod/charted",
            "disruption",
            {"maxUnavailable": "25%"},
            "maps merge key by key",
            [("Environment common, defaults", {"minAvailable": 1}, True), ("Environment prod, defaults", ..., True)],
            id="a map with keys that exclude each other",
        ),
        pytest.param(
            "prod/charted",
            "disruption.minAvailable",
            None,
            None,
            [
                ("Environment common, defaults", 1, False),
                ("Environment prod, defaults", "by disruption.maxUnavailable", True),
            ],
            id="a key that another excludes",
        ),
        pytest.param(
            "staging/shop",
            "env.NODE",
            None,
            None,
            [("App shop", ..., False), ("Environment staging, apps.shop", "by env.NODE", True)],
            id="a key that a null removes",
        ),
        pytest.param(
            "waiting/shop",
            "ingress.host",
            None,
            None,
            [("App shop", "shop.dev", False), ("Environment waiting, apps.shop", "by ingress", True)],
            id="a key in a map that a null removes",
        ),
        pytest.param(
            "staging/shop",
            "patches",
            ...,
            "lists are appended, lower layers first",
            [("App shop", ..., True), ("Environment common, defaults", ..., True)],
            id="an appended list",
        ),
        pytest.param(
            "staging/shop",
            "patches[2].target.kind",
            "ConfigMap",
            "an item of a list: lists are appended, lower layers first",
            [("Environment common, defaults", "ConfigMap", True)],
            id="an item of an appended list",
        ),
        pytest.param(
            "prod/shop",
            "rollout.with.weights[1]",
            40,
            "an item of a list: the highest layer replaces the whole list",
            [("Release prod/shop", 40, True)],
            id="an item of a list that replaces",
        ),
    ],
)
def test_a_key(
    root: Path, capsys: Capture, target: str, key: str, value: object, rule: str | None, layers: list[tuple[Any, ...]]
) -> None:
    data = explained(root, capsys, target, key)
    assert value in (..., data["value"])
    assert rule in (None, data["rule"])
    told = [
        (one["layer"], f"by {one['removedBy']}" if "removedBy" in one else one["value"], one["wins"])
        for one in data["layers"]
    ]
    assert len(told) == len(layers)
    for said, expected in zip(told, layers, strict=True):
        assert all(wanted in (..., got) for got, wanted in zip(said, expected, strict=True)), (said, expected)
    for layer in data["layers"]:
        key_there = layer.get("removedBy", key).rpartition(".")[2].partition("[")[0]
        text = written(root, layer["location"])
        assert text.startswith((key_there, str(layer["value"]))), text


def test_a_key_tells_its_default_and_what_uses_it(root: Path, capsys: Capture) -> None:
    assert run(["explain", "-C", str(root), "prod/shop", "scheduling.spread"]) == 0
    out = capsys.readouterr().out
    template = (builtin("templates") / "lib/pod.j2").read_text().splitlines()
    line = next(number for number, text in enumerate(template, 1) if "topologyKey" in text)
    assert out.startswith(
        "prod/shop scheduling.spread = true\n"
        "  Spread the pods over zones and nodes.\n"
        "  rule: the highest layer replaces\n"
        "  set by no layer: it is the default of the field\n"
        "  it decides 20 rendered values\n"
        "    rendered/prod/shop/manifests/rollout-shop.yaml  "
        f"spec.template.spec.topologySpreadConstraints[0].topologyKey  (templates/lib/pod.j2:{line}:1)\n"
    )


def test_the_ways_a_key_is_used(root: Path, capsys: Capture) -> None:
    data = explained(root, capsys, "staging/shop", "ports.admin")
    manners: dict[str, set[str]] = {}
    for use in data["uses"]:
        manners.setdefault(use["manner"], set()).add(use["path"])
    assert "spec.template.spec.containers[0].ports[1].containerPort" in manners["value"]
    assert {"data.total", "data.largest"} <= manners["value"]
    assert {"data.odd", "data.last"} <= manners["decides"]


@pytest.mark.parametrize(
    ("key", "said"),
    [
        pytest.param("replcas", "prod/shop has no key `replcas`\n   fix: did you mean `replicas`?", id="a typo"),
        pytest.param("resources.limit.cpu", "did you mean `resources.limits.cpu`?", id="a typo inside"),
        pytest.param("patches.target", "`patches` is a list: write `patches[0]`", id="no index"),
        pytest.param("command.x", "`command` is a list: write `command[0]`", id="no index in strings"),
        pytest.param("env.MODE.x", "`gitopsgen schema app` prints all keys", id="inside of a scalar"),
        pytest.param("xyzzy", "`gitopsgen schema app` prints all keys", id="nothing near"),
        pytest.param("a[", "`a[` is no key", id="no path"),
        pytest.param("env..MODE", "`env..MODE` is no key: a name is empty", id="an empty name"),
        pytest.param("config.app.conf", '`config["app.conf"]`?', id="a name with dots"),
        pytest.param(
            "patches[9]", "`patches` is a list: write `patches[0]` to `patches[2]`", id="beyond a merged list"
        ),
        pytest.param("patches[-1]", "`patches` is a list: write `patches[0]` to `patches[2]`", id="from the end"),
        pytest.param("command[2].x", "write `command[0]` to `command[1]`", id="beyond a list"),
        pytest.param("rollout.with.hodl", "did you mean `rollout.with.hold`?", id="a parameter"),
        pytest.param("analysis.smoke-test.pth", "did you mean `analysis.smoke-test.path`?", id="of an analysis"),
    ],
)
def test_a_key_that_there_is_not(root: Path, capsys: Capture, key: str, said: str) -> None:
    assert run(["explain", "-C", str(root), "prod/shop", key]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("target", "key", "said"),
    [
        pytest.param("prod", "argocd.repo", "did you mean `argocd.repoURL`?", id="a key of an Environment"),
        pytest.param("prod", "defaults.env", "ask for prod/APP KEY", id="what is for Apps"),
        pytest.param("prd", "tier", "there is no Environment `prd`\n   fix: did you mean `prod`?", id="an Environment"),
        pytest.param("prod/shp", "replicas", "did you mean `prod/shop`?", id="an App"),
        pytest.param("prod/shop", "", "`gitopsgen explain prod/shop KEY`", id="a release alone"),
        pytest.param("environments/all.yaml", "", "`gitopsgen explain environments/all.yaml:LINE`", id="no line"),
        pytest.param("environments/all.yaml:9", "", "`gitopsgen affected environments/all.yaml:9`", id="a descriptor"),
    ],
)
def test_what_cannot_be_explained(root: Path, capsys: Capture, target: str, key: str, said: str) -> None:
    assert run(["explain", "-C", str(root), target, *([key] if key else [])]) == 2
    assert said in capsys.readouterr().err


def test_a_key_of_an_environment(root: Path, capsys: Capture) -> None:
    data = explained(root, capsys, "prod", "argocd.repoURL")
    assert (data["release"], data["value"]) == ("prod", "https://git.acme.dev/deploy")
    assert [(one["layer"], one["wins"]) for one in data["layers"]] == [("Environment common", True)]
    assert {one["file"] for one in data["uses"]} >= {
        "rendered/prod/argocd/root.yaml", "rendered/prod/argocd/project.yaml", "rendered/prod/argocd/apps/shop.yaml"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("release", "key", "value", "written_there"),
    [
        pytest.param("waiting/shop", "rollout.with.waits", ["1m", "2m"], "[1m, 2m]", id="of a profile"),
        pytest.param("waiting/shop", "rollout.with.waits[1]", "2m", "[1m, 2m]", id="an item"),
        pytest.param("prod/shop", "analysis.smoke-test.failureLimit", 0, "0", id="of an analysis"),
    ],
)
def test_a_parameter_that_no_layer_sets(
    root: Path, capsys: Capture, release: str, key: str, value: object, written_there: str
) -> None:
    """Its default stands in the head of the template."""
    data = explained(root, capsys, release, key)
    assert (data["value"], data["set"], data["layers"]) == (value, True, [])
    assert bool(data["description"]) is ("[" not in key)
    assert written_there in written(root, data["default"])


def test_a_profile_that_no_layer_names_is_used_like_another(root: Path, capsys: Capture) -> None:
    data = explained(root, capsys, "staging/charted", "rollout.profile")
    assert (data["value"], data["layers"]) == ("canary", [])
    assert any(use["file"].endswith("/rollout-charted.yaml") for use in data["uses"])


def line_of(root: Path, release: str, file: str, text: str) -> str:
    """Return ``FILE:LINE`` of the first line of a rendered file that begins with ``text``, indented or not."""
    lines = files(root)[f"rendered/{release}/{file}"].text.splitlines()
    number = next(number for number, line in enumerate(lines, 1) if line.strip().removeprefix("- ").startswith(text))
    return f"rendered/{release}/{file}:{number}"


_FILES: dict[Path, dict[str, TracedFile]] = {}


def files(root: Path) -> dict[str, TracedFile]:
    """Return all traced files of a repository; they are traced once."""
    if root not in _FILES:
        fleet, _ = resolve(load_descriptors(root)[0])
        tracer = Tracer(library=Library(root=root).templates)
        units: tuple[Release | Environment, ...] = (*fleet.releases, *fleet.environments)
        _FILES[root] = {name: file for unit in units for name, file in traced_files(tracer, unit).items()}
    return _FILES[root]


@pytest.mark.parametrize(
    ("file", "text", "templates", "values", "decided_by"),
    [
        pytest.param(
            "manifests/rollout-shop.yaml",
            "image:",
            ["templates/lib/pod.j2", "templates/manifests/rollout.yaml.j2"],
            {"image.repository", "image.tag", "image.digest"},
            {"chart"},
            id="through a macro",
        ),
        pytest.param(
            "manifests/rollout-shop.yaml",
            "setWeight: 40",
            [
                "templates/lib/canary.j2",
                "templates/rollouts/experiment.yaml.j2",
                "templates/manifests/rollout.yaml.j2",
            ],
            {"rollout.with.weights[1]"},
            {"chart", "rollout.profile", "rollout.with.weights"},
            id="through a profile",
        ),
        pytest.param(
            "manifests/analysistemplate-shop-success-rate.yaml",
            "count:",
            [
                "templates/lib/metric.j2",
                "templates/analysis/success-rate.yaml.j2",
                "templates/manifests/analysistemplate.yaml.j2",
            ],
            {"analysis.success-rate.count"},
            ...,
            id="through an analysis",
        ),
        pytest.param(
            "manifests/configmap-shop-control.yaml",
            "included:",
            ["templates/lib/included.j2"],
            {"image.repository"},
            set(),
            id="through an include",
        ),
        pytest.param(
            "manifests/rollout-shop.yaml",
            "progressDeadlineSeconds:",
            [],
            {"patches[0].merge.spec.progressDeadlineSeconds"},
            {"patches[0].target.kind"},
            id="through a patch",
        ),
        pytest.param(
            "manifests/horizontalpodautoscaler-shop.yaml",
            "kind: HorizontalPodAutoscaler",
            ["templates/manifests/horizontalpodautoscaler.yaml.j2"],
            set(),
            {"autoscaling"},
            id="constant in the template",
        ),
        pytest.param(
            "values.yaml",
            "replicaCount:",
            ["templates/values.yaml.j2"],
            set(),
            {"autoscaling"},
            id="a value of the chart",
        ),
    ],
)
def test_a_rendered_line(
    root: Path, capsys: Capture, file: str, text: str, templates: list[str], values: set[str], decided_by: object
) -> None:
    target = line_of(root, "prod/shop", file, text)
    data = explained(root, capsys, target)
    assert [one["file"] for one in data["templates"]] == templates
    assert {one["key"] for one in data["values"]} == values
    assert decided_by in (..., {one["key"] for one in data["decidedBy"]})
    for one in (*data["values"], *data["decidedBy"]):
        for layer in one["layers"]:
            assert written(root, layer["location"])


@pytest.mark.parametrize(
    ("text", "value", "values", "template"),
    [
        pytest.param("enabled: false", ..., {"featureFlags.dark-mode.enabled"}, "enabled: {{", id="a value"),
        pytest.param("dark-mode:", "  dark-mode:\n", {"featureFlags.dark-mode"}, "{{ name", id="a key"),
        pytest.param("features:", "features:\n", set(), "features:", id="a constant"),
        pytest.param("features.yaml: |", ..., ..., "features.yaml: |", id="the line above it: all of it"),
    ],
)
def test_a_line_of_a_text_is_made_of_what_is_on_it(
    root: Path, capsys: Capture, text: str, value: object, values: object, template: str
) -> None:
    target = line_of(root, "staging/shop", "manifests/configmap-shop-feature-flags.yaml", text)
    data = explained(root, capsys, target)
    assert data["path"] == 'data["features.yaml"]'
    assert value in (..., data["value"])
    assert values in (..., {one["key"] for one in data["values"]})
    assert written(root, data["templates"][0]).lstrip().startswith(template)


def test_a_map_begins_on_the_line_of_its_key(root: Path, capsys: Capture) -> None:
    data = explained(root, capsys, line_of(root, "prod/shop", "manifests/rollout-shop.yaml", "template:"))
    assert written(root, data["templates"][0]).lstrip().startswith("template:")


def test_a_constant_says_so(root: Path, capsys: Capture) -> None:
    target = line_of(root, "prod/shop", "manifests/horizontalpodautoscaler-shop.yaml", "kind: HorizontalPodAutoscaler")
    assert run(["explain", "-C", str(root), target]) == 0
    assert capsys.readouterr().out == (
        f"{target}  kind = HorizontalPodAutoscaler\n"
        "  template: templates/manifests/horizontalpodautoscaler.yaml.j2:8:1\n"
        "  constant in the template\n"
        "  decided by\n"
        "    app autoscaling = {min: 4, max: 12, cpu: 60}  environments/all.yaml:106:3\n"
    )


def test_a_line_of_a_file_that_is_not_as_it_is_rendered(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line is known by what stands on it in the file; one that would not be rendered is refused."""
    own_templates.write(tmp_path)
    monkeypatch.chdir(tmp_path)
    name = "rendered/prod/shop/values.yaml"
    lines = files(tmp_path)[name].text.splitlines(keepends=True)
    there = next(number for number, line in enumerate(lines, 1) if line.startswith("replicaCount"))
    edited = [*lines[: there - 1], "# by hand\n", lines[there - 1], "replicaCount: 99\n", *lines[there:]]
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_text("".join(edited), encoding="utf-8")
    assert run(["explain", f"{tmp_path}/{name}:{there + 1}"]) == 0
    told = capsys.readouterr()
    assert told.out.startswith(f"{name}:{there + 1}  replicaCount = ")
    assert "not as it is rendered now" in told.err
    assert run(["explain", f"{name}:{there + 2}"]) == 2
    assert f"{name}:{there + 2} is rendered otherwise, or not at all: `replicaCount: 99`" in capsys.readouterr().err
    assert run(["explain", f"{name}:{len(edited) + 1}"]) == 2
    assert f"has {len(edited)} lines" in capsys.readouterr().err


def test_a_line_of_a_header(root: Path, capsys: Capture) -> None:
    data = explained(root, capsys, "rendered/prod/argocd/root.yaml:2")
    assert data["header"]
    assert [one["file"] for one in data["descriptors"]] == ["environments/all.yaml"]


@pytest.mark.parametrize("which", ["example", "own"])
def test_every_line_of_every_file_is_explained(root: Path, which: str) -> None:
    """No line fails, each has a place, and the template line that wrote a constant holds it."""
    for name, file in files(REPOSITORY if which == "example" else root).items():
        for line in range(1, file.text.count("\n") + 1):
            explanation = explain_file_line(file, line)
            data = line_data(name, line, explanation)
            assert places(data), f"{name}:{line}"
            if data.get("path") in ("kind", "apiVersion"):
                assert written(REPOSITORY if which == "example" else root, data["templates"][0]).startswith(
                    data["path"]
                )
            assert "".join(line_text(name, line, explanation))
    jsonschema.validate(data, OUTPUT_EXPLAIN)


def places(data: dict[str, Any]) -> Iterator[Any] | list[Any]:
    if "header" in data:
        return list(data["descriptors"])
    return [*data["templates"], *(layer for one in data["values"] for layer in one["layers"])]


def test_the_shipped_tree_is_what_is_explained() -> None:
    for name, file in files(REPOSITORY).items():
        assert (REPOSITORY / name).read_text("utf-8") == file.text, name
