"""``lint``: policies from elsewhere, the sets of policies, and what a change touches."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.test_fleet import commit, git

NO_LATEST = """
apiVersion: gitopsgen.io/v1
kind: Policy
metadata: {name: team-label-missing}
spec:
  severity: error
  category: house
  summary: A workload does not say whose it is.
  why: At night somebody must be called.
  source: our own habit
  match: {workloads: true}
  validations:
  - at: metadata
    expression: object.metadata.?labels.?squad.hasValue()
    message: no label `squad` says whose this is
  examples:
  - fail: |
      kind: Deployment
      metadata:  # <- here
        labels: {}
      spec: {template: {spec: {containers: []}}}
  - pass: |
      kind: Deployment
      metadata: {labels: {squad: blue}}
      spec: {template: {spec: {containers: []}}}
"""
ADMISSION = """
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: replicas.example.com}
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments]}]
  validations: [{expression: "object.spec.replicas <= 5", message: at most five}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: replicas.example.com}
spec: {policyName: replicas.example.com, validationActions: [Deny]}
"""
DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
  namespace: shop
spec:
  replicas: 9
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
      containers: [{name: api, image: "ghcr.io/x/api:v1"}]
"""


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


@pytest.fixture
def deployment(tmp_path: Path) -> Path:
    """A Deployment, committed in a git repository of its own."""
    folder = tmp_path / "manifests"
    write(folder, "api.yaml", DEPLOYMENT)
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder, "api")
    return folder


def test_policies_of_another_folder(tmp_path: Path, deployment: Path, run: Run) -> None:
    write(tmp_path, "house/team-label-missing.yaml", NO_LATEST)
    write(tmp_path, "house/replicas.yaml", ADMISSION)
    chosen = ("--select", "team-label-missing", "--select", "replicas.example.com")
    without = run("lint", "-C", str(deployment), "api.yaml", *chosen)
    assert without.status == 0, without.output
    result = run("lint", "-C", str(deployment), "api.yaml", *chosen, "--policy", str(tmp_path / "house"))
    assert result.status == 1
    assert "api.yaml:3:1: error[team-label-missing] no label `squad`" in result.stdout, result.stdout
    assert "at most five" in result.stdout
    test = run("policy", "test", "-C", str(deployment), "--policy", str(tmp_path / "house"), "team-label-missing")
    assert (test.status, "1 policies, 2 examples, 0 failures" in test.stdout) == (0, True)


@pytest.mark.parametrize(
    ("entry", "status"),
    [
        pytest.param("1: a", 0, id="a number, which becomes text"),
        pytest.param("a: {{ args.svc }}", 1, id="an expression without quotes, which is a map as a key"),
        pytest.param("~: a", 1, id="nothing"),
    ],
)
def test_a_key_that_is_no_string(tmp_path: Path, run: Run, entry: str, status: int) -> None:
    write(tmp_path, "a.yaml", f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata: {{{entry}}}\n")
    result = run("lint", "a.yaml", "--select", "yaml/*")
    assert (result.status, "[yaml/key-type]" in result.stdout) == (status, True), result.output


def test_a_folder_of_policies_that_is_not_there(deployment: Path, run: Run) -> None:
    result = run("lint", "-C", str(deployment), "api.yaml", "--policy", "nowhere")
    assert (result.status, "there is no folder nowhere" in result.stderr) == (2, True)


def test_a_set_of_policies(deployment: Path, run: Run) -> None:
    chosen = ("lint", "-C", str(deployment), "api.yaml", "--fail-on", "info", "--select", "cpu-limit-set")
    write(deployment, "api.yaml", DEPLOYMENT.replace('api:v1"', 'api:v1", resources: {limits: {cpu: 1, memory: 1Gi}}'))
    assert run(*chosen).status == 0
    assert run(*chosen, "--policy-set", "strict").status == 1
    result = run(*chosen, "--policy-set", "strictest")
    assert (result.status, "did you mean `strict`?" in result.stderr) == (2, True)


def test_since_tells_of_changed_lines_only(deployment: Path, run: Run) -> None:
    chosen = ("lint", "-C", str(deployment), "api.yaml", "--fail-on", "info", "--since", "HEAD")
    result = run(*chosen)
    assert (result.status, "error[" in result.stdout) == (0, False)
    write(deployment, "api.yaml", DEPLOYMENT.replace("replicas: 9", "replicas: many"))
    result = run(*chosen)
    assert result.status == 1
    assert all(":7:" in line for line in result.stdout.splitlines() if ": error[" in line), result.stdout


def test_since_tells_of_new_files_and_of_what_broke_elsewhere(deployment: Path, run: Run) -> None:
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: api, namespace: shop}\nspec: {selector: {app: api}}\n"
    ingress = (
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: api, namespace: shop}\n"
        "spec: {ingressClassName: nginx, defaultBackend: {service: {name: api, port: {number: 80}}}}\n"
    )
    write(deployment, "service.yaml", service.replace("app: api}}", "app: api}, ports: [{port: 80}]}"))
    write(deployment, "ingress.yaml", ingress)
    commit(deployment, "more")
    (deployment / "service.yaml").unlink()
    write(deployment, "other.yaml", DEPLOYMENT.replace("name: api\n", "name: other\n").replace("replicas", "replics"))
    result = run("lint", "-C", str(deployment), ".", "--since", "HEAD")
    assert "ingress.yaml:4:" in result.stdout
    assert "other.yaml:7:3: error[schema/unknown-key]" in result.stdout
    assert "api.yaml" not in "".join(line for line in result.stdout.splitlines() if "[" in line.split(" ")[0])


def test_since_of_descriptors(scaffold: Path, run: Run) -> None:
    git(scaffold, "init", "--quiet", "--initial-branch=main")
    staging = scaffold / "environments" / "staging.yaml"
    staging.write_text(staging.read_text().replace("hello.staging.example.com", "Hello"))
    commit(scaffold, "all of it")
    assert run("lint", "-C", str(scaffold)).status == 1
    assert run("lint", "-C", str(scaffold), "--since", "HEAD").status == 0
    prod = scaffold / "environments" / "prod.yaml"
    prod.write_text(prod.read_text().replace("replicas: 4", "replicas: -4"))
    result = run("lint", "-C", str(scaffold), "--since", "HEAD")
    assert result.status == 1
    assert "environments/prod.yaml:12:7" in result.stdout
    assert "staging.yaml" not in result.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--since", "nowhere"), "git knows no commit `nowhere`"),
        (("-", "--since", "HEAD"), "`-` is none"),
        (("/", "--since", "HEAD"), "lies outside of"),
    ],
)
def test_since_what_cannot_be_compared(deployment: Path, run: Run, arguments: tuple[str, ...], said: str) -> None:
    paths = (str(deployment.parent), *arguments[1:]) if arguments[0] == "/" else arguments
    dev = "apiVersion: gitopsgen.io/v1\nkind: Environment\nmetadata: {name: dev}\nspec: {tier: development, namespace: x}\n"
    write(deployment, "environments/dev.yaml", dev)
    result = run("lint", "-C", str(deployment), *paths, stdin=DEPLOYMENT)
    assert (result.status, said in result.stderr) == (2, True), result.output
