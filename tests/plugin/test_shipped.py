"""The files of ``cmp/`` and the examples of its page: what Argo CD reads of them, and what building the image installs."""

import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from gitopsgen.cli.main import run
from tests.plugin.sidecar import PLUGIN, REPOSITORY, in_order, objects

PAGE: Final = (REPOSITORY / "docs" / "cmp.md").read_text()
DOCKERFILE: Final = (REPOSITORY / "cmp" / "Dockerfile").read_text()
COMMAND: Final = {"command": list, "args": list}
CONTRACT: Final[dict[str, Any]] = {  # Argo CD v3.2.6, cmpserver/plugin/config.go
    "apiVersion": str,
    "kind": str,
    "metadata": {"name": str, "labels": dict, "annotations": dict},
    "spec": {
        "version": str,
        "init": COMMAND,
        "generate": COMMAND,
        "discover": {"fileName": str, "find": {**COMMAND, "glob": str}},
        "parameters": {"static": list, "dynamic": COMMAND},
        "preserveFileMode": bool,
        "provideGitCreds": bool,
    },
}


def unknown(value: object, contract: Any, path: str = "") -> Iterator[str]:  # noqa: ANN401 - a tree of types
    """Yield what the contract does not have, or has of another type."""
    if not isinstance(contract, dict):
        if not isinstance(value, contract):
            yield f"{path}: {value!r}"
    elif not isinstance(value, dict):
        yield f"{path}: {value!r}"
    else:
        for key, item in value.items():
            if key in contract:
                yield from unknown(item, contract[key], f"{path}.{key}")
            else:
                yield f"{path}.{key}"


def test_argo_cd_knows_every_key_of_plugin_yaml() -> None:
    assert list(unknown(PLUGIN, CONTRACT)) == []
    assert (PLUGIN["apiVersion"], PLUGIN["kind"]) == ("argoproj.io/v1alpha1", "ConfigManagementPlugin")
    assert all(
        isinstance(word, str) for part in ("command", "args") for word in PLUGIN["spec"]["generate"].get(part, ())
    )


def test_an_application_names_the_plugin_as_argo_cd_finds_it() -> None:
    """Argo CD looks for NAME.sock, and for NAME-VERSION.sock where a version is set."""
    version = PLUGIN["spec"].get("version")
    socket = f"{PLUGIN['metadata']['name']}-{version}" if version else PLUGIN["metadata"]["name"]
    named = [one["spec"].get("template", one)["spec"]["source"]["plugin"]["name"] for one in applications()]
    assert len(named) >= 2
    assert set(named) == {socket}


@pytest.mark.parametrize("command", [PLUGIN["spec"]["generate"], PLUGIN["spec"]["parameters"]["dynamic"]], ids=str)
def test_the_commands_are_there(command: dict[str, list[str]], capsys: pytest.CaptureFixture[str]) -> None:
    program, *arguments = [*command["command"], *command.get("args", [])]
    assert program == "gitopsgen"
    assert run([*arguments, "--help"]) == 0
    assert "spec.source" in capsys.readouterr().out or "parameters" in arguments


def blocks(kind: str = "yaml") -> list[str]:
    """Return the page's examples of a language."""
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)


def documents() -> list[dict[str, Any]]:
    return [one for block in blocks() for one in yaml.safe_load_all(block)]


def applications() -> list[dict[str, Any]]:
    return [one for one in documents() if one.get("kind") in ("Application", "ApplicationSet")]


