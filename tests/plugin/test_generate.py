"""``cmp generate`` as argocd-cmp-server runs it: the committed objects on standard output, or nothing at all."""

import json
import subprocess
from pathlib import Path

import pytest

from gitopsgen.cli.exit_status import FAULTS, NOT_DONE
from gitopsgen.cli.main import run
from tests.plugin.sidecar import Sidecar, in_order, is_root, objects

PARAMETERS = [{"name": "environment", "string": "prod"}, {"name": "app", "string": "sample-api"}]
VARIABLES = {"ARGOCD_ENV_ENVIRONMENT": "staging", "ARGOCD_ENV_APP": "sample-api"}
OTHER_APP = """apiVersion: gitopsgen.io/v1
kind: App
metadata: {name: other, labels: {team: platform}}
spec:
  image: {repository: ghcr.io/your-org/other, tag: v1.0.0}
  ports: {http: 8000}
  resources: {requests: {cpu: 100m, memory: 128Mi}, limits: {memory: 256Mi}}
"""
CHART = "chart: {path: charts/sample-api, workload: rollout}"


@pytest.fixture
def sidecar(tmp_path: Path) -> Sidecar:
    return Sidecar.start(tmp_path)


def refused(result: subprocess.CompletedProcess[str], status: int, *said: str) -> None:
    """Hold that nothing was generated, and why."""
    assert (result.returncode, result.stdout) == (status, ""), result.stderr
    assert "Traceback" not in result.stderr
    assert "\x1b" not in result.stderr
    for words in said:
        assert words in result.stderr


@pytest.mark.parametrize(
    ("path", "parameters", "variables", "environment"),
    [
        pytest.param(".", PARAMETERS, {}, "prod", id="parameters"),
        pytest.param("environments", PARAMETERS, {}, "prod", id="parameters, from the folder of the descriptors"),
        pytest.param(".", None, VARIABLES, "staging", id="variables"),
        pytest.param("rendered/dev/sample-api/manifests", None, {}, "dev", id="the path of the manifests"),
        pytest.param("rendered/dev/sample-api", [], {}, "dev", id="the path of the App"),
        pytest.param("rendered/dev/sample-api", PARAMETERS, VARIABLES, "prod", id="parameters before all else"),
        pytest.param("rendered/dev/sample-api", None, VARIABLES, "staging", id="variables before the path"),
        pytest.param(
            "rendered/dev/sample-api",
            [{"name": "environment", "string": ""}, {"name": "app", "string": ""}],
            {},
            "dev",
            id="fields that the user interface left empty",
        ),
    ],
)
def test_one_app_is_what_is_committed(
    sidecar: Sidecar, path: str, parameters: object, variables: dict[str, str], environment: str
) -> None:
    result = sidecar.run("generate", path, parameters, **variables)
    assert result.returncode == 0, result.stderr
    committed = sidecar.committed(f"rendered/{environment}/sample-api/manifests")
    assert in_order(objects(result.stdout)) == in_order(committed)


@pytest.mark.parametrize(
    ("path", "parameters", "variables"),
    [
        pytest.param(".", [{"name": "environment", "string": "prod"}], {}, id="parameter"),
        pytest.param(".", None, {"ARGOCD_ENV_ENVIRONMENT": "prod", "ARGOCD_ENV_APP": ""}, id="variable"),
        pytest.param("rendered/prod", None, {}, id="path"),
    ],
)
def test_a_whole_environment_leaves_out_what_is_argo_cds_own(
    sidecar: Sidecar, path: str, parameters: object, variables: dict[str, str]
) -> None:
    (sidecar.copy / "environments/apps/other.yaml").write_text(OTHER_APP)
    sidecar.edit("environments/prod.yaml", "  apps:\n", "  apps:\n    other: {}\n")
    result = sidecar.run("generate", path, parameters, **variables)
    assert result.returncode == 0, result.stderr
    generated = objects(result.stdout)
    assert {one["kind"] for one in generated}.isdisjoint({"Application", "AppProject"})
    assert {one["metadata"]["labels"]["app.kubernetes.io/name"] for one in generated} == {"sample-api", "other"}
    committed = in_order(sidecar.committed("rendered/prod/sample-api/manifests"))
    assert set(committed) < set(in_order(generated))


