"""``set``: keys of a release, in the right file, for this release only; and nothing when it cannot be."""

import json
from pathlib import Path

import jsonschema
import pytest

from gitopsgen.delivery.overlays import INHERITED, Setting
from gitopsgen.delivery.settings import parse_setting
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.reports.delivery_schemas import OUTPUT_DELIVERY
from gitopsgen.source.reader import Yaml
from tests.delivery.conftest import Gitopsgen, everything
from tests.delivery.repositories import Repository

PROD = "environments/prod.yaml"


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        pytest.param("replicas=3", ("replicas",), 3, id="a number"),
        pytest.param("spec.replicas=3", ("replicas",), 3, id="with the spec before it"),
        pytest.param("replicas=null", ("replicas",), None, id="null removes"),
        pytest.param("replicas=", ("replicas",), INHERITED, id="nothing unsets"),
        pytest.param("image.tag=1.10", ("image", "tag"), "1.10", id="a tag is a string whatever it looks like"),
        pytest.param("image.tag=yes", ("image", "tag"), "yes", id="even a word that is a boolean elsewhere"),
        pytest.param("env.PORT=8080", ("env", "PORT"), 8080, id="a number where a string may be one"),
        pytest.param("env.VERSION=1.10", ("env", "VERSION"), "1.10", id="a string where the number would read otherwise"),
        pytest.param("env.DEBUG=yes", ("env", "DEBUG"), "yes", id="and a word"),
        pytest.param("env.GREETING=hi # there", ("env", "GREETING"), "hi # there", id="what YAML takes for a comment"),
        pytest.param("env.GREETING=a: b", ("env", "GREETING"), "a: b", id="what YAML takes for a map"),
        pytest.param("env.GREETING=*all", ("env", "GREETING"), "*all", id="what YAML takes for an alias"),
        pytest.param("env.GREETING=two\n  lines\n", ("env", "GREETING"), "two\n  lines\n", id="lines"),
        pytest.param("config.text= a\nb\n", ("config", "text"), " a\nb\n", id="lines where only a string fits"),
        pytest.param("env.KEY={secret: s, key: k}", ("env", "KEY"), {"secret": "s", "key": "k"}, id="a map where a string fits, too"),
        pytest.param('env.GREETING="a\\tb"', ("env", "GREETING"), "a\tb", id="quotes"),
        pytest.param("env.KEY=~", ("env", "KEY"), None, id="null where a string fits"),
        pytest.param('env.EMPTY=""', ("env", "EMPTY"), "", id="an empty string"),
        pytest.param("rollout.with.gates=[5, 80]", ("rollout", "with", "gates"), [5, 80], id="a list"),
        pytest.param("autoscaling={min: 2, max: 4}", ("autoscaling",), {"min": 2, "max": 4}, id="a map"),
        pytest.param('config["a.yaml"]=x: 1=2', ("config", "a.yaml"), "x: 1=2", id="a key with a dot, a value with a sign"),
        pytest.param("rollout.canary.steps[0].setWeight=5", ("rollout", "canary", "steps", 0, "setWeight"), 5, id="an item"),
    ],
)  # fmt: skip
def test_a_setting_is_read_as_yaml(text: str, path: tuple[str | int, ...], value: Yaml) -> None:
    assert parse_setting(text) == Setting(path=path, value=value)


@pytest.mark.parametrize(
    ("text", "message", "fix"),
    [
        pytest.param("replicas", "`replicas` is no KEY=VALUE", "write it as replicas=3, or image.tag=v1.1.0", id="no value"),
        pytest.param("replcas=3", "there is no key `replcas`", "did you mean `replicas`?", id="an unknown key"),
        pytest.param("replcas=", "there is no key `replcas`", "did you mean `replicas`?", id="even to unset it"),
        pytest.param("image.digset=v1", "there is no key `digset` in `image`", "did you mean `digest`?", id="an unknown key further in"),
        pytest.param("replicas=many", "`replicas` must be a whole number, not `many`", "", id="a wrong type"),
        pytest.param("image={tag: v1", "`{tag: v1` is no value: this is not YAML: while parsing a flow mapping did not find expected ',' or '}'", "quote it: KEY='\"…\"'", id="no YAML"),
        pytest.param("ingress.tls=yes", "`yes` is the boolean true to Kubernetes", 'write `true`, or `"yes"` for the string', id="two readings"),
    ],
)  # fmt: skip
def test_what_is_no_setting_is_refused(text: str, message: str, fix: str) -> None:
    with pytest.raises(GitopsgenError) as raised:
        parse_setting(text)
    assert (str(raised.value), raised.value.fix) == (message, fix)


