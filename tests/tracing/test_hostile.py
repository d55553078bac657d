"""Whatever a string of a descriptor holds, it is rendered as it is, traced or not, or refused: nothing is added to it."""

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitopsgen.cli.main import run
from gitopsgen.descriptors.loading import load_descriptors
from gitopsgen.descriptors.resolving import Fleet, resolve
from gitopsgen.library import Library
from gitopsgen.model.finding import Severity
from gitopsgen.model.manifest import dig, walk
from gitopsgen.source.emitter import emit, quote
from gitopsgen.source.reader import read
from gitopsgen.templating.engine import Engine
from gitopsgen.templating.rendering import Renderer
from gitopsgen.templating.traced import own, untraced
from gitopsgen.templating.tracing import TracingRenderer, traced_release
from gitopsgen.templating.tracing_engine import TracingEngine

PIECES = (
    "\ufdd0", "\ufdd1", "\ufdd2", "\ufdef", "\ue000", "\uf8ff", "\U000f0000", "\U0010ffff", "\uffff", "\ufffe",
    "\x00", "\x01", "\x1b[31m", "\x7f", "\x85", "\u2028", "\ufeff", "\ud800", "\udfff",
    "{{ app.name }}", "{% if x %}", "{# x", "#}", "{%- endif -%}", "}}",
    "\n", "\r\n", "\n---\n", "\t", ": ", "- ", "&a ", "*a", "!!str ", "| yaml", "'", '"', "\\", "%", "a", "0", "~", "null",
)  # fmt: skip
DESCRIPTORS = """\
apiVersion: gitopsgen.io/v1
kind: App
metadata: {{name: api, annotations: {{note: {text}}}}}
spec:
  image: {{repository: ghcr.io/acme/api, tag: v1}}
  ports: {{http: 8000}}
  env: {{FIRST: {text}, SECOND: plain}}
  config: {{file: {text}}}
  serviceAccount: {{annotations: {{note: {text}}}}}
  patches: [{{target: {{kind: Service}}, merge: {{metadata: {{annotations: {{patched: {text}}}}}}}}}]
---
apiVersion: gitopsgen.io/v1
kind: Environment
metadata: {{name: dev}}
spec: {{tier: development, namespace: dev, argocd: {{repoURL: https://git.acme.dev/x}}, apps: {{api: {{}}}}}}
"""
hostile = st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join) | st.text(
    st.characters(codec=None), min_size=1, max_size=20
)
PLACES = (
    ("Rollout", ("metadata", "annotations", "note")),
    ("Rollout", ("spec", "template", "spec", "containers", 0, "env", 0, "value")),
    ("ConfigMap", ("data", "file")),
    ("ServiceAccount", ("metadata", "annotations", "note")),
    ("Service", ("metadata", "annotations", "patched")),
)


@pytest.fixture(scope="module")
def renderers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Renderer, TracingRenderer]:
    library = Library(root=tmp_path_factory.mktemp("none")).templates
    return Renderer(engine=Engine(library)), TracingRenderer(engine=TracingEngine(library))


def load(folder: Path, text: str) -> Fleet | None:
    """Return what the descriptors with a hostile string describe; ``None`` when it is refused."""
    (folder / "environments").mkdir(exist_ok=True)
    (folder / "environments/all.yaml").write_bytes(
        DESCRIPTORS.format(text=quote(text) if text else '""').encode("utf-8", "surrogatepass")
    )
    descriptors, findings = load_descriptors(folder)
    fleet, faults = resolve(descriptors)
    return None if findings or faults else fleet


@settings(max_examples=60)
@given(text=hostile)
def test_a_string_comes_out_as_it_went_in(
    tmp_path_factory: pytest.TempPathFactory, renderers: tuple[Renderer, TracingRenderer], text: str
) -> None:
    fleet = load(tmp_path_factory.mktemp("hostile"), text)
    if fleet is None:
        return
    written = fleet.releases[0].spec["env"]["FIRST"]
    plain, traced = renderers[0].release(fleet.releases[0]), renderers[1].release(traced_release(fleet.releases[0]))
    assert len(plain.manifests) == len(traced.manifests)
    for one, two in zip(plain.manifests, traced.manifests, strict=True):
        assert untraced(two.body) == one.body
        assert read(emit(one.body), "").documents[0].data == one.body
    if any(finding.severity is Severity.ERROR for finding in plain.findings):
        return
    bodies = {manifest.kind: manifest.body for manifest in traced.manifests}
    for kind, path in PLACES:
        assert untraced(dig(bodies[kind], *path)) == written, kind
        assert own(dig(bodies[kind], *path)).values


@pytest.mark.parametrize("seed", range(4))
def test_nothing_else_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str], seed: int) -> None:
    """Every string of every file that the command writes is one that it writes without the hostile ones, or theirs."""
    chance = random.Random(seed)  # noqa: S311 - the same strings each time
    text = "".join(chance.sample([one for one in PIECES if one.isprintable() or ord(one[0]) > 0xE000], 5))
    assert load(tmp_path, "harmless") is not None
    assert run(["render", "-C", str(tmp_path), "--no-cache"]) == 0, capsys.readouterr().err
    known = strings(tmp_path)
    fleet = load(tmp_path, text)
    status = run(["render", "-C", str(tmp_path), "--no-cache"])
    if fleet is None:
        assert status == 1
        return
    assert status == 0, capsys.readouterr().err
    checksum = "gitopsgen.io/config-checksum"
    for file, found in strings(tmp_path).items():
        for path, value in found.items():
            if path[-1] != checksum:
                assert value in (text, known[file][path]), (file, path)


def strings(folder: Path) -> dict[str, dict[tuple[str | int, ...], object]]:
    return {
        file.relative_to(folder).as_posix(): dict(walk(read(file.read_text("utf-8"), "").documents[0].data))
        for file in (folder / "rendered").rglob("*.yaml")
    }
