"""What a person can get wrong in a descriptor: every fault in one run, with its line, its column and its mend."""

from pathlib import Path

import pytest

from gitopsgen.descriptors.loading import load_descriptors
from gitopsgen.model.errors import GitopsgenError

HEAD = "apiVersion: gitopsgen.io/v1\nkind: App\nmetadata: {name: api}\nspec:\n"


def faults(tmp_path: Path, text: str) -> list[str]:
    folder = tmp_path / "environments"
    folder.mkdir(exist_ok=True)
    (folder / "a.yaml").write_bytes(text.encode("utf-8", "surrogateescape"))
    _, findings = load_descriptors(tmp_path)
    return [f"{one.location}: {one.policy}: {one.message}: {one.fix}" for one in findings]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param(
            "  replica: 3",
            "5:3: descriptor/unknown-key: there is no key `replica` in `spec`: did you mean `replicas`?",
            id="unknown key",
        ),
        pytest.param(
            "  image: {tag: 1.10}",
            "5:11: descriptor/wrong-type: `spec.image.tag` must be a string, and `1.10` is the number 1.1 to Kubernetes: "
            'write `"1.10"`',
            id="a version that is a number",
        ),
        pytest.param(
            "  image: {tag: 1e3}",
            "5:11: descriptor/wrong-type: `spec.image.tag` must be a string, and `1e3` is the number 1000.0 to Kubernetes: "
            'write `"1e3"`',
            id="a tag that is a number",
        ),
        pytest.param(
            "  image: {tag: 0777}",
            '5:16: yaml/ambiguous-scalar: `0777` is the number 511 to Kubernetes: write `511`, or `"0777"` for the string',
            id="octal",
        ),
        pytest.param(
            "  serviceAccount: {create: yes}",
            '5:28: yaml/ambiguous-scalar: `yes` is the boolean true to Kubernetes: write `true`, or `"yes"` for the string',
            id="yes",
        ),
        pytest.param(
            '  replicas: "3"',
            '5:3: descriptor/wrong-type: `spec.replicas` must be a whole number, not `"3"`: write `3` without quotes',
            id="a number in quotes",
        ),
        pytest.param(
            "  replicas: -1",
            "5:3: descriptor/invalid-value: `spec.replicas` is -1, which is less than 0: ",
            id="too small",
        ),
        pytest.param(
            "  health: {live: {pth: /x}}",
            "5:19: descriptor/unknown-key: there is no key `pth` in `spec.health.live`: did you mean `path`?",
            id="inside a union",
        ),
        pytest.param(
            "  health: {live: health}",
            "5:12: descriptor/invalid-value: `spec.health.live` is health, and must be a path that begins with /: ",
            id="the right form with a wrong value",
        ),
        pytest.param(
            "  env: {VERSION: 1.10}",
            '5:9: yaml/ambiguous-scalar: `1.10` is 1.1 to Kubernetes where `spec.env.VERSION` wants a string: write `"1.10"`',
            id="a variable that does not read as written",
        ),
        pytest.param(
            "  chart: {path: charts/x, repoURL: https://x}",
            "5:11: descriptor/contradiction: `repoURL` and `path` exclude each other in `spec.chart`: keep one of the two",
            id="keys that exclude each other",
        ),
        pytest.param(
            "  ports: {HTTP_PORT: 80}",
            "5:11: descriptor/invalid-value: `HTTP_PORT` is not a valid key here: "
            "it must match ^[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$: ",
            id="a key that is no port name",
        ),
        pytest.param(
            "  image: {repository: a}\n  image: {repository: b}",
            "6:3: yaml/duplicate-key: the key `image` stands twice: keep one of the two",
            id="duplicate key",
        ),
        pytest.param(
            "  rollout: {canary: {steps: 5}}",
            "5:22: descriptor/wrong-type: `spec.rollout.canary.steps` must be a list, not `5`: ",
            id="steps that are no list",
        ),
    ],
)
def test_a_fault_of_an_app(tmp_path: Path, line: str, expected: str) -> None:
    found = faults(tmp_path, f"{HEAD}{line}\n")
    assert [one.removeprefix("environments/a.yaml:") for one in found] == [expected]


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        pytest.param("", "descriptor/empty-file", id="empty file"),
        pytest.param("# nothing\n", "descriptor/empty-file", id="comments only"),
        pytest.param("- a\n", "descriptor/not-a-map", id="a list at the top"),
        pytest.param("just text\n", "descriptor/not-a-map", id="a scalar at the top"),
        pytest.param("kind: Pod\n", "descriptor/unknown-kind", id="unknown kind"),
        pytest.param("spec: {}\n", "descriptor/unknown-kind", id="no kind"),
        pytest.param("kind: App\nmetadata: {name: x}\nspec: {}\n", "descriptor/missing-key", id="no apiVersion"),
        pytest.param("a: [\n", "yaml/syntax", id="not YAML"),
        pytest.param("\udcff\udcfe", "yaml/encoding", id="not UTF-8"),
        pytest.param(
            HEAD.replace("api}", "../../etc/x}") + "  replicas: 1\n", "descriptor/invalid-value", id="a path as a name"
        ),
        pytest.param(HEAD.replace("api}", "Api}") + "  replicas: 1\n", "descriptor/invalid-value", id="upper case"),
        pytest.param(
            HEAD.replace("api}", "a" * 300 + "}") + "  replicas: 1\n", "descriptor/invalid-value", id="300 characters"
        ),
        pytest.param(
            HEAD.replace("api}", "con}") + "  replicas: 1\n", "descriptor/invalid-value", id="a device of Windows"
        ),
        pytest.param(
            HEAD.replace("api}", "argocd}") + "  replicas: 1\n", "descriptor/invalid-value", id="a folder of ours"
        ),
    ],
)
def test_a_faulty_file_is_one_finding(tmp_path: Path, text: str, policy: str) -> None:
    found = faults(tmp_path, text)
    assert [one.split(": ")[1] for one in found] == [policy], found


def test_a_file_of_100_megabytes_is_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "environments"
    folder.mkdir()
    with (folder / "a.yaml").open("wb") as file:
        file.truncate(100_000_000)
    _, findings = load_descriptors(tmp_path)
    assert [one.message for one in findings] == ["the file has 100 MB; at most 16 MB are read"]


def test_the_first_of_two_descriptors_of_one_name_is_named(tmp_path: Path) -> None:
    assert faults(tmp_path, f"{HEAD}  replicas: 1\n---\n{HEAD}  replicas: 2\n") == [
        (
            "environments/a.yaml:9:12: descriptor/duplicate: the App api is already described at environments/a.yaml:3:12: "
            "keep one of the two, or rename one"
        )
    ]


def test_numbers_that_read_as_written_are_strings_where_a_string_is_meant(tmp_path: Path) -> None:
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments" / "a.yml").write_text(
        f"{HEAD}  env: {{PORT: 8000, DEBUG: true, RATIO: 0.5, KEY: {{secret: a, key: b}}}}\n"
    )
    descriptors, findings = load_descriptors(tmp_path)
    assert not findings
    assert descriptors.apps["api"].spec["env"] == {
        "PORT": "8000",
        "DEBUG": "true",
        "RATIO": "0.5",
        "KEY": {"secret": "a", "key": "b"},
    }


def test_without_the_folder_the_run_cannot_be_done(tmp_path: Path) -> None:
    with pytest.raises(GitopsgenError, match="there is no folder environments/"):
        load_descriptors(tmp_path)