def test_a_key_goes_into_the_entry_of_its_environment(clone: Repository, gitopsgen: Gitopsgen) -> None:
    before = (clone.root / PROD).read_text()
    said = gitopsgen("set", "prod/hello", "replicas=5", "env.LEVEL=debug")
    assert said.status == 0, said.output
    assert "+      replicas: 5" in said.stdout
    assert "canary, 5 replicas" in said.stdout, "the plan is shown"
    assert clone.git("diff", "--name-only").split() == [
        PROD,
        "rendered/prod/hello/manifests/rollout-hello.yaml",
        "rendered/prod/hello/values.yaml",
    ]
    after = before.replace("replicas: 4\n", "replicas: 5\n", 1)
    head, _, rest = after.partition("    other:\n")
    assert (clone.root / PROD).read_text() == f"{head}      env: {{LEVEL: debug}}\n    other:\n{rest}"
    assert gitopsgen("render", "--check", "--no-cache").status == 0
    assert gitopsgen("set", "prod/hello", "replicas=5").stdout == "nothing to do: prod/hello has replicas=5 already\n"


def test_nothing_after_the_sign_takes_the_own_value_out(clone: Repository, gitopsgen: Gitopsgen) -> None:
    assert gitopsgen("set", "staging/hello", "ingress.host=").status == 0
    text = (clone.root / "environments/staging.yaml").read_text()
    assert "    hello:\n      rollout: {profile: gated-canary}\n" in text, "the map that would be empty is gone, too"
    assert gitopsgen("set", "staging/hello", "rollout=").status == 0
    assert "    hello: {}\n" in (clone.root / "environments/staging.yaml").read_text(), "the App is still deployed"


def test_a_shared_value_changes_for_all_only_when_asked(clone: Repository, gitopsgen: Gitopsgen) -> None:
    said = gitopsgen("set", "dev/hello", "env.LEVEL=debug", "--shared")
    assert said.status == 0, said.output
    assert clone.git("diff", "--name-only", "environments").split() == ["environments/apps/hello.yaml"]
    rendered = clone.git("diff", "--name-only", "rendered").split()
    assert {file.split("/")[1] for file in rendered} == {"dev", "staging", "prod"}


def test_what_others_extend_is_not_changed_by_surprise(clone: Repository, gitopsgen: Gitopsgen) -> None:
    clone.write(
        "environments/prod-us.yaml",
        "apiVersion: gitopsgen.io/v1\nkind: Environment\nmetadata: {name: prod-us}\n"
        "spec: {extends: [prod], namespace: us, argocd: {project: {name: us}}}\n",
    )
    before = everything(clone)
    for command, settings in (
        (("set", "prod/hello", "replicas=5", "env.A=a b"), "replicas=5 'env.A=a b'"),
        (("deploy", "prod/hello", "v1.1.0"), "image.tag=v1.1.0"),
    ):
        said = gitopsgen(*command)
        assert said.status == 2
        assert said.stderr.startswith(
            "error: what prod/hello says here is what prod-us/hello gets, too\n"
            f"   fix: if they are meant: `gitopsgen set prod/hello {settings} --shared`; else give each an entry"
        )
    assert everything(clone) == before
    assert gitopsgen("set", "prod-us/hello", "replicas=5", "--dry-run").status == 0


@pytest.mark.parametrize("first", [True, False])
def test_the_other_documents_of_a_file_stay(clone: Repository, gitopsgen: Gitopsgen, *, first: bool) -> None:
    prod = (clone.root / PROD).read_text()
    app = (clone.root / "environments/apps/hello.yaml").read_text()
    (clone.root / "environments/apps/hello.yaml").unlink()
    parts = (prod, app) if first else (app, prod)
    clone.write(PROD, "---\n# the next\n".join(parts))
    said = gitopsgen("set", "prod/hello", "replicas=5")
    assert said.status == 0, said.output
    changed = prod.replace("replicas: 4\n", "replicas: 5\n", 1)
    assert (clone.root / PROD).read_text() == "---\n# the next\n".join((changed, app) if first else (app, changed))


