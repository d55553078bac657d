"""Input that nobody means well with: a finding or a clear error, exit 1 or 2, nothing written, no traceback."""

import resource
from pathlib import Path

import pytest

from tests.cli.conftest import Run, tree


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("{{ app.__class__.__mro__ }}", "sandbox", id="reaches for __class__"),
        pytest.param(
            "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "loops", id="loops"
        ),
        pytest.param("{% include 'manifests/extra.yaml.j2' %}", "without end", id="recurses"),
        pytest.param("kind: X", "without apiVersion and metadata.name", id="no object"),
        pytest.param("a: [", "faulty YAML", id="no YAML"),
        pytest.param("{{ app.replicsa }}", "`replicsa`, which nothing sets", id="a misspelt key"),
        pytest.param(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ../../../../etc/x, namespace: a}\n",
            "is no DNS",
            id="a path as a name",
        ),
        pytest.param(
            "apiVersion: v1\nkind: Service\nmetadata: {name: hello, namespace: hello}\n",
            "two objects for",
            id="two objects on one path",
        ),
    ],
)
def test_a_template(scaffold: Path, run: Run, text: str, said: str) -> None:
    before = tree(scaffold)
    (scaffold / "templates/manifests").mkdir(parents=True)
    (scaffold / "templates/manifests/extra.yaml.j2").write_text(text)
    result = run("render", "-C", str(scaffold))
    assert result.status == 1
    assert said in result.stderr
    assert tree(scaffold) == before


@pytest.mark.parametrize(
    ("line", "place"),
    [
        pytest.param("  a: {{ app.name }}: b", "manifests/extra.yaml.j2:5:1", id="a line of its own"),
        pytest.param("  {{ lib.pair(app.name) }}", "lib/pairs.j2:2:1", id="a line of a macro"),
        pytest.param(
            "{% for one in [1, 2] %}\n  {{ one }}: {{ one }}\n{% endfor %}",
            "manifests/extra.yaml.j2:6:1",
            id="in a loop",
        ),
    ],
)
def test_faulty_yaml_is_told_at_the_line_of_the_template(scaffold: Path, run: Run, line: str, place: str) -> None:
    for folder in ("lib", "manifests"):
        (scaffold / "templates" / folder).mkdir(parents=True)
    (scaffold / "templates/lib/pairs.j2").write_text("{% macro pair(value) %}\nx: {{ value }}: y\n{% endmacro %}\n")
    (scaffold / "templates/manifests/extra.yaml.j2").write_text(
        '{% import "lib/pairs.j2" as lib %}\napiVersion: v1\nkind: ConfigMap\n'
        f"metadata: {{name: {{{{ app.name }}}}-x, namespace: {{{{ environment.namespace }}}}}}\n{line}\n"
    )
    result = run("render", "-C", str(scaffold))
    assert result.status == 1
    assert f"templates/{place}: error[template/fails]" in result.stderr


def test_a_full_disk(scaffold: Path, run: Run) -> None:
    """A limit on the size of files is what a test can set up; to a program it is a disk that is full."""
    prod = scaffold / "environments/prod.yaml"
    prod.write_text(prod.read_text().replace("replicas: 4", "replicas: 5"))
    before = tree(scaffold)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200, hard))
    try:
        result = run("render", "-C", str(scaffold))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert result.status == 2
    assert "nothing was written" in result.stderr
    assert tree(scaffold) == before
    assert not list((scaffold / "rendered").rglob(".gitopsgen-*"))


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        pytest.param(
            "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {prts: []}\n",
            1,
            "schema/unknown-key",
            id="a misspelt key",
        ),
        pytest.param("a: [\n", 1, "yaml/syntax", id="no YAML"),
        pytest.param("[1, 2]\n", 1, "schema/not-an-object", id="a list"),
        pytest.param(
            "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a}\n", 0, "not checked", id="an unknown kind"
        ),
        pytest.param(
            "apiVersion: gitopsgen.io/v1\nkind: App\nmetadata: {name: a}\nspec: {replica: 1}\n",
            1,
            "descriptor/unknown-key",
            id="a descriptor",
        ),
        pytest.param(
            "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: x}]}\n",
            1,
            "image-tag-not-pinned",
            id="a policy",
        ),
        pytest.param("", 0, "", id="nothing"),
    ],
)
def test_manifests_on_standard_input(run: Run, text: str, status: int, said: str) -> None:
    result = run("lint", "-", stdin=text)
    assert (result.status, said in result.stdout) == (status, True), result.output


def test_a_folder_is_walked_and_a_missing_path_is_an_error(tmp_path: Path, run: Run) -> None:
    (tmp_path / "deploy/sub").mkdir(parents=True)
    (tmp_path / "deploy/sub/a.yaml").write_text("apiVersion: apps/v2\nkind: Deployment\nmetadata: {name: a}\n")
    result = run("lint", "deploy")
    assert result.status == 1
    assert "deploy/sub/a.yaml:1:1: error[schema/unknown-version]" in result.stdout
    assert run("lint", "nowhere").status == 2