def test_the_applications_of_the_page_are_clean(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "applications.yaml"
    file.write_text(yaml.safe_dump_all(applications()))
    status = run(["lint", str(file), "--fail-on", "warning"])
    assert status == 0, capsys.readouterr().out


def test_the_applications_of_the_page_are_generated_for_the_example(capsys: pytest.CaptureFixture[str]) -> None:
    asked = next(one["spec"]["source"] for one in applications() if one["kind"] == "Application")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARGOCD_APP_PARAMETERS", json.dumps(asked["plugin"]["parameters"]))
        patch.setenv("ARGOCD_APP_SOURCE_PATH", asked["path"])
        assert run(["cmp", "generate", "--repo", str(REPOSITORY / asked["path"])]) == 0
    committed = [yaml.safe_load(one.read_text()) for one in REPOSITORY.glob("rendered/prod/sample-api/manifests/*")]
    assert in_order(objects(capsys.readouterr().out)) == in_order(committed)


def test_the_sidecar_is_what_argo_cd_asks_of_one() -> None:
    patch = next(one for one in documents() if one.get("kind") == "Deployment")
    assert patch["metadata"]["name"] == "argocd-repo-server"
    pod = patch["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert container["command"] == shlex.split(re.findall(r'^ENTRYPOINT \["(.*)"\]$', DOCKERFILE, re.MULTILINE)[0])
    security = container["securityContext"]
    assert (security["runAsUser"], security["runAsNonRoot"], security["readOnlyRootFilesystem"]) == (999, True, True)
    mounts = {one["mountPath"]: one["name"] for one in container["volumeMounts"]}
    own = {volume["name"] for volume in pod["volumes"]}
    assert mounts["/var/run/argocd"] == "var-files"
    assert mounts["/home/argocd/cmp-server/plugins"] == "plugins"
    assert mounts["/tmp"] in own - {"tmp", "var-files", "plugins"}, "shared, it would let plugins meet"  # noqa: S108 - of the container
    assert set(mounts.values()) == own | {"var-files", "plugins"}, "the Deployment has these two itself"


def test_the_patched_deployment_is_clean(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The patch on the least Deployment that has what it counts on."""
    patch = next(one for one in documents() if one.get("kind") == "Deployment")
    patch["metadata"]["namespace"] = "argocd"
    labels = {"app.kubernetes.io/name": "argocd-repo-server"}
    patch["spec"]["selector"] = {"matchLabels": labels}
    patch["spec"]["template"]["metadata"] = {"labels": labels}
    patch["spec"]["template"]["spec"] |= {
        "serviceAccountName": "argocd-repo-server",
        "automountServiceAccountToken": False,
    }
    patch["spec"]["template"]["spec"]["volumes"] += [
        {"name": name, "emptyDir": {}} for name in ("var-files", "plugins")
    ]
    file = tmp_path / "deployment.yaml"
    file.write_text(yaml.safe_dump(patch))
    assert run(["lint", str(file)]) == 0, capsys.readouterr().out


def stages() -> list[list[tuple[str, str]]]:
    """Return the instructions of each stage of the Dockerfile: word and rest."""
    lines = re.sub(r"\\\n", "", DOCKERFILE).splitlines()
    instructions = [line.partition(" ")[::2] for line in lines if line and not line.startswith("#")]
    starts = [index for index, (word, _) in enumerate(instructions) if word == "FROM"]
    return [instructions[start:end] for start, end in zip(starts, [*starts[1:], len(instructions)], strict=True)]


def test_the_image_has_what_argo_cd_needs() -> None:
    build, final = stages()
    assert ("USER", "999:999") in final
    assert ("COPY", "cmp/plugin.yaml /home/argocd/cmp-server/config/plugin.yaml") in final
    assert ("COPY", "--from=build /opt/gitopsgen /opt/gitopsgen") in final
    path = ("ENV", "PATH=/opt/gitopsgen/bin:$PATH")
    assert path in build
    assert path in final, "the command of plugin.yaml is looked for on PATH"
    assert build[0][1].split(" AS ")[0] == final[0][1], "what is compiled for one Python runs on no other"
    python = re.findall(r"^ARG PYTHON=(.*)$", DOCKERFILE, re.MULTILINE)[0]
    classifiers = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["classifiers"]
    assert f"Programming Language :: Python :: {python}" in classifiers


def test_the_image_is_built_from_pinned_packages() -> None:
    """Everything that the package and its build need is in the file that is installed before it, with hashes."""
    first, second = [rest for word, rest in stages()[0] if word == "RUN" and rest.startswith("pip")]
    assert "--require-hashes --requirement requirements.txt" in first
    assert "--no-deps --no-build-isolation" in second
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    pinned = re.findall(r"^([a-z0-9.-]+)==", (REPOSITORY / "requirements.txt").read_text(), re.MULTILINE)
    names = {re.split(r"[^A-Za-z0-9.-]", one)[0].replace(".", "-") for one in wanted}
    assert names <= {name.replace(".", "-") for name in pinned}


def test_what_the_image_copies_is_enough_to_install_and_run(tmp_path: Path) -> None:
    """The Dockerfile's own COPY and pip lines; the packages of requirements.txt are this environment's."""
    if importlib.util.find_spec("hatchling") is None:
        pytest.skip("hatchling is not installed: `python3 tools/dev.py setup` does so")
    context, installed = tmp_path / "build", tmp_path / "installed"
    context.mkdir()
    for word, rest in stages()[0]:
        if word == "COPY":
            *sources, target = rest.split()
            for source in sources:
                copy(REPOSITORY / source, context / target / ("" if target != source else ".."))
    pip = next(rest for word, rest in stages()[0] if word == "RUN" and rest.endswith(" ."))
    command = [sys.executable, "-m", *shlex.split(pip), "--quiet", "--target", str(installed)]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    result = subprocess.run(command, cwd=context, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    shutil.copytree(REPOSITORY / "environments", tmp_path / "copy" / "environments")
    program = installed / "bin" / "gitopsgen"
    assert program.exists()
    assert list(installed.glob("gitopsgen/__pycache__/*.pyc")), "what is not compiled is so at each start"
    generated = subprocess.run(
        [sys.executable, str(program), "cmp", "generate"],
        cwd=tmp_path / "copy",
        env={"PYTHONPATH": str(installed), "PATH": "", "ARGOCD_ENV_ENVIRONMENT": "dev"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert generated.returncode == 0, generated.stderr
    committed = [yaml.safe_load(one.read_text()) for one in REPOSITORY.glob("rendered/dev/sample-api/manifests/*")]
    assert in_order(objects(generated.stdout)) == in_order(committed)


def copy(source: Path, folder: Path) -> None:
    """Copy what git would have of a file or folder into ``folder``."""
    if source.is_dir():
        shutil.copytree(source, folder / source.name, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
    else:
        shutil.copy(source, folder)