def test_neither_the_tree_nor_git_is_needed_and_both_are_told(tmp_path: Path) -> None:
    sidecar = Sidecar.start(tmp_path, left_out=("rendered", "charts", "templates", "policies"))
    git = tmp_path / "bin" / "git"
    git.write_text(f"#!/bin/sh\necho called >> {tmp_path}/called\nexit 1\n")
    git.chmod(0o755)
    result = sidecar.run("generate", ".", PARAMETERS)
    assert result.returncode == 0, result.stderr
    assert in_order(objects(result.stdout)) == in_order(sidecar.committed("rendered/prod/sample-api/manifests"))
    assert "not checked: prod/sample-api: what the change does: there is no commit to compare with" in result.stderr
    assert "gate-removed" in result.stderr
    assert "not checked: prod/sample-api: how it differs from staging: there is no rendered/staging/" in result.stderr
    assert not (tmp_path / "called").exists()


def test_nothing_is_written_and_neither_home_nor_a_locale_is_needed(sidecar: Sidecar) -> None:
    sidecar.edit("environments/apps/sample-api.yaml", "LOG_LEVEL: INFO", "LOG_LEVEL: grüß Gott")
    before = sidecar.files()
    plain = sidecar.run("generate", ".", PARAMETERS)
    odd = sidecar.run(
        "generate", ".", PARAMETERS, HOME="/nonexistent", LC_ALL="C", PYTHONUTF8="0", PYTHONIOENCODING="latin-1"
    )
    assert (plain.returncode, odd.returncode) == (0, 0), plain.stderr + odd.stderr
    assert "grüß Gott" in plain.stdout
    assert plain.stdout == odd.stdout
    assert sidecar.files() == before
    assert sorted(path.name for path in sidecar.folder.iterdir()) == ["_cmp_server", "bin", "tmp"]