def test_a_release_file_and_its_style_are_kept(clone: Repository, gitopsgen: Gitopsgen) -> None:
    release = clone.root / "environments/fleet/third.yaml"
    app = (clone.root / "environments/apps/hello.yaml").read_text()
    clone.write("environments/apps/third.yaml", app.replace("hello", "third"))
    release.parent.mkdir()
    text = "# third\r\napiVersion: gitopsgen.io/v1\r\nkind: Release\r\nmetadata: {name: third, environment: dev}\r\nspec:\r\n   replicas: 3  # few"
    release.write_bytes(b"\xef\xbb\xbf" + text.encode())
    release.chmod(0o600)
    said = gitopsgen("set", "dev/third", "image.tag=v2", "ingress.host=third.dev.example.com")
    assert said.status == 0, said.output
    assert (
        release.read_bytes()
        == b"\xef\xbb\xbf" + (text + "\r\n   image: {tag: v2}\r\n   ingress: {host: third.dev.example.com}").encode()
    )
    assert release.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        pytest.param(("prod/hello", "rollout.with.gates=[]"), 1, "error[ungated-production-canary] prod/hello", id="a finding"),
        pytest.param(("prod/hello", "rollout.profile=none"), 1, "error[descriptor/unknown-profile]", id="a value that does not render"),
        pytest.param(("prod/helo", "replicas=5"), 2, "did you mean `prod/hello`?", id="an unknown release"),
        pytest.param(("prd/hello", "replicas=5"), 2, "did you mean `prod`?", id="an unknown Environment"),
        pytest.param(("hello", "replicas=5"), 2, "in which Environment?", id="no Environment"),
        pytest.param(("prod/hello", "replicas=5", "--dry-run"), 0, "a dry run: nothing was changed", id="a dry run"),
        pytest.param(("prod/hello", "replicas=5", "--format", "yaml"), 2, "there is no format `yaml`", id="an unknown format"),
        pytest.param(("prod/hello", "rollout.canary.steps[3].setWeight=5"), 2, "prod/hello has no `rollout.canary.steps[3]`", id="an item that there is not"),
        pytest.param(("prod/hello", "replicas=5", "--wait"), 2, "`--wait` waits for what was pushed", id="nothing to wait for"),
    ],
)  # fmt: skip
def test_what_cannot_be_changes_nothing(
    arguments: tuple[str, ...], status: int, message: str, clone: Repository, gitopsgen: Gitopsgen
) -> None:
    before = everything(clone)
    said = gitopsgen("set", *arguments)
    assert (said.status, message in said.output) == (status, True), said.output
    assert everything(clone) == before


def test_a_release_that_a_fault_has_left_out(clone: Repository, gitopsgen: Gitopsgen) -> None:
    clone.write(PROD, (clone.root / PROD).read_text().replace("replicas: 4", "replicas: four", 1))
    said = gitopsgen("set", "prod/hello", "replicas=5")
    assert said.stderr == (
        "error: there is no release prod/hello, for environments/prod.yaml:12:7:"
        " `spec.apps.hello.replicas` must be a whole number, not `four`\n"
        "   fix: mend that first: `gitopsgen lint` shows all faults\n"
    )


def test_an_app_that_is_not_deployed_there(clone: Repository, gitopsgen: Gitopsgen) -> None:
    text = (clone.root / PROD).read_text()
    clone.write(PROD, text[: text.index("    other:")])
    said = gitopsgen("promote", "other", "--to", "prod")
    assert said.status == 2
    assert said.stderr == (
        "error: there is no release prod/other\n"
        "   fix: to deploy other to prod, add `other: {}` to `spec.apps` of the Environment\n"
    )


def test_for_machines(clone: Repository, gitopsgen: Gitopsgen) -> None:
    data = json.loads(gitopsgen("set", "prod/hello", "replicas=5", "--format", "json", "--commit").stdout)
    jsonschema.validate(data, OUTPUT_DELIVERY)
    assert [one["file"] for one in data["descriptors"]] == [PROD]
    assert (data["affected"], data["written"]) == (["prod/hello"], True)
    assert data["commit"] == clone.git("rev-parse", "HEAD")
    assert data["plans"][0]["replicas"] == 5
    assert data["report"]["summary"] == {"error": 0, "warning": 0, "info": 0}
    for arguments, status in ((("replicas=5",), 0), (("rollout.with.gates=[]",), 1), (("replicas=6", "--dry-run"), 0)):
        said = gitopsgen("set", "prod/hello", *arguments, "--format", "json")
        data = json.loads(said.stdout)
        jsonschema.validate(data, OUTPUT_DELIVERY)
        assert (said.status, data["written"], data["commit"]) == (status, False, None)


def test_what_was_edited_by_hand_is_told_without_what_is_set(clone: Repository, gitopsgen: Gitopsgen) -> None:
    file = "rendered/prod/hello/manifests/rollout-hello.yaml"
    text = (clone.root / file).read_text()
    clone.write(file, text.replace("replicas: 4", "replicas: 6"))
    before = everything(clone)
    said = gitopsgen("set", "prod/hello", "terminationGracePeriodSeconds=45")
    line = text[: text.index("replicas: 4")].count("\n") + 1
    assert said.status == 1
    message = "the file was edited by hand: `-  replicas: 4`; `+  replicas: 6`"
    assert f"{file}:{line}:1: error[tree/edited] {message}\n" in said.output
    assert everything(clone) == before


def test_a_file_that_cannot_be_written_leaves_the_others(clone: Repository, gitopsgen: Gitopsgen) -> None:
    folder = clone.root / "rendered/prod/hello"
    target = folder / "values.yaml"
    target.unlink()
    target.symlink_to(clone.root / "nowhere" / "values.yaml")
    before = everything(clone)
    said = gitopsgen("set", "prod/hello", "replicas=5")
    assert said.status in (1, 2), said.output
    assert everything(clone) == before
    assert Path(target).is_symlink()