def test_a_copy_that_cannot_be_written_to_will_do(sidecar: Sidecar) -> None:
    folders = [sidecar.copy, *(path for path in sidecar.copy.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    try:
        if not is_root():
            with pytest.raises(PermissionError):
                (sidecar.copy / "file").touch()
        result = sidecar.run("generate", "rendered/prod/sample-api")
    finally:
        for folder in folders:
            folder.chmod(0o755)
    assert result.returncode == 0, result.stderr


def test_a_user_without_a_name_will_do(
    sidecar: Sidecar, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What Python does for a user that the image does not know: OpenShift gives each namespace its own."""

    def nobody(_cls: type[Path]) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", classmethod(nobody))
    assert run(["cmp", "generate", "--repo", str(sidecar.copy / "rendered/prod/sample-api")]) == 0
    assert in_order(objects(capsys.readouterr().out)) == in_order(
        sidecar.committed("rendered/prod/sample-api/manifests")
    )


def test_a_finding_that_blocks_leaves_standard_output_empty(sidecar: Sidecar) -> None:
    sidecar.edit("environments/prod.yaml", "gates: [5, 80]", "gates: []")
    result = sidecar.run("generate", ".", PARAMETERS)
    refused(result, FAULTS, "ungated-production-canary", "environments/prod.yaml:27:11:", "nothing was generated")
    assert sidecar.run("generate", ".", [{"name": "environment", "string": "dev"}]).returncode == 0


def test_a_faulty_descriptor_leaves_standard_output_empty(sidecar: Sidecar) -> None:
    sidecar.edit("environments/apps/sample-api.yaml", "ports:", "prots:")
    refused(sidecar.run("generate", ".", PARAMETERS), FAULTS, "prots", "did you mean `ports`")


def test_what_another_app_has_may_be_referred_to(sidecar: Sidecar) -> None:
    """The App alone lacks a ConfigMap: the whole Environment, which has it, decides."""
    (sidecar.copy / "environments/apps/other.yaml").write_text(f"{OTHER_APP}  config: {{level: info}}\n")
    sidecar.edit("environments/prod.yaml", "  apps:\n", "  apps:\n    other: {}\n")
    alone = sidecar.run("generate", ".", PARAMETERS)
    assert alone.returncode == 0, alone.stderr
    assert "not checked: prod/sample-api: clashes with other Apps of prod" in alone.stderr
    sidecar.edit("environments/prod.yaml", "env: {", "env: {LEVEL: {configMap: other-config, key: level}, ")
    result = sidecar.run("generate", ".", PARAMETERS)
    assert result.returncode == 0, result.stderr
    assert "other-config" not in result.stderr
    assert "clashes" not in result.stderr
    assert {one["metadata"]["labels"]["app.kubernetes.io/name"] for one in objects(result.stdout)} == {"sample-api"}


@pytest.mark.parametrize(
    ("parameters", "variables", "said"),
    [
        pytest.param(None, {}, ["does not say which Environment", "{name: environment, string: prod}"], id="nothing"),
        pytest.param(
            [{"name": "environment", "string": "prdo"}],
            {},
            ["no Environment `prdo`, which the parameter `environment` names", "did you mean `prod`?"],
            id="an Environment that is none",
        ),
        pytest.param(
            [{"name": "environment", "string": "base"}],
            {},
            ["no Environment `base`", "dev, prod, staging"],
            id="abstract",
        ),
        pytest.param([{"name": "environment", "string": "*"}], {}, ["no Environment `*`"], id="a glob"),
        pytest.param(
            [{"name": "environment", "string": "prod\x1b[31m"}],
            {},
            ["no Environment `prod\\x1b[31m`"],
            id="a hostile one",
        ),
        pytest.param(
            [{"name": "environment", "string": "prod"}, {"name": "app", "string": "sample-app"}],
            {},
            ["no App `sample-app` in prod", "did you mean `sample-api`?"],
            id="an App that is none",
        ),
        pytest.param(
            [{"name": "app", "string": "sample-api"}],
            {},
            ["the parameter `app` names an App, and nothing its Environment"],
            id="an App alone",
        ),
        pytest.param(
            None,
            {"ARGOCD_ENV_APP": "x"},
            ["ARGOCD_ENV_APP names an App", "{name: ENVIRONMENT, value: prod}"],
            id="the same in env",
        ),
        pytest.param(
            None,
            {"ARGOCD_ENV_environment": "prod"},
            [
                "the variable `environment` is not read",
                "write `ENVIRONMENT` in the Application's spec.source.plugin.env",
            ],
            id="a variable in lower case",
        ),
        pytest.param(
            [{"name": "enviroment", "string": "prod"}],
            {},
            ['no parameter "enviroment"', "did you mean `environment`?", "spec.source.plugin.parameters"],
            id="an unknown parameter",
        ),
        pytest.param(
            [{"name": "environment", "array": ["prod"]}],
            {},
            ["the parameter `environment` is a string, and not array", "{name: environment, string: prod}"],
            id="an array",
        ),
        pytest.param(
            [{"name": "app", "map": {"a": "b"}, "string": "x"}],
            {},
            ["the parameter `app` is a string, and not string and map"],
            id="a map beside the string",
        ),
        pytest.param(
            [{"name": "environment"}], {}, ["the parameter `environment` is a string, and not empty"], id="no value"
        ),
        pytest.param(
            [{"name": "environment", "string": 3}],
            {},
            ["the parameter `environment` is a string, and not a number"],
            id="a number",
        ),
        pytest.param(
            [{"name": "environment", "string": "dev"}, {"name": "environment", "string": "prod"}],
            {},
            ["the parameter `environment` is given twice"],
            id="twice",
        ),
        pytest.param(["environment=prod"], {}, ["a parameter is a map with a name"], id="a string for a parameter"),
        pytest.param({"environment": "prod"}, {}, ["ARGOCD_APP_PARAMETERS is a map and not a list"], id="a map"),
        pytest.param("[{", {}, ["ARGOCD_APP_PARAMETERS is no JSON"], id="no JSON"),
        pytest.param("[" * 100_000, {}, ["ARGOCD_APP_PARAMETERS is no JSON"], id="bottomless JSON"),
    ],
)
def test_a_request_that_cannot_be_told_is_refused(
    sidecar: Sidecar, parameters: object, variables: dict[str, str], said: list[str]
) -> None:
    refused(sidecar.run("generate", ".", parameters, **variables), NOT_DONE, *said)


def test_what_no_app_has_is_told(sidecar: Sidecar) -> None:
    sidecar.edit("environments/prod.yaml", "env: {", "env: {LEVEL: {configMap: other-config, key: level}, ")
    result = sidecar.run("generate", ".", PARAMETERS)
    assert result.returncode == 0
    assert "warning[reference/config-map-not-in-set]" in result.stderr


def test_an_app_that_is_deployed_elsewhere_is_told_apart(sidecar: Sidecar) -> None:
    (sidecar.copy / "environments/apps/other.yaml").write_text(OTHER_APP)
    sidecar.edit("environments/dev.yaml", "  apps:\n", "  apps:\n    other: {}\n")
    asked = [{"name": "environment", "string": "prod"}, {"name": "app", "string": "other"}]
    refused(sidecar.run("generate", ".", asked), NOT_DONE, "prod does not deploy the App `other`", "sample-api")
    result = sidecar.run("generate", ARGOCD_ENV_ENVIRONMENT="prod", ARGOCD_ENV_APP="nothing")
    refused(result, NOT_DONE, "there is no App `nothing` in prod, which ARGOCD_ENV_APP names")


@pytest.mark.parametrize("path", ["rendered/prod", "rendered/prod/sample-api"])
def test_what_a_chart_draws_is_refused(sidecar: Sidecar, path: str) -> None:
    sidecar.edit("environments/prod.yaml", "    sample-api:\n", f"    sample-api:\n      {CHART}\n")
    refused(
        sidecar.run("generate", path),
        NOT_DONE,
        "a Helm chart draws the objects of sample-api in prod",
        "rendered/prod/argocd/apps/",
    )


def test_an_environment_that_is_empty_is_refused(sidecar: Sidecar) -> None:
    (sidecar.copy / "environments/empty.yaml").write_text(
        "apiVersion: gitopsgen.io/v1\nkind: Environment\nmetadata: {name: empty}\n"
        "spec: {extends: [base], tier: development, namespace: empty}\n"
    )
    asked = [{"name": "environment", "string": "empty"}]
    refused(sidecar.run("generate", ".", asked), NOT_DONE, "empty renders to no object", "delete")


@pytest.mark.parametrize("command", ["generate", "parameters"])
def test_a_part_of_the_repository_is_told(tmp_path: Path, command: str) -> None:
    """What manifest-generate-paths of `.` alone sends: the folder of the source, and nothing around it."""
    sidecar = Sidecar.start(tmp_path, left_out=("environments",))
    (tmp_path / "_cmp_server" / "environments").mkdir()  # of somebody else: the copy is not left
    result = sidecar.run(command, "rendered/prod", PARAMETERS)
    assert "there is no folder environments/" in result.stderr
    assert "manifest-generate-paths" in result.stderr
    assert result.returncode == (NOT_DONE if command == "generate" else 0)
    assert (result.stdout == "") == (command == "generate")


def test_the_announcement_names_what_there_is(sidecar: Sidecar) -> None:
    result = sidecar.run("parameters")
    assert result.returncode == 0, result.stderr
    environment, app = json.loads(result.stdout)
    assert environment == {
        "name": "environment",
        "title": "Environment",
        "tooltip": "The Environment to generate: dev, prod, staging.",
        "required": True,
        "itemType": "string",
        "collectionType": "string",
        "string": "",
    }
    assert (app["name"], app["required"], app["string"]) == ("app", False, "")
    assert app["tooltip"].endswith("empty for all of them. dev, prod, staging: sample-api.")
    assert result.stderr == ""


def test_the_announced_defaults_are_what_is_generated(sidecar: Sidecar) -> None:
    environment, app = json.loads(sidecar.run("parameters", "rendered/prod/sample-api").stdout)
    assert (environment["string"], environment["required"], app["string"]) == ("prod", False, "sample-api")
    assert environment["tooltip"].endswith("Without it: prod, as the path of the source says.")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("kind: Nothing\n", id="a descriptor"),
        pytest.param("a: [\n", id="YAML"),
        pytest.param("", id="an empty file"),
    ],
)
def test_a_faulty_repository_has_an_announcement_too(sidecar: Sidecar, text: str) -> None:
    (sidecar.copy / "environments/faulty.yaml").write_text(text)
    result = sidecar.run("parameters")
    assert result.returncode == 0
    assert [one["name"] for one in json.loads(result.stdout)] == ["environment", "app"]
    assert "environments/faulty.yaml:" in result.stderr
    assert "prod" in json.loads(result.stdout)[0]["tooltip"]
